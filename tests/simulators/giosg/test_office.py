"""The simulated Giosg's organization API: what an API token opens, chats as the organization has them, and files."""

from __future__ import annotations

import pytest

from playground.services.giosg import API_TOKEN, DEMO_AGENT, DEMO_BOT, DEMO_ORGANIZATION, DEMO_ROOM
from playground.simulator import Fault
from tests.harness.giosg import ORG, Chat, GiosgHarness, make_chat, make_harness

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def harness() -> GiosgHarness:
    return make_harness()


@pytest.fixture
def chat(harness: GiosgHarness) -> Chat:
    return make_chat(harness)


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_the_token_says_whose_organization_it_opens(harness: GiosgHarness) -> None:
    me = harness.ask("GET", "/api/v5/users/me")
    assert (me["organization_id"], me["id"]) == (DEMO_ORGANIZATION, DEMO_AGENT)


@pytest.mark.parametrize("path", ["/api/v5/users/me", f"{ORG}/rooms/{DEMO_ROOM}"])
@pytest.mark.parametrize("auth", ["", "Token wrong", f"Bearer {API_TOKEN}"])
def test_the_organizations_api_wants_the_token(harness: GiosgHarness, path: str, auth: str) -> None:
    answer = harness.call("GET", path, auth=auth)
    assert (answer.status_code, list(answer.get_json())) == (401, ["detail"])


def test_a_visitors_token_sets_no_variables(chat: Chat) -> None:
    path = f"{ORG}/rooms/{DEMO_ROOM}/visitors/{chat.visitor.id}/variables"
    assert chat.visitor.call("POST", path, {"key": "username", "value": "Eve"}).status_code == 401


def test_a_token_is_worth_what_its_user_may_do(harness: GiosgHarness) -> None:
    harness.giosg.token_is_allowed = False
    assert harness.call("GET", "/api/v5/users/me").status_code == 403


def test_a_deleted_token_opens_nothing(harness: GiosgHarness) -> None:
    harness.giosg.expire_token("another")
    assert harness.call("GET", "/api/v5/users/me").status_code == 401
    assert harness.ask("GET", "/api/v5/users/me", auth="Token another")["organization_id"] == DEMO_ORGANIZATION


def test_another_organization_is_closed(harness: GiosgHarness) -> None:
    assert harness.call("GET", f"/api/v5/orgs/unknown/rooms/{DEMO_ROOM}").status_code == 403


def test_failures_on_demand_are_worded_as_the_real_ones(harness: GiosgHarness) -> None:
    harness.giosg.fail_next(Fault(status=429, retry_after=7))
    answer = harness.call("GET", "/api/v5/users/me")
    assert (answer.status_code, answer.headers["Retry-After"], list(answer.get_json())) == (429, "7", ["detail"])
    harness.giosg.fail_next(Fault(status=502, body=b"<html>"))
    answer = harness.call("GET", "/api/v5/users/me")
    assert (answer.status_code, answer.data) == (502, b"<html>")


def test_unknown_paths_and_methods_are_worded_so_too(harness: GiosgHarness) -> None:
    assert harness.call("GET", "/api/v5/nothing").get_json() == {"detail": "Not found."}
    answer = harness.call("DELETE", f"{ORG}/rooms/{DEMO_ROOM}")
    assert (answer.status_code, answer.get_json()) == (405, {"detail": 'Method "DELETE" not allowed.'})


# --- rooms and visitors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [f"{ORG}/rooms/{DEMO_ROOM}", f"/api/v5/rooms/{DEMO_ROOM}"])
def test_a_room_says_whether_people_or_bots_are_there(harness: GiosgHarness, path: str) -> None:
    room = harness.ask("GET", path)
    assert (room["is_online"], room["is_humans_online"]) == (True, True)
    harness.giosg.go_offline(DEMO_AGENT)
    harness.giosg.go_online(DEMO_BOT)
    room = harness.ask("GET", path)
    assert (room["is_online"], room["is_humans_online"]) == (True, False)


def test_there_is_no_unknown_room(harness: GiosgHarness) -> None:
    assert harness.call("GET", f"{ORG}/rooms/unknown").status_code == 404


def variables_path(visitor: str) -> str:
    return f"{ORG}/rooms/{DEMO_ROOM}/visitors/{visitor}/variables"


