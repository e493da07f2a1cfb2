"""Giosg's own example application: what it asks of Giosg, and what it expects to be told, the simulator gives.

The application makes six calls and reads two kinds of webhooks; each is a test here.
"""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.giosg import DEMO_AGENT, DEMO_ORGANIZATION, DEMO_ROOM, OTHER_AGENT
from tests.harness.giosg_house import ORG, PUBLIC, ROOM, Chat, House, Json, Told, Visitor, hook, make_house

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
def house() -> House:
    """As its tutorial says: two webhooks, both told of additions, changes and deletions."""
    house = make_house()
    house.giosg.habits.removed_resource = "empty"
    house.giosg.install_app({"chats": hook("chats"), "messages": hook("messages")})
    return house


@pytest.fixture
def chat(house: House) -> Chat:
    visitor = house.visitor()
    visitor.name("Ann")
    made = visitor.ask("POST", visitor.opening)
    return Chat(visitor, made["id"])


def is_valid(name: str, value: object, rule: Any) -> bool:
    if value is None:
        return name in _NULLABLE
    if isinstance(rule, int):
        return isinstance(value, str) and 0 < len(value) <= rule
    return type(value) is rule


def check(told: Told) -> None:
    """As the application validates a webhook: what it refuses, it answers with 400."""
    body = told.body
    assert {"channel", "action", "resource_id", "resource"} <= body.keys()
    assert (len(body["channel"]) <= 256, len(body["resource_id"]) <= 50) == (True, True)
    fields = _CHAT_FIELDS if told.kind == "owned_chats" else _MESSAGE_FIELDS
    wrong = {
        name: value
        for name, value in told.resource.items()
        if name in fields and not is_valid(name, value, fields[name])
    }
    assert wrong == {}


# --- its calls -------------------------------------------------------------------------------------------------------


def test_it_makes_a_visitor_and_reads_four_fields(house: House) -> None:
    made = house.ask("POST", f"{PUBLIC}/auth", {"visitor_secret_id": None}, auth="")
    assert all(made[name] for name in ("visitor_id", "visitor_secret_id", "access_token"))
    assert int(made["expires_in"]) - 10 > 0


def test_it_puts_the_visitor_in_the_room_by_id_alone(house: House) -> None:
    visitor = house.visitor(enters=False)
    assert visitor.call("POST", f"{ROOM}/visitors", {"id": visitor.id}).status_code == 201


def test_it_comes_back_with_the_secret_when_its_cache_is_empty(house: House) -> None:
    visitor = house.visitor()
    again = house.ask("POST", f"{PUBLIC}/auth", {"visitor_secret_id": visitor.secret}, auth="")
    assert (
        Visitor(house, again["visitor_id"], "", again["access_token"]).call("POST", visitor.opening).status_code == 201
    )


def test_it_sets_the_name_with_the_api_token_before_every_chat(house: House) -> None:
    visitor = house.visitor()
    path = f"{ORG}/rooms/{DEMO_ROOM}/visitors/{visitor.id}/variables"
    for _ in range(2):
        assert house.ask("POST", path, {"key": "username", "value": "Ann"})["value"] == "Ann"


def test_it_creates_a_chat_with_a_content_type_and_no_content(house: House) -> None:
    visitor = house.visitor()
    assert visitor.ask("POST", visitor.opening)["id"]


def test_it_sends_a_text_and_reads_the_answer(chat: Chat) -> None:
    assert {"id", "sender_id", "message"} <= chat.send().keys()


def test_it_finds_the_visitor_among_the_members_on_the_first_page(house: House, chat: Chat) -> None:
    [told] = house.told("owned_chats", "added")
    organization = told["resource"]["room_organization_id"]
    assert organization == DEMO_ORGANIZATION
    path = f"/api/v5/orgs/{organization}/owned_chats/{told['resource_id']}/memberships"
    members = house.ask("GET", path)["results"]
    assert [one["member_id"] for one in members if one["member_type"] == "visitor"] == [chat.visitor.id]


def test_nobody_is_there_for_it_to_start_a_chat_with_while_all_are_offline(house: House) -> None:
    visitor = house.visitor()
    house.giosg.go_offline(DEMO_AGENT)
    assert visitor.call("POST", visitor.opening).status_code == 403


# --- its webhooks ----------------------------------------------------------------------------------------------------


def test_every_webhook_of_a_chats_life_passes_its_serializers(house: House, chat: Chat) -> None:
    giosg = house.giosg
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
    news = house.news()
    assert {(one.kind, one.action) for one in news} == {
        (kind, action) for kind in ("owned_chats", "messages") for action in ("added", "changed", "removed")
    }
    for told in news:
        check(told)


def test_it_keeps_messages_of_the_type_msg_by_these_fields(house: House, chat: Chat) -> None:
    chat.send()
    house.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    kept = [one["resource"] for one in house.told("messages", "added") if one["resource"]["type"] == "msg"]
    assert [(one["sender_name"], one["message"], one["chat_id"]) for one in kept] == [
        ("Ann", "Hello", chat.id),
        ("Aino Virtanen", "Good morning", chat.id),
    ]
    assert [one["sender_id"] for one in kept] == [chat.visitor.id, DEMO_AGENT]


def test_it_calls_a_visitor_without_a_name_visitor(house: House) -> None:
    visitor = house.visitor()
    Chat(visitor, visitor.ask("POST", visitor.opening)["id"]).send()
    [told] = house.told("messages", "added")
    assert (told["resource"]["sender_type"], told["resource"]["sender_name"]) == ("visitor", None)


def test_it_needs_the_resource_of_a_removal_if_only_an_empty_one(house: House, chat: Chat) -> None:
    house.giosg.purge_chat(chat.id)
    [told] = house.told("owned_chats", "removed")
    assert (told["resource_id"], told["resource"]) == (chat.id, {})
