"""How things look in answers and in what Unblu sends, in the generation that is on."""

from __future__ import annotations

from playground.services.unblu.records import (
    Channel,
    Contact,
    Conversation,
    Json,
    Message,
    Participant,
    Person,
    Receiver,
    Registration,
    StoredFile,
    to_millis,
)
from playground.services.unblu.state import State

_PROFILE = ("sourceUrl", "sourceData", "firstName", "lastName", "username", "nickname", "email", "phone", "teamId")


class Serializers:
    """Metadata is shown only where a call asks for it by `expand`, never in what Unblu sends."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def _is_v4(self) -> bool:
        return self._state.generation == "v4"

    # --- channels and people -----------------------------------------------------------------------------------------

    def show_channel(self, channel: Channel, *, metadata: bool) -> Json:
        fields = channel.show(self._state.account)
        if not self._is_v4:
            fields = {name: value for name, value in fields.items() if name not in _ONLY_V4}
        shown = {"$_type": "CustomExternalMessengerChannel", **fields}
        return {**shown, "metadata": dict(channel.metadata) if metadata else {}}

    def show_registration(self, registration: Registration) -> Json:
        return {"$_type": "WebhookRegistration", **registration.show(self._state.account)}

    def show_as_registration(self, channel: Receiver) -> Json:
        """A channel, as pings show it in v3."""
        return {
            "$_type": "WebhookRegistration",
            "id": channel.id,
            "version": channel.version,
            "accountId": self._state.account,
            "name": channel.name,
            "status": channel.status,
            "endpoint": channel.endpoint,
            "apiVersion": channel.api_version,
            "events": ["external_messenger.new_message", "external_messenger.message_state"],
        }

    def show_person(self, person: Person) -> Json:
        return {
            "$_type": "PersonData",
            "id": person.id,
            "accountId": self._state.account,
            "personSource": person.source,
            "sourceId": person.source_id,
            **{name: person.profile.get(name) for name in _PROFILE},
            "displayName": person.name,
            "personType": person.type,
            "authorizationRole": "WEBUSER" if person.type == "VISITOR" else "REGISTERED_USER",
            "metadata": {},
        }

    def show_contact(self, contact: Contact) -> Json:
        return {
            "$_type": "ExternalMessengerContact",
            "id": contact.id,
            "creationTimestamp": to_millis(contact.created_at),
            "modificationTimestamp": to_millis(contact.modified_at),
            "accountId": self._state.account,
            "name": contact.name,
            "description": contact.description,
            "externalMessengerChannelId": contact.channel.id,
            "sourceId": contact.source_id,
            "personId": contact.person.id,
        }

    # --- conversations -----------------------------------------------------------------------------------------------

    def show_conversation(self, conversation: Conversation, *, metadata: bool = False) -> Json:
        shown: Json = {
            "$_type": "ConversationData",
            "creationTimestamp": to_millis(conversation.created_at),
            "endTimestamp": to_millis(conversation.ended_at) if conversation.ended_at else None,
            "id": conversation.id,
            "accountId": self._state.account,
            "topic": conversation.topic,
            "recipient": self._show_recipient(conversation),
            "state": conversation.state,
            "initialEngagementType": conversation.engagement,
            "locale": conversation.locale,
            "visitorData": None,
            "conversationTemplateId": None,
            "links": [],
            "externalMessengerChannelId": conversation.channel.id if conversation.channel else None,
            "sourceId": conversation.source_id,
            "sourceUrl": conversation.source_url,
            "endReason": conversation.end_reason,
            "awaitedPersonType": "NONE" if conversation.is_over else "AGENT",
            "metadata": dict(conversation.metadata) if metadata else {},
        }
        return shown | (self._show_people_v4(conversation) if self._is_v4 else self._show_people_v3(conversation))

    def _show_people_v4(self, conversation: Conversation) -> Json:
        participants = conversation.participants
        return {
            "conversationVisibility": conversation.visibility,
            "participants": [
                {
                    "$_type": "ParticipantData",
                    "state": _state_of(one, conversation),
                    "personId": one.person.id,
                    "hidden": one.hidden,
                    "conversationStarred": one.starred,
                    "participationType": one.kind,
                }
                for one in participants
                if one.contact is None
            ],
            "externalParticipants": [
                {
                    "$_type": "ExternalParticipantData",
                    "state": _state_of(one, conversation),
                    "externalMessengerContactId": one.contact.id,
                    "personId": one.person.id,
                    "sourceId": one.contact.source_id,
                    "participationType": one.kind,
                }
                for one in participants
                if one.contact is not None
            ],
            "botParticipants": [],
        }

    def _show_people_v3(self, conversation: Conversation) -> Json:
        context = conversation.context()
        return {
            "participants": [
                {
                    "$_type": "ParticipantData",
                    "state": _state_of(one, conversation),
                    "personId": one.person.id,
                    "connectedViaExternalMessenger": one.external,
                    "hidden": one.hidden,
                    "conversationStarred": one.starred,
                }
                for one in conversation.participants
            ],
            "assigneePersonId": conversation.assignee.id if conversation.assignee else None,
            "contextPersonId": context.person.id if context else None,
        }

    def _show_recipient(self, conversation: Conversation) -> Json | None:
        """As the thing itself, unlike in a v4 request, which names its type and id."""
        if conversation.team is None:
            return None
        return {"$_type": "TeamData", "displayName": self._state.teams[conversation.team], "id": conversation.team}

    # --- messages ----------------------------------------------------------------------------------------------------

    def show_message(self, conversation: Conversation, message: Message) -> Json:
        shown: Json = {
            "$_type": _MODELS.get(message.type, f"{message.type.title().replace('_', '')}MessageData"),
            "type": message.type,
            "id": message.id,
            "conversationId": conversation.id,
            "externalMessengerChannelId": conversation.channel.id if conversation.channel else None,
            "accountId": self._state.account,
            "senderPerson": self.show_person(message.sender) if message.sender else None,
            "senderPersonPresenceId": None,
            "serverTimestamp": to_millis(message.at),
            "sendTimestamp": to_millis(message.at),
            "recipientPersonIds": None,
            "fallbackText": message.fallback,
            "actionId": message.action_id,
            "sourceId": message.source_id,
            "botThreadId": None,
            "internal": message.internal,
            "replyToMessageId": message.answers.id if message.answers else None,
            **message.body,
        }
        if self._is_v4:
            answered = message.answers.external_id if message.answers else None
            shown |= {"externalMessageId": message.external_id, "replyToExternalMessageId": answered}
        if message.is_question:
            shown["answerStatus"] = message.answer_status
        if message.file:
            shown |= self._show_file(message.file)
        return shown

    def _show_file(self, file: StoredFile) -> Json:
        scanning = self._state.timeline.now() < file.ready_at
        shown: Json = {
            "fileName": file.name,
            "mimeType": file.content_type,
            "source": None,
            "fileStoreId": file.key,
            "fileStatus": "SCANNING" if scanning else "COMPLETED",
            "totalSize": len(file.data),
            "uploadedSize": len(file.data),
        }
        return shown | self._show_links(file)

    def _show_links(self, file: StoredFile) -> Json:
        own, desk = self._state.download_url(file), f"{self._state.base_url}/app/desk/files/{file.key}"
        if not self._is_v4:
            return {"downloadLink": own, "agentDeskDownloadLink": desk}
        links = {"AGENT_DESK": desk, "WEB_API": own}
        return {"downloadLinks": [{"$_type": "DownloadLink", "type": kind, "url": url} for kind, url in links.items()]}


#: Unblu's description lists the first type, but has no model for it.
_MODELS = {"WHATSAPP_TEMPLATE": "WhatsAppTemplateMessageData"}
_ONLY_V4 = {
    "outboundSupported",
    "outboundTimeoutMillis",
    "contactIdentifierFieldName",
    "contactIdentifierFieldType",
    "supportsMultipleConversationsPerContact",
}


def _state_of(participant: Participant, conversation: Conversation) -> str:
    return "ENDED" if participant.gone or conversation.is_over else "ACTIVE"
