"""The simulated Giosg's public API: visitors, rooms, and chats as their visitors have them."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.giosg import API_TOKEN, DEMO_AGENT, DEMO_ROOM
from tests.harness.giosg_house import ORG, PUBLIC, ROOM, Chat, House, make_chat, make_house


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.fixture
def chat(house: House) -> Chat:
    return make_chat(house)


def authenticate(house: House, body: object) -> Any:
    return house.call("POST", f"{PUBLIC}/auth", body, auth="")


# --- who the visitor is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{"visitor_secret_id": None}, {}, None])
def test_without_a_secret_a_visitor_is_made(house: House, body: object) -> None:
    one, other = authenticate(house, body).get_json(), authenticate(house, body).get_json()
    assert one["visitor_id"] != other["visitor_id"]
    assert (len(one["visitor_id"]), len(one["visitor_secret_id"])) == (32, 50)
    assert one["access_token"].count(".") == 2
    assert (one["expires_in"], one["expires_at"]) == (1800, "2026-01-05T09:30:00.000Z")


def test_a_secret_leads_back_to_its_visitor_with_another_token(house: House) -> None:
    visitor = house.visitor()
    again = authenticate(house, {"visitor_secret_id": visitor.secret}).get_json()
    assert (again["visitor_id"], again["visitor_secret_id"]) == (visitor.id, visitor.secret)
    assert again["access_token"] != visitor.token


def test_a_secret_that_nobody_knows_makes_a_visitor_or_is_refused(house: House) -> None:
    made = authenticate(house, {"visitor_secret_id": "f" * 50}).get_json()
    assert made["visitor_secret_id"] != "f" * 50
    house.giosg.habits.unknown_secret = "refused"
    assert authenticate(house, {"visitor_secret_id": "f" * 50}).status_code == 400


def test_the_answer_may_be_201(house: House) -> None:
    house.giosg.habits.auth_status = 201
    assert authenticate(house, {}).status_code == 201


def test_bodies_that_are_no_such_thing_are_refused(house: House) -> None:
    assert authenticate(house, {"visitor_secret_id": 7}).get_json() == {"visitor_secret_id": ["Not a valid string."]}
    assert authenticate(house, []).status_code == 400
    client = house.giosg.app.test_client()
    assert client.post(f"{PUBLIC}/auth", data="{", content_type="application/json").status_code == 400
    assert client.post(f"{PUBLIC}/auth", data="a=b", content_type="text/plain").status_code == 415


def test_a_token_is_good_for_half_an_hour(house: House) -> None:
    visitor = house.visitor()
    house.time.advance(1799)
    assert visitor.call("GET", visitor.chats).status_code == 200
    house.time.advance(1)
    answer = visitor.call("GET", visitor.chats)
    assert (answer.status_code, answer.get_json()) == (401, {"detail": "Signature has expired."})


def test_a_token_may_be_good_for_less_or_end_before_its_time(house: House) -> None:
    house.giosg.habits.token_life = 30
    visitor = house.visitor()
    house.time.advance(30)
    assert visitor.call("GET", visitor.chats).status_code == 401
    visitor = house.visitor()
    house.giosg.expire_visitor_tokens()
    assert visitor.call("GET", visitor.chats).status_code == 401


@pytest.mark.parametrize("auth", ["", f"Token {API_TOKEN}", "Bearer nonsense"])
def test_the_public_api_wants_a_visitors_token(house: House, auth: str) -> None:
    assert house.call("GET", ROOM, auth=auth).status_code == 401


# --- rooms -----------------------------------------------------------------------------------------------------------


def test_a_visitor_enters_a_room_once(house: House) -> None:
    visitor = house.visitor(enters=False)
    body = {"id": visitor.id, "presence_expires_in": 90}
    first, second = (visitor.call("POST", f"{ROOM}/visitors", body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_json() == {"id": visitor.id, "room_id": DEMO_ROOM, "presence_expires_in": 90}


@pytest.mark.parametrize("body", [{}, {"id": "x"}, {"id": 7}, {"id": "ABC" * 10 + "12"}])
def test_who_enters_says_who_they_are(house: House, body: object) -> None:
    answer = house.visitor().call("POST", f"{ROOM}/visitors", body)
    assert (answer.status_code, list(answer.get_json())) == (400, ["id"])


def test_nobody_enters_for_another(house: House) -> None:
    one, other = house.visitor(), house.visitor()
    assert one.call("POST", f"{ROOM}/visitors", {"id": other.id}).status_code == 403


def test_unknown_rooms_and_organizations_are_refused(house: House) -> None:
    visitor = house.visitor()
    assert visitor.call("POST", f"{PUBLIC}/rooms/unknown/visitors", {"id": visitor.id}).status_code == 404
    elsewhere = ROOM.replace(PUBLIC, "/api/v5/public/orgs/unknown")
    assert visitor.call("GET", elsewhere).status_code == 403
    assert house.call("POST", "/api/v5/public/orgs/unknown/auth", {}, auth="").status_code == 404


def test_presence_is_refreshed_and_runs_out(house: House, chat: Chat) -> None:
    visitor, members = chat.visitor, f"/owned_chats/{chat.id}/memberships"
    path = f"{ROOM}/visitors/{visitor.id}"
    assert visitor.ask("PATCH", path, {"presence_expires_in": 600})["presence_expires_in"] == 600
    house.time.advance(599)
    assert house.get(members)["results"][0]["is_present"] is True
    house.time.advance(1)
    assert house.get(members)["results"][0]["is_present"] is False
    assert visitor.call("PUT", path, {"presence_expires_in": "long"}).status_code == 400
    outside = house.visitor(enters=False)
    assert outside.call("PUT", f"{ROOM}/visitors/{outside.id}", {}).status_code == 404


def test_a_room_is_online_while_an_agent_is(house: House) -> None:
    visitor = house.visitor()
    assert visitor.ask("GET", ROOM)["is_online"] is True
    [user] = visitor.ask("GET", f"{ROOM}/online_users")
    assert user == {"id": DEMO_AGENT, "public_name": "Customer Service", "avatar": None}
    house.giosg.go_offline(DEMO_AGENT)
    assert visitor.ask("GET", ROOM)["is_online"] is False
    assert visitor.ask("GET", f"{ROOM}/online_users") == []
    house.giosg.habits.users_paginated = True
    assert visitor.ask("GET", f"{ROOM}/online_users") == {"next": None, "previous": None, "results": []}


def test_a_room_is_offline_when_it_is_closed_or_nobody_serves_it(house: House) -> None:
    visitor = house.visitor()
    house.giosg.set_room_open(DEMO_ROOM, is_open=False)
    assert visitor.ask("GET", ROOM)["is_online"] is False
    house.giosg.set_room_open(DEMO_ROOM, is_open=True)
    house.giosg.find_room(DEMO_ROOM).served_by = frozenset()
    assert visitor.ask("GET", ROOM)["is_online"] is False


# --- chats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [None, {}])
def test_a_chat_needs_no_body(house: House, body: object) -> None:
    visitor = house.visitor()
    answer = visitor.call("POST", visitor.opening, body)
    made = answer.get_json()
    assert answer.status_code == 201
    assert (made["chat_type"], made["message_count"], made["visitor_member_count"]) == ("visitor", 0, 1)
    assert (made["is_waiting"], made["is_ended"], made["user_member_ids"]) == (False, False, [])
    assert "room_name" not in made


def test_a_chat_has_one_of_three_types(house: House) -> None:
    visitor = house.visitor()
    for chat_type in ("external", "visitor", "task"):
        assert visitor.ask("POST", visitor.opening, {"chat_type": chat_type})["chat_type"] == chat_type
    answer = visitor.call("POST", visitor.opening, {"chat_type": "operator"})
    assert (answer.status_code, list(answer.get_json())) == (400, ["chat_type"])


def test_a_body_may_be_refused(house: House) -> None:
    house.giosg.habits.refuses_body = True
    visitor = house.visitor()
    assert visitor.call("POST", visitor.opening, {"chat_type": "external"}).status_code == 400
    assert visitor.call("POST", visitor.opening).status_code == 201


def test_agents_can_be_asked_for(house: House) -> None:
    visitor = house.visitor()
    made = visitor.ask("POST", visitor.opening, {"user_member_ids": [DEMO_AGENT]})
    assert made["user_member_ids"] == [DEMO_AGENT]
    for users in (["nobody"], 7):
        assert visitor.call("POST", visitor.opening, {"user_member_ids": users}).status_code == 400


def test_a_chat_can_be_created_as_ended(house: House) -> None:
    visitor = house.visitor()
    assert visitor.ask("POST", visitor.opening, {"is_ended": True})["is_ended"] is True
    assert visitor.call("POST", visitor.opening, {"is_ended": 1}).status_code == 400
    assert len(visitor.ask("GET", visitor.chats)["results"]) == 1


def test_an_offline_room_takes_external_chats_alone_and_perhaps_not_even_those(house: House) -> None:
    visitor = house.visitor()
    house.giosg.go_offline(DEMO_AGENT)
    answer = visitor.call("POST", visitor.opening)
    assert (answer.status_code, list(answer.get_json())) == (403, ["detail"])
    assert visitor.call("POST", visitor.opening, {"chat_type": "external"}).status_code == 201
    house.giosg.habits.external_while_offline = False
    assert visitor.call("POST", visitor.opening, {"chat_type": "external"}).status_code == 403


def test_only_who_is_in_the_room_can_chat_there(house: House) -> None:
    visitor = house.visitor(enters=False)
    assert visitor.call("POST", visitor.opening).status_code == 404


def test_a_recent_chat_is_resumed_on_request(chat: Chat) -> None:
    visitor = chat.visitor
    answer = visitor.call("POST", f"{visitor.opening}?auto_resume=true")
    assert (answer.status_code, answer.get_json()["id"]) == (200, chat.id)
    visitor.ask("PATCH", chat.path, {"is_ended": True})
    assert visitor.call("POST", f"{visitor.opening}?auto_resume=true").status_code == 201


def test_another_visitors_chat_is_not_there(house: House, chat: Chat) -> None:
    other = house.visitor()
    for path in (chat.path, f"{other.chats}/{chat.id}", f"{other.chats}/{chat.id}/messages", f"{other.chats}/unknown"):
        assert other.call("GET", path).status_code == 404
    assert other.call("POST", f"{chat.path}/messages", {"type": "msg", "message": "Hi"}).status_code == 404
    assert other.ask("GET", other.chats)["results"] == []


def test_a_visitor_reads_their_chats_without_agents_real_names(house: House, chat: Chat) -> None:
    house.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    assert [one["id"] for one in chat.visitor.ask("GET", chat.visitor.chats)["results"]] == [chat.id]
    assert chat.visitor.ask("GET", chat.path)["user_message_count"] == 1
    messages = chat.visitor.ask("GET", f"{chat.path}/messages")["results"]
    assert [one["type"] for one in messages] == ["msg", "join", "msg"]
    assert messages[2]["sender_public_name"] == "Customer Service"
    members = chat.visitor.ask("GET", f"{chat.path}/memberships")["results"]
    assert [one["member_type"] for one in members] == ["visitor", "user"]
    assert not any("sender_name" in one for one in messages)
    assert not any("member_name" in one for one in members)


def test_lists_come_in_pages_that_lead_to_each_other(house: House, chat: Chat) -> None:
    house.giosg.habits.page_size = 2
    texts = ["one", "two", "three", "four"]
    for text in texts:
        chat.send(text)
    first = chat.visitor.ask("GET", f"{chat.path}/messages")
    assert (first["previous"], first["next"].startswith(house.giosg.base_url)) == (None, True)
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
def test_an_ended_chat_is_locked_for_good(house: House, chat: Chat, status: Any) -> None:
    house.giosg.habits.ended_status = status
    assert chat.visitor.ask("PATCH", chat.path, {"is_ended": True})["is_ended"] is True
    assert chat.post({"type": "msg", "message": "One more thing"}).status_code == status
    assert chat.visitor.call("PATCH", chat.path, {"is_ended": False}).status_code == status
    membership = f"/api/v5/public/visitors/{chat.visitor.id}/chat_memberships/{chat.id}"
    assert chat.visitor.call("PATCH", membership, {"composing_status": "typing"}).status_code == status
    assert len(chat.messages()) == 1


def test_to_end_a_chat_twice_does_nothing(house: House, chat: Chat) -> None:
    for _ in range(2):
        assert house.ask("PATCH", f"{ORG}/owned_chats/{chat.id}", {"is_ended": True})["is_ended"] is True
    assert house.story() == [("owned_chats", "changed")]


def test_a_website_chat_may_be_ended_after_a_silence_and_an_external_one_never(house: House) -> None:
    house.giosg.habits.closes_idle_after = 600
    web, external = house.visitor().open("visitor"), house.visitor().open("external")
    web.send()
    external.send()
    house.time.advance(599)
    web.send("Hello?")
    house.time.advance(599)
    assert house.shown(web.id)["status"] == "queued"
    house.time.advance(1)
    assert (house.shown(web.id)["status"], house.shown(external.id)["status"]) == ("ended", "queued")
