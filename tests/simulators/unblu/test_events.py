"""What the simulated Unblu sends besides agents' messages: pings, states, and events to webhook registrations."""

from __future__ import annotations

from playground.services.unblu import DEMO_AGENT
from tests.harness.unblu import HOOK, SECRET, Chat, Received, UnbluHarness, answer_with, beside

NEW_MESSAGE = "outbound.external_messenger.new_message"


def reply(chat: Chat, text: str = "Hello") -> str:
    return chat.harness.unblu.reply(chat.id, DEMO_AGENT, text)


# --- pings -----------------------------------------------------------------------------------------------------------


def test_a_v4_ping_is_answered_with_its_id(v4: UnbluHarness) -> None:
    channel = v4.channel()
    answer = v4.ask("POST", f"/externalmessengers/{channel}/sendPing")
    [request] = v4.our_side.received
    assert request.name == "outbound.ping"
    assert answer == {"$_type": "PingResponse", "pingId": request.body["pingId"]}


def test_a_ping_with_another_id_fails(v4: UnbluHarness) -> None:
    v4.our_side.answers = [answer_with({"$_type": "PingResponse", "pingId": "other"})]
    status, words = v4.refusal("POST", f"/externalmessengers/{v4.channel()}/sendPing")
    assert (status, "another pingId" in words) == (502, True)
    assert len(v4.our_side.received) == 1


def test_a_v3_ping_is_an_event(v3: UnbluHarness) -> None:
    assert v3.ask("POST", "/externalmessengers/pingCustomChannel", {"externalMessengerChannelId": v3.channel()}) is None
    [event] = v3.our_side.received
    assert (event.name, event.body["webhookConfiguration"]["endpoint"]) == ("ping", HOOK)


def test_our_side_may_call_the_api_before_it_answers_a_ping(v4: UnbluHarness) -> None:
    channel = v4.channel()
    v4.our_side.before_answering = beside(lambda _: v4.ask("GET", "/externalmessengers/getByName?name=Viber"))
    assert v4.ask("POST", f"/externalmessengers/{channel}/sendPing")["pingId"]


def test_a_channel_that_is_switched_off_can_be_pinged(v4: UnbluHarness) -> None:
    channel = v4.channel(webhookStatus="INACTIVE")
    assert v4.ask("POST", f"/externalmessengers/{channel}/sendPing")["pingId"]


# --- states of the customer's messages -------------------------------------------------------------------------------


def test_the_channel_hears_that_the_customers_message_arrived_and_was_read(harness: UnbluHarness) -> None:
    chat = harness.chat()
    chat.send("Hello", sourceId="viber-1")
    [arrived] = harness.take_bodies("message_state")
    assert (arrived["state"], arrived["sourceId"], arrived["conversationId"]) == ("DELIVERED", "viber-1", chat.id)
    kind = "Request" if harness.is_v4 else "Event"
    assert arrived["$_type"] == f"ExternalMessengerMessageState{kind}"
    harness.unblu.read(chat.id)
    harness.unblu.read(chat.id)
    assert [body["state"] for body in harness.take_bodies("message_state")] == ["READ"]


def test_nobody_gets_a_message_while_no_agent_is_online(harness: UnbluHarness) -> None:
    for agent in harness.unblu.agents:
        agent.online = False
    chat = harness.chat()
    chat.send("Hello")
    assert harness.take_webhooks() == []


def test_a_reply_reads_what_was_written_before(harness: UnbluHarness) -> None:
    chat = harness.chat()
    chat.send("Hello")
    reply(chat)
    assert [one.name.rpartition(".")[2] for one in harness.take_webhooks()] == ["message_state", "new_message"]


def test_no_states_are_told_unless_they_are_external(harness: UnbluHarness) -> None:
    chat = harness.chat(channel=harness.channel(messageStateHandledExternally=False))
    chat.send("Hello")
    harness.unblu.read(chat.id)
    assert harness.take_bodies("message_state") == []


# --- general webhooks ------------------------------------------------------------------------------------------------


def register(harness: UnbluHarness, *events: str) -> None:
    body = {"$_type": "WebhookRegistration", "name": "Bridge", "endpoint": HOOK, "apiVersion": "V3", "secret": SECRET}
    harness.ask("POST", "/webhookregistrations/create", {**body, "events": list(events)})


def test_registrations_hear_the_events_that_they_name(harness: UnbluHarness) -> None:
    register(harness, "conversation.ended", "conversation.active")
    chat = harness.chat()
    harness.unblu.accept(chat.id, DEMO_AGENT)
    harness.unblu.end(chat.id, DEMO_AGENT, "Solved")
    active, ended = harness.take_webhooks()
    assert (active.name, ended.name) == ("conversation.active", "conversation.ended")
    assert ended.headers["x-unblu-signature-256"]
    assert (ended.body["$_type"], ended.body["endReason"]) == ("ConversationEndedEvent", "ENDED_BY_PARTICIPANT")
    assert (ended.body["endComment"], ended.body["endPerson"]["displayName"]) == ("Solved", "Carla Rossi")
    shown = ended.body["conversation"]
    assert (shown["id"], shown["state"], shown["metadata"]) == (chat.id, "ENDED", {})


def test_registrations_hear_of_messages_from_both_sides_and_their_states(harness: UnbluHarness) -> None:
    register(harness, "conversation.new_message", "conversation.message_state")
    chat = harness.chat()
    chat.send("Hello")
    message = reply(chat)
    harness.take_webhooks()
    chat.report("messageRead", message)
    [event] = harness.take_webhooks()
    assert (event.body["messageId"], event.body["state"]) == (message, "READ")


def test_our_side_may_call_the_api_before_it_answers(v4: UnbluHarness) -> None:
    chat = v4.chat()
    sent = chat.path("messageSentSuccessfully")

    def report(request: Received) -> None:
        if request.name == NEW_MESSAGE:
            v4.ask("POST", sent, chat.about(request.body["conversationMessage"]["id"]))

    v4.our_side.before_answering = beside(report)
    message = reply(chat)
    v4.time.settle()
    assert chat.shown(message)["status"] == "sent"
