"""What Unblu sends: outbound requests that want an answer (API v4), and webhook events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, cast

from playground.bodies import write_json
from playground.services.unblu.answers import (
    CONTACT_ANSWERS,
    CONVERSATION_ANSWERS,
    MESSAGE_STATE,
    NEW_MESSAGE,
    PING,
)
from playground.services.unblu.deliveries import CheckedAnswer, Outgoing
from playground.services.unblu.errors import ApiProblem
from playground.services.unblu.records import (
    Channel,
    Contact,
    Conversation,
    Json,
    Message,
    Person,
    Receiver,
    Registration,
    to_millis,
)
from playground.services.unblu.serializers import Serializers
from playground.services.unblu.state import State

OnChecked = Callable[[CheckedAnswer], None]

_MESSENGER = "external_messenger"


class Webhooks:
    def __init__(self, state: State, serializers: Serializers) -> None:
        self._state = state
        self._serializers = serializers

    def _answers_requests(self, channel: Channel) -> bool:
        """A channel of an older API version gets everything by events, on Unblu 8 too."""
        return self._state.generation == "v4" and channel.api_version == "V4"

    # --- to channels -------------------------------------------------------------------------------------------------

    def send_message(
        self,
        channel: Channel,
        conversation: Conversation,
        message: Message,
        on_checked: OnChecked,
    ) -> None:
        body: Json = {"conversationMessage": self._serializers.show_message(conversation, message)}
        name, group = f"{_MESSENGER}.new_message", conversation.id
        if self._answers_requests(channel):
            contacts = [one.contact for one in conversation.external() if one.contact]
            body["receivingContacts"] = [self._serializers.show_contact(contact) for contact in contacts]
            request = self._request(channel, name, "ExternalMessengerNewMessageRequest", body, {NEW_MESSAGE})
            self._send(request, group, on_checked)
        else:
            self._send(self._event(channel, name, "ExternalMessengerNewMessageEvent", body), group, on_checked)

    def send_state(self, channel: Channel, conversation: Conversation, message: Message, state: str) -> None:
        """Of a message that came from the messenger."""
        body = {
            "messageId": message.id,
            "state": state,
            "sourceId": message.source_id,
            "externalMessengerChannelId": channel.id,
            "conversationId": conversation.id,
        }
        name = f"{_MESSENGER}.message_state"
        if self._answers_requests(channel):
            request = self._request(channel, name, "ExternalMessengerMessageStateRequest", body, {MESSAGE_STATE})
            self._send(request, conversation.id)
        else:
            self._send(self._event(channel, name, "ExternalMessengerMessageStateEvent", body), conversation.id)

    def ask_for_contact(self, channel: Channel, person: Person, identifier: str) -> CheckedAnswer:
        """Waits for the answer. Not to be called under the lock."""
        body = {
            "externalMessengerChannelId": channel.id,
            "personData": self._serializers.show_person(person),
            "contactIdentifier": identifier,
            "description": None,
        }
        model, name = "ExternalMessengerCreateContactRequest", f"{_MESSENGER}.create_contact"
        return self._ask(self._request(channel, name, model, body, set(CONTACT_ANSWERS)))

    def ask_for_conversation(self, channel: Channel, agent: Person, contact: Contact) -> CheckedAnswer:
        """Waits for the answer. Not to be called under the lock."""
        participant = {"personId": agent.id, "hidden": False, "conversationStarred": False}
        external = {"externalMessengerContactId": contact.id, "participationType": "CONTEXT_PERSON"}
        data: Json = {
            "$_type": "ConversationCreationData",
            "topic": contact.name,
            "recipient": None,
            "participants": [
                {
                    "$_type": "ConversationCreationParticipantData",
                    **participant,
                    "participationType": "ASSIGNED_AGENT",
                }
            ],
            "externalParticipants": [{"$_type": "ConversationCreationExternalParticipantData", **external}],
            "botParticipants": [],
            "initialEngagementType": "CHAT_INVITE",
            "conversationVisibility": "PRIVATE",
            "locale": "en",
            "externalMessengerChannelId": channel.id,
            "sourceId": None,
            "metadata": {},
        }
        model, name = "ExternalMessengerCreateConversationRequest", f"{_MESSENGER}.create_conversation"
        return self._ask(self._request(channel, name, model, {"creationData": data}, set(CONVERSATION_ANSWERS)))

    # --- pings -------------------------------------------------------------------------------------------------------

    def ping(self, receiver: Receiver) -> str:
        """The ping's id. Waits for the answer; not to be called under the lock. Raises ApiProblem for a bad one."""
        state = self._state
        ping_id = state.make_id()
        if isinstance(receiver, Channel) and state.generation == "v4":
            outgoing = self._request(receiver, "ping", "PingRequest", {"pingId": ping_id}, {PING}, ping_id=ping_id)
        else:
            outgoing = self._event(receiver, "ping", "WebhookPingEvent", {"webhookConfiguration": self._show(receiver)})
        checked = self._ask(outgoing)
        if checked.problem:
            raise ApiProblem(502, f"the ping was not answered as it should be: {checked.problem}")
        return ping_id

    def _show(self, receiver: Receiver) -> Json:
        if isinstance(receiver, Registration):
            return self._serializers.show_registration(receiver)
        return self._serializers.show_as_registration(receiver)

    # --- to registrations --------------------------------------------------------------------------------------------

    def publish_conversation(self, event: Literal["created", "active"], conversation: Conversation) -> None:
        model = f"Conversation{event.capitalize()}Event"
        self._publish(f"conversation.{event}", model, conversation, self._about(conversation))

    def publish_end(self, conversation: Conversation, person: Person | None, comment: str) -> None:
        shown = self._serializers.show_person(person) if person else None
        body = {"endReason": conversation.end_reason, "endPerson": shown, "endComment": comment or None}
        about = {**self._about(conversation), **body}
        self._publish("conversation.ended", "ConversationEndedEvent", conversation, about)

    def publish_message(self, conversation: Conversation, message: Message) -> None:
        body = {"conversationMessage": self._serializers.show_message(conversation, message)}
        self._publish("conversation.new_message", "ConversationNewMessageEvent", conversation, body)

    def publish_state(self, conversation: Conversation, message: Message, state: str) -> None:
        body = {"messageId": message.id, "state": state, "conversationId": conversation.id}
        self._publish("conversation.message_state", "ConversationMessageStateEvent", conversation, body)

    def _about(self, conversation: Conversation) -> Json:
        return {"conversation": self._serializers.show_conversation(conversation)}

    def _publish(self, name: str, model: str, conversation: Conversation, body: Json) -> None:
        for registration in self._state.registrations:
            if name in registration.fields["events"]:
                self._send(self._event(registration, name, model, body), f"{registration.id} {conversation.id}")

    # --- making ------------------------------------------------------------------------------------------------------

    def _request(
        self, channel: Receiver, name: str, model: str, body: Json, answers: set[str], *, ping_id: str = ""
    ) -> Outgoing:
        service = f"outbound.{name}"
        content = {"$_type": model, "accountId": self._state.account, "serviceName": service, **body}
        headers = {
            "X-Unblu-Service-Name": service,
            "X-Unblu-Invocation-ID": self._state.make_id(),
            "X-Unblu-Version": "v4",
        }
        return Outgoing(
            url=channel.endpoint,
            headers=headers,
            body=write_json(content),
            note=_describe(name),
            receiver=channel,
            answers=frozenset(answers),
            ping_id=ping_id,
            is_ping=bool(ping_id),
        )

    def _event(self, receiver: Receiver, name: str, model: str, body: Json) -> Outgoing:
        timestamp = to_millis(self._state.timeline.now())
        content = {
            "$_type": model,
            "timestamp": timestamp,
            "eventType": name,
            "accountId": self._state.account,
            **body,
        }
        return Outgoing(
            url=receiver.endpoint,
            headers={"X-Unblu-Event": name, "X-Unblu-Event-ID": self._state.make_id()},
            body=write_json(content),
            note=_describe(name),
            receiver=receiver,
            is_ping=name == "ping",
        )

    def _send(self, outgoing: Outgoing, group: str, on_checked: OnChecked | None = None) -> None:
        self._state.send_webhook(replace(outgoing, group=group, on_checked=on_checked))

    def _ask(self, outgoing: Outgoing) -> CheckedAnswer:
        """Sends at once, and waits for the answer. Do not call it under the lock."""
        return cast("CheckedAnswer", self._state.call_webhook(outgoing))


def _describe(name: str) -> str:
    return name.removeprefix(f"{_MESSENGER}.").replace("_", " ").replace(".", " ")
