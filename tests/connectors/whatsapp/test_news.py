"""What Meta reports about people's ids, and about the account itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.account_news import Severity, Topic
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import UnknownTenant
from patchbay.domain.events import AccountNews, Ignored, MarketingChosen, ReceiptReceived, ThreadMoved
from patchbay.domain.model import Side
from patchbay.domain.template_status import TemplateStatus
from patchbay.messengers.whatsapp import CONNECTOR
from tests.connectors.whatsapp.scene import (
    ENDPOINT,
    MAYA,
    NUMBER,
    VECTORS,
    WABA,
    ignored,
    make_webhook,
    parse,
    read,
    request,
)

# --- people whose id changes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("notice", ["user_changed_number", "user_changed_user_id"])
def test_a_person_with_another_number_goes_on_in_the_same_conversation(notice: str) -> None:
    news = {"type": notice, "body": "changed", "user_id": "CH.NEW"}
    number = {"wa_id": "41790000001"} if notice == "user_changed_number" else {}
    event = read("system", {**news, **number})
    assert isinstance(event, ThreadMoved)
    assert (event.thread, event.moved_to) == (MAYA["user_id"], "CH.NEW")
    assert event.aliases == ("41791234567", *number.values())


def test_a_number_that_changes_before_there_were_ids_moves_as_well() -> None:
    news = {"type": "user_changed_number", "body": "changed", "wa_id": "41790000001"}
    message = {"from": "41791234567", "id": "w", "timestamp": "1788600000", "type": "system", "system": news}
    [event] = parse(make_webhook(messages=[message]))
    assert isinstance(event, ThreadMoved)
    assert (event.thread, event.moved_to, event.aliases) == ("41791234567", "41790000001", ())


def test_an_update_of_ids_moves_the_conversation() -> None:
    [event] = parse(VECTORS["user-id-update"]["body"])
    assert isinstance(event, ThreadMoved)
    assert (event.thread, event.moved_to) == ("CH.13491208655302741918", "CH.99991208655302741918")


def test_news_about_a_person_that_move_nobody_are_ignored() -> None:
    for news in (
        {"type": "customer_identity_changed", "body": "x"},
        {"type": "user_changed_number"},
        {"type": "user_changed_user_id", "user_id": MAYA["user_id"]},
        None,
    ):
        assert isinstance(read("system", news), Ignored)


def test_copies_of_what_another_app_answers_are_told_apart() -> None:
    message = {"from": "41791234567", "id": "w", "timestamp": "1788600000", "type": "text", "text": {"body": "x"}}
    copies, own = (make_webhook(field, messages=[message]) for field in ("standby", "messages"))
    assert (CONNECTOR.name_form(request(copies)), CONNECTOR.name_form(request(own))) == ("standby", "messages")
    assert CONNECTOR.name_form(request(b"{}")) == "messages"
    forms = CONNECTOR.list_forms({}, Connection(id="w", service="whatsapp", side=Side.MESSENGER, endpoint_id="w"))
    assert {name: form.expected for name, form in forms.items()} == {"messages": True, "standby": False}
    assert "primary responder" in forms["standby"].advice


# --- people who want no marketing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "wanted"), [("stop", False), ("resume", True)])
def test_who_stops_or_resumes_marketing_is_known_by_all_their_ids(word: str, wanted: bool) -> None:
    body = VECTORS["marketing-stop"]["body"].replace('"value":"stop"', f'"value":"{word}"')
    [event] = parse(body)
    assert isinstance(event, MarketingChosen)
    assert (event.thread, event.aliases, event.wanted) == (MAYA["user_id"], ("41791234567",), wanted)
    assert int(event.occurred_at.timestamp()) == 1788600700
    assert parse(body)[0] == event


def test_other_preferences_are_ignored() -> None:
    choice = {"user_id": "CH.1", "category": "marketing_messages", "value": "stop"}
    for other in ({"category": "birthday"}, {"value": "perhaps"}, {"user_id": ""}):
        [event] = parse(make_webhook("user_preferences", user_preferences=[{**choice, **other}]))
        assert isinstance(event, Ignored)


def test_a_message_that_failed_for_it_says_so_too() -> None:
    status = {"id": "w", "status": "failed", "timestamp": "1788600000", "recipient_user_id": "CH.1"}
    receipt, choice = parse(make_webhook(statuses=[{**status, "errors": [{"code": 131050}]}]))
    assert isinstance(receipt, ReceiptReceived)
    assert receipt.reason == "the customer has opted out of marketing messages"
    assert isinstance(choice, MarketingChosen)
    assert (choice.thread, choice.wanted, choice.occurred_at) == ("CH.1", False, receipt.occurred_at)
    assert len(parse(make_webhook(statuses=[{**status, "errors": [{"code": 131049}]}]))) == 1


# --- news of the account ---------------------------------------------------------------------------------------------


def test_a_template_that_is_paused_alarms_the_owner() -> None:
    [event] = parse(VECTORS["template-paused"]["body"])
    assert isinstance(event, AccountNews)
    assert (event.about, event.severity, event.status) == (Topic.TEMPLATE, Severity.ALARM, TemplateStatus.PAUSED)
    assert (event.template, event.language) == ("visit_reminder", "de")
    assert event.origin.account == NUMBER
    [rejected] = parse(VECTORS["template-rejected"]["body"])
    assert isinstance(rejected, AccountNews)
    assert rejected.status is TemplateStatus.REJECTED
    assert "INVALID_FORMAT" in rejected.detail
    assert "Parameters" not in rejected.detail


def test_another_category_changes_the_price_and_is_said() -> None:
    value: dict[str, Any] = {
        "message_template_name": "offer",
        "previous_category": "UTILITY",
        "new_category": "MARKETING",
    }
    [event] = parse(make_webhook("template_category_update", **value))
    assert isinstance(event, AccountNews)
    assert (event.category, event.severity) == ("marketing", Severity.ALARM)


def test_news_of_an_account_are_news_of_each_of_its_numbers() -> None:
    body = make_webhook("account_alerts", alert_type="PAYMENT_ISSUE")
    with pytest.raises(UnknownTenant):
        parse(body, replace(ENDPOINT, tenants={}))
    both = replace(ENDPOINT, tenants={WABA: frozenset({"2", "1"})})
    assert [event.origin.account for event in parse(body, both) if isinstance(event, AccountNews)] == ["1", "2"]
    assert "no connection" in ignored(body, tenants={WABA: frozenset()})


def test_a_problem_that_no_message_has_is_reported() -> None:
    [event] = parse(make_webhook(errors=[{"code": 130429, "title": "Rate limit hit"}]))
    assert isinstance(event, AccountNews)
    assert "130429" in event.detail
