"""Giosg's own example application: the simulator answers its calls and sends the webhooks that it expects.

The application makes six calls and reads two kinds of webhooks; each is a test here.
"""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.giosg import DEMO_AGENT, DEMO_ORGANIZATION, DEMO_ROOM, OTHER_AGENT
from tests.harness.giosg import (
    ORG,
    PUBLIC,
    ROOM,
    Chat,
    GiosgHarness,
    Json,
    Received,
    Visitor,
    make_harness,
    webhook_url,
)

#: What the application's serializers demand of the fields that they know: the type, and how long a text may be. A text
#: must not be empty; of these fields only those in `_NULLABLE` may be null; any may be missing.
_CHAT_FIELDS: Json = {
    **dict.fromkeys(("id", "chat_type", "room_id", "room_organization_id", "room_name"), 200),
    **dict.fromkeys(("tag_count", "message_count", "user_message_count", "visitor_message_count"), int),
    **dict.fromkeys(("present_participant_count", "present_user_participant_count"), int),
    **dict.fromkeys(("present_visitor_participant_count", "member_count", "user_member_count"), int),
    "visitor_member_count": int,
    **dict.fromkeys(("has_messages", "has_user_messages", "has_visitor_messages", "is_private"), bool),
    **dict.fromkeys(("is_real_conversation", "is_autosuggested", "is_waiting", "is_pending"), bool),
    **dict.fromkeys(("is_ended", "is_encrypted"), bool),
}
_MESSAGE_FIELDS: Json = {
    **dict.fromkeys(("id", "chat_id", "room_id", "sender_type", "sender_id"), 50),
    **dict.fromkeys(("sender_name", "sender_public_name"), 200),
    "type": 20,
    "message": 2048,
    "is_encrypted": bool,
}
_NULLABLE = {"sender_public_name", "sender_name", "sender_avatar", "message"}


@pytest.fixture
def harness() -> GiosgHarness:
    """As its tutorial says: two webhooks, both subscribed to additions, changes and deletions."""
    harness = make_harness()
    harness.giosg.quirks.removed_resource = "empty"
    harness.giosg.install_app({"chats": webhook_url("chats"), "messages": webhook_url("messages")})
    return harness


@pytest.fixture
def chat(harness: GiosgHarness) -> Chat:
    visitor = harness.visitor()
    visitor.name("Ann")
    made = visitor.ask("POST", visitor.opening)
    return Chat(visitor, made["id"])


def is_valid(name: str, value: object, rule: Any) -> bool:
    if value is None:
        return name in _NULLABLE
    if isinstance(rule, int):
        return isinstance(value, str) and 0 < len(value) <= rule
    return type(value) is rule


def check(webhook: Received) -> None:
    """As the application validates a webhook: what it refuses, it answers with 400."""
    body = webhook.body
    assert {"channel", "action", "resource_id", "resource"} <= body.keys()
    assert (len(body["channel"]) <= 256, len(body["resource_id"]) <= 50) == (True, True)
    fields = _CHAT_FIELDS if webhook.kind == "owned_chats" else _MESSAGE_FIELDS
    wrong = {
        name: value
        for name, value in webhook.resource.items()
        if name in fields and not is_valid(name, value, fields[name])
    }
    assert wrong == {}


# --- its calls -------------------------------------------------------------------------------------------------------


def test_it_makes_a_visitor_and_reads_four_fields(harness: GiosgHarness) -> None:
    made = harness.ask("POST", f"{PUBLIC}/auth", {"visitor_secret_id": None}, auth="")
    assert all(made[name] for name in ("visitor_id", "visitor_secret_id", "access_token"))
    assert int(made["expires_in"]) - 10 > 0


def test_it_puts_the_visitor_in_the_room_with_only_the_id(harness: GiosgHarness) -> None:
    visitor = harness.visitor(enters=False)
    assert visitor.call("POST", f"{ROOM}/visitors", {"id": visitor.id}).status_code == 201


