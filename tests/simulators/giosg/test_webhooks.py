"""What the simulated Giosg tells an app: in which order, how partial, how often, and to whom."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from playground.services.giosg import DEMO_AGENT, DEMO_BOT, DEMO_ORGANIZATION, DEMO_ROOM, OTHER_AGENT, WEB_ROOM
from playground.services.giosg.problems import Refused
from playground.services.giosg.records import AppWebhook, Subscription
from playground.simulator import WebhookAnswer
from tests.harness.giosg_house import Chat, House, Told, hook, make_chat, make_house

CHATS = f"/api/v5/orgs/{DEMO_ORGANIZATION}/owned_chats"
PATTERN = "/api/v5/orgs/{organization_id}/owned_chats"


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.fixture
def chat(house: House) -> Chat:
    return make_chat(house)


# --- the sequence ----------------------------------------------------------------------------------------------------


def test_a_new_chat_is_told_in_full(house: House) -> None:
    chat = house.visitor().open()
    [told] = house.news()
    assert told.body == {
        "channel": CHATS,
        "action": "added",
        "resource_id": chat.id,
        "resource": house.get(f"/owned_chats/{chat.id}"),
    }
    assert (told.url, told.headers) == (hook("chats"), {"Content-Type": "application/json"})


def test_the_visitors_first_message_comes_back_and_makes_the_chat_wait(house: House) -> None:
    chat = house.visitor().open()
    house.news()
    sent = chat.send()
    message, changed = house.news()
    assert (message.body["channel"], message.body["resource_id"]) == (f"{CHATS}/{chat.id}/messages", sent["id"])
    assert (message.resource["sender_type"], message.resource["message"]) == ("visitor", "Hello")
    assert message.resource == {**sent, "sender_name": None}
    assert (changed.kind, changed.action, changed.body["resource_id"]) == ("owned_chats", "changed", chat.id)
    assert {name: changed.resource[name] for name in ("is_waiting", "is_pending", "message_count")} == {
        "is_waiting": True,
        "is_pending": True,
        "message_count": 1,
    }
    assert {"waiting_started_at", "visitor_message_count", "has_messages"} <= changed.resource.keys()
    assert not {"id", "room_id", "chat_type", "is_ended"} & changed.resource.keys()


def test_an_agent_picks_up_types_replies_leaves_and_ends(house: House, chat: Chat) -> None:
    house.giosg.join(chat.id, DEMO_AGENT)
    assert house.story() == [("memberships", "added"), ("messages", "added"), ("owned_chats", "changed")]
    house.giosg.type(chat.id, DEMO_AGENT)
    assert house.story() == [("memberships", "changed")]
    house.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    assert house.story() == [("messages", "added"), ("memberships", "changed"), ("owned_chats", "changed")]
    house.giosg.leave(chat.id, DEMO_AGENT)
    assert house.story() == [("memberships", "changed"), ("messages", "added"), ("owned_chats", "changed")]
    house.giosg.end(chat.id)
    assert house.story() == [("owned_chats", "changed")]


def test_picking_up_is_told_as_a_member_a_line_and_a_change(house: House, chat: Chat) -> None:
    house.giosg.join(chat.id, DEMO_AGENT)
    member, line, changed = house.news()
    assert (member.body["resource_id"], member.resource["member_type"]) == (DEMO_AGENT, "user")
    assert (member.resource["member_name"], member.resource["member_public_name"]) == (
        "Aino Virtanen",
        "Customer Service",
    )
    assert (line.resource["type"], line.resource["message"], line.resource["sender_id"]) == ("join", None, DEMO_AGENT)
    assert (changed.resource["is_waiting"], changed.resource["is_pending"]) == (False, False)
    assert changed.resource["present_user_participant_count"] == 1


def test_a_reply_names_its_author_twice(house: House, chat: Chat) -> None:
    house.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    told = house.told("messages", "added")[-1]["resource"]
    assert (told["type"], told["sender_type"], told["message"]) == ("msg", "user", "Good morning")
    assert (told["sender_name"], told["sender_public_name"]) == ("Aino Virtanen", "Customer Service")


def test_a_changed_membership_says_nothing_of_whose_it_is(house: House, chat: Chat) -> None:
    house.giosg.join(chat.id, DEMO_AGENT)
    house.news()
    house.giosg.type(chat.id, DEMO_AGENT)
    assert [(one["resource_id"], one["resource"]) for one in house.told("memberships", "changed")] == [
        (DEMO_AGENT, {"composing_status": "typing"})
    ]
    path = f"/api/v5/public/visitors/{chat.visitor.id}/chat_memberships/{chat.id}"
    chat.visitor.ask("PATCH", path, {"composing_status": "typing"})
    assert [(one["resource_id"], one["resource"]) for one in house.told("memberships", "changed")] == [
        (chat.visitor.id, {"composing_status": "typing"})
    ]


def test_an_ended_chat_is_told_by_little(house: House, chat: Chat) -> None:
    house.giosg.join(chat.id, DEMO_AGENT)
    house.news()
    house.giosg.end(chat.id)
    [changed] = house.news()
    assert changed.resource.keys() == {"is_ended", "ended_at", "updated_at"}


def test_reading_is_told_once(house: House, chat: Chat) -> None:
    house.giosg.join(chat.id, DEMO_AGENT)
    house.time.advance(5)
    chat.send("Are you there?")
    house.time.advance(5)
    house.news()
    for _ in range(2):
        house.giosg.read(chat.id, DEMO_AGENT)
    [told] = house.told("memberships", "changed")
    assert told["resource"] == {"last_seen_at": "2026-01-05T09:00:10.000Z", "unread_message_count": 0}


def test_rooms_are_told_when_they_come_online_or_go(house: House) -> None:
    house.giosg.install_app({"rooms": hook("rooms")}, name="Rooms")
    house.giosg.go_offline(DEMO_AGENT)
    told = house.told("rooms", "changed")
    assert {one["resource_id"] for one in told} == {DEMO_ROOM, WEB_ROOM}
    assert told[0]["resource"] == {"is_online": False, "is_humans_online": False}
    house.giosg.go_offline(DEMO_AGENT)
    assert house.news() == []


# --- removals --------------------------------------------------------------------------------------------------------


def test_a_removal_has_no_resource_or_an_empty_one(house: House, chat: Chat) -> None:
    [message] = chat.messages()
    house.giosg.purge_message(chat.id, message["id"])
    [told] = house.told("messages", "removed")
    assert told == {"channel": f"{CHATS}/{chat.id}/messages", "action": "removed", "resource_id": message["id"]}
    assert chat.messages() == []
    house.giosg.habits.removed_resource = "empty"
    house.giosg.purge_chat(chat.id)
    [told] = house.told("owned_chats", "removed")
    assert told == {"channel": CHATS, "action": "removed", "resource_id": chat.id, "resource": {}}
    assert chat.visitor.call("GET", chat.path).status_code == 404


def test_purged_words_are_a_change(house: House, chat: Chat) -> None:
    house.giosg.send_buttons(chat.id, DEMO_AGENT, "Which one?", [("Red", "red")])
    house.news()
    house.giosg.gdpr_purge(chat.id)
    first, second = house.told("messages", "changed")
    assert first["resource"] == {"message": None, "sensitive_data_purged_at": "2026-01-05T09:00:00.000Z"}
    assert (second["resource"]["message"], second["resource"]["attachments"]) == (None, [])
    assert [one["message"] for one in chat.messages()] == [None] * 3
    house.giosg.gdpr_purge(chat.id)
    assert house.news() == []


# --- habits ----------------------------------------------------------------------------------------------------------


def test_what_changed_may_repeat_the_id(house: House, chat: Chat) -> None:
    house.giosg.habits.changed_repeats_id = True
    house.giosg.end(chat.id)
    [told] = house.news()
    assert told.resource["id"] == chat.id


def test_the_visitors_own_membership_may_be_told(house: House) -> None:
    house.giosg.habits.tells_visitor_joins = True
    visitor = house.visitor()
    visitor.open()
    _, told = house.news()
    assert (told.body["resource_id"], told.resource["member_type"]) == (visitor.id, "visitor")


def test_a_webhook_may_come_before_the_answer_to_the_call_that_caused_it(house: House) -> None:
    house.giosg.habits.webhooks_first = True
    visitor = house.visitor()
    chat = visitor.open()
    assert [one.body["resource_id"] for one in house.us.received] == [chat.id]
    house.us.answers.append(WebhookAnswer(500))
    chat.send()
    assert len(house.us.received) == 3
    assert house.story()[-1] == ("messages", "added")  # the first try was not accepted


def test_our_side_may_call_while_it_is_told(house: House) -> None:
    """From another thread, as our side is another process: nothing is locked meanwhile."""
    house.giosg.habits.webhooks_first = True
    seen: list[Any] = []

    def look(told: Told) -> None:
        with ThreadPoolExecutor(1) as pool:
            seen.append(pool.submit(house.get, f"/owned_chats/{told.body['resource_id']}").result(timeout=10))

    house.us.before_answering = look
    chat = house.visitor().open()
    assert [one["id"] for one in seen] == [chat.id]


def test_a_chat_may_be_told_after_its_first_message(house: House) -> None:
    house.giosg.habits.late_chats = 2
    house.visitor().open().send()
    assert house.story() == [("messages", "added"), ("owned_chats", "changed"), ("owned_chats", "added")]


def test_webhooks_may_come_twice_and_in_disorder(house: House) -> None:
    house.giosg.switches.webhook_duplicates = house.giosg.switches.webhook_reorder = True
    chat = make_chat(house)
    house.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    news = house.news()
    times = Counter(json.dumps(one.body, sort_keys=True) for one in news)
    assert set(times.values()) == {2}
    assert [(one.kind, one.action) for one in news[::2]] != [(one.kind, one.action) for one in news[1::2]]


# --- apps ------------------------------------------------------------------------------------------------------------


def test_the_endpoint_url_is_called_as_it_was_given(house: House) -> None:
    house.giosg.install_app({"chats": "https://hooks.example/a?secret=x%20y&b=1"}, name="Other")
    house.visitor().open()
    assert [one.url for one in house.news()] == [hook("chats"), "https://hooks.example/a?secret=x%20y&b=1"]


def test_a_star_stands_for_one_part_of_the_path(house: House, chat: Chat) -> None:
    house.giosg.apps.clear()
    for number, pattern in enumerate((f"{PATTERN}/*", f"{PATTERN}/*/*", f"{PATTERN}/*/messages", "*")):
        subscription = Subscription(channel_pattern=pattern)
        house.giosg.add_app(
            f"app {number}", [AppWebhook(endpoint_url=hook(str(number)), subscriptions=(subscription,))]
        )
    chat.send()
    assert [(one.kind, one.url) for one in house.news()] == [("messages", hook("1")), ("messages", hook("2"))]


def test_only_the_kinds_of_events_that_are_wanted_are_told(house: House, chat: Chat) -> None:
    house.giosg.apps.clear()
    wanted = Subscription(channel_pattern=f"{PATTERN}/*/messages", additions=False, changes=False)
    house.giosg.add_app("removals", [AppWebhook(endpoint_url=hook("messages"), subscriptions=(wanted,))])
    message = chat.send()
    house.giosg.purge_message(chat.id, message["id"])
    assert house.story() == [("messages", "removed")]


def test_an_app_that_is_not_installed_is_told_nothing(house: House) -> None:
    house.giosg.apps[0].installed = False
    house.visitor().open()
    assert house.news() == []


def test_to_install_an_app_again_replaces_its_webhooks(house: House) -> None:
    house.giosg.paste_webhooks({"webhook": "https://hooks.example/all"})
    house.visitor().open().send()
    assert {one.url for one in house.news()} == {"https://hooks.example/all"}
    assert len(house.giosg.apps) == 1


def test_an_endpoint_is_reached_by_https(house: House) -> None:
    with pytest.raises(Refused, match="https"):
        house.giosg.install_app({"chats": "http://hooks.example/a"})
    house.giosg.install_app({"chats": "http://127.0.0.1:8000/a"})


def test_an_app_with_a_bot_user_is_given_a_token_of_the_bots() -> None:
    house = make_house(bot_user=DEMO_BOT)
    house.visitor().open()
    [told] = house.news()
    auth = told.body["app_user_auth"]
    assert (auth["token_type"], auth["expires_in"], auth["user_id"]) == ("Bearer", 300, DEMO_BOT)
    without = make_house()
    without.visitor().open()
    assert "app_user_auth" not in without.news()[0].body


# --- retries and the log ---------------------------------------------------------------------------------------------


def test_a_webhook_is_repeated_until_it_is_accepted_and_the_log_counts(house: House) -> None:
    house.us.answers += [WebhookAnswer(500, b"oops"), WebhookAnswer(0)]
    house.visitor().open()
    assert len(house.news()) == 3
    log = [(one.status, one.retry_index, one.response_status_code, one.reason) for one in house.giosg.webhook_log]
    assert log == [
        ("failed", 0, 500, "HTTP 500"),
        ("failed", 1, None, "no answer"),
        ("successful", 2, 200, ""),
    ]
    assert house.giosg.webhook_log[0].response_body == "oops"
    assert house.giosg.webhook_log[0].completed_at is not None


def test_the_page_shows_the_log_without_what_was_answered(house: House) -> None:
    house.us.answers.append(WebhookAnswer(500, b"oops"))
    house.visitor().open()
    house.news()
    newest, first = house.view()["webhook_log"]
    assert (newest["status"], newest["retry_index"]) == ("successful", 1)
    assert (first["status"], first["channel"], first["reason"]) == ("failed", CHATS, "HTTP 500")
    assert "oops" not in json.dumps(house.view())


def test_bad_answers_are_complained_about(house: House) -> None:
    house.us.answers += [WebhookAnswer(404), WebhookAnswer(200, b'{"secret": "s3cr3t"}')]
    house.visitor().open()
    house.news()
    view = house.view()
    assert view["complaint_count"] == 2
    assert view["complaints"][0] == "chat added: HTTP 404"
    assert "secret" in view["complaints"][1]


# --- everybody else's chats ------------------------------------------------------------------------------------------


def test_other_chats_of_the_organization_are_told_too(house: House) -> None:
    web = house.giosg.web_visitor_writes("Do you ship to Norway?", name="Nils")
    assert house.giosg.web_visitor_writes("Hello?", chat=web) == web
    colleagues = house.giosg.agents_write(DEMO_AGENT, OTHER_AGENT, "Lunch?")
    news = house.news()
    added = [one for one in news if (one.kind, one.action) == ("owned_chats", "added")]
    assert [(one.body["resource_id"], one.resource["chat_type"]) for one in added] == [
        (web, "visitor"),
        (colleagues, "operator"),
    ]
    assert {one.resource["room_id"] for one in added} == {WEB_ROOM}
    words = [one.resource["message"] for one in news if one.kind == "messages" and one.resource["type"] == "msg"]
    assert words == ["Do you ship to Norway?", "Hello?", "Lunch?"]
    members = house.get(f"/owned_chats/{colleagues}/memberships")["results"]
    assert {one["member_type"] for one in members} == {"user"}


def test_no_visitor_writes_in_a_chat_of_agents(house: House) -> None:
    colleagues = house.giosg.agents_write(DEMO_AGENT, OTHER_AGENT, "Lunch?")
    assert house.shown(colleagues)["contact"]["name"] == "Colleagues"
    with pytest.raises(Refused, match="nobody"):
        house.giosg.web_visitor_writes("Me too", chat=colleagues)


def test_the_web_site_is_closed_while_nobody_is_online(house: House) -> None:
    house.giosg.go_offline(DEMO_AGENT)
    with pytest.raises(Refused, match="offline"):
        house.giosg.web_visitor_writes("Hello")
