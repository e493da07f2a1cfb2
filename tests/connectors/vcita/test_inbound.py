"""What vcita's webhooks mean, whose they are, and which paths are served."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from patchbay.domain.accounts import ConnectionStatus, Endpoint
from patchbay.domain.errors import UnknownAccount, UnknownTenant, UnknownThread, UnknownWebhook, Unreadable
from patchbay.domain.events import (
    ConnectionChanged,
    ConversationChanged,
    Event,
    Ignored,
    MessageReceived,
    ReceiptReceived,
    TypingChanged,
)
from patchbay.domain.model import (
    ConversationStatus,
    ReceiptState,
)
from patchbay.platforms.vcita import CONNECTOR
from tests.connectors.services import samples
from tests.harness.vcita_webhooks import (
    CHANNEL,
    ENDPOINT,
    NOW,
    OTHER_CHANNEL,
    SESSION,
    make_message,
    make_request,
    parse,
)

# --- paths -----------------------------------------------------------------------------------------------------------


def test_the_samples_show_every_route() -> None:
    """What each means is written beside it; the contract's tests hold that."""
    routes = set()
    for sample in samples("vcita"):
        request = sample.request()
        routes.add((request.method, *(step if step.isalpha() or "_" in step else "*" for step in request.tail)))
    assert routes == {
        ("PUT", "channels", "*"),
        ("PUT", "sessions", "*"),
        ("POST", "messages"),
        ("PUT", "messages", "*"),
        ("POST", "*", "typing"),
        ("PUT", "*", "typing"),
        ("POST", "sessions", "*", "typing"),
        ("PUT", "sessions", "*", "typing"),
        ("POST", "app_subscription"),
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PUT", ""),
        ("GET", "messages"),
        ("PUT", "messages"),
        ("POST", "messages/m1"),
        ("POST", f"channels/{CHANNEL}"),
        ("DELETE", f"channels/{CHANNEL}"),
        ("PUT", f"channels/{CHANNEL}/typing"),
        ("POST", f"sessions/{SESSION}"),
        ("GET", f"{SESSION}/typing"),
        ("POST", f"{SESSION}/Typing"),
        ("PUT", "app_subscription"),
        ("POST", "app_subscription/installed"),
    ],
)
def test_other_paths_and_methods_are_not_served(method: str, path: str) -> None:
    with pytest.raises(UnknownWebhook):
        parse(path, {"status": "active", "typing": True}, method)


def test_an_address_that_was_registered_with_a_slash_works() -> None:
    assert isinstance(parse(f"/channels/{CHANNEL}", {"status": "active"}), ConnectionChanged)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"null", b"{}", b'{"status":null}', b'{"status":{}}'])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"channels/{CHANNEL}"),
        ("PUT", f"sessions/{SESSION}"),
        ("POST", "messages"),
        ("PUT", "messages/m1"),
        ("POST", f"{SESSION}/typing"),
        ("POST", "app_subscription"),
    ],
)
def test_what_is_not_as_documented_is_unreadable(method: str, path: str, body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(path, body, method)


@pytest.mark.parametrize("field", ["external_uid", "message_uid", "channel_uid"])
def test_a_message_without_one_of_its_ids_is_unreadable(field: str) -> None:
    with pytest.raises(Unreadable):
        parse("messages", make_message(**{field: ...}), "POST")


# --- whose it is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "channels/new", {"status": "active"}),
        ("POST", "messages", make_message(channel_uid="new")),
        ("PUT", "messages/m1", {"status": "read", "channel_uid": "new"}),
        ("PUT", "messages/m1", {"status": "new", "channel_uid": "read"}),
    ],
)
def test_a_channel_without_a_connection_is_named(method: str, path: str, body: object) -> None:
    request = make_request(path, body, method)
    with pytest.raises(UnknownAccount) as caught:
        CONNECTOR.parse(request, ENDPOINT)
    assert caught.value.accounts == ("new",)
    assert "new" not in str(caught.value)
    [parsed_event] = CONNECTOR.parse(request, replace(ENDPOINT, accounts=frozenset({"new"})))
    assert not isinstance(parsed_event, Ignored)
    assert parsed_event.origin.account == "new"


