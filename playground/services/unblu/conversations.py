"""Conversations through the API: begun, found, joined, ended."""

from __future__ import annotations

from flask import request

from playground.services.unblu.actions import Actions
from playground.services.unblu.auth import Answer, Auth, wants
from playground.services.unblu.bodies import (
    AddParticipantBody,
    ConversationV3Body,
    ConversationV4Body,
    EndBody,
    NewConversation,
    VisitorKind,
    read_body,
)
from playground.services.unblu.errors import ApiProblem, need_found
from playground.services.unblu.queries import Columns, search
from playground.services.unblu.records import Conversation, Json, Participant, Person, find
from playground.services.unblu.serializers import Serializers
from playground.services.unblu.state import State

_COLUMNS: Columns = {
    "SOURCE_ID": ("Id", lambda one: one.source_id),
    "EXTERNAL_MESSENGER_CHANNEL_ID": ("Id", lambda one: one.channel.id if one.channel else None),
    "CREATION_TIMESTAMP": ("Timestamp", lambda one: one.created_at.isoformat()),
    "PARTICIPANT_EXTERNAL_MESSENGER_CONTACT_ID": (
        "IdList",
        lambda one: [participant.contact.id for participant in one.participants if participant.contact],
    ),
}
_BY_AGENTS = {"CHAT_INVITE", "SCHEDULED_CONVERSATION"}


