"""What differs between Unblu's two generations: paths, and the fields that name a customer.

API v4 (Unblu 8) knows contacts, and has a channel's id in the path; API v3 (Unblu 6 and 7) knows persons alone, and has
the id in the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from patchbay.platforms.unblu.ids import is_own_message, read_said
from patchbay.platforms.unblu.thread import Thread
from patchbay.platforms.unblu.urls import V3, V4

Json = dict[str, object]
Path = tuple[str, ...]
Call = tuple[Path, Json]
Query = tuple[Path, Mapping[str, str]]

_OUTBOUND_TIMEOUT = 10_000  #: milliseconds that Unblu waits for our answers: enough for a cold start


class Dialect(Protocol):
    has_contacts: bool
    shows_answered: bool  #: which message another one answers
    registration_version: str

    def describe_channel(self, outbound: bool) -> Json:
        """The fields of a channel that only this generation has, and its version."""

    def ping_channel(self, channel_id: str) -> Call: ...

    def delete_registration(self, registration_id: str) -> Query: ...

    def read_conversation(self, conversation_id: str) -> Query: ...

    def read_customer(self, thread: Thread) -> Query:
        """The contact, or the person where there are no contacts."""

    def name_participants(self, thread: Thread) -> Json:
        """The customer, in the body that makes a conversation."""

    def name_team(self, team_id: str) -> Json: ...

    def send_message(self, thread: Thread, source_id: str, data: Json, answered: str = "") -> Call:
        """`answered` is our name of the message that it answers, which only API v4 shows."""

    def tell_state(self, what: str, thread: Thread, message_id: str) -> Call:
        """`what` is the call: messageSentSuccessfully, messageDelivered or messageRead."""

    def tell_failure(self, thread: Thread, message_id: str, state: str, text: str) -> Call: ...


class DialectV4:
    has_contacts = True
    shows_answered = True
    registration_version = "V4"

    def describe_channel(self, outbound: bool) -> Json:
        return {
            "webhookApiVersion": "V4",
            "outboundSupported": outbound,
            "outboundTimeoutMillis": _OUTBOUND_TIMEOUT,
            "contactIdentifierFieldName": "phone",
            "contactIdentifierFieldType": "PHONE_NUMBER",
            "supportsMultipleConversationsPerContact": False,
        }

    def ping_channel(self, channel_id: str) -> Call:
        return ("externalmessengers", channel_id, "sendPing"), {}

    def delete_registration(self, registration_id: str) -> Query:
        return ("webhookregistrations", registration_id, "delete"), {}

    def read_conversation(self, conversation_id: str) -> Query:
        return ("conversations", conversation_id, "read"), {}

    def read_customer(self, thread: Thread) -> Query:
        return ("externalmessengercontacts", thread.contact_id, "read"), {}

    def name_participants(self, thread: Thread) -> Json:
        participant = {
            "$_type": "ConversationCreationExternalParticipantData",
            "externalMessengerContactId": thread.contact_id,
            "participationType": "CONTEXT_PERSON",
        }
        return {
            "$_type": "ConversationCreationData",
            "conversationVisibility": "PRIVATE",
            "participants": [],
            "externalParticipants": [participant],
        }

    def name_team(self, team_id: str) -> Json:
        return {"$_type": "ConversationCreationRecipientData", "type": "TEAM", "id": team_id}

    def send_message(self, thread: Thread, source_id: str, data: Json, answered: str = "") -> Call:
        body: Json = {
            "$_type": "ExternalMessengerPostMessage",
            "conversationId": thread.conversation_id,
            "senderExternalMessengerContactId": thread.contact_id,
            "sourceId": source_id,
            "externalMessageId": source_id,  # by which webhooks name it when an agent answers it
            "messageData": data,
        }
        if answered:
            own = is_own_message(answered)
            body |= {"replyToExternalMessageId": answered} if own else {"replyToMessageId": read_said(answered)[1]}
        return ("externalmessengers", thread.channel_id, "sendMessage"), body

    def tell_state(self, what: str, thread: Thread, message_id: str) -> Call:
        body: Json = {"conversationId": thread.conversation_id, "messageId": message_id}
        if what != SENT:
            body["externalMessengerContactId"] = thread.contact_id or None
        return ("externalmessengers", thread.channel_id, what), body

    def tell_failure(self, thread: Thread, message_id: str, state: str, text: str) -> Call:
        body: Json = {
            "conversationId": thread.conversation_id,
            "messageId": message_id,
            "failState": state,
            "failureText": text,
        }
        return ("externalmessengers", thread.channel_id, FAILED), body


class DialectV3:
    has_contacts = False
    shows_answered = False
    registration_version = "V3"

    def describe_channel(self, outbound: bool) -> Json:  # noqa: ARG002  (agents cannot start conversations here)
        return {"webhookApiVersion": "V3"}

    def ping_channel(self, channel_id: str) -> Call:
        return ("externalmessengers", "pingCustomChannel"), {"externalMessengerChannelId": channel_id}

    def delete_registration(self, registration_id: str) -> Query:
        return ("webhookregistrations", "delete"), {"id": registration_id}

    def read_conversation(self, conversation_id: str) -> Query:
        return ("conversations", "read"), {"id": conversation_id}

    def read_customer(self, thread: Thread) -> Query:
        return ("persons", "read"), {"id": thread.person_id}

    def name_participants(self, thread: Thread) -> Json:
        participant = {
            "$_type": "ParticipantData",
            "personId": thread.person_id,
            "connectedViaExternalMessenger": True,
            "hidden": False,
            "conversationStarred": False,
        }
        return {"$_type": "ConversationData", "participants": [participant], "contextPersonId": thread.person_id}

    def name_team(self, team_id: str) -> Json:
        return {"$_type": "TeamData", "id": team_id}

    def send_message(self, thread: Thread, source_id: str, data: Json, answered: str = "") -> Call:  # noqa: ARG002
        body: Json = {
            "$_type": "ExternalMessengerPostMessage",
            "conversationId": thread.conversation_id,
            "externalMessengerChannelId": thread.channel_id,
            "senderPersonId": thread.person_id,
            "sourceId": source_id,
            "messageData": data,
        }
        return ("externalmessengers", "sendMessage"), body

    def tell_state(self, what: str, thread: Thread, message_id: str) -> Call:
        body = self._name_message(thread, message_id)
        if what != SENT:
            body["personId"] = thread.person_id or None
        return ("externalmessengers", what), body

    def tell_failure(self, thread: Thread, message_id: str, state: str, text: str) -> Call:
        body = self._name_message(thread, message_id) | {"failedState": state, "failureText": text}
        return ("externalmessengers", FAILED), body

    def _name_message(self, thread: Thread, message_id: str) -> Json:
        return {
            "externalMessengerChannelId": thread.channel_id,
            "conversationId": thread.conversation_id,
            "messageId": message_id,
        }


SENT, DELIVERED, READ = "messageSentSuccessfully", "messageDelivered", "messageRead"
FAILED = "messageSendFailed"

DIALECTS: Mapping[str, Dialect] = {V3: DialectV3(), V4: DialectV4()}