def test_the_channel_of_an_endpoint_that_serves_one_business_counts() -> None:
    alone = Endpoint(id="dental", service="vcita", settings={"channel_uid": CHANNEL})
    [parsed_event] = CONNECTOR.parse(make_request("messages", make_message(), "POST"), alone)
    assert isinstance(parsed_event, MessageReceived)
    assert parsed_event.origin.account == CHANNEL
    for endpoint in (alone, replace(alone, settings={})):
        with pytest.raises(UnknownAccount):
            CONNECTOR.parse(make_request("channels/new", {"status": "active"}), endpoint)


@pytest.mark.parametrize(("path", "body"), [("sessions/new", {"status": "active"}), ("new/typing", {"typing": True})])
def test_a_session_whose_channel_is_not_known_is_named(path: str, body: object) -> None:
    with pytest.raises(UnknownThread) as caught:
        parse(path, body)
    assert caught.value.thread == "new"


# --- channels, sessions, typing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("active", ConnectionStatus.ACTIVE),
        ("Active", ConnectionStatus.ACTIVE),
        ("pending", ConnectionStatus.PENDING),
        ("inactive", ConnectionStatus.DISABLED),
        ("blocked", ConnectionStatus.DISABLED),
        ("deleted", ConnectionStatus.DISABLED),
        ("error", ConnectionStatus.DISABLED),
    ],
)
def test_a_channel_is_its_connection(word: str, status: ConnectionStatus) -> None:
    changed = parse(f"channels/{CHANNEL}", {"status": word})
    assert isinstance(changed, ConnectionChanged)
    assert (changed.status, changed.thread, changed.origin.account) == (status, CHANNEL, CHANNEL)
    assert bool(changed.reason) == (status is not ConnectionStatus.ACTIVE)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("active", ConversationStatus.ACTIVE),
        ("pending", ConversationStatus.PENDING),
        ("inactive", ConversationStatus.ENDED),
        ("deleted", ConversationStatus.ENDED),
        ("failed", ConversationStatus.ENDED),
    ],
)
def test_a_session_is_a_conversation(word: str, status: ConversationStatus) -> None:
    changed = parse(f"sessions/{SESSION}", {"status": word, "ai_status": "ai_intercepted"})
    assert isinstance(changed, ConversationChanged)
    assert (changed.status, changed.thread, changed.origin.account) == (status, SESSION, CHANNEL)


@pytest.mark.parametrize("path", [f"{SESSION}/typing", f"sessions/{SESSION}/typing"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("typing", [True, False])
def test_typing_is_told_on_both_paths_by_both_methods(path: str, method: str, typing: bool) -> None:
    changed = parse(path, {"typing": typing}, method)
    assert isinstance(changed, TypingChanged)
    assert (changed.typing, changed.thread, changed.origin.account) == (typing, SESSION, CHANNEL)


@pytest.mark.parametrize("path", [f"channels/{CHANNEL}", f"sessions/{SESSION}"])
def test_what_happens_again_is_another_happening(path: str) -> None:
    moments = [NOW, NOW + timedelta(seconds=20), NOW + timedelta(seconds=40)]
    parsed_events = [parse(path, {"status": "active"}, at=at) for at in moments]
    assert len({one.id for one in parsed_events if not isinstance(one, Ignored)}) == 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"channels/{CHANNEL}", {"status": "archived"}),
        (f"sessions/{SESSION}", {"status": "snoozed"}),
        ("messages/m1", {"status": "archived", "channel_uid": CHANNEL}),
    ],
)
def test_a_word_of_a_newer_vcita_is_ignored_and_named(path: str, body: dict[str, str]) -> None:
    parsed_event = parse(path, body)
    assert isinstance(parsed_event, Ignored)
    assert body["status"] in parsed_event.reason
    odd = parse(path, {**body, "status": "<script>"})
    assert isinstance(odd, Ignored)
    assert "script" not in odd.reason


