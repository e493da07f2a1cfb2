"""The simulated Giosg's public API: visitors, rooms, and chats as their visitors have them."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.giosg import API_TOKEN, DEMO_AGENT, DEMO_ROOM
from tests.harness.giosg import PUBLIC, ROOM, Chat, GiosgHarness, make_chat, make_harness


@pytest.fixture
def harness() -> GiosgHarness:
    return make_harness()


@pytest.fixture
def chat(harness: GiosgHarness) -> Chat:
    return make_chat(harness)


def authenticate(harness: GiosgHarness, body: object) -> Any:
    return harness.call("POST", f"{PUBLIC}/auth", body, auth="")


# --- who the visitor is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{"visitor_secret_id": None}, {}, None])
def test_without_a_secret_a_visitor_is_made(harness: GiosgHarness, body: object) -> None:
    one, other = authenticate(harness, body).get_json(), authenticate(harness, body).get_json()
    assert one["visitor_id"] != other["visitor_id"]
    assert (len(one["visitor_id"]), len(one["visitor_secret_id"])) == (32, 50)
    assert one["access_token"].count(".") == 2
    assert (one["expires_in"], one["expires_at"]) == (1800, "2026-01-05T09:30:00.000Z")


def test_a_secret_leads_back_to_its_visitor_with_another_token(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    again = authenticate(harness, {"visitor_secret_id": visitor.secret}).get_json()
    assert (again["visitor_id"], again["visitor_secret_id"]) == (visitor.id, visitor.secret)
    assert again["access_token"] != visitor.token


def test_an_unknown_secret_makes_a_visitor_or_is_refused(harness: GiosgHarness) -> None:
    made = authenticate(harness, {"visitor_secret_id": "f" * 50}).get_json()
    assert made["visitor_secret_id"] != "f" * 50
    harness.giosg.quirks.unknown_secret = "refused"
    assert authenticate(harness, {"visitor_secret_id": "f" * 50}).status_code == 400


def test_the_answer_may_be_201(harness: GiosgHarness) -> None:
    harness.giosg.quirks.auth_status = 201
    assert authenticate(harness, {}).status_code == 201


def test_bodies_that_are_no_such_thing_are_refused(harness: GiosgHarness) -> None:
    assert authenticate(harness, {"visitor_secret_id": 7}).get_json() == {"visitor_secret_id": ["Not a valid string."]}
    assert authenticate(harness, []).status_code == 400
    client = harness.giosg.app.test_client()
    assert client.post(f"{PUBLIC}/auth", data="{", content_type="application/json").status_code == 400
    assert client.post(f"{PUBLIC}/auth", data="a=b", content_type="text/plain").status_code == 415


def test_a_token_is_good_for_half_an_hour(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    harness.time.advance(1799)
    assert visitor.call("GET", visitor.chats).status_code == 200
    harness.time.advance(1)
    answer = visitor.call("GET", visitor.chats)
    assert (answer.status_code, answer.get_json()) == (401, {"detail": "Signature has expired."})


def test_a_token_may_be_good_for_less_or_end_before_its_time(harness: GiosgHarness) -> None:
    harness.giosg.quirks.token_life = 30
    visitor = harness.visitor()
    harness.time.advance(30)
    assert visitor.call("GET", visitor.chats).status_code == 401
    visitor = harness.visitor()
    harness.giosg.expire_visitor_tokens()
    assert visitor.call("GET", visitor.chats).status_code == 401


@pytest.mark.parametrize("auth", ["", f"Token {API_TOKEN}", "Bearer nonsense"])
def test_the_public_api_wants_a_visitors_token(harness: GiosgHarness, auth: str) -> None:
    assert harness.call("GET", ROOM, auth=auth).status_code == 401


# --- rooms -----------------------------------------------------------------------------------------------------------


def test_a_visitor_enters_a_room_once(harness: GiosgHarness) -> None:
    visitor = harness.visitor(enters=False)
    body = {"id": visitor.id, "presence_expires_in": 90}
    first, second = (visitor.call("POST", f"{ROOM}/visitors", body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_json() == {"id": visitor.id, "room_id": DEMO_ROOM, "presence_expires_in": 90}


@pytest.mark.parametrize("body", [{}, {"id": "x"}, {"id": 7}, {"id": "ABC" * 10 + "12"}])
def test_who_enters_says_who_they_are(harness: GiosgHarness, body: object) -> None:
    answer = harness.visitor().call("POST", f"{ROOM}/visitors", body)
    assert (answer.status_code, list(answer.get_json())) == (400, ["id"])


def test_visitors_cannot_enter_for_each_other(harness: GiosgHarness) -> None:
    one, other = harness.visitor(), harness.visitor()
    assert one.call("POST", f"{ROOM}/visitors", {"id": other.id}).status_code == 403


def test_unknown_rooms_and_organizations_are_refused(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    assert visitor.call("POST", f"{PUBLIC}/rooms/unknown/visitors", {"id": visitor.id}).status_code == 404
    elsewhere = ROOM.replace(PUBLIC, "/api/v5/public/orgs/unknown")
    assert visitor.call("GET", elsewhere).status_code == 403
    assert harness.call("POST", "/api/v5/public/orgs/unknown/auth", {}, auth="").status_code == 404


def test_a_room_is_online_while_an_agent_is(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    assert visitor.ask("GET", ROOM)["is_online"] is True
    [user] = visitor.ask("GET", f"{ROOM}/online_users")
    assert user == {"id": DEMO_AGENT, "public_name": "Customer Service", "avatar": None}
    harness.giosg.go_offline(DEMO_AGENT)
    assert visitor.ask("GET", ROOM)["is_online"] is False
    assert visitor.ask("GET", f"{ROOM}/online_users") == []
    harness.giosg.quirks.users_paginated = True
    assert visitor.ask("GET", f"{ROOM}/online_users") == {"next": None, "previous": None, "results": []}


# --- chats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [None, {}])
def test_a_chat_needs_no_body(harness: GiosgHarness, body: object) -> None:
    visitor = harness.visitor()
    answer = visitor.call("POST", visitor.opening, body)
    made = answer.get_json()
    assert answer.status_code == 201
    assert (made["chat_type"], made["message_count"], made["visitor_member_count"]) == ("visitor", 0, 1)
    assert (made["is_waiting"], made["is_ended"], made["user_member_ids"]) == (False, False, [])
    assert "room_name" not in made


def test_a_chat_has_one_of_two_types(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    for chat_type in ("external", "visitor"):
        assert visitor.ask("POST", visitor.opening, {"chat_type": chat_type})["chat_type"] == chat_type
    answer = visitor.call("POST", visitor.opening, {"chat_type": "operator"})
    assert (answer.status_code, list(answer.get_json())) == (400, ["chat_type"])


def test_a_body_may_be_refused(harness: GiosgHarness) -> None:
    harness.giosg.quirks.refuses_body = True
    visitor = harness.visitor()
    assert visitor.call("POST", visitor.opening, {"chat_type": "external"}).status_code == 400
    assert visitor.call("POST", visitor.opening).status_code == 201


def test_an_offline_room_takes_only_external_chats_and_perhaps_not_even_those(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    harness.giosg.go_offline(DEMO_AGENT)
    answer = visitor.call("POST", visitor.opening)
    assert (answer.status_code, list(answer.get_json())) == (403, ["detail"])
    assert visitor.call("POST", visitor.opening, {"chat_type": "external"}).status_code == 201
    harness.giosg.quirks.external_while_offline = False
    assert visitor.call("POST", visitor.opening, {"chat_type": "external"}).status_code == 403


def test_only_who_is_in_the_room_can_chat_there(harness: GiosgHarness) -> None:
    visitor = harness.visitor(enters=False)
    assert visitor.call("POST", visitor.opening).status_code == 404


def test_another_visitors_chat_is_not_there(harness: GiosgHarness, chat: Chat) -> None:
    other = harness.visitor()
    for path in (chat.path, f"{other.chats}/{chat.id}", f"{other.chats}/{chat.id}/messages", f"{other.chats}/unknown"):
        assert other.call("GET", path).status_code == 404
    assert other.call("POST", f"{chat.path}/messages", {"type": "msg", "message": "Hi"}).status_code == 404
    assert other.ask("GET", other.chats)["results"] == []


def test_a_visitor_reads_their_chats_without_agents_real_names(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    assert [one["id"] for one in chat.visitor.ask("GET", chat.visitor.chats)["results"]] == [chat.id]
    assert chat.visitor.ask("GET", chat.path)["user_message_count"] == 1
    messages = chat.visitor.ask("GET", f"{chat.path}/messages")["results"]
    assert [one["type"] for one in messages] == ["msg", "join", "msg"]
    assert messages[2]["sender_public_name"] == "Customer Service"
    assert not any("sender_name" in one for one in messages)


def test_lists_come_in_pages_that_lead_to_each_other(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.quirks.page_size = 2
    texts = ["one", "two", "three", "four"]
    for text in texts:
        chat.send(text)
    first = chat.visitor.ask("GET", f"{chat.path}/messages")
    assert (first["previous"], first["next"].startswith(harness.giosg.base_url)) == (None, True)
    second = chat.visitor.ask("GET", first["next"])
    third = chat.visitor.ask("GET", second["next"])
    found = [one["message"] for page in (first, second, third) for one in page["results"]]
    assert (found, third["next"]) == (["Hello", *texts], None)
    assert chat.visitor.ask("GET", third["previous"]) == second
    newest = chat.visitor.ask("GET", f"{chat.path}/messages?ordering=-created_at")
    assert [one["message"] for one in newest["results"]] == ["four", "three"]
    assert "ordering=-created_at" in newest["next"]


@pytest.mark.parametrize("cursor", ["zzz", "cD1vbmU=", "cT0x", "_w=="])
def test_a_cursor_that_is_none_is_refused(chat: Chat, cursor: str) -> None:
    answer = chat.visitor.call("GET", f"{chat.visitor.chats}?cursor={cursor}")
    assert (answer.status_code, answer.get_json()) == (404, {"detail": "Invalid cursor"})


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_message_is_answered_with_itself(chat: Chat) -> None:
    answer = chat.post({"type": "msg", "message": "Is anybody there?"})
    sent = answer.get_json()
    assert answer.status_code == 201
    assert (sent["type"], sent["message"], sent["sender_type"]) == ("msg", "Is anybody there?", "visitor")
    assert (sent["sender_id"], sent["sender_public_name"], sent["chat_id"]) == (chat.visitor.id, "Ann", chat.id)
    assert sent["attachments"] == []


def test_a_message_has_at_most_2000_characters(chat: Chat) -> None:
    assert chat.post({"type": "msg", "message": "ä" * 2000}).status_code == 201
    answer = chat.post({"type": "msg", "message": "ä" * 2001})
    assert answer.status_code == 400
    assert answer.get_json() == {"message": ["Ensure this field has no more than 2000 characters."]}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"message": "Hi"}, "type"),
        ({"type": "join"}, "type"),
        ({"type": "msg"}, "message"),
        ({"type": "msg", "message": None}, "message"),
        ({"type": "msg", "message": "  "}, "message"),
        ({"type": "msg", "message": 7}, "message"),
        ({"type": "action"}, "response_to_message_id"),
    ],
)
def test_a_message_is_complete(chat: Chat, body: object, wrong: str) -> None:
    answer = chat.post(body)
    assert (answer.status_code, list(answer.get_json())) == (400, [wrong])


def test_visitors_attach_nothing(chat: Chat) -> None:
    body = {"type": "msg", "message": "Look", "attachments": [{"image_url": "https://cdn.example/a.png"}]}
    assert chat.post(body).get_json()["attachments"] == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_an_ended_chat_is_locked_for_good(harness: GiosgHarness, chat: Chat, status: Any) -> None:
    harness.giosg.quirks.ended_status = status
    assert chat.visitor.ask("PATCH", chat.path, {"is_ended": True})["is_ended"] is True
    assert chat.post({"type": "msg", "message": "One more thing"}).status_code == status
    assert chat.visitor.call("PATCH", chat.path, {"is_ended": False}).status_code == status
    membership = f"/api/v5/public/visitors/{chat.visitor.id}/chat_memberships/{chat.id}"
    assert chat.visitor.call("PATCH", membership, {"composing_status": "typing"}).status_code == status
    assert len(chat.messages()) == 1


def test_to_end_a_chat_twice_does_nothing(harness: GiosgHarness, chat: Chat) -> None:
    for _ in range(2):
        assert chat.visitor.ask("PATCH", chat.path, {"is_ended": True})["is_ended"] is True
    assert harness.new_kinds() == [("owned_chats", "changed")]


def test_a_website_chat_may_be_ended_after_a_silence_and_an_external_one_never(harness: GiosgHarness) -> None:
    harness.giosg.quirks.closes_idle_after = 600
    web, external = harness.visitor().open("visitor"), harness.visitor().open("external")
    web.send()
    external.send()
    harness.time.advance(599)
    web.send("Hello?")
    harness.time.advance(599)
    assert harness.shown(web.id)["status"] == "queued"
    harness.time.advance(1)
    assert (harness.shown(web.id)["status"], harness.shown(external.id)["status"]) == ("ended", "queued")
