"""Agents write first at the simulated Unblu's desk: what the messenger's side is asked, and what it may answer."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.unblu import DEMO_AGENT
from playground.services.unblu.errors import Refused
from tests.harness.unblu import Received, UnbluHarness, beside

CONTACT = "outbound.external_messenger.create_contact"
CONVERSATION = "outbound.external_messenger.create_conversation"


def start(harness: UnbluHarness, **options: str) -> str:
    return harness.unblu.start_chat(DEMO_AGENT, "+4915112345678", "Good morning", **options)


def open_channel(harness: UnbluHarness, **fields: object) -> str:
    return harness.channel(outboundSupported=True, contactIdentifierFieldType="PHONE_NUMBER", **fields)


def test_an_agent_starts_a_chat(v4: UnbluHarness) -> None:
    channel = open_channel(v4)
    conversation = start(v4, name="Ann")
    asked, planned, message = v4.take_webhooks()
    assert (asked.name, asked.body["contactIdentifier"]) == (CONTACT, "+4915112345678")
    assert asked.body["personData"]["displayName"] == "Ann"
    data = planned.body["creationData"]
    assert (planned.name, data["externalMessengerChannelId"]) == (CONVERSATION, channel)
    assert [one["personId"] for one in data["participants"]] == [DEMO_AGENT]
    assert message.body["conversationMessage"]["conversationId"] == conversation
    assert message.body["receivingContacts"][0]["sourceId"] == "sms:4915112345678"
    shown = v4.ask("GET", f"/conversations/{conversation}/read")
    assert (shown["state"], shown["sourceId"]) == ("ACTIVE", "sms:4915112345678")


def test_a_contact_may_be_made_while_unblu_waits(v4: UnbluHarness) -> None:
    channel = open_channel(v4)

    def make_contact(request: Received) -> None:
        if request.name == CONTACT:
            contact = v4.contact(channel, v4.person("sms:ben"), "sms:ben")
            kind = "ExternalMessengerCreateContactUseExistingResponse"
            v4.our_side.replies[CONTACT] = {
                "$_type": kind,
                "type": "USE_EXISTING",
                "externalMessengerContactId": contact,
            }

    v4.our_side.before_answering = beside(make_contact)
    start(v4)
    assert v4.take_bodies("new_message")[0]["receivingContacts"][0]["sourceId"] == "sms:ben"


def test_an_existing_conversation_may_be_used(v4: UnbluHarness) -> None:
    chat = v4.chat(channel=open_channel(v4))
    kind = "ExternalMessengerCreateConversationUseExistingResponse"
    v4.our_side.replies[CONVERSATION] = {"$_type": kind, "type": "USE_EXISTING", "conversationId": chat.id}
    assert start(v4) == chat.id
    assert chat.last["text"] == "Good morning"


@pytest.mark.parametrize(
    ("service", "model", "kind"),
    [
        (CONTACT, "CreateContactInvalidContactIdentifier", "INVALID_CONTACT_IDENTIFIER"),
        (CONTACT, "CreateContactContactToPersonMismatch", "CONTACT_TO_PERSON_MISMATCH"),
        (CONTACT, "CreateContactError", "ERROR"),
        (CONVERSATION, "CreateConversationError", "ERROR"),
    ],
)
def test_the_agent_reads_why_a_chat_is_refused(v4: UnbluHarness, service: str, model: str, kind: str) -> None:
    open_channel(v4)
    v4.our_side.replies[service] = {
        "$_type": f"ExternalMessenger{model}Response",
        "type": kind,
        "errorText": "Not on Viber",
    }
    with pytest.raises(Refused, match="Not on Viber"):
        start(v4)
    assert v4.unblu.complaints == []


@pytest.mark.parametrize(
    ("service", "answer"),
    [
        (CONTACT, {"$_type": "ExternalMessengerCreateContactCreateResponse", "type": "ERROR"}),
        (CONTACT, {"$_type": "ExternalMessengerCreateContactCreateResponse", "type": "CREATE", "name": "Ann"}),
        (
            CONTACT,
            {
                "$_type": "ExternalMessengerCreateContactUseExistingResponse",
                "type": "USE_EXISTING",
                "externalMessengerContactId": "nobody",
            },
        ),
        (CONVERSATION, {"$_type": "ExternalMessengerCreateConversationCreateResponse", "type": "CREATE"}),
        (
            CONVERSATION,
            {
                "$_type": "ExternalMessengerCreateConversationUseExistingResponse",
                "type": "USE_EXISTING",
                "conversationId": "none",
            },
        ),
    ],
)
def test_an_answer_that_makes_no_sense_is_complained_about(
    v4: UnbluHarness, service: str, answer: dict[str, Any]
) -> None:
    open_channel(v4)
    v4.our_side.replies[service] = answer
    with pytest.raises(Refused):
        start(v4)
    assert len(v4.unblu.complaints) == 1


def test_a_source_id_that_is_taken_is_complained_about(v4: UnbluHarness) -> None:
    open_channel(v4)
    start(v4)
    with pytest.raises(Refused, match="already"):
        start(v4)


def test_a_contact_that_is_known_is_written_to_again(v4: UnbluHarness) -> None:
    chat = v4.chat(channel=open_channel(v4))
    with pytest.raises(Refused, match="active conversation"):
        v4.unblu.start_chat(DEMO_AGENT, chat.sender, "Good morning")
    v4.unblu.end(chat.id)
    v4.take_webhooks()
    assert v4.unblu.start_chat(DEMO_AGENT, chat.sender, "Good morning") != chat.id
    assert next(one.name for one in v4.take_webhooks()) == CONVERSATION


def test_api_v3_does_not_let_agents_start_chats(v4: UnbluHarness) -> None:
    open_channel(v4)
    v4.unblu.set_generation("v3")
    assert [one["outbound"] for one in v4.view()["channels"]] == [False]
    with pytest.raises(Refused, match="API v3"):
        start(v4)
    assert v4.take_webhooks() == []


def test_not_every_channel_lets_agents_start_chats(v4: UnbluHarness) -> None:
    v4.channel()
    with pytest.raises(Refused, match="no channel"):
        start(v4)
    open_channel(v4, name="SMS", webhookStatus="INACTIVE")
    with pytest.raises(Refused, match="not active"):
        start(v4)