# --- receipts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("received", ReceiptState.DELIVERED),
        ("read", ReceiptState.READ),
        ("error", ReceiptState.FAILED),
        ("unavailable", ReceiptState.FAILED),
        ("pending", None),
        ("channel_pending", None),
        ("sent", None),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_a_status_is_a_receipt_in_both_readings(word: str, state: ReceiptState | None, swapped: bool) -> None:
    first, second = (CHANNEL, word) if swapped else (word, CHANNEL)
    parsed_event = parse("messages/pb-message-1:0", {"status": first, "channel_uid": second})
    if state is None:
        assert isinstance(parsed_event, Ignored)
        return
    assert isinstance(parsed_event, ReceiptReceived)
    assert (parsed_event.message_id, parsed_event.state) == ("pb-message-1:0", state)
    assert parsed_event.origin.account == CHANNEL
    assert bool(parsed_event.reason) == (state is ReceiptState.FAILED)


def test_a_repeated_receipt_is_the_same_and_a_further_one_is_not() -> None:
    def parse_id(word: str, at: datetime) -> str:
        parsed_event = parse("messages/m1", {"status": word, "channel_uid": CHANNEL}, at=at)
        assert isinstance(parsed_event, ReceiptReceived)
        return parsed_event.id

    later = NOW + timedelta(seconds=5)
    assert parse_id("received", NOW) == parse_id("received", later) != parse_id("read", later)


# --- the platform's events -------------------------------------------------------------------------------------------


def parse_subscription(event: str, business: str, app_id: object = 4711, **endpoint: Any) -> list[Event | Ignored]:
    body = {"entity_name": "app_subscription", "event_type": event, "data": {"business_id": business, "app_id": app_id}}
    return list(CONNECTOR.parse(make_request("app_subscription", body, "POST"), replace(ENDPOINT, **endpoint)))


def test_removing_the_app_closes_every_channel_of_that_business_alone() -> None:
    tenants = {"mine": frozenset({CHANNEL, "second"}), "5wbdaiig4avpwl40": frozenset({OTHER_CHANNEL})}
    closed = parse_subscription("uninstalled", "mine", tenants=tenants)
    assert [one.origin.account for one in closed if isinstance(one, ConnectionChanged)] == [CHANNEL, "second"]
    for one in closed:
        assert isinstance(one, ConnectionChanged)
        assert one.status is ConnectionStatus.DISABLED
        assert "removed the app" in one.reason


def test_a_business_whose_accounts_have_to_be_looked_up_is_named() -> None:
    with pytest.raises(UnknownTenant) as caught:
        parse_subscription("uninstalled", "zzzzzzzzzzzzzzzz")
    assert caught.value.tenant == "zzzzzzzzzzzzzzzz"


def test_another_app_or_business_closes_nothing() -> None:
    for found in (
        parse_subscription("uninstalled", "k1pjwutt3mtlt5ft", app_id=99),
        parse_subscription("uninstalled", "zzzzzzzzzzzzzzzz", tenants={"zzzzzzzzzzzzzzzz": frozenset()}),
        parse_subscription("installed", "k1pjwutt3mtlt5ft"),
        parse_subscription("renamed", "k1pjwutt3mtlt5ft"),
    ):
        assert [type(one) for one in found] == [Ignored]


def test_an_app_whose_number_is_not_known_is_taken_for_ours() -> None:
    for found in (
        parse_subscription("uninstalled", "k1pjwutt3mtlt5ft", app_id=99, settings={}),
        parse_subscription("uninstalled", "k1pjwutt3mtlt5ft", app_id=None),
    ):
        assert [type(one) for one in found] == [ConnectionChanged]


def test_removing_without_a_business_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        parse_subscription("uninstalled", "")