def test_it_comes_back_with_the_secret_when_its_cache_is_empty(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    again = harness.ask("POST", f"{PUBLIC}/auth", {"visitor_secret_id": visitor.secret}, auth="")
    assert (
        Visitor(harness, again["visitor_id"], "", again["access_token"]).call("POST", visitor.opening).status_code
        == 201
    )


def test_it_sets_the_name_with_the_api_token_before_every_chat(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    path = f"{ORG}/rooms/{DEMO_ROOM}/visitors/{visitor.id}/variables"
    for _ in range(2):
        assert harness.ask("POST", path, {"key": "username", "value": "Ann"})["value"] == "Ann"


def test_it_creates_a_chat_with_a_content_type_and_no_content(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    assert visitor.ask("POST", visitor.opening)["id"]


def test_it_sends_a_text_and_reads_the_answer(chat: Chat) -> None:
    assert {"id", "sender_id", "message"} <= chat.send().keys()


def test_it_finds_the_visitor_among_the_members_on_the_first_page(harness: GiosgHarness, chat: Chat) -> None:
    [webhook] = harness.received("owned_chats", "added")
    organization = webhook["resource"]["room_organization_id"]
    assert organization == DEMO_ORGANIZATION
    path = f"/api/v5/orgs/{organization}/owned_chats/{webhook['resource_id']}/memberships"
    members = harness.ask("GET", path)["results"]
    assert [one["member_id"] for one in members if one["member_type"] == "visitor"] == [chat.visitor.id]


def test_it_cannot_start_a_chat_while_all_agents_are_offline(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    harness.giosg.go_offline(DEMO_AGENT)
    assert visitor.call("POST", visitor.opening).status_code == 403


# --- its webhooks ----------------------------------------------------------------------------------------------------


def test_every_webhook_of_a_chats_life_passes_its_serializers(harness: GiosgHarness, chat: Chat) -> None:
    giosg = harness.giosg
    chat.send()
    giosg.join(chat.id, DEMO_AGENT)
    giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    giosg.send_image(chat.id, DEMO_AGENT, "a.png", "image/png", b"\x89PNG")
    giosg.send_buttons(chat.id, DEMO_AGENT, "Which one?", [("Red", "red")])
    giosg.rule_message(chat.id, "Thank you for waiting")
    giosg.leave(chat.id, DEMO_AGENT)
    giosg.end(chat.id)
    giosg.gdpr_purge(chat.id)
    giosg.purge_message(chat.id, chat.messages()[0]["id"])
    giosg.purge_chat(chat.id)
    giosg.agents_write(DEMO_AGENT, OTHER_AGENT, "Lunch?")
    webhooks = harness.new_webhooks()
    assert {(one.kind, one.action) for one in webhooks} == {
        (kind, action) for kind in ("owned_chats", "messages") for action in ("added", "changed", "removed")
    }
    for webhook in webhooks:
        check(webhook)


def test_it_keeps_messages_of_the_type_msg_by_these_fields(harness: GiosgHarness, chat: Chat) -> None:
    chat.send()
    harness.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    kept = [one["resource"] for one in harness.received("messages", "added") if one["resource"]["type"] == "msg"]
    assert [(one["sender_name"], one["message"], one["chat_id"]) for one in kept] == [
        ("Ann", "Hello", chat.id),
        ("Aino Virtanen", "Good morning", chat.id),
    ]
    assert [one["sender_id"] for one in kept] == [chat.visitor.id, DEMO_AGENT]


def test_it_calls_a_visitor_without_a_name_visitor(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    Chat(visitor, visitor.ask("POST", visitor.opening)["id"]).send()
    [webhook] = harness.received("messages", "added")
    assert (webhook["resource"]["sender_type"], webhook["resource"]["sender_name"]) == ("visitor", None)


def test_it_needs_the_resource_of_a_removal_if_only_an_empty_one(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.purge_chat(chat.id)
    [webhook] = harness.received("owned_chats", "removed")
    assert (webhook["resource_id"], webhook["resource"]) == (chat.id, {})