class ConversationRoutes:
    def __init__(self, state: State, auth: Auth, serializers: Serializers, actions: Actions) -> None:
        self._state = state
        self._auth = auth
        self._serializers = serializers
        self._actions = actions
        root = "/conversations"
        auth.add("POST", f"{root}/create", self.create_v4, to="v4", admin=False)
        auth.add("POST", f"{root}/create", self.create_v3, to="v3", admin=False)
        auth.add("GET", f"{root}/getBySourceIdAndChannelId", self.find_active, admin=False)
        auth.add_by_id("GET", f"{root}/{{id}}read", self.read, admin=False)
        auth.add("POST", f"{root}/search", self.search, admin=False)
        auth.add("POST", f"{root}/<uid>/end", self.end, admin=False)
        auth.add("POST", f"{root}/<uid>/addExternalParticipant", self.add_participant, to="v4")

    # --- beginning ---------------------------------------------------------------------------------------------------

    def create_v4(self) -> Json:
        body = read_body(ConversationV4Body)
        if not body.external_participants:
            raise ApiProblem(400, "there must be a participant or an external participant")
        if not body.external_messenger_channel_id:
            raise ApiProblem(400, "externalParticipants: only with an external messenger channel")
        made = self._prepare(body, body.recipient.id if body.recipient else None)
        made.visibility = body.conversation_visibility or "PRIVATE"
        for external in body.external_participants:
            made.participants.append(
                self._external(made, external.external_messenger_contact_id, external.participation_type)
            )
        return self._begin(made)

    def create_v3(self) -> Json:
        body = read_body(ConversationV3Body)
        made = self._prepare(body, body.recipient.id if body.recipient else None)
        for one in body.participants:
            external = bool(one.connected_via_external_messenger)
            if external and made.channel is None:
                raise ApiProblem(400, "connectedViaExternalMessenger: only with an external messenger channel")
            person = self._person(one.person_id)
            is_context = person.id == body.context_person_id
            made.participants.append(
                Participant(
                    person=person,
                    kind="CONTEXT_PERSON" if is_context else "SECONDARY_VISITOR",
                    external=external,
                    hidden=bool(one.hidden),
                    starred=bool(one.conversation_starred),
                )
            )
        if body.context_person_id and made.context() is None:
            raise ApiProblem(400, "contextPersonId: must be one of the participants")
        return self._begin(made)

    def _prepare(self, body: NewConversation, team: str | None) -> Conversation:
        state = self._state
        if not self._auth.is_admin() and body.initial_engagement_type not in _BY_AGENTS:
            raise ApiProblem(403, "the role ADMIN is required for a conversation that visitors begin")
        if team is not None and team not in state.teams:
            raise ApiProblem(404, f"recipient: there is no TEAM {team}")
        if body.initial_engagement_type == "CHAT_REQUEST":
            self._check_agents()
        channel = find(state.channels, body.external_messenger_channel_id)
        if body.external_messenger_channel_id and channel is None:
            raise ApiProblem(404, "externalMessengerChannelId: there is no such channel")
        if self._actions.is_taken(channel, body.source_id):
            raise ApiProblem(state.quirks.conflict_status, "sourceId: a conversation of this channel has it")
        return Conversation(
            id=state.make_id(),
            created_at=state.timeline.now(),
            engagement=body.initial_engagement_type,
            channel=channel,
            source_id=body.source_id,
            topic=body.topic,
            locale=body.locale or "en",
            team=team,
            metadata=body.metadata or {},
        )

    def _check_agents(self) -> None:
        """Unblu: a chat request does not work while no agents are online."""
        if not any(agent.online for agent in self._state.agents):
            raise ApiProblem(400, "no agents are available for a chat request")

    def _external(self, conversation: Conversation, contact_id: str, kind: VisitorKind) -> Participant:
        contact = find(self._state.contacts, contact_id)
        if contact is None or contact.channel is not conversation.channel:
            raise ApiProblem(404, "externalMessengerContactId: the channel has no such contact")
        if self._actions.is_busy(contact):
            raise ApiProblem(self._state.quirks.conflict_status, "the contact has an active conversation")
        return Participant(person=contact.person, kind=kind, external=True, contact=contact)

    def _person(self, uid: str) -> Person:
        return need_found(find(self._state.people, uid), f"participants: there is no person {uid}")

    def _begin(self, made: Conversation) -> Json:
        self._actions.begin(made)
        self._state.annotate("creates a conversation")
        return self._show(made)

    # --- afterwards --------------------------------------------------------------------------------------------------

    def find_active(self) -> Answer:
        source_id, channel = request.args.get("sourceId"), request.args.get("externalMessengerChannelId")
        for one in self._state.conversations:
            its_channel = one.channel.id if one.channel else None
            if not one.is_over and (one.source_id, its_channel) == (source_id, channel):
                if not self._auth.is_admin():
                    raise ApiProblem(403, "only people who take part in a conversation may see it")
                return self._show(one)
        if self._state.quirks.none_status == 204:
            return None
        raise ApiProblem(404, "there is no active conversation with this source id and channel")

    def read(self, uid: str) -> Json:
        return self._show(self._find(uid))

    def search(self) -> Json:
        """Ended ones are found too."""
        return search("Conversation", self._state.conversations, _COLUMNS, self._show)

    def end(self, uid: str) -> Json:
        conversation, body = self._find(uid), read_body(EndBody)
        if conversation.is_over:
            raise ApiProblem(self._state.quirks.ended_status, "the conversation has ended")
        self._actions.end(conversation, body.reason or "OTHER", comment=body.comment or "")
        return self._show(conversation)

    def add_participant(self, uid: str) -> Json:
        conversation, body = self._find(uid), read_body(AddParticipantBody)
        if conversation.channel is None:
            raise ApiProblem(400, "the conversation has no external messenger channel")
        if conversation.is_over:
            raise ApiProblem(self._state.quirks.ended_status, "the conversation has ended")
        added = self._external(conversation, body.external_messenger_contact_id, "SECONDARY_VISITOR")
        conversation.participants.append(added)
        return self._show(conversation)

    def _find(self, uid: str) -> Conversation:
        return need_found(find(self._state.conversations, uid), f"there is no conversation {uid}")

    def _show(self, conversation: Conversation) -> Json:
        return self._serializers.show_conversation(conversation, metadata=wants("metadata"))
