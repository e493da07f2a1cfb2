"""The simulated Giosg's organization API: what an API token opens, chats as the organization has them, and files."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from playground.services.giosg import API_TOKEN, DEMO_AGENT, DEMO_BOT, DEMO_ORGANIZATION, DEMO_ROOM
from playground.services.giosg.files import hash_file
from playground.simulator import Fault
from tests.harness.giosg_house import ORG, Chat, House, make_chat, make_house

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.fixture
def chat(house: House) -> Chat:
    return make_chat(house)


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_the_token_says_whose_organization_it_opens(house: House) -> None:
    me = house.ask("GET", "/api/v5/users/me")
    assert (me["organization_id"], me["id"]) == (DEMO_ORGANIZATION, DEMO_AGENT)


@pytest.mark.parametrize("path", ["/api/v5/users/me", f"{ORG}/owned_chats", f"{ORG}/rooms/{DEMO_ROOM}"])
@pytest.mark.parametrize("auth", ["", "Token wrong", f"Bearer {API_TOKEN}"])
def test_the_organizations_api_wants_the_token(house: House, path: str, auth: str) -> None:
    answer = house.call("GET", path, auth=auth)
    assert (answer.status_code, list(answer.get_json())) == (401, ["detail"])


def test_a_visitors_token_sets_no_variables(chat: Chat) -> None:
    path = f"{ORG}/rooms/{DEMO_ROOM}/visitors/{chat.visitor.id}/variables"
    assert chat.visitor.call("POST", path, {"key": "username", "value": "Eve"}).status_code == 401


def test_a_token_is_worth_what_its_user_may_do(house: House) -> None:
    house.giosg.token_is_allowed = False
    assert house.call("GET", f"{ORG}/owned_chats").status_code == 403


def test_a_deleted_token_opens_nothing(house: House) -> None:
    house.giosg.expire_token("another")
    assert house.call("GET", "/api/v5/users/me").status_code == 401
    assert house.ask("GET", "/api/v5/users/me", auth="Token another")["organization_id"] == DEMO_ORGANIZATION


def test_another_organization_is_closed(house: House) -> None:
    assert house.call("GET", "/api/v5/orgs/unknown/owned_chats").status_code == 403


def test_failures_on_demand_are_worded_as_the_real_ones(house: House) -> None:
    house.giosg.fail_next(Fault(status=429, retry_after=7))
    answer = house.call("GET", "/api/v5/users/me")
    assert (answer.status_code, answer.headers["Retry-After"], list(answer.get_json())) == (429, "7", ["detail"])
    house.giosg.fail_next(Fault(status=502, body=b"<html>"))
    answer = house.call("GET", "/api/v5/users/me")
    assert (answer.status_code, answer.data) == (502, b"<html>")


def test_unknown_paths_and_methods_are_worded_so_too(house: House) -> None:
    assert house.call("GET", "/api/v5/nothing").get_json() == {"detail": "Not found."}
    answer = house.call("DELETE", f"{ORG}/owned_chats")
    assert (answer.status_code, answer.get_json()) == (405, {"detail": 'Method "DELETE" not allowed.'})


# --- rooms and visitors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [f"{ORG}/rooms/{DEMO_ROOM}", f"/api/v5/rooms/{DEMO_ROOM}"])
def test_a_room_says_whether_people_or_bots_are_there(house: House, path: str) -> None:
    room = house.ask("GET", path)
    assert (room["is_online"], room["is_humans_online"], room["is_open"]) == (True, True, True)
    house.giosg.go_offline(DEMO_AGENT)
    house.giosg.go_online(DEMO_BOT)
    room = house.ask("GET", path)
    assert (room["is_online"], room["is_humans_online"]) == (True, False)


def test_there_is_no_unknown_room(house: House) -> None:
    assert house.call("GET", f"{ORG}/rooms/unknown").status_code == 404


def variables_path(visitor: str) -> str:
    return f"{ORG}/rooms/{DEMO_ROOM}/visitors/{visitor}/variables"


def test_a_variable_is_set_and_set_again(house: House) -> None:
    visitor = house.visitor()
    answer = house.call("POST", variables_path(visitor.id), {"key": "visitor_contact", "value": "+358401234567"})
    first = answer.get_json()
    assert answer.status_code == 201
    assert (first["key"], first["value"], first["visitor_id"]) == ("visitor_contact", "+358401234567", visitor.id)
    house.time.advance(5)
    second = house.ask("POST", variables_path(visitor.id), {"key": "visitor_contact", "value": None})
    assert (second["value"], second["created_at"]) == (None, first["created_at"])
    assert second["updated_at"] > first["updated_at"]


@pytest.mark.parametrize(
    ("body", "wrong"), [({}, "key"), ({"key": ""}, "key"), ({"key": None}, "key"), ({"key": "a", "value": 1}, "value")]
)
def test_a_variable_has_a_key_and_a_text(house: House, body: object, wrong: str) -> None:
    answer = house.call("POST", variables_path(house.visitor().id), body)
    assert (answer.status_code, list(answer.get_json())) == (400, [wrong])


def test_who_is_not_in_the_room_has_no_variables_there(house: House) -> None:
    visitor = house.visitor(enters=False)
    assert house.call("POST", variables_path(visitor.id), {"key": "username", "value": "Ann"}).status_code == 404


def test_the_user_name_stands_wherever_the_visitor_is_named(house: House, chat: Chat) -> None:
    assert chat.messages()[0]["sender_name"] == "Ann"
    [member] = house.get(f"/owned_chats/{chat.id}/memberships")["results"]
    assert (member["member_name"], member["member_public_name"]) == ("Ann", "Ann")
    assert house.shown(chat.id)["contact"]["name"] == "Ann"
    nameless = house.visitor().open()
    nameless.send()
    assert nameless.messages()[0]["sender_name"] is None
    assert house.shown(nameless.id)["contact"]["name"] == "Visitor"


# --- chats -----------------------------------------------------------------------------------------------------------


def test_the_organization_reads_all_its_chats(house: House, chat: Chat) -> None:
    web = house.giosg.web_visitor_writes("Do you ship to Norway?")
    shown = house.get("/owned_chats")["results"]
    assert [(one["id"], one["chat_type"]) for one in shown] == [(chat.id, "external"), (web, "visitor")]
    one = house.get(f"/owned_chats/{chat.id}")
    assert (one["room_id"], one["room_organization_id"]) == (DEMO_ROOM, DEMO_ORGANIZATION)
    assert (one["is_waiting"], one["is_pending"], one["message_count"], one["has_messages"]) == (True, True, 1, True)
    assert one["waiting_started_at"] == chat.messages()[0]["created_at"]


def test_one_message_can_be_read(house: House, chat: Chat) -> None:
    [message] = chat.messages()
    assert house.get(f"/owned_chats/{chat.id}/messages/{message['id']}") == message
    for path in (f"{ORG}/owned_chats/{chat.id}/messages/unknown", f"{ORG}/owned_chats/unknown"):
        assert house.call("GET", path).status_code == 404


def test_members_are_read_in_pages_like_everything(house: House, chat: Chat) -> None:
    house.giosg.join(chat.id, DEMO_AGENT)
    house.giosg.habits.page_size = 1
    first = house.get(f"/owned_chats/{chat.id}/memberships")
    second = house.ask("GET", first["next"])
    members = [*first["results"], *second["results"]]
    assert [(one["member_type"], one["member_id"]) for one in members] == [
        ("visitor", chat.visitor.id),
        ("user", DEMO_AGENT),
    ]
    assert [one.get("is_bot") for one in members] == [None, False]


def test_the_organization_ends_a_chat(house: House, chat: Chat) -> None:
    house.time.advance(60)
    shown = house.ask("PATCH", f"{ORG}/owned_chats/{chat.id}", {"is_ended": True})
    assert (shown["is_ended"], shown["ended_at"], shown["is_waiting"]) == (True, "2026-01-05T09:01:00.000Z", False)
    assert house.call("PATCH", f"{ORG}/owned_chats/{chat.id}", {"is_ended": "yes"}).status_code == 400


def test_times_may_lack_their_zone(house: House) -> None:
    house.giosg.habits.bare_times = True
    chat = make_chat(house)
    assert chat.messages()[0]["created_at"] == "2026-01-05T09:00:00.000"


# --- files -----------------------------------------------------------------------------------------------------------


def announce(house: House, data: bytes, **changed: object) -> Any:
    body = {
        "original_file_name": "a.png",
        "file_size": len(data),
        "content_type": "image/png",
        "file_hash": hash_file(data),
    }
    return house.call("POST", f"{ORG}/uploads", {**body, **changed})


def upload(house: House, announced: Any, data: bytes) -> Any:
    target = announced["upload_url"]
    form = {**target["fields"], "file": (BytesIO(data), "a.png")}
    return house.giosg.app.test_client().post(target["url"].removeprefix(house.giosg.base_url), data=form)


def test_a_file_is_announced_then_uploaded_then_there(house: House) -> None:
    announced = announce(house, PNG).get_json()
    assert house.call("GET", announced["download_url"]).status_code == 404
    assert upload(house, announced, PNG).status_code == 204
    answer = house.call("GET", announced["download_url"])
    assert (answer.data, answer.content_type) == (PNG, "image/png")
    assert upload(house, announced, PNG).status_code == 403


def test_only_what_was_announced_can_be_uploaded(house: House) -> None:
    announced = announce(house, PNG).get_json()
    assert upload(house, announced, b"something else").status_code == 400
    announced["upload_url"]["fields"]["key"] = "unknown"
    assert upload(house, announced, PNG).status_code == 403


@pytest.mark.parametrize("field", ["original_file_name", "file_size", "content_type", "file_hash"])
def test_an_announcement_is_complete(house: House, field: str) -> None:
    answer = announce(house, PNG, **{field: None})
    assert (answer.status_code, list(answer.get_json())) == (400, [field])


def test_an_agents_file_wants_the_token_or_is_open(house: House, chat: Chat) -> None:
    house.giosg.send_image(chat.id, DEMO_AGENT, "a.png", "image/png", PNG)
    url = chat.messages()[-1]["attachments"][0]["image_url"]
    assert url.startswith(house.giosg.base_url)
    assert house.call("GET", url, auth="").status_code == 401
    assert house.call("GET", url).data == PNG
    house.giosg.habits.files_want_token = False
    assert house.call("GET", url, auth="").data == PNG
    assert house.call("GET", url.replace("/downloads/", "/downloads/x"), auth="").status_code == 404


def test_a_message_may_be_there_before_its_file(house: House, chat: Chat) -> None:
    house.giosg.habits.late_files = 3
    house.giosg.send_file(chat.id, DEMO_AGENT, "price list.pdf", "application/pdf", b"%PDF", "Our prices")
    [attachment] = chat.messages()[-1]["attachments"]
    assert house.call("GET", chat.last["attachment"]["url"].replace("/files/", "/files/x"), auth="").status_code == 404
    assert (attachment["title"], attachment["image_url"]) == ("price list.pdf", None)
    assert house.call("GET", attachment["title_link_url"]).status_code == 404
    house.time.advance(3)
    assert house.call("GET", attachment["title_link_url"]).data == b"%PDF"
