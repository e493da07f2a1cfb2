"""What Giosg's webhooks mean: who is heard, what is erased, and what is none of our business."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from patchbay.domain.errors import SignatureRejected, Unreadable
from patchbay.domain.events import (
    ContentErased,
    ConversationChanged,
    Ignored,
    MessageReceived,
    ReceiptReceived,
    TypingChanged,
)
from patchbay.domain.model import ConversationStatus, ReceiptState, Role, Text
from patchbay.platforms.giosg import CONNECTOR
from tests.harness.giosg_webhooks import (
    AGENT,
    CHAT,
    CHATS,
    ENDPOINT,
    MEMBERSHIPS,
    MESSAGE,
    MESSAGES,
    NOW,
    ORGANIZATION,
    ROOM,
    VISITOR,
    WEB_ROOM,
    Json,
    added,
    envelope,
    make_request,
    parse,
)


def message_in(body: Json, **settings: str) -> MessageReceived:
    [event] = parse(body, **settings)
    assert isinstance(event, MessageReceived)
    return event


def ignored(body: Json, **settings: str) -> str:
    [parsed_event] = parse(body, **settings)
    assert isinstance(parsed_event, Ignored)
    return parsed_event.reason


# --- who calls -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [{}, {"secret": ""}, {"secret": "wrong"}, {"Secret": "x"}])
def test_who_does_not_know_the_secret_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(make_request(added(), query=query), ENDPOINT)


def test_who_knows_the_secret_is_giosg() -> None:
    CONNECTOR.verify(make_request(added()), ENDPOINT)


# --- messages --------------------------------------------------------------------------------------------------------


def test_an_agents_text_is_told_under_the_name_that_visitors_should_see() -> None:
    event = message_in(added(message="Hello", sender_name="Aino Virtanen", sender_public_name="Customer Service"))
    assert event.thread == CHAT
    assert event.message.external_id == MESSAGE
    assert event.message.content == (Text(text="Hello"),)
    assert (event.message.sender.role, event.message.sender.name) == (Role.AGENT, "Customer Service")
    assert "Virtanen" not in repr(event)


@pytest.mark.parametrize(
    "time", ["2026-01-05T08:59:59.654Z", "2026-01-05T08:59:59.654", "2026-01-05T09:59:59.654+01:00"]
)
def test_times_are_utc_with_and_without_z(time: str) -> None:
    assert message_in(added(created_at=time)).occurred_at == datetime(2026, 1, 5, 8, 59, 59, 654000, tzinfo=UTC)


@pytest.mark.parametrize("time", [None, "yesterday", 1767603600, "2026-13-01T00:00:00Z"])
def test_a_message_without_a_time_was_written_when_it_came(time: object) -> None:
    assert message_in(added(created_at=time)).occurred_at == NOW


@pytest.mark.parametrize("kind", ["msg", "autosuggest", "system"])
@pytest.mark.parametrize(("sender", "role"), [("user", Role.AGENT), ("rule", Role.BOT)])
def test_agents_and_automations_are_heard(kind: str, sender: str, role: Role) -> None:
    assert message_in(added(type=kind, sender_type=sender)).message.sender.role is role


@pytest.mark.parametrize("kind", ["msg", "action", "interaction_submit", "join", "call_request"])
def test_what_the_customer_does_comes_back_and_is_ignored(kind: str) -> None:
    assert "an echo of our own message" in ignored(
        added(type=kind, sender_type="visitor", sender_id=VISITOR), notices="yes"
    )


@pytest.mark.parametrize("sender", ["", "ghost", None, 7])
def test_a_sender_of_an_unknown_kind_is_not_heard(sender: object) -> None:
    assert "unknown kind of sender" in ignored(added(sender_type=sender))


@pytest.mark.parametrize("kind", ["call_ended", "shoppingcart_locked", "action", "hologram", "", None])
def test_lines_about_the_chat_and_unknown_kinds_are_ignored(kind: object) -> None:
    assert "line about the chat" in ignored(added(type=kind))


@pytest.mark.parametrize(
    ("kind", "line"), [("join", "Customer Service joined the chat."), ("leave", "Customer Service left the chat.")]
)
def test_comings_and_goings_are_told_where_the_owner_wants_it(kind: str, line: str) -> None:
    body = added(type=kind, message=None)
    assert ignored(body) == "an agent joined or left"
    notice = message_in(body, notices="yes").message
    assert notice.content == (Text(text=line),)
    assert notice.sender.name is None


def test_the_name_may_stand_in_the_text() -> None:
    message = message_in(added(message="Hello"), name_prefix="yes").message
    assert message.content == (Text(text="Customer Service: Hello"),)
    assert message.sender.name is None


def test_the_same_message_is_the_same_event_however_often_it_comes() -> None:
    assert message_in(added()).id == message_in(added(message="later changed")).id


def test_an_empty_message_is_none() -> None:
    assert ignored(added(message=None)) == "an empty message"
    assert ignored(added(message="  ")) == "an empty message"


def test_an_encrypted_message_is_asked_for() -> None:
    message = message_in(added(message=None, is_encrypted=True, encrypted_message="x")).message
    assert message.incomplete
    assert not message_in(added(is_encrypted=True)).message.incomplete


def test_a_message_that_was_purged_before_it_came_is_ignored() -> None:
    assert "purged" in ignored(added(message=None, sensitive_data_purged_at="2026-01-05T09:00:00Z"))


@pytest.mark.parametrize(
    "oddities",
    [
        {"attachments": None},
        {"attachments": "none"},
        {"attachments": [None, 7, "x", {"actions": [None, 3]}]},
        {"sender_avatar": "https://x.example"},
        {"sender_avatar": {"url": None}},
        {"is_encrypted": None},
        {"room_id": None},
        {"sender_public_name": None},
        {"sender_id": {"id": 1}},
    ],
)
def test_no_odd_field_loses_a_message(oddities: dict[str, Any]) -> None:
    assert message_in(added(message="Hello", **oddities)).message.content[0] == Text(text="Hello")


# --- removals and changes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", [None, {}, {"id": MESSAGE}])
def test_a_removed_message_is_erased_with_and_without_a_resource(resource: Json | None) -> None:
    [event] = parse(envelope(MESSAGES, "removed", MESSAGE, resource))
    assert isinstance(event, ContentErased)
    assert (event.thread, event.message_id) == (CHAT, MESSAGE)


@pytest.mark.parametrize("resource", [{"message": None}, {"sensitive_data_purged_at": "2026-01-05T09:00:00Z"}])
def test_a_purged_message_is_erased(resource: Json) -> None:
    [event] = parse(envelope(MESSAGES, "changed", MESSAGE, resource))
    assert isinstance(event, ContentErased)
    assert event.message_id == MESSAGE


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"id": MESSAGE},
        {"message": "edited"},
        {"sensitive_data_purged_at": None},
        {"message": None, "is_encrypted": True},
    ],
)
def test_any_other_change_is_never_sent_again_and_a_missing_key_is_not_null(resource: Json) -> None:
    assert "not sent again" in ignored(envelope(MESSAGES, "changed", MESSAGE, resource))


@pytest.mark.parametrize("resource", [None, {}])
def test_a_removed_chat_is_erased_and_over(resource: Json | None) -> None:
    erased, ended = parse(envelope(CHATS, "removed", CHAT, resource))
    assert isinstance(erased, ContentErased)
    assert (erased.thread, erased.message_id) == (CHAT, "")
    assert isinstance(ended, ConversationChanged)


# --- chats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", [{"is_ended": True}, {"ended_at": "2026-02-13T12:38:36.424Z"}])
def test_an_ended_chat_is_over(resource: Json) -> None:
    [event] = parse(envelope(CHATS, "changed", CHAT, resource))
    assert isinstance(event, ConversationChanged)
    assert (event.thread, event.status) == (CHAT, ConversationStatus.ENDED)


@pytest.mark.parametrize(
    "resource", [{}, {"is_ended": False}, {"is_ended": None, "ended_at": None}, {"is_waiting": True}]
)
def test_other_changes_of_a_chat_are_ignored(resource: Json) -> None:
    assert "has not ended" in ignored(envelope(CHATS, "changed", CHAT, resource))


def test_a_new_chat_is_known_already() -> None:
    assert "new chat" in ignored(envelope(CHATS, "added", CHAT, {"id": CHAT, "room_id": ROOM}))


# --- members ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "typing"), [("typing", True), ("typed", False), ("idle", False)])
def test_an_agents_typing_is_told(status: str, typing: bool) -> None:
    [event] = parse(envelope(MEMBERSHIPS, "changed", AGENT, {"composing_status": status}))
    assert isinstance(event, TypingChanged)
    assert (event.thread, event.typing, event.occurred_at) == (CHAT, typing, NOW)


def test_what_an_agent_has_seen_is_read() -> None:
    [event] = parse(envelope(MEMBERSHIPS, "changed", AGENT, {"last_seen_at": "2026-01-05T08:00:00.000"}))
    assert isinstance(event, ReceiptReceived)
    assert (event.message_id, event.state, event.covers_earlier) == ("", ReceiptState.READ, True)
    assert event.occurred_at == datetime(2026, 1, 5, 8, tzinfo=UTC)


def test_one_change_may_tell_both() -> None:
    resource = {"composing_status": "idle", "last_seen_at": "2026-01-05T08:00:00Z"}
    kinds = [type(event) for event in parse(envelope(MEMBERSHIPS, "changed", AGENT, resource))]
    assert kinds == [TypingChanged, ReceiptReceived]


@pytest.mark.parametrize("resource", [{"composing_status": "typing"}, {"last_seen_at": "2026-01-05T08:00:00Z"}])
def test_visitors_are_told_from_agents_by_their_ids(resource: Json) -> None:
    assert ignored(envelope(MEMBERSHIPS, "changed", VISITOR, resource)) == "an action of the customer"
    told = {"member_type": "visitor", **resource}
    assert ignored(envelope(MEMBERSHIPS, "added", AGENT, told)) == "an action of the customer"


def test_a_bot_has_read_nothing() -> None:
    resource = {"is_bot": True, "last_seen_at": "2026-01-05T08:00:00Z"}
    assert "other change" in ignored(envelope(MEMBERSHIPS, "added", AGENT, resource))


def test_who_joins_is_not_typing() -> None:
    assert "other change" in ignored(envelope(MEMBERSHIPS, "added", AGENT, {"composing_status": "idle"}))


def test_who_is_out_is_no_news() -> None:
    assert "left the chat" in ignored(envelope(MEMBERSHIPS, "removed", AGENT))


# --- what is not ours ------------------------------------------------------------------------------------------------


def test_another_rooms_messages_and_chats_are_ignored() -> None:
    assert ignored(added(room_id=WEB_ROOM)) == "a message in another room"
    body = envelope(CHATS, "changed", CHAT, {"is_ended": True, "room_id": WEB_ROOM})
    assert ignored(body) == "a chat in another room"


def test_another_organizations_webhooks_are_ignored() -> None:
    channel = MESSAGES.replace(ORGANIZATION, "e6a08f51-0000-4000-8000-00000000e6a0")
    assert ignored({**added(), "channel": channel}) == "another organization's"


def test_ids_that_the_owner_wrote_in_capitals_are_the_same() -> None:
    assert message_in(added(), organization_id=f" {ORGANIZATION.upper()} ", room_id=ROOM.upper()).thread == CHAT


@pytest.mark.parametrize(
    "channel",
    [
        "",
        f"/api/v5/orgs/{ORGANIZATION}/rooms",
        f"/api/v5/users/{AGENT}/chats/{CHAT}/messages",
        f"{MESSAGES}/{MESSAGE}",
        f"{CHATS}/{CHAT}/tags",
        f"{CHATS}/{CHAT}/x/messages",
        f"https://evil.example{MESSAGES}",
    ],
)
def test_other_channels_are_ignored(channel: str) -> None:
    assert ignored({**added(), "channel": channel}) == "a channel that Patchbay does not forward"


def test_an_unknown_action_is_ignored() -> None:
    assert ignored({**added(), "action": "archived"}) == "an unknown action"


@pytest.mark.parametrize("tail", ["messages", "chats", "memberships", ""])
def test_the_channel_says_what_it_is_about_whatever_the_address(tail: str) -> None:
    [event] = CONNECTOR.parse(make_request(added(), tail=tail), ENDPOINT)
    assert isinstance(event, MessageReceived)


def test_a_bots_token_in_a_webhook_goes_nowhere() -> None:
    body = {**added(), "app_user_auth": {"access_token": "very-secret", "token_type": "Bearer"}}
    assert "very-secret" not in repr(message_in(body))


# --- what is no webhook ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{}",
        json.dumps({"channel": MESSAGES}).encode(),
        json.dumps({"channel": 7, "action": "added", "resource_id": MESSAGE}).encode().replace(b"7", b"[]"),
        json.dumps({**added(), "resource_id": None}).encode(),
        json.dumps({**added(), "resource": "text"}).encode(),
    ],
)
def test_what_is_no_webhook_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(body)
