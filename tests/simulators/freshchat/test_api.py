"""The simulated Freshchat's API keeps what the real one promises, and refuses what it refuses."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from playground.services.freshchat import (
    DEMO_AGENT,
    DEMO_CHANNEL,
    DEMO_TOKEN,
)
from playground.simulator import Fault
from tests.harness.freshchat import FreshchatHarness, Json, make_harness, write


@pytest.fixture
def harness() -> FreshchatHarness:
    return make_harness()


# --- the API ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["", "Bearer wrong", DEMO_TOKEN, f"Basic {DEMO_TOKEN}"])
def test_only_the_token_opens_the_api(harness: FreshchatHarness, header: str) -> None:
    answer = harness.call("GET", "/accounts/configuration", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.get_json()["status"] == "UNAUTHENTICATED"


def test_a_new_token_ends_the_old_one(harness: FreshchatHarness) -> None:
    harness.freshchat.expire_token("new")
    assert harness.call("GET", "/channels").status_code == 401


def test_users_are_found_by_exactly_what_was_asked_for(harness: FreshchatHarness) -> None:
    reference = "viber:shop:a+b/c= d"
    user_id = harness.user(reference_id=reference)
    found = harness.call("GET", "/users", query_string={"reference_id": reference}).get_json()
    assert [user["id"] for user in found["users"]] == [user_id]
    assert found["pagination"]["total_items"] == 1
    assert harness.call("GET", "/users?reference_id=viber:shop:a+b/c%3D%20d").get_json()["users"] == []
    assert harness.call("GET", "/users").status_code == 400


def test_changing_a_user_answers_with_nothing(harness: FreshchatHarness) -> None:
    user_id = harness.user()
    answer = harness.call("PUT", f"/users/{user_id}", {"first_name": "Åsa Lind"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert harness.call("GET", f"/users/{user_id}").get_json()["first_name"] == "Åsa Lind"


def test_a_lost_race_for_a_user_is_a_conflict_and_the_user_is_there(harness: FreshchatHarness) -> None:
    harness.freshchat.quirks.racing_users = 1
    assert harness.call("POST", "/users", {"reference_id": "r"}).status_code == 409
    assert len(harness.call("GET", "/users?reference_id=r").get_json()["users"]) == 1


@pytest.mark.parametrize("spell", [str, str.upper, lambda guid: guid.replace("-", "")])
def test_a_conversation_answers_to_each_spelling_and_to_its_number(harness: FreshchatHarness, spell: Any) -> None:
    conversation = harness.conversation()
    for name in (spell(conversation.id), conversation.number):
        assert harness.call("GET", f"/conversations/{name}").get_json()["conversation_id"] == conversation.id


def test_a_new_conversation_shows_its_number_later(harness: FreshchatHarness) -> None:
    user_id = harness.user()
    body = {"channel_id": DEMO_CHANNEL, "users": [{"id": user_id}], "messages": [write(user_id)]}
    assert "freshchat_conversation_id" not in harness.call("POST", "/conversations", body).get_json()
    harness.time.settle()
    number = harness.our_side.bodies()[0]["data"]["message"]["freshchat_conversation_id"]
    assert number.isdecimal()


def test_messages_come_newest_first_in_pages_with_a_link_from_the_hosts_root(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    for number in range(70):
        harness.time.advance(1)
        harness.freshchat.reply(conversation.id, DEMO_AGENT, str(number))
    path = f"/conversations/{conversation.id}/messages"
    first = harness.call("GET", path, query_string={"items_per_page": "50"}).get_json()
    assert len(first["messages"]) == 50
    assert first["messages"][0]["message_parts"] == [{"text": {"content": "69"}}]
    assert first["link"]["href"].startswith(f"/v2{path}?page=2")
    second = harness.call("GET", first["link"]["href"].removeprefix("/v2")).get_json()
    assert len(second["messages"]) == 21
    assert "link" not in second
    recent = harness.call("GET", path, query_string={"from_time": "2026-01-05T09:01:10.000Z"}).get_json()
    assert len(recent["messages"]) == 1
    assert harness.call("GET", path, query_string={"items_per_page": "51"}).status_code == 400


def test_a_resolved_conversation_refuses_the_customer_or_opens_again(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    path = f"/conversations/{conversation.id}"
    harness.freshchat.resolve(conversation.id, DEMO_AGENT)
    assert harness.call("GET", path).get_json()["status"] == "resolved"
    refused = harness.call("POST", f"{path}/messages", write(conversation.user.id))
    assert refused.status_code == 400
    assert "not the latest conversation" in refused.get_json()["message"]
    harness.freshchat.quirks.resolved_refuses = False
    assert harness.call("POST", f"{path}/messages", write(conversation.user.id)).status_code == 200
    assert conversation.status == "new"
    harness.time.settle()
    reopened = next(body for body in harness.our_side.bodies() if body["action"] == "conversation_reopen")
    assert reopened["data"]["reopen"]["reopener"] == "user"


def test_an_older_conversation_never_takes_messages(harness: FreshchatHarness) -> None:
    harness.freshchat.quirks.resolved_refuses = False
    old = harness.conversation()
    harness.freshchat.actions.create_conversation(old.user, old.channel)
    refused = harness.call("POST", f"/conversations/{old.id}/messages", write(old.user.id))
    assert "not the latest conversation" in refused.get_json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/users", {}),
        ("POST", "/users", {"name": "Åsa"}),
        ("POST", "/users", {"first_name": 7}),
        ("POST", "/users", {"avatar": {"url": ""}}),
        ("POST", "/users", {"properties": [{"name": "channel"}]}),
        ("PUT", "/users/USER", {"reference": "x"}),
        ("POST", "/conversations", {"channel_id": DEMO_CHANNEL, "users": [{"id": "USER"}], "messages": []}),
        ("POST", "/conversations", {"users": [{"id": "USER"}], "messages": [write("USER")]}),
        ("POST", "/conversations/CONVERSATION/messages", write("somebody else")),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", "")),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", colour="red")),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", message_type="private")),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", message_parts=[])),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", message_parts=[{"hologram": {}}])),
        (
            "POST",
            "/conversations/CONVERSATION/messages",
            write("USER", message_parts=[{"image": {"url": "https://a", "file_hash": "b"}}]),
        ),
        (
            "POST",
            "/conversations/CONVERSATION/messages",
            write("USER", message_parts=[{"file": {"file_hash": "never uploaded"}}]),
        ),
        ("POST", "/conversations/CONVERSATION/messages", {**write("x"), "actor_type": "agent"}),
    ],
)
def test_what_the_api_does_not_document_is_refused(
    harness: FreshchatHarness, method: str, path: str, body: Json
) -> None:
    conversation = harness.conversation()
    fill = {"USER": conversation.user.id, "CONVERSATION": conversation.id}
    text = json.dumps(body)
    for name, value in fill.items():
        path, text = path.replace(name, value), text.replace(name, value)
    before = len(conversation.messages)
    answer = harness.call(method, path, json.loads(text))
    assert answer.status_code == 400
    assert set(answer.get_json()) == {"code", "status", "message"}
    assert len(conversation.messages) == before


def test_json_must_be_called_json(harness: FreshchatHarness) -> None:
    answer = harness.call("POST", "/users", data=b'{"first_name":"x"}', content_type="text/plain")
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "path",
    ["/users/x", "/users/x/conversations", "/conversations/x", "/conversations/x/messages", "/agents/x"],
)
def test_what_is_not_there_is_not_found(harness: FreshchatHarness, path: str) -> None:
    assert harness.call("GET", path).status_code == 404


def test_faults_speak_as_freshchat_does(harness: FreshchatHarness) -> None:
    harness.freshchat.fail_next(Fault(status=429, retry_after=3))
    answer = harness.call("GET", "/channels")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3"
    assert answer.get_json()["code"] == 429


# --- files -----------------------------------------------------------------------------------------------------------


def test_uploads_are_kept_and_served(harness: FreshchatHarness) -> None:
    answer = harness.call("POST", "/images/upload", data={"image": (io.BytesIO(b"png"), "a.png", "image/png")})
    url = answer.get_json()["url"]
    served = harness.freshchat.app.test_client().get(url.removeprefix(harness.freshchat.base_url))
    assert served.data == b"png"
    assert served.content_type == "image/png"


@pytest.mark.parametrize(
    ("path", "field_name", "content_type", "data"),
    [
        ("/images/upload", "picture", "image/png", b"png"),
        ("/images/upload", "image", "text/plain", b"png"),
        ("/files/upload", "file", "text/plain", b""),
    ],
)
def test_wrong_uploads_are_refused(
    harness: FreshchatHarness, path: str, field_name: str, content_type: str, data: bytes
) -> None:
    upload = {field_name: (io.BytesIO(data), "a", content_type)}
    assert harness.call("POST", path, data=upload).status_code == 400
    assert harness.call("POST", path, {}).status_code == 415
