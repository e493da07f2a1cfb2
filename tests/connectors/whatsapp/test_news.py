"""What Meta reports about people's ids, and about the account itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import UnknownTenant
from patchbay.domain.events import AccountNews, Ignored, ThreadMoved
from patchbay.domain.model import Side
from patchbay.domain.templates import Severity, TemplateStatus, Topic
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
