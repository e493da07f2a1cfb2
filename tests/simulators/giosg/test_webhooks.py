"""The simulated Giosg's webhooks: their order, what they show, how often they come, and which app gets them."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from playground.services.giosg import DEMO_AGENT, DEMO_BOT, DEMO_ORGANIZATION, DEMO_ROOM, OTHER_AGENT, WEB_ROOM
from playground.services.giosg.errors import Refused
from playground.simulator import WebhookAnswer
from tests.harness.giosg import Chat, GiosgHarness, Received, make_chat, make_harness, webhook_url

CHATS = f"/api/v5/orgs/{DEMO_ORGANIZATION}/owned_chats"


@pytest.fixture
def harness() -> GiosgHarness:
    return make_harness()


@pytest.fixture
def chat(harness: GiosgHarness) -> Chat:
    return make_chat(harness)


# --- the sequence ----------------------------------------------------------------------------------------------------


def test_the_webhook_of_a_new_chat_shows_all_of_it(harness: GiosgHarness) -> None:
    chat = harness.visitor().open()
    [webhook] = harness.new_webhooks()
    assert webhook.body == {
        "channel": CHATS,
        "action": "added",
        "resource_id": chat.id,
        "resource": chat.shown(),
    }
    assert (webhook.url, webhook.headers) == (webhook_url("chats"), {"Content-Type": "application/json"})


def test_the_visitors_first_message_comes_back_and_makes_the_chat_wait(harness: GiosgHarness) -> None:
    chat = harness.visitor().open()
    harness.new_webhooks()
    sent = chat.send()
    message, changed = harness.new_webhooks()
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


def test_an_agent_picks_up_types_replies_leaves_and_ends(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.join(chat.id, DEMO_AGENT)
    assert harness.new_kinds() == [("memberships", "added"), ("messages", "added"), ("owned_chats", "changed")]
    harness.giosg.type(chat.id, DEMO_AGENT)
    assert harness.new_kinds() == [("memberships", "changed")]
    harness.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    assert harness.new_kinds() == [("messages", "added"), ("memberships", "changed"), ("owned_chats", "changed")]
    harness.giosg.leave(chat.id, DEMO_AGENT)
    assert harness.new_kinds() == [("memberships", "changed"), ("messages", "added"), ("owned_chats", "changed")]
    harness.giosg.end(chat.id)
    assert harness.new_kinds() == [("owned_chats", "changed")]


def test_picking_up_sends_a_member_a_line_and_a_change(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.join(chat.id, DEMO_AGENT)
    member, line, changed = harness.new_webhooks()
    assert (member.body["resource_id"], member.resource["member_type"]) == (DEMO_AGENT, "user")
    assert (member.resource["member_name"], member.resource["member_public_name"]) == (
        "Aino Virtanen",
        "Customer Service",
    )
    assert (line.resource["type"], line.resource["message"], line.resource["sender_id"]) == ("join", None, DEMO_AGENT)
    assert (changed.resource["is_waiting"], changed.resource["is_pending"]) == (False, False)
    assert changed.resource["present_user_participant_count"] == 1


def test_a_reply_names_its_author_twice(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    webhook = harness.received("messages", "added")[-1]["resource"]
    assert (webhook["type"], webhook["sender_type"], webhook["message"]) == ("msg", "user", "Good morning")
    assert (webhook["sender_name"], webhook["sender_public_name"]) == ("Aino Virtanen", "Customer Service")


def test_a_changed_membership_says_nothing_of_whose_it_is(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.join(chat.id, DEMO_AGENT)
    harness.new_webhooks()
    harness.giosg.type(chat.id, DEMO_AGENT)
    assert [(one["resource_id"], one["resource"]) for one in harness.received("memberships", "changed")] == [
        (DEMO_AGENT, {"composing_status": "typing"})
    ]
    path = f"/api/v5/public/visitors/{chat.visitor.id}/chat_memberships/{chat.id}"
    chat.visitor.ask("PATCH", path, {"composing_status": "typing"})
    assert [(one["resource_id"], one["resource"]) for one in harness.received("memberships", "changed")] == [
        (chat.visitor.id, {"composing_status": "typing"})
    ]


def test_the_webhook_of_an_ended_chat_shows_only_what_changed(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.join(chat.id, DEMO_AGENT)
    harness.new_webhooks()
    harness.giosg.end(chat.id)
    [changed] = harness.new_webhooks()
    assert changed.resource.keys() == {"is_ended", "ended_at", "updated_at"}


def test_reading_sends_one_webhook(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.join(chat.id, DEMO_AGENT)
    harness.time.advance(5)
    chat.send("Are you there?")
    harness.time.advance(5)
    harness.new_webhooks()
    for _ in range(2):
        harness.giosg.read(chat.id, DEMO_AGENT)
    [webhook] = harness.received("memberships", "changed")
    assert webhook["resource"] == {"last_seen_at": "2026-01-05T09:00:10.000Z", "unread_message_count": 0}


def test_rooms_that_come_online_or_go_offline_send_webhooks(harness: GiosgHarness) -> None:
    harness.giosg.install_app({"rooms": webhook_url("rooms")}, name="Rooms")
    harness.giosg.go_offline(DEMO_AGENT)
    webhook = harness.received("rooms", "changed")
    assert {one["resource_id"] for one in webhook} == {DEMO_ROOM, WEB_ROOM}
    assert webhook[0]["resource"] == {"is_online": False, "is_humans_online": False}
    harness.giosg.go_offline(DEMO_AGENT)
    assert harness.new_webhooks() == []


# --- removals --------------------------------------------------------------------------------------------------------


def test_a_removal_has_no_resource_or_an_empty_one(harness: GiosgHarness, chat: Chat) -> None:
    [message] = chat.messages()
    harness.giosg.purge_message(chat.id, message["id"])
    [webhook] = harness.received("messages", "removed")
    assert webhook == {"channel": f"{CHATS}/{chat.id}/messages", "action": "removed", "resource_id": message["id"]}
    assert chat.messages() == []
    harness.giosg.quirks.removed_resource = "empty"
    harness.giosg.purge_chat(chat.id)
    [webhook] = harness.received("owned_chats", "removed")
    assert webhook == {"channel": CHATS, "action": "removed", "resource_id": chat.id, "resource": {}}
    assert chat.visitor.call("GET", chat.path).status_code == 404


def test_purged_words_are_a_change(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.send_buttons(chat.id, DEMO_AGENT, "Which one?", [("Red", "red")])
    harness.new_webhooks()
    harness.giosg.gdpr_purge(chat.id)
    first, second = harness.received("messages", "changed")
    assert first["resource"] == {"message": None, "sensitive_data_purged_at": "2026-01-05T09:00:00.000Z"}
    assert (second["resource"]["message"], second["resource"]["attachments"]) == (None, [])
    assert [one["message"] for one in chat.messages()] == [None] * 3
    harness.giosg.gdpr_purge(chat.id)
    assert harness.new_webhooks() == []


# --- quirks ----------------------------------------------------------------------------------------------------------


def test_what_changed_may_repeat_the_id(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.quirks.changed_repeats_id = True
    harness.giosg.end(chat.id)
    [webhook] = harness.new_webhooks()
    assert webhook.resource["id"] == chat.id


def test_the_visitors_own_membership_may_send_a_webhook(harness: GiosgHarness) -> None:
    harness.giosg.quirks.reports_visitor_joins = True
    visitor = harness.visitor()
    visitor.open()
    _, webhook = harness.new_webhooks()
    assert (webhook.body["resource_id"], webhook.resource["member_type"]) == (visitor.id, "visitor")


def test_a_webhook_may_come_before_the_answer_to_the_call_that_caused_it(harness: GiosgHarness) -> None:
    harness.giosg.quirks.webhooks_first = True
    visitor = harness.visitor()
    chat = visitor.open()
    assert [one.body["resource_id"] for one in harness.our_side.received] == [chat.id]
    harness.our_side.answers.append(WebhookAnswer(500))
    chat.send()
    assert len(harness.our_side.received) == 3
    assert harness.new_kinds()[-1] == ("messages", "added")  # the first try was not accepted


def test_our_side_may_call_while_a_webhook_is_sent(harness: GiosgHarness) -> None:
    """From another thread, as our side is another process: nothing is locked meanwhile."""
    harness.giosg.quirks.webhooks_first = True
    seen: list[Any] = []

    def look(webhook: Received) -> None:
        with ThreadPoolExecutor(1) as pool:
            path = f"/owned_chats/{webhook.body['resource_id']}/memberships"
            seen.append(pool.submit(harness.get, path).result(timeout=10))

    harness.our_side.before_answering = look
    chat = harness.visitor().open()
    assert [one["member_id"] for one in seen[0]["results"]] == [chat.visitor.id]


def test_the_webhook_of_a_chat_may_come_after_its_first_message(harness: GiosgHarness) -> None:
    harness.giosg.quirks.late_chats = 2
    harness.visitor().open().send()
    assert harness.new_kinds() == [("messages", "added"), ("owned_chats", "changed"), ("owned_chats", "added")]


def test_webhooks_may_come_twice_and_in_disorder(harness: GiosgHarness) -> None:
    harness.giosg.switches.webhook_duplicates = harness.giosg.switches.webhook_reorder = True
    chat = make_chat(harness)
    harness.giosg.reply(chat.id, DEMO_AGENT, "Good morning")
    webhooks = harness.new_webhooks()
    times = Counter(json.dumps(one.body, sort_keys=True) for one in webhooks)
    assert set(times.values()) == {2}
    assert [(one.kind, one.action) for one in webhooks[::2]] != [(one.kind, one.action) for one in webhooks[1::2]]


# --- apps ------------------------------------------------------------------------------------------------------------


def test_the_endpoint_url_is_called_as_it_was_given(harness: GiosgHarness) -> None:
    harness.giosg.install_app({"chats": "https://hooks.example/a?secret=x%20y&b=1"}, name="Other")
    harness.visitor().open()
    assert [one.url for one in harness.new_webhooks()] == [
        webhook_url("chats"),
        "https://hooks.example/a?secret=x%20y&b=1",
    ]


def test_an_app_gets_only_what_it_subscribes_to(harness: GiosgHarness, chat: Chat) -> None:
    harness.giosg.install_app({"messages": webhook_url("messages")})
    chat.send()
    harness.giosg.join(chat.id, DEMO_AGENT)
    assert set(harness.new_kinds()) == {("messages", "added")}


def test_to_install_an_app_again_replaces_its_webhooks(harness: GiosgHarness) -> None:
    harness.giosg.paste_webhooks({"webhook": "https://hooks.example/all"})
    harness.visitor().open().send()
    assert {one.url for one in harness.new_webhooks()} == {"https://hooks.example/all"}
    assert len(harness.giosg.apps) == 1


def test_an_endpoint_is_reached_by_https(harness: GiosgHarness) -> None:
    with pytest.raises(Refused, match="https"):
        harness.giosg.install_app({"chats": "http://hooks.example/a"})
    harness.giosg.install_app({"chats": "http://127.0.0.1:8000/a"})


def test_an_app_with_a_bot_user_is_given_a_token_of_the_bots() -> None:
    harness = make_harness(bot_user=DEMO_BOT)
    harness.visitor().open()
    [webhook] = harness.new_webhooks()
    auth = webhook.body["app_user_auth"]
    assert (auth["token_type"], auth["expires_in"], auth["user_id"]) == ("Bearer", 300, DEMO_BOT)
    without = make_harness()
    without.visitor().open()
    assert "app_user_auth" not in without.new_webhooks()[0].body


# --- retries and the log ---------------------------------------------------------------------------------------------


def test_a_webhook_is_repeated_until_it_is_accepted_and_the_log_counts(harness: GiosgHarness) -> None:
    harness.our_side.answers += [WebhookAnswer(500, b"oops"), WebhookAnswer(0)]
    harness.visitor().open()
    assert len(harness.new_webhooks()) == 3
    log = [(one.status, one.retry_index, one.response_status_code, one.reason) for one in harness.giosg.webhook_log]
    assert log == [
        ("failed", 0, 500, "HTTP 500"),
        ("failed", 1, None, "no answer"),
        ("successful", 2, 200, ""),
    ]
    assert harness.giosg.webhook_log[0].response_body == "oops"
    assert harness.giosg.webhook_log[0].completed_at is not None


def test_the_page_shows_the_log_without_what_was_answered(harness: GiosgHarness) -> None:
    harness.our_side.answers.append(WebhookAnswer(500, b"oops"))
    harness.visitor().open()
    harness.new_webhooks()
    newest, first = harness.view()["webhook_log"]
    assert (newest["status"], newest["retry_index"]) == ("successful", 1)
    assert (first["status"], first["channel"], first["reason"]) == ("failed", CHATS, "HTTP 500")
    assert "oops" not in json.dumps(harness.view())


def test_bad_answers_are_complained_about(harness: GiosgHarness) -> None:
    harness.our_side.answers += [WebhookAnswer(404), WebhookAnswer(200, b'{"secret": "s3cr3t"}')]
    harness.visitor().open()
    harness.new_webhooks()
    view = harness.view()
    assert view["complaint_count"] == 2
    assert view["complaints"][0] == "chat added: HTTP 404"
    assert "secret" in view["complaints"][1]


# --- everybody else's chats ------------------------------------------------------------------------------------------


def test_other_chats_of_the_organization_send_webhooks_too(harness: GiosgHarness) -> None:
    web = harness.giosg.web_visitor_writes("Do you ship to Norway?", name="Nils")
    assert harness.giosg.web_visitor_writes("Hello?", chat=web) == web
    colleagues = harness.giosg.agents_write(DEMO_AGENT, OTHER_AGENT, "Lunch?")
    webhooks = harness.new_webhooks()
    added = [one for one in webhooks if (one.kind, one.action) == ("owned_chats", "added")]
    assert [(one.body["resource_id"], one.resource["chat_type"]) for one in added] == [
        (web, "visitor"),
        (colleagues, "operator"),
    ]
    assert {one.resource["room_id"] for one in added} == {WEB_ROOM}
    texts = [one.resource["message"] for one in webhooks if one.kind == "messages" and one.resource["type"] == "msg"]
    assert texts == ["Do you ship to Norway?", "Hello?", "Lunch?"]
    members = harness.get(f"/owned_chats/{colleagues}/memberships")["results"]
    assert {one["member_type"] for one in members} == {"user"}


def test_no_visitor_writes_in_a_chat_of_agents(harness: GiosgHarness) -> None:
    colleagues = harness.giosg.agents_write(DEMO_AGENT, OTHER_AGENT, "Lunch?")
    assert harness.shown(colleagues)["contact"]["name"] == "Colleagues"
    with pytest.raises(Refused, match="no visitor"):
        harness.giosg.web_visitor_writes("Me too", chat=colleagues)


def test_the_website_is_closed_while_no_agent_is_online(harness: GiosgHarness) -> None:
    harness.giosg.go_offline(DEMO_AGENT)
    with pytest.raises(Refused, match="offline"):
        harness.giosg.web_visitor_writes("Hello")
