"""What the simulated Unblu sends: requests that want an answer, events, retries, and channels that go silent."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from playground.services.unblu import DEMO_AGENT
from playground.simulator import WebhookAnswer
from tests.harness.unblu import (
    SECRET,
    Chat,
    UnbluHarness,
    answer_with,
    sign,
)

NEW_MESSAGE = "outbound.external_messenger.new_message"
OK: dict[str, Any] = {"$_type": "ExternalMessengerNewMessageResponse"}


def reply(chat: Chat, text: str = "Hello") -> str:
    return chat.harness.unblu.reply(chat.id, DEMO_AGENT, text)


def channel_status(chat: Chat) -> str:
    return str(chat.harness.ask("GET", "/externalmessengers/getByName?name=Viber")["webhookStatus"])


def wake(chat: Chat) -> None:
    shown = chat.harness.ask("GET", "/externalmessengers/getByName?name=Viber&expand=metadata")
    chat.harness.ask("POST", "/externalmessengers/update", {**shown, "webhookStatus": "ACTIVE"})


# --- requests and events ---------------------------------------------------------------------------------------------


def test_an_agents_message_is_an_outbound_request_in_v4(v4: UnbluHarness) -> None:
    chat = v4.chat()
    message = v4.unblu.reply(chat.id, DEMO_AGENT, "Hello **Ann**", markdown=True)
    [request] = v4.take_webhooks()
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


def test_an_agents_message_is_an_event_in_v3(v3: UnbluHarness) -> None:
    chat = v3.chat()
    message = reply(chat)
    [event] = v3.take_webhooks()
    assert event.headers["x-unblu-event"] == "external_messenger.new_message"
    assert event.headers["x-unblu-event-id"]
    assert "x-unblu-service-name" not in event.headers
    shown = event.body["conversationMessage"]
    assert (event.body["$_type"], shown["id"]) == ("ExternalMessengerNewMessageEvent", message)
    assert shown["actionId"] != message
    assert "receivingContacts" not in event.body
    assert "externalMessageId" not in shown


def test_an_old_channel_on_a_new_server_hears_events(v4: UnbluHarness) -> None:
    chat = v4.chat(channel=v4.channel(webhookApiVersion="V3"))
    reply(chat)
    assert [one.name for one in v4.take_webhooks()] == ["external_messenger.new_message"]


@pytest.mark.parametrize(
    ("habit", "headers"),
    [
        ("sha1", {"x-unblu-signature"}),
        ("sha256", {"x-unblu-signature-256"}),
        ("both", {"x-unblu-signature", "x-unblu-signature-256"}),
        ("none", set()),
    ],
)
def test_signatures_are_over_the_raw_body(harness: UnbluHarness, habit: Any, headers: set[str]) -> None:
    harness.unblu.quirks.signatures = habit
    chat = harness.chat()
    reply(chat, "Grüße")
    [request] = harness.take_webhooks()
    assert {name for name in request.headers if "signature" in name} == headers
    for name in headers:
        algorithm = hashlib.sha256 if name.endswith("256") else hashlib.sha1
        assert request.headers[name] == hmac.new(SECRET.encode(), request.raw, algorithm).hexdigest()


def test_nothing_is_signed_without_a_secret(harness: UnbluHarness) -> None:
    chat = harness.chat(channel=harness.channel(webhookSecret=None))
    reply(chat)
    [request] = harness.take_webhooks()
    assert not any("signature" in name for name in request.headers)


def test_the_customers_own_messages_do_not_come_back(harness: UnbluHarness) -> None:
    chat = harness.chat()
    chat.send("Hello")
    assert harness.take_bodies("new_message") == []


def test_all_receiving_contacts_are_named(v4: UnbluHarness) -> None:
    chat = v4.chat()
    v4.unblu.add_contact_to_conversation(chat.id, v4.contact(chat.channel, v4.person("viber:ben"), "viber:ben"))
    reply(chat)
    [body] = v4.take_bodies("new_message")
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
def test_a_wrong_answer_fails_the_message(v4: UnbluHarness, answer: WebhookAnswer, words: str) -> None:
    v4.unblu.quirks.retries_outbound = False
    chat = v4.chat()
    v4.our_side.answers = [answer]
    message = reply(chat)
    v4.time.settle()
    assert v4.unblu.complaints == [f"{NEW_MESSAGE}: {words}"]
    assert chat.shown(message)["status"] == "failed"
    assert words in chat.shown(message)["error"]


def test_an_unsigned_answer_is_good_without_a_secret(v4: UnbluHarness) -> None:
    unsigned = WebhookAnswer(200, BODY, {"Content-Type": "application/json; charset=utf-8"})
    chat = v4.chat(channel=v4.channel(webhookSecret=None))
    v4.our_side.answers = [unsigned]
    reply(chat)
    v4.time.settle()
    assert v4.unblu.complaints == []


def test_a_late_answer_is_none(v4: UnbluHarness) -> None:
    v4.unblu.quirks.retries_outbound = False
    chat = v4.chat(channel=v4.channel(outboundTimeoutMillis=5000))
    v4.our_side.before_answering = lambda _: v4.time.advance(5.1)
    message = reply(chat)
    v4.time.settle()
    assert chat.shown(message)["status"] == "failed"
    assert v4.unblu.complaints == [f"{NEW_MESSAGE}: the answer came too late"]


def test_answers_can_be_made_late(v4: UnbluHarness) -> None:
    chat = v4.chat()
    v4.unblu.quirks.slow_answers = 1
    reply(chat)
    v4.time.settle()
    assert v4.unblu.complaints == [f"{NEW_MESSAGE}: the answer came too late"]
    assert [one.headers["x-unblu-retry-no"] for one in v4.our_side.received] == ["0", "1"]


def test_unblu_claims_the_message_read_when_states_are_not_external(harness: UnbluHarness) -> None:
    chat = harness.chat(channel=harness.channel(messageStateHandledExternally=False))
    message = reply(chat)
    harness.time.settle()
    assert chat.shown(message)["status"] == "read"


def test_a_message_stays_pending_when_states_are_external(harness: UnbluHarness) -> None:
    chat = harness.chat()
    message = reply(chat)
    harness.time.settle()
    assert chat.shown(message)["status"] == "pending"


# --- repeating -------------------------------------------------------------------------------------------------------


def test_a_failed_call_is_repeated_with_its_number(harness: UnbluHarness) -> None:
    chat = harness.chat()
    harness.our_side.answers = [WebhookAnswer(500), WebhookAnswer(503)]
    message = reply(chat)
    calls = harness.take_webhooks()
    assert [one.headers["x-unblu-retry-no"] for one in calls] == ["0", "1", "2"]
    assert len({one.headers["x-unblu-delivery"] for one in calls}) == 3
    unchanging = "x-unblu-invocation-id" if harness.is_v4 else "x-unblu-event-id"
    assert len({one.headers[unchanging] for one in calls}) == 1
    assert len({one.raw for one in calls}) == 1
    assert chat.shown(message)["status"] == "pending"


def test_deliveries_can_come_twice(harness: UnbluHarness) -> None:
    harness.unblu.switches.webhook_duplicates = True
    chat = harness.chat()
    reply(chat)
    one, other = harness.take_webhooks()
    assert one.raw == other.raw
    assert one.headers["x-unblu-delivery"] != other.headers["x-unblu-delivery"]


def test_deliveries_can_come_in_any_order(harness: UnbluHarness) -> None:
    harness.unblu.switches.webhook_reorder = True
    chat = harness.chat()
    texts = [str(number) for number in range(8)]
    for text in texts:
        reply(chat, text)
    sent_message = [body["conversationMessage"]["text"] for body in harness.take_bodies("new_message")]
    assert sorted(sent_message) == texts
    assert sent_message != texts


def test_a_channel_that_keeps_failing_falls_silent(harness: UnbluHarness) -> None:
    chat = harness.chat()
    harness.our_side.answers = [WebhookAnswer(500)] * 5
    reply(chat)
    assert len(harness.take_webhooks()) == 5
    assert channel_status(chat) == "INACTIVE_UNAVAILABLE"
    message = reply(chat, "Are you there?")
    assert harness.take_webhooks() == []
    assert chat.shown(message)["status"] == "failed"


def test_a_success_in_between_starts_the_count_anew(harness: UnbluHarness) -> None:
    harness.unblu.quirks.most_failures = 2
    chat = harness.chat()
    for _ in range(3):
        harness.our_side.answers = [WebhookAnswer(500)]
        reply(chat)
        harness.time.settle()
    assert channel_status(chat) == "ACTIVE"


def test_what_waited_is_sent_when_the_channel_is_active_again(harness: UnbluHarness) -> None:
    harness.unblu.quirks.most_failures = 1
    chat = harness.chat()
    harness.our_side.answers = [WebhookAnswer(500)]
    first, second = reply(chat, "one"), reply(chat, "two")
    harness.take_webhooks()
    wake(chat)
    sent_message = [body["conversationMessage"]["id"] for body in harness.take_bodies("new_message")]
    assert sorted(sent_message) == sorted([first, second])
    assert chat.shown(first)["status"] == chat.shown(second)["status"] == "pending"


def test_what_waited_may_be_lost(harness: UnbluHarness) -> None:
    harness.unblu.quirks.resumes = False
    harness.unblu.quirks.most_failures = 1
    chat = harness.chat()
    harness.our_side.answers = [WebhookAnswer(500)]
    message = reply(chat)
    harness.take_webhooks()
    wake(chat)
    assert harness.take_webhooks() == []
    assert chat.shown(message)["retryable"]
    harness.unblu.resend(chat.id, message)
    assert [body["conversationMessage"]["id"] for body in harness.take_bodies("new_message")] == [message]


def test_an_old_version_is_refused_after_unblu_switched_the_channel_off(harness: UnbluHarness) -> None:
    harness.unblu.quirks.most_failures = 1
    chat = harness.chat()
    before = harness.ask("GET", "/externalmessengers/getByName?name=Viber")
    harness.our_side.answers = [WebhookAnswer(500)]
    reply(chat)
    harness.take_webhooks()
    assert harness.refusal("POST", "/externalmessengers/update", before)[0] == 409
