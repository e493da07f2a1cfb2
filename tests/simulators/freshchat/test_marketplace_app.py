"""The Freshworks app of the simulated account: installed, called, limited and given up as Freshworks does it."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.freshchat import DEMO_AGENT, DEMO_APP_SECRET, DEMO_BOT, DEMO_CHANNEL, DEMO_TOKEN, OTHER_AGENT
from playground.services.freshchat.marketplace_app import InstallationFailed
from tests.harness.freshchat import WEBHOOK_URL, FreshchatHarness, make_harness, write

INSTALLED = "onAppInstall"


@pytest.fixture
def harness() -> FreshchatHarness:
    return make_harness("app")


@pytest.fixture
def both() -> FreshchatHarness:
    return make_harness("both")


def hear(harness: FreshchatHarness) -> list[dict[str, Any]]:
    """The bodies so far, without the announcement of the app itself."""
    harness.time.settle()
    return [body for body in harness.our_side.bodies() if body.get("event") != INSTALLED]


# --- setting up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("events", "later"), [("app", False), ("both", True)])
def test_the_demo_account_connects_by_the_app(events: str, later: bool) -> None:
    demo = make_harness(events).freshchat.demo()
    assert demo.settings["events"] == events
    assert demo.secrets == {"api_token": DEMO_TOKEN, "app_secret": DEMO_APP_SECRET}
    assert bool(demo.later_secrets) is later


def test_the_webhook_is_what_happens_unless_something_else_is_chosen() -> None:
    harness = make_harness()
    assert "events" not in harness.freshchat.demo().settings
    harness.conversation()
    assert [body["action"] for body in hear(harness)] == ["message_create"]


def test_an_installed_app_announces_itself(harness: FreshchatHarness) -> None:
    assert harness.our_side.actions() == [INSTALLED]
    assert harness.freshchat.webhook_url == ""
    harness.freshchat.marketplace_app.update("1.0.1")
    harness.freshchat.marketplace_app.uninstall()
    assert harness.our_side.actions() == [INSTALLED, "afterAppUpdate", "onAppUninstall"]
    assert [body["app"] for body in harness.our_side.bodies()] == ["1.0.0", "1.0.1", "1.0.1"]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [([401], "HTTP 401"), ([404], "HTTP 404"), ([0, 0], "Nobody answers"), ([500, 503], "HTTP 503"), ([201], "HTTP")],
)
def test_an_installation_fails_in_clear_words(harness: FreshchatHarness, answers: list[int], reason: str) -> None:
    harness.freshchat.marketplace_app.uninstall()
    harness.our_side.answers = list(answers)
    with pytest.raises(InstallationFailed, match=reason) as failed:
        harness.freshchat.paste_webhooks({"webhook": WEBHOOK_URL})
    assert len(str(failed.value)) <= 60
    assert harness.our_side.answers == []
    harness.conversation()
    assert [body["event"] for body in hear(harness)] == ["onAppUninstall"]


def test_an_address_that_answers_anything_is_not_patchbays(harness: FreshchatHarness) -> None:
    harness.our_side.accepts = b"<h1>It works!</h1>"
    with pytest.raises(InstallationFailed, match="not Patchbay's"):
        harness.freshchat.paste_webhooks({"webhook": WEBHOOK_URL})
    harness.our_side.accepts = b'{"accepted":"another"}'
    with pytest.raises(InstallationFailed, match="not Patchbay's"):
        harness.freshchat.paste_webhooks({"webhook": WEBHOOK_URL})


def test_an_installation_is_tried_twice(harness: FreshchatHarness) -> None:
    harness.our_side.answers = [503]
    harness.freshchat.paste_webhooks({"webhook": WEBHOOK_URL})
    assert harness.our_side.actions() == [INSTALLED] * 3
    assert harness.our_side.requests[-1].headers == harness.our_side.requests[-2].headers


def test_an_update_that_is_not_accepted_leaves_the_old_version(harness: FreshchatHarness) -> None:
    harness.our_side.answers = [401]
    with pytest.raises(InstallationFailed):
        harness.freshchat.marketplace_app.update("2.0.0")
    harness.freshchat.assign(harness.conversation().id, DEMO_AGENT)
    assert [body["app"] for body in hear(harness)][-1] == "1.0.0"


def test_an_app_that_is_gone_hears_nothing_and_can_go_though_nobody_listens(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "on its way")
    harness.freshchat.quirks.app_delay = 5
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "too late")
    harness.our_side.answers = [0, 0]
    harness.freshchat.marketplace_app.uninstall()
    heard = [body["event"] for body in hear(harness)]
    assert heard.count("onAppUninstall") == 2
    assert heard.count("onMessageCreate") == 1


# --- what it hears ---------------------------------------------------------------------------------------------------


def test_a_conversation_is_heard_of_from_its_beginning_to_its_end(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "Hello")
    harness.freshchat.assign(conversation.id, OTHER_AGENT)
    harness.freshchat.assign(conversation.id, "")
    harness.freshchat.resolve(conversation.id, OTHER_AGENT)
    harness.freshchat.resolve(conversation.id, OTHER_AGENT)
    harness.freshchat.reopen(conversation.id, DEMO_AGENT)
    harness.time.settle()
    harness.call("PUT", f"/users/{conversation.user.id}", {"first_name": "Åsa Lind"})
    harness.call("PUT", f"/users/{conversation.user.id}", {"reference_id": "viber:shop:y"})
    bodies = hear(harness)
    changes = [body["data"].get("changes", {}).get("model_changes") for body in bodies]
    assert list(zip([body["event"] for body in bodies], changes, strict=True)) == [
        ("onConversationUpdate", {"assigned_agent_id": [None, DEMO_AGENT], "status": ["new", "assigned"]}),
        ("onMessageCreate", None),
        ("onConversationUpdate", {"assigned_agent_id": [DEMO_AGENT, OTHER_AGENT]}),
        ("onConversationUpdate", {"assigned_agent_id": [OTHER_AGENT, None], "status": ["assigned", "new"]}),
        ("onConversationUpdate", {"status": ["new", "resolved"]}),
        ("onConversationUpdate", {"status": ["resolved", "new"]}),
        ("onUserUpdate", {"reference_id": ["viber:shop:x", "viber:shop:y"]}),
    ]
    assert bodies[0]["data"]["conversation"]["messages"] == []
    assert bodies[0]["data"]["associations"]["user"]["reference_id"] == "viber:shop:x"
    assert bodies[-1]["data"]["user"]["first_name"] == "Åsa Lind"


def test_a_message_comes_with_its_people_its_conversation_and_nulls_beside_its_part(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    message_id = harness.freshchat.quick_replies(conversation.id, DEMO_AGENT, "Well?", ["Yes"])
    data = hear(harness)[-1]["data"]
    assert data["actor"] == {"id": DEMO_AGENT, "type": "agent", "first_name": "Ana", "avatar": None}
    assert data["associations"]["channel"] == {"id": DEMO_CHANNEL, "name": "Messengers"}
    assert data["associations"]["user"]["first_name"] == "Åsa"
    model = data["message"]
    assert (model["conversation_id"], model["channel_id"]) == (conversation.id, DEMO_CHANNEL)
    assert (model["user_id"], model["status"]) == (conversation.user.id, "assigned")
    [message] = model["messages"]
    assert (message["id"], message["actor_type"], message["is_first_message"]) == (message_id, "agent", False)
    [part] = message["message_parts"]
    assert part.pop("text") == {"content": "Well?"}
    assert set(part.values()) == {None}
    [collection] = message["reply_parts"]
    [button] = collection["collection"]["sub_parts"]
    assert button["quick_reply_button"] == {"label": "Yes"}
    assert button["text"] is None
    assert "conversation_id" not in message


def test_a_new_conversation_may_come_with_its_first_message(harness: FreshchatHarness) -> None:
    harness.freshchat.quirks.created_with_messages = True
    known = harness.conversation()
    with harness.freshchat.lock:
        begun = harness.freshchat.actions.create_conversation(known.user, known.channel)
    message_id = harness.freshchat.reply(begun.id, DEMO_AGENT, "We have news")
    events = [body for body in hear(harness) if body["event"] == "onConversationCreate"]
    assert [body["data"]["actor"]["type"] for body in events] == ["agent"], "what customers write is known"
    assert [message["id"] for message in events[-1]["data"]["conversation"]["messages"]] == [message_id]


def test_what_bots_say_is_sent_on_and_what_stays_at_the_desk_is_not(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    before = len(hear(harness))
    path = f"/conversations/{conversation.id}/messages"
    harness.call("POST", path, write(conversation.user.id))
    harness.freshchat.private_note(conversation.id, DEMO_AGENT, "VIP?")
    harness.freshchat.private_note(conversation.id, DEMO_BOT, "Score 7")
    harness.freshchat.system_line(conversation.id, ".")
    harness.freshchat.post_as_agent(conversation.id, DEMO_BOT, [{"text": {"content": "Beep"}}])
    harness.call("POST", path, {**write(DEMO_AGENT, "by API"), "actor_type": "agent"})
    actors = [body["data"]["actor"] for body in hear(harness)[before:]]
    assert [(actor["type"], actor["first_name"]) for actor in actors] == [("bot", "Freddy"), ("agent", "Ana")]


# --- how it is called ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("app_first", "first"), [(False, "message_create"), (True, "onMessageCreate")])
def test_the_app_hears_before_or_after_the_webhook(both: FreshchatHarness, app_first: bool, first: str) -> None:
    conversation = both.conversation()
    both.freshchat.assign(conversation.id, DEMO_AGENT)
    both.time.settle()
    before = len(both.our_side.requests)
    both.freshchat.quirks.app_first = app_first
    both.freshchat.reply(conversation.id, DEMO_AGENT, "Hello")
    both.time.settle()
    heard = both.our_side.actions()[before:]
    assert (heard[0], sorted(heard)) == (first, ["message_create", "onMessageCreate"])


def test_the_app_may_hear_late_and_signs_when_it_sends(both: FreshchatHarness) -> None:
    conversation = both.conversation()
    both.freshchat.quirks.app_delay = 900
    both.freshchat.reply(conversation.id, DEMO_AGENT, "Hello")
    both.time.settle()
    last = both.our_side.requests[-1]
    assert both.our_side.actions()[-1] == "onMessageCreate"
    assert int(last.headers["webhook-timestamp"]) == int(both.time.now().timestamp())


def test_the_app_may_be_called_twice(harness: FreshchatHarness) -> None:
    harness.freshchat.quirks.app_called_twice = True
    conversation = harness.conversation()
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "Hello")
    harness.time.settle()
    ids = [request.headers["webhook-id"] for request in harness.our_side.requests]
    assert [name for name in ids if name.startswith("onMessageCreate")] == [ids[-1]] * 2


def test_an_echo_may_come_before_the_answer_by_the_app_too(harness: FreshchatHarness) -> None:
    harness.freshchat.quirks.echo_first = True
    conversation = harness.conversation()
    message = {**write(DEMO_AGENT, "by API"), "actor_type": "agent"}
    harness.call("POST", f"/conversations/{conversation.id}/messages", message)
    assert harness.our_side.actions()[-1] == "onMessageCreate"
    before = len(harness.our_side.requests)
    harness.time.settle()
    assert harness.our_side.actions()[before:] == []


# --- what it cannot --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_a_request_is_repeated_once_as_it_was_and_then_lost(harness: FreshchatHarness, status: int) -> None:
    conversation = harness.conversation()
    harness.freshchat.assign(conversation.id, DEMO_AGENT)
    harness.time.settle()
    before, app = len(harness.our_side.requests), harness.freshchat.marketplace_app
    harness.our_side.answers = [status]
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "one")
    harness.time.settle()
    assert app.lost == []
    harness.our_side.answers = [status, status]
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "two")
    harness.time.settle()
    first, again, second, last = harness.our_side.requests[before:]
    assert (first.headers, first.body) == (again.headers, again.body)
    assert app.lost == [second.headers["webhook-id"]] == [last.headers["webhook-id"]]
    assert "x-retry-count" not in last.headers


@pytest.mark.parametrize("status", [400, 401, 404, 413])
def test_a_refused_request_is_not_repeated(harness: FreshchatHarness, status: int) -> None:
    harness.our_side.answers = [status]
    harness.freshchat.assign(harness.conversation().id, DEMO_AGENT)
    assert len(hear(harness)) == 1
    assert len(harness.freshchat.marketplace_app.lost) == 1


def test_an_event_that_another_server_takes_is_lost(harness: FreshchatHarness) -> None:
    harness.our_side.accepts = b"<h1>It works!</h1>"
    harness.freshchat.assign(harness.conversation().id, DEMO_AGENT)
    assert len(hear(harness)) == 1
    assert len(harness.freshchat.marketplace_app.lost) == 1


def test_the_webhook_goes_on_trying_beside_the_app(both: FreshchatHarness) -> None:
    conversation = both.conversation()
    both.freshchat.assign(conversation.id, DEMO_AGENT)
    both.time.settle()
    before = len(both.our_side.requests)
    both.our_side.answers = [500] * 4
    both.freshchat.reply(conversation.id, DEMO_AGENT, "Hello")
    both.time.settle()
    heard = both.our_side.actions()[before:]
    assert (heard.count("message_create"), heard.count("onMessageCreate")) == (3, 2)


def test_fifty_requests_a_minute_are_all_that_an_app_may_send(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.assign(conversation.id, DEMO_AGENT)
    harness.time.settle()
    harness.time.advance(60)
    before, app = len(harness.our_side.requests), harness.freshchat.marketplace_app
    for number in range(52):
        harness.freshchat.reply(conversation.id, DEMO_AGENT, str(number))
    harness.time.settle()
    assert len(harness.our_side.requests) == before + 50
    assert len(app.lost) == 2
    assert [call.status for call in harness.freshchat.calls].count(429) == 4
    harness.time.advance(60)
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "again")
    harness.time.settle()
    assert len(harness.our_side.requests) == before + 51
