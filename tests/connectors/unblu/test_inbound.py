"""What Unblu's calls mean: whom a message is for, what is not for customers, states and ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from patchbay.domain.errors import Unreadable
from patchbay.domain.events import ConversationChanged, Event, Ignored, MessageReceived, ReceiptReceived
from patchbay.domain.model import ContactKey, ConversationStatus, ReceiptState, Role, Text
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.unblu import CONNECTOR
from tests.harness.unblu_calls import (
    ANN,
    BOB,
    NOW,
    make_call,
    make_message,
    make_service_call,
    parse,
    parse_all,
    parse_message,
    parse_older,
    with_settings,
)

SENT_AT = datetime(2026, 1, 5, 8, 59, 59, 500000, tzinfo=UTC)
OWN = "pb-message-1:0"


def find_contact(event: MessageReceived) -> ContactKey | None:
    return CONNECTOR.find_contact(event, None, None)  # type: ignore[arg-type]


# --- messages --------------------------------------------------------------------------------------------------------


def test_an_agents_message_is_for_the_contact_that_must_get_it() -> None:
    event = parse_message()
    assert event.thread == "conv~viber:shop:ann+/="
    assert event.message.external_id == "conv/m1"
    assert event.message.content == (Text(text="Hello"),)
    assert event.occurred_at == event.message.sent_at == SENT_AT
    assert (event.message.sender.role, event.message.sender.name) == (Role.AGENT, "Carla Rossi")
    assert find_contact(event) == ContactKey(service="viber", connection_id="shop", contact_id="ann+/=")


def test_what_is_known_of_the_conversation_comes_along() -> None:
    assert parse_message().hints == {
        "conversation_id": "conv",
        "channel_id": "chan",
        "source_id": "viber:shop:ann+/=",
        "contact_id": "c-ann",
        "person_id": "p-ann",
    }
    assert parse_older().hints == {"conversation_id": "conv", "channel_id": "chan"}


def test_two_contacts_of_one_conversation_get_a_message_each_and_never_each_others() -> None:
    first, second = parse_all(ANN, BOB)
    assert isinstance(first, MessageReceived)
    assert isinstance(second, MessageReceived)
    assert first.id != second.id
    assert {first.thread, second.thread} == {"conv~viber:shop:ann+/=", "conv~viber:shop:bob"}
    assert first.aliases == second.aliases == ()  # the conversation alone would find the first one's session
    assert first.group != second.group


def test_the_older_generation_says_which_conversation_alone() -> None:
    event = parse_older()
    assert event.thread == "conv"
    assert event.message == parse_message().message


def test_a_message_is_known_by_its_id() -> None:
    assert parse_message().id == parse_message(text="Edited", serverTimestamp=1).id
    assert parse_message().id != parse_message(id="m2").id


@pytest.mark.parametrize("header", ["x-unblu-invocation-id", "x-unblu-event-id"])
def test_a_message_that_is_sent_again_is_the_same_message_and_another_event(header: str) -> None:
    def call(uid: str, retry: str) -> MessageReceived:
        body = {"conversationMessage": make_message(), "receivingContacts": [ANN]}
        request = make_service_call("new_message", body)
        [event] = parse(replace(request, headers={**request.headers, header: uid, "x-unblu-retry-no": retry}))
        assert isinstance(event, MessageReceived)
        return event

    assert call("1", "0") == call("1", "1")
    assert call("1", "0").id != call("2", "0").id
    assert call("1", "0").message_key == call("2", "0").message_key


@pytest.mark.parametrize("time", [..., None, "soon", 10**18, True])
def test_without_a_time_the_message_is_of_now(time: object) -> None:
    assert parse_message(serverTimestamp=time).occurred_at == NOW


@pytest.mark.parametrize(
    ("person", "role", "name"),
    [
        ({"id": "1", "personType": "AGENT", "firstName": "Carla", "lastName": "Rossi"}, Role.AGENT, "Carla Rossi"),
        ({"id": "1", "personType": "AGENT", "username": "carla"}, Role.AGENT, "carla"),
        ({"id": "1", "personType": "BOT", "displayName": "Helper"}, Role.BOT, "Helper"),
        ({"id": "1", "personType": "SYSTEM", "displayName": "Unblu"}, Role.BOT, "Unblu"),
        ({"id": "1", "personType": "AGENT"}, Role.AGENT, None),
        (None, Role.BOT, None),
    ],
)
def test_who_writes_is_told_by_the_best_name_there_is(person: object, role: Role, name: str | None) -> None:
    sender = parse_message(senderPerson=person).message.sender
    assert (sender.role, sender.name) == (role, name)


def test_the_name_can_stand_in_the_text_and_then_nowhere_else() -> None:
    message = parse_message(endpoint=with_settings(name_prefix="yes")).message
    assert message.content == (Text(text="Carla Rossi: Hello"),)
    assert message.sender.name is None


def test_the_name_stays_where_it_is_when_there_is_no_text() -> None:
    file = {"type": "FILE", "fileName": "a.pdf", "downloadLink": "https://acme.unblu.example/f", "text": ...}
    assert parse_message(endpoint=with_settings(name_prefix="yes"), **file).message.sender.name == "Carla Rossi"


# --- what is not for customers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"internal": True},
        {"type": "SYSTEM"},
        {"type": "QUESTION_ABORTED"},
        {"type": "RECORDING_AVAILABLE"},
        {"senderPerson": {"id": "p-ann", "personType": "VISITOR"}},
        {"sourceId": OWN},
        {"text": "  ", "fallbackText": None},
    ],
)
def test_some_messages_never_reach_a_customer(fields: dict[str, Any]) -> None:
    for parsed_events in (parse_all(ANN, **fields), parse(older(**fields))):
        [parsed_event] = parsed_events
        assert isinstance(parsed_event, Ignored)


def older(**fields: object) -> WebhookRequest:
    return make_call({"conversationMessage": make_message(**fields)}, event="external_messenger.new_message")


def test_a_message_for_nobody_on_the_channel_is_ignored() -> None:
    [parsed_event] = parse_all()
    assert isinstance(parsed_event, Ignored)


@pytest.mark.parametrize("source", ["+491511234567", "", None, "pb#0123456789abcdef0123456789abcdef"])
def test_a_contact_that_is_not_ours_has_no_key(source: str | None) -> None:
    parsed_events = parse_all({**ANN, "sourceId": source})
    assert [find_contact(each) for each in parsed_events if isinstance(each, MessageReceived)] in ([None], [])


# --- states and ends -------------------------------------------------------------------------------------------------


def state_call(version: str, **fields: object) -> WebhookRequest:
    body = {"messageId": "m9", "sourceId": OWN, "state": "READ", "conversationId": "conv", **fields}
    if version == "v4":
        return make_service_call("message_state", body)
    return make_call({**body, "timestamp": 1767603599500}, event="external_messenger.message_state")


@pytest.mark.parametrize("version", ["v3", "v4"])
@pytest.mark.parametrize(("word", "state"), [("DELIVERED", ReceiptState.DELIVERED), ("READ", ReceiptState.READ)])
def test_how_far_a_customers_message_got_is_told_by_our_own_id(version: str, word: str, state: ReceiptState) -> None:
    [receipt] = parse(state_call(version, state=word))
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.message_id, receipt.state) == (OWN, state)
    assert receipt.occurred_at == (NOW if version == "v4" else SENT_AT)


@pytest.mark.parametrize("version", ["v3", "v4"])
@pytest.mark.parametrize("fields", [{"state": "ADMIRED"}, {"sourceId": "somebody-elses"}, {"sourceId": None}])
def test_other_states_are_nobodys_business(version: str, fields: dict[str, Any]) -> None:
    [parsed_event] = parse(state_call(version, **fields))
    assert isinstance(parsed_event, Ignored)


def end_call(**fields: object) -> Event | Ignored:
    conversation = {"id": "conv", "state": "ENDED", "externalMessengerChannelId": "chan", **fields}
    [parsed_event] = parse(
        make_call({"timestamp": 1767603599500, "conversation": conversation}, event="conversation.ended")
    )
    return parsed_event


def test_a_conversation_that_has_ended_is_told_of_by_its_own_id() -> None:
    change = end_call()
    assert isinstance(change, ConversationChanged)
    assert (change.thread, change.status, change.occurred_at) == ("conv", ConversationStatus.ENDED, SENT_AT)


def test_conversations_on_no_messenger_are_somebody_elses() -> None:
    assert isinstance(end_call(externalMessengerChannelId=None), Ignored)


# --- other calls -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["ping", "conversation.message_state", "conversation.created", "x" * 300, "ä\n"])
def test_other_events_are_ignored_with_a_reason(event: str) -> None:
    [parsed_event] = parse(make_call({}, event=event))
    assert isinstance(parsed_event, Ignored)
    assert len(parsed_event.reason) < 120


@pytest.mark.parametrize("name", ["outbound.ping", "create_contact", "create_conversation"])
def test_requests_that_are_answered_at_once_bring_no_event(name: str) -> None:
    [parsed_event] = parse(make_service_call(name, {}))
    assert isinstance(parsed_event, Ignored)


@pytest.mark.parametrize(
    "request_",
    [
        make_service_call("outbound.bot.onboarding_offer", {}),
        make_service_call("new_message", b"not json"),
        make_service_call("new_message", {"conversationMessage": {"id": "m1"}}),
        make_service_call("new_message", {"conversationMessage": make_message(id=""), "receivingContacts": [ANN]}),
        make_call({"conversation": {"id": ""}}, event="conversation.ended"),
        make_call({}),
    ],
)
def test_what_is_not_documented_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(Unreadable):
        parse(request_)