def test_a_variable_is_set_and_set_again(harness: GiosgHarness) -> None:
    visitor = harness.visitor()
    answer = harness.call("POST", variables_path(visitor.id), {"key": "visitor_contact", "value": "+358401234567"})
    first = answer.get_json()
    assert answer.status_code == 201
    assert (first["key"], first["value"], first["visitor_id"]) == ("visitor_contact", "+358401234567", visitor.id)
    harness.time.advance(5)
    second = harness.ask("POST", variables_path(visitor.id), {"key": "visitor_contact", "value": None})
    assert (second["value"], second["created_at"]) == (None, first["created_at"])
    assert second["updated_at"] > first["updated_at"]


@pytest.mark.parametrize(
    ("body", "wrong"), [({}, "key"), ({"key": ""}, "key"), ({"key": None}, "key"), ({"key": "a", "value": 1}, "value")]
)
def test_a_variable_has_a_key_and_a_text(harness: GiosgHarness, body: object, wrong: str) -> None:
    answer = harness.call("POST", variables_path(harness.visitor().id), body)
    assert (answer.status_code, list(answer.get_json())) == (400, [wrong])


def test_who_is_not_in_the_room_has_no_variables_there(harness: GiosgHarness) -> None:
    visitor = harness.visitor(enters=False)
    assert harness.call("POST", variables_path(visitor.id), {"key": "username", "value": "Ann"}).status_code == 404


def test_the_user_name_stands_wherever_the_visitor_is_named(harness: GiosgHarness, chat: Chat) -> None:
    assert chat.messages()[0]["sender_name"] == "Ann"
    [member] = harness.get(f"/owned_chats/{chat.id}/memberships")["results"]
    assert (member["member_name"], member["member_public_name"]) == ("Ann", "Ann")
    assert harness.shown(chat.id)["contact"]["name"] == "Ann"
    nameless = harness.visitor().open()
    nameless.send()
    assert nameless.messages()[0]["sender_name"] is None
    assert harness.shown(nameless.id)["contact"]["name"] == "Visitor"


# --- chats -----------------------------------------------------------------------------------------------------------


def test_one_message_can_be_read(harness: GiosgHarness, chat: Chat) -> None:
    [message] = chat.messages()
    assert harness.get(f"/owned_chats/{chat.id}/messages/{message['id']}") == message
    for path in (f"{ORG}/owned_chats/{chat.id}/messages/unknown", f"{ORG}/owned_chats/unknown/memberships"):
        assert harness.call("GET", path).status_code == 404


def test_members_are_read_in_pages_like_everything(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.join(chat.id, DEMO_AGENT)
    harness.giosg.quirks.page_size = 1
    first = harness.get(f"/owned_chats/{chat.id}/memberships")
    second = harness.ask("GET", first["next"])
    members = [*first["results"], *second["results"]]
    assert [(one["member_type"], one["member_id"]) for one in members] == [
        ("visitor", chat.visitor.id),
        ("user", DEMO_AGENT),
    ]
    assert [one.get("is_bot") for one in members] == [None, False]


def test_times_may_lack_their_zone(harness: GiosgHarness) -> None:
    harness.giosg.quirks.bare_times = True
    chat = make_chat(harness)
    assert chat.messages()[0]["created_at"] == "2026-01-05T09:00:00.000"


# --- files -----------------------------------------------------------------------------------------------------------


def test_an_agents_file_wants_the_token(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.send_image(chat.id, DEMO_AGENT, "a.png", "image/png", PNG)
    url = chat.messages()[-1]["attachments"][0]["image_url"]
    assert url.startswith(harness.giosg.base_url)
    assert harness.call("GET", url, auth="").status_code == 401
    assert harness.call("GET", url).data == PNG
    assert harness.call("GET", url.replace("/downloads/", "/downloads/x")).status_code == 404


def test_a_message_may_be_there_before_its_file(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.quirks.late_files = 3
    harness.giosg.send_file(chat.id, DEMO_AGENT, "price list.pdf", "application/pdf", b"%PDF", "Our prices")
    [attachment] = chat.messages()[-1]["attachments"]
    assert (
        harness.call("GET", chat.last["attachment"]["url"].replace("/files/", "/files/x"), auth="").status_code == 404
    )
    assert (attachment["title"], attachment["image_url"]) == ("price list.pdf", None)
    assert harness.call("GET", attachment["title_link_url"]).status_code == 404
    harness.time.advance(3)
    assert harness.call("GET", attachment["title_link_url"]).data == b"%PDF"
