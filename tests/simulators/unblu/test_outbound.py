"""What the simulated Unblu sends: requests that want an answer, events, retries, and channels that go silent."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from playground.services.unblu import DEMO_AGENT
from playground.simulator import WebhookAnswer
from tests.harness.unblu_office import (
    HOOK,
    SECRET,
    Chat,
    Office,
    Received,
    answer_with,
    beside,
    make_office,
    sign,
)

NEW_MESSAGE = "outbound.external_messenger.new_message"
OK: dict[str, Any] = {"$_type": "ExternalMessengerNewMessageResponse"}


@pytest.fixture
def v4() -> Office:
    return make_office("v4")


@pytest.fixture
def v3() -> Office:
    return make_office("v3")


@pytest.fixture(params=["v4", "v3"])
def office(request: pytest.FixtureRequest) -> Office:
    return make_office(request.param)


def reply(chat: Chat, text: str = "Hello") -> str:
    return chat.office.unblu.reply(chat.id, DEMO_AGENT, text)


def channel_status(chat: Chat) -> str:
    return str(chat.office.ask("GET", "/externalmessengers/getByName?name=Viber")["webhookStatus"])


def wake(chat: Chat) -> None:
    shown = chat.office.ask("GET", "/externalmessengers/getByName?name=Viber&expand=metadata")
    chat.office.ask("POST", "/externalmessengers/update", {**shown, "webhookStatus": "ACTIVE"})


# --- requests and events ---------------------------------------------------------------------------------------------


def test_an_agents_message_is_an_outbound_request_in_v4(v4: Office) -> None:
    chat = v4.chat()
    message = v4.unblu.reply(chat.id, DEMO_AGENT, "Hello **Ann**", markdown=True)
    [request] = v4.news()
    assert request.headers["x-unblu-service-name"] == NEW_MESSAGE
    assert request.headers["x-unblu-version"] == "v4"
    assert request.headers["user-agent"] == "Unblu-Hookshot"
    assert "x-unblu-event" not in request.headers
    body = request.body
    assert (body["$_type"], body["serviceName"]) == ("ExternalMessengerNewMessageRequest", NEW_MESSAGE)
    shown = body["conversationMessage"]
    assert (shown["$_type"], shown["id"], shown["actionId"]) == ("TextMessageData", message, message)
    assert (shown["text"], shown["textType"], shown["fallbackText"]) == ("Hello **Ann**", "MARKDOWN", "Hello Ann")
    assert shown["senderPerson"]["displayName"] == "Carla Rossi"
    assert [one["sourceId"] for one in body["receivingContacts"]] == ["viber:ann"]


def test_an_agents_message_is_an_event_in_v3(v3: Office) -> None:
    chat = v3.chat()
    message = reply(chat)
    [event] = v3.news()
    assert event.headers["x-unblu-event"] == "external_messenger.new_message"
    assert event.headers["x-unblu-event-id"]
    assert "x-unblu-service-name" not in event.headers
    shown = event.body["conversationMessage"]
    assert (event.body["$_type"], shown["id"]) == ("ExternalMessengerNewMessageEvent", message)
    assert shown["actionId"] != message
    assert "receivingContacts" not in event.body
    assert "externalMessageId" not in shown


def test_an_old_channel_on_a_new_server_hears_events(v4: Office) -> None:
    chat = v4.chat(channel=v4.channel(webhookApiVersion="V3"))
    reply(chat)
    assert [one.name for one in v4.news()] == ["external_messenger.new_message"]


@pytest.mark.parametrize(
    ("habit", "headers"),
    [
        ("sha1", {"x-unblu-signature"}),
        ("sha256", {"x-unblu-signature-256"}),
        ("both", {"x-unblu-signature", "x-unblu-signature-256"}),
        ("none", set()),
    ],
)
def test_signatures_are_over_the_raw_body(office: Office, habit: Any, headers: set[str]) -> None:
    office.unblu.habits.signatures = habit
    chat = office.chat()
    reply(chat, "Grüße")
    [request] = office.news()
    assert {name for name in request.headers if "signature" in name} == headers
    for name in headers:
        algorithm = hashlib.sha256 if name.endswith("256") else hashlib.sha1
        assert request.headers[name] == hmac.new(SECRET.encode(), request.raw, algorithm).hexdigest()


def test_nothing_is_signed_without_a_secret(office: Office) -> None:
    chat = office.chat(channel=office.channel(webhookSecret=None))
    reply(chat)
    [request] = office.news()
    assert not any("signature" in name for name in request.headers)


def test_the_customers_own_messages_do_not_come_back(office: Office) -> None:
    chat = office.chat()
    chat.send("Hello")
    assert office.told("new_message") == []


def test_all_receiving_contacts_are_named(v4: Office) -> None:
    chat = v4.chat()
    v4.unblu.add_contact_to_conversation(chat.id, v4.contact(chat.channel, v4.person("viber:ben"), "viber:ben"))
    reply(chat)
    [body] = v4.told("new_message")
    assert [one["sourceId"] for one in body["receivingContacts"]] == ["viber:ann", "viber:ben"]


# --- our answers -----------------------------------------------------------------------------------------------------


def signed(raw: bytes, **headers: str) -> WebhookAnswer:
    return WebhookAnswer(200, raw, {**sign(raw), **headers})


BODY = json.dumps(OK).encode()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (WebhookAnswer(0), "no answer"),
        (WebhookAnswer(204), "status 204 instead of 200"),
        (WebhookAnswer(200, BODY, {"Content-Type": "application/json"}), "the answer is not signed"),
        (signed(BODY, **{"X-Unblu-Signature-256": "0" * 64}), "the answer's signature is wrong"),
        (WebhookAnswer(200, BODY + b" ", sign(BODY)), "the answer's signature is wrong"),
        (signed(BODY, **{"Content-Type": "text/plain"}), "the answer's content type is not application/json"),
        (signed(BODY, **{"Content-Encoding": "gzip"}), "the answer is compressed"),
        (signed(b"Pong!"), "the answer is not JSON"),
        (signed(b"[]"), "the answer is not an object"),
        (answer_with({}), "the answer's $_type is None"),
        (answer_with({"$_type": "PingResponse"}), "the answer's $_type is 'PingResponse'"),
        (answer_with({**OK, "colour": "blue"}), "the answer has unknown fields: colour"),
    ],
)
def test_a_wrong_answer_fails_the_message(v4: Office, answer: WebhookAnswer, words: str) -> None:
    v4.unblu.habits.retries_outbound = False
    chat = v4.chat()
    v4.us.answers = [answer]
    message = reply(chat)
    v4.time.settle()
    assert v4.unblu.complaints == [f"{NEW_MESSAGE}: {words}"]
    assert chat.shown(message)["status"] == "failed"
    assert words in chat.shown(message)["error"]


def test_an_unsigned_answer_will_do_without_a_secret_or_without_the_check(v4: Office) -> None:
    unsigned = WebhookAnswer(200, BODY, {"Content-Type": "application/json; charset=utf-8"})
    chat = v4.chat(channel=v4.channel(webhookSecret=None))
    v4.us.answers = [unsigned, unsigned]
    reply(chat)
    v4.unblu.habits.checks_signatures = False
    other = v4.chat("viber:ben", v4.channel(name="Line"))
    reply(other)
    v4.time.settle()
    assert v4.unblu.complaints == []


def test_a_late_answer_is_none(v4: Office) -> None:
    v4.unblu.habits.retries_outbound = False
    chat = v4.chat(channel=v4.channel(outboundTimeoutMillis=5000))
    v4.us.before_answering = lambda _: v4.time.advance(5.1)
    message = reply(chat)
    v4.time.settle()
    assert chat.shown(message)["status"] == "failed"
    assert v4.unblu.complaints == [f"{NEW_MESSAGE}: the answer came too late"]


def test_answers_can_be_made_late(v4: Office) -> None:
    chat = v4.chat()
    v4.unblu.habits.slow_answers = 1
    reply(chat)
    v4.time.settle()
    assert v4.unblu.complaints == [f"{NEW_MESSAGE}: the answer came too late"]
    assert [one.headers["x-unblu-retry-no"] for one in v4.us.received] == ["0", "1"]


def test_unblu_claims_the_message_read_when_states_are_not_external(office: Office) -> None:
    chat = office.chat(channel=office.channel(messageStateHandledExternally=False))
    message = reply(chat)
    office.time.settle()
    assert chat.shown(message)["status"] == "read"


def test_a_message_stays_pending_when_states_are_external(office: Office) -> None:
    chat = office.chat()
    message = reply(chat)
    office.time.settle()
    assert chat.shown(message)["status"] == "pending"


# --- repeating -------------------------------------------------------------------------------------------------------


def test_a_failed_call_is_repeated_with_its_number(office: Office) -> None:
    chat = office.chat()
    office.us.answers = [WebhookAnswer(500), WebhookAnswer(503)]
    message = reply(chat)
    calls = office.news()
    assert [one.headers["x-unblu-retry-no"] for one in calls] == ["0", "1", "2"]
    assert len({one.headers["x-unblu-delivery"] for one in calls}) == 3
    unchanging = "x-unblu-invocation-id" if office.is_v4 else "x-unblu-event-id"
    assert len({one.headers[unchanging] for one in calls}) == 1
    assert len({one.raw for one in calls}) == 1
    assert chat.shown(message)["status"] == "pending"


def test_deliveries_can_come_twice(office: Office) -> None:
    office.unblu.switches.webhook_duplicates = True
    chat = office.chat()
    reply(chat)
    one, other = office.news()
    assert one.raw == other.raw
    assert one.headers["x-unblu-delivery"] != other.headers["x-unblu-delivery"]


def test_deliveries_can_come_in_any_order(office: Office) -> None:
    office.unblu.switches.webhook_reorder = True
    chat = office.chat()
    texts = [str(number) for number in range(8)]
    for text in texts:
        reply(chat, text)
    told = [body["conversationMessage"]["text"] for body in office.told("new_message")]
    assert sorted(told) == texts
    assert told != texts


def test_a_channel_that_keeps_failing_falls_silent(office: Office) -> None:
    chat = office.chat()
    office.us.answers = [WebhookAnswer(500)] * 5
    reply(chat)
    assert len(office.news()) == 5
    assert channel_status(chat) == "INACTIVE_UNAVAILABLE"
    message = reply(chat, "Are you there?")
    assert office.news() == []
    assert chat.shown(message)["status"] == "failed"


def test_a_success_in_between_starts_the_count_anew(office: Office) -> None:
    office.unblu.habits.most_failures = 2
    chat = office.chat()
    for _ in range(3):
        office.us.answers = [WebhookAnswer(500)]
        reply(chat)
        office.time.settle()
    assert channel_status(chat) == "ACTIVE"


def test_what_waited_is_sent_when_the_channel_is_active_again(office: Office) -> None:
    office.unblu.habits.most_failures = 1
    chat = office.chat()
    office.us.answers = [WebhookAnswer(500)]
    first, second = reply(chat, "one"), reply(chat, "two")
    office.news()
    wake(chat)
    told = [body["conversationMessage"]["id"] for body in office.told("new_message")]
    assert sorted(told) == sorted([first, second])
    assert chat.shown(first)["status"] == chat.shown(second)["status"] == "pending"


def test_what_waited_may_be_lost(office: Office) -> None:
    office.unblu.habits.resumes = False
    office.unblu.habits.most_failures = 1
    chat = office.chat()
    office.us.answers = [WebhookAnswer(500)]
    message = reply(chat)
    office.news()
    wake(chat)
    assert office.news() == []
    assert chat.shown(message)["retryable"]
    office.unblu.resend(chat.id, message)
    assert [body["conversationMessage"]["id"] for body in office.told("new_message")] == [message]


def test_an_old_version_is_refused_after_unblu_switched_the_channel_off(office: Office) -> None:
    office.unblu.habits.most_failures = 1
    chat = office.chat()
    before = office.ask("GET", "/externalmessengers/getByName?name=Viber")
    office.us.answers = [WebhookAnswer(500)]
    reply(chat)
    office.news()
    assert office.refusal("POST", "/externalmessengers/update", before)[0] == 409


# --- pings -----------------------------------------------------------------------------------------------------------


def test_a_v4_ping_is_answered_with_its_id(v4: Office) -> None:
    channel = v4.channel()
    answer = v4.ask("POST", f"/externalmessengers/{channel}/sendPing")
    [request] = v4.us.received
    assert request.name == "outbound.ping"
    assert answer == {"$_type": "PingResponse", "pingId": request.body["pingId"]}


def test_a_ping_with_another_id_fails(v4: Office) -> None:
    v4.us.answers = [answer_with({"$_type": "PingResponse", "pingId": "other"})]
    status, words = v4.refusal("POST", f"/externalmessengers/{v4.channel()}/sendPing")
    assert (status, "another pingId" in words) == (502, True)
    assert len(v4.us.received) == 1


def test_a_v3_ping_is_an_event(v3: Office) -> None:
    assert v3.ask("POST", "/externalmessengers/pingCustomChannel", {"externalMessengerChannelId": v3.channel()}) is None
    [event] = v3.us.received
    assert (event.name, event.body["webhookConfiguration"]["endpoint"]) == ("ping", HOOK)


def test_our_side_may_call_the_api_before_it_answers_a_ping(v4: Office) -> None:
    channel = v4.channel()
    v4.us.before_answering = beside(lambda _: v4.ask("GET", f"/externalmessengers/{channel}/read"))
    assert v4.ask("POST", f"/externalmessengers/{channel}/sendPing")["pingId"]


def test_a_channel_that_is_switched_off_can_be_pinged(v4: Office) -> None:
    channel = v4.channel(webhookStatus="INACTIVE")
    assert v4.ask("POST", f"/externalmessengers/{channel}/sendPing")["pingId"]


# --- states of the customer's messages -------------------------------------------------------------------------------


def test_the_channel_hears_that_the_customers_message_arrived_and_was_read(office: Office) -> None:
    chat = office.chat()
    chat.send("Hello", sourceId="viber-1")
    [arrived] = office.told("message_state")
    assert (arrived["state"], arrived["sourceId"], arrived["conversationId"]) == ("DELIVERED", "viber-1", chat.id)
    kind = "Request" if office.is_v4 else "Event"
    assert arrived["$_type"] == f"ExternalMessengerMessageState{kind}"
    office.unblu.read(chat.id)
    office.unblu.read(chat.id)
    assert [body["state"] for body in office.told("message_state")] == ["READ"]


def test_nobody_gets_a_message_while_no_agent_is_online(office: Office) -> None:
    for agent in office.unblu.agents:
        agent.online = False
    chat = office.chat()
    chat.send("Hello")
    assert office.news() == []


def test_a_reply_reads_what_was_written_before(office: Office) -> None:
    chat = office.chat()
    chat.send("Hello")
    reply(chat)
    assert [one.name.rpartition(".")[2] for one in office.news()] == ["message_state", "new_message"]


def test_no_states_are_told_unless_they_are_external(office: Office) -> None:
    chat = office.chat(channel=office.channel(messageStateHandledExternally=False))
    chat.send("Hello")
    office.unblu.read(chat.id)
    assert office.told("message_state") == []


# --- general webhooks ------------------------------------------------------------------------------------------------


def register(office: Office, *events: str) -> None:
    body = {"$_type": "WebhookRegistration", "name": "Bridge", "endpoint": HOOK, "apiVersion": "V3", "secret": SECRET}
    office.ask("POST", "/webhookregistrations/create", {**body, "events": list(events)})


def test_registrations_hear_the_events_that_they_name(office: Office) -> None:
    register(office, "conversation.ended", "conversation.active")
    chat = office.chat()
    office.unblu.accept(chat.id, DEMO_AGENT)
    office.unblu.end(chat.id, DEMO_AGENT, "Solved")
    active, ended = office.news()
    assert (active.name, ended.name) == ("conversation.active", "conversation.ended")
    assert ended.headers["x-unblu-signature-256"]
    assert (ended.body["$_type"], ended.body["endReason"]) == ("ConversationEndedEvent", "ENDED_BY_PARTICIPANT")
    assert (ended.body["endComment"], ended.body["endPerson"]["displayName"]) == ("Solved", "Carla Rossi")
    shown = ended.body["conversation"]
    assert (shown["id"], shown["state"], shown["metadata"]) == (chat.id, "ENDED", {})


def test_registrations_hear_of_messages_from_both_sides_and_their_states(office: Office) -> None:
    register(office, "conversation.new_message", "conversation.message_state")
    chat = office.chat()
    chat.send("Hello")
    message = reply(chat)
    office.news()
    chat.report("messageRead", message)
    [event] = office.news()
    assert (event.body["messageId"], event.body["state"]) == (message, "READ")


def test_our_side_may_call_the_api_before_it_answers(v4: Office) -> None:
    chat = v4.chat()
    sent = chat.path("messageSentSuccessfully")

    def report(request: Received) -> None:
        if request.name == NEW_MESSAGE:
            v4.ask("POST", sent, chat.about(request.body["conversationMessage"]["id"]))

    v4.us.before_answering = beside(report)
    message = reply(chat)
    v4.time.settle()
    assert chat.shown(message)["status"] == "sent"
