"""The simulated UChat's workspace API: who is there, and what can be asked and changed about a contact."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.uchat import DEMO_AGENT, OTHER_AGENT, OTHER_FLOW_KEY, PLAIN_FLOW_KEY
from tests.harness.uchat_shop import ANN, Json, Shop, make_shop

ACTIONS = ["pause-bot", "resume-bot", "move-chat-to", "assign-agent", "unassign-agent"]


@pytest.fixture
def shop() -> Shop:
    shop = make_shop()
    shop.write("Hello")
    shop.news()
    return shop


def act(shop: Shop, action: str, **fields: object) -> Any:
    return shop.call("POST", f"/api/subscriber/{action}", {"user_ns": shop.contact().user_ns, **fields})


def subscriber(shop: Shop, user_id: str = ANN) -> Json:
    found: Json = shop.ask("GET", f"/api/subscriber/get-info-by-user-id?user_id={user_id}")
    return found


# --- who may, and who is there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["me", "team-info", "team-flows", "flow/agents", "subscribers"])
def test_every_call_wants_a_flow_key(shop: Shop, path: str) -> None:
    assert shop.call("GET", f"/api/{path}", key=PLAIN_FLOW_KEY).status_code == 200
    answer = shop.call("GET", f"/api/{path}", key="wrong")
    assert (answer.status_code, answer.get_json()) == (401, {"message": "Unauthenticated."})


def test_a_key_is_checked_by_asking_who_it_is(shop: Shop) -> None:
    assert shop.ask("GET", "/api/me") == {"id": 7000, "name": "Owner of Demo shop", "email": "owner@desk.example"}


def test_the_team_has_a_name_and_an_owner(shop: Shop) -> None:
    answer = shop.ask("GET", "/api/team-info")
    assert (answer["status"], answer["data"]["id"], answer["data"]["name"]) == ("ok", 48151, "Demo shop")


def test_a_key_sees_its_own_workspace(shop: Shop) -> None:
    assert shop.ask("GET", "/api/team-info", key=OTHER_FLOW_KEY)["data"]["name"] == "Other shop"
    assert shop.ask("GET", "/api/subscribers", key=OTHER_FLOW_KEY) == {"data": []}
    path = f"/api/subscriber/get-info-by-user-id?user_id={ANN}"
    assert shop.call("GET", path, key=OTHER_FLOW_KEY).status_code == 404


def test_flows_are_found_by_name_and_type(shop: Shop) -> None:
    flow = {"name": "Demo shop", "flow_ns": "f48151", "type": "apichat", "linked_label": "Api Chat"}
    assert shop.ask("GET", "/api/team-flows") == {"data": [flow]}
    assert shop.ask("GET", "/api/team-flows?name=demo&type=apichat") == {"data": [flow]}
    assert shop.ask("GET", "/api/team-flows?type=telegram") == {"data": []}


def test_agents_are_found_by_name_and_role(shop: Shop) -> None:
    both = shop.ask("GET", "/api/flow/agents")["data"]
    assert [(agent["id"], agent["is_online"]) for agent in both] == [(DEMO_AGENT, True), (OTHER_AGENT, False)]
    for query, found in (("role=agent", OTHER_AGENT), ("name=ines", DEMO_AGENT), ("limit=1&page=2", OTHER_AGENT)):
        assert [agent["id"] for agent in shop.ask("GET", f"/api/flow/agents?{query}")["data"]] == [found]
    assert shop.call("GET", "/api/flow/agents?limit=101").status_code == 422


# --- a contact -------------------------------------------------------------------------------------------------------


def test_our_sender_id_is_the_user_id(shop: Shop) -> None:
    found = subscriber(shop)
    assert (found["user_id"], found["name"], found["first_name"], found["last_name"]) == (ANN, "Ann Lee", "Ann", "Lee")
    assert (found["user_ns"], found["phone"], found["email"]) == (shop.contact().user_ns, "+358401234567", None)
    assert found["subscribed"] == "2026-01-05 09:00:00"


def test_an_unknown_contact_is_not_found_in_laravels_words(shop: Shop) -> None:
    for answer in (
        shop.call("GET", "/api/subscriber/get-info-by-user-id?user_id=nobody"),
        act(shop, "resume-bot", user_ns="f48151u1"),
    ):
        assert answer.status_code == 404
        assert answer.get_json() == {"message": "No query results for model [App\\Models\\Chatbot\\BotUser]."}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_wrong_user_ns_is_named(shop: Shop, action: str) -> None:
    answer = act(shop, action, user_ns="ann", minutes=5, status="open", agent_id=DEMO_AGENT)
    assert answer.status_code == 422
    assert answer.get_json()["errors"]["user_ns"] == ["The user ns format is invalid."]


def test_a_profile_is_changed(shop: Shop) -> None:
    body = {"user_ns": shop.contact().user_ns, "email": "ann@home.example", "image": "https://cdn.example/ann.png"}
    changed = shop.ask("PUT", "/api/subscriber/update", body)
    assert changed == subscriber(shop)
    assert (changed["email"], changed["profile_pic"]) == ("ann@home.example", "https://cdn.example/ann.png")
    assert shop.chat["contact"]["avatar"] == "https://cdn.example/ann.png"


def test_subscribers_are_found_by_their_profile(shop: Shop) -> None:
    shop.write("Hello", sender="viber:02cd", conversation=48214)
    query = "/api/subscribers?is_channel=apichat"
    assert len(shop.ask("GET", query)["data"]) == 2
    assert shop.ask("GET", f"{query}&name=Nobody") == {"data": []}
    assert shop.ask("GET", "/api/subscribers?is_channel=telegram") == {"data": []}
    assert shop.ask("GET", f"{query}&phone=%2B358401234567&limit=1&page=2")["data"][0]["user_id"] == "viber:02cd"


# --- a chat ----------------------------------------------------------------------------------------------------------


def test_the_bot_pauses_for_minutes_and_is_resumed(shop: Shop) -> None:
    assert act(shop, "pause-bot", minutes=5).get_json() == {"status": "ok"}
    assert not shop.chat["bot"]
    shop.time.advance(5 * 60)
    assert shop.chat["bot"]
    act(shop, "pause-bot", minutes=5)
    assert act(shop, "resume-bot").get_json() == {"status": "ok"}
    assert shop.chat["bot"]
    assert list(act(shop, "pause-bot", minutes="five").get_json()["errors"]) == ["minutes"]


def test_a_chat_is_moved_to_a_known_status(shop: Shop) -> None:
    assert act(shop, "move-chat-to", status="done").get_json() == {"status": "ok"}
    assert shop.chat["status"] == "done"
    assert act(shop, "move-chat-to", status="closed").status_code == 422


def test_a_chat_is_assigned_to_an_agent_of_the_workspace(shop: Shop) -> None:
    assert act(shop, "assign-agent", agent_id=OTHER_AGENT).get_json() == {"status": "ok"}
    assert shop.chat["assigned_to"] == "Pavel Novotný"
    assert act(shop, "assign-agent", agent_id=1).get_json()["message"] == "The selected agent id is invalid."
    assert act(shop, "unassign-agent").get_json() == {"status": "ok"}
    assert shop.chat["assigned_to"] == ""


def test_messages_are_listed_the_newest_first_and_the_bots_on_request(shop: Shop) -> None:
    shop.uchat.reply(ANN, DEMO_AGENT, "Ines here")
    shop.uchat.private_note(ANN, DEMO_AGENT, "A regular")
    path = f"/api/subscriber/chat-messages?user_id={ANN}"
    plain = shop.ask("GET", path)["data"]
    assert [(one["type"], one["content"], one["sender_id"]) for one in plain] == [
        ("agent", "Ines here", DEMO_AGENT),
        ("in", "Hello", 0),
    ]
    everything = shop.ask("GET", f"{path}&include_bot=1&include_note=1&include_system=1")["data"]
    assert [one["type"] for one in everything] == ["note", "agent", "out", "in"]
    assert len(shop.ask("GET", f"{path}&include_bot=1&limit=1")["data"]) == 1


def test_messages_are_listed_by_time_and_kind(shop: Shop) -> None:
    shop.time.advance(60)
    shop.uchat.send_media(ANN, DEMO_AGENT, "image", "https://cdn.example/a.png")
    path = f"/api/subscriber/chat-messages?user_ns={shop.contact().user_ns}"
    [image] = shop.ask("GET", f"{path}&msg_type=image")["data"]
    assert image["payload"] == {"url": "https://cdn.example/a.png"}
    later = int(shop.time.now().timestamp()) - 30
    assert shop.ask("GET", f"{path}&start_time={later}")["data"] == [image]
    assert [one["content"] for one in shop.ask("GET", f"{path}&end_time={later}")["data"]] == ["Hello"]


def test_messages_are_those_of_somebody(shop: Shop) -> None:
    answer = shop.call("GET", "/api/subscriber/chat-messages")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["user_ns"])
