"""What agents do, beside what they write."""

from __future__ import annotations

from playground.services.unblu.actions import Actions
from playground.services.unblu.deliveries import CheckedAnswer
from playground.services.unblu.errors import Refused
from playground.services.unblu.records import (
    Channel,
    Contact,
    Conversation,
    Generation,
    Json,
    Message,
    Participant,
    Person,
    find,
)
from playground.services.unblu.state import State
from playground.services.unblu.webhooks import Webhooks


class Desk(State):
    """Raises KeyError for what is unknown, Refused for what Unblu does not let an agent do."""

    actions: Actions
    webhooks: Webhooks

    # --- conversations -----------------------------------------------------------------------------------------------

    def accept(self, conversation: str, agent: str) -> None:
        with self.lock:
            self.actions.accept(self.find_open(conversation), self.find_agent(agent))

    def end(self, conversation: str, agent: str = "", comment: str = "") -> None:
        with self.lock:
            person = self.find_agent(agent) if agent else None
            self.actions.end(self.find_open(conversation), "ENDED_BY_PARTICIPANT", person, comment)

    def read(self, conversation: str) -> None:
        """An agent looks at the conversation."""
        with self.lock:
            self.actions.read(self.find_conversation(conversation))

    def set_online(self, agent: str, online: bool) -> None:
        with self.lock:
            self.find_agent(agent).online = online

    def resend(self, conversation: str, message: str) -> None:
        """The retry button below a message that failed for now. The message stays the same."""
        with self.lock:
            found = self.find_open(conversation)
            failed = self.find_message(found, message)
            if failed.state != "failed" or not failed.retryable:
                raise Refused("only a message that failed for the time being can be sent again")
            failed.state, failed.failure, failed.retryable = "pending", "", False
            self.actions.dispatch(found, failed)

    def set_generation(self, generation: str) -> None:
        """The server is replaced by one of the other generation; the account stays. Its v4 channels become v3 ones."""
        with self.lock:
            known: dict[str, Generation] = {"v4": "v4", "v3": "v3"}
            self.generation = known[generation]
            for channel in self.channels:
                if self.generation == "v3" and channel.api_version == "V4":
                    channel.fields["webhookApiVersion"] = "V3"
                    channel.version += 1

    # --- beginning ---------------------------------------------------------------------------------------------------

    def start_chat(self, agent: str, identifier: str, text: str, *, channel: str = "", name: str = "") -> str:
        """An agent writes first. The conversation's id.

        `identifier` is an address such as a phone number, or the id of a contact that Unblu knows. `channel` is an id
        or a name; "" stands for the first that lets agents start chats. Raises Refused with the text that the agent is
        shown.
        """
        with self.lock:
            author, through = self.find_agent(agent), self._find_outbound(channel)
            contact = next((one for one in self.contacts if one.id == identifier and one.channel is through), None)
            person = contact.person if contact else self.make_visitor(f"desk:{self.make_id()}", nickname=name)
        contact = contact or self._make_known(through, person, identifier)
        conversation = self._make_conversation(through, author, contact)
        self.write_text(conversation.id, agent, text)
        return conversation.id

    def _find_outbound(self, wanted: str) -> Channel:
        if self.generation == "v3":
            raise Refused("API v3 does not let agents start chats")
        for channel in self.channels:
            if wanted in {"", channel.id, channel.name} and channel.fields.get("outboundSupported"):
                if channel.status != "ACTIVE":
                    raise Refused("the channel is not active")
                return channel
        raise Refused("there is no channel that lets agents start chats")

    def _make_known(self, channel: Channel, person: Person, identifier: str) -> Contact:
        checked = self.webhooks.ask_for_contact(channel, person, identifier)
        with self.lock:
            content = _read_consent(checked)
            if content["type"] == "USE_EXISTING":
                existing = find(self.contacts, str(content.get("externalMessengerContactId")))
                if existing is None or existing.channel is not channel:
                    raise self._complain("the answer names a contact that the channel does not have")
                return existing
            source_id = content.get("sourceId")
            if not source_id:
                raise self._complain("the answer names no sourceId")
            if self.contact_of(channel, source_id):
                raise self._complain("the channel has a contact with this sourceId already")
            description = content.get("description")
            return self.make_contact(
                channel, source_id, person, name=content.get("name") or identifier, description=description
            )

    def _make_conversation(self, channel: Channel, agent: Person, contact: Contact) -> Conversation:
        checked = self.webhooks.ask_for_conversation(channel, agent, contact)
        with self.lock:
            content = _read_consent(checked)
            if content["type"] == "USE_EXISTING":
                return self._use_existing(channel, agent, str(content.get("conversationId")))
            source_id = content.get("sourceId")
            if not source_id or self.actions.is_taken(channel, source_id):
                raise self._complain("the answer's sourceId is missing or taken")
            if self.actions.is_busy(contact):
                raise self._complain("the contact has an active conversation, which the answer does not use")
            made = Conversation(
                id=self.make_id(),
                created_at=self.timeline.now(),
                engagement="CHAT_INVITE",
                channel=channel,
                source_id=source_id,
                topic=contact.name,
                locale="en",
                team=None,
                source_url=content.get("sourceUrl"),
                metadata=content.get("metadata") or {},
            )
            customer = Participant(person=contact.person, kind="CONTEXT_PERSON", external=True, contact=contact)
            made.participants += [Participant(person=agent, kind="ASSIGNED_AGENT"), customer]
            self.actions.begin(made)
            return made

    def _use_existing(self, channel: Channel, agent: Person, uid: str) -> Conversation:
        existing = find(self.conversations, uid)
        if existing is None or existing.channel is not channel or existing.is_over:
            raise self._complain("the answer names a conversation that the channel does not have")
        self.actions.accept(existing, agent)
        return existing

    def _complain(self, text: str) -> Refused:
        self.complaints.append(text)
        return Refused(f"The chat could not be started: {text}")

    def add_contact_to_conversation(self, conversation: str, contact: str) -> None:
        """A second person on the messenger. `contact` is a contact's id, in API v3 a person's."""
        with self.lock:
            found = self.find_open(conversation)
            known = find(self.contacts, contact)
            person = known.person if known else find(self.people, contact)
            if person is None:
                raise KeyError(contact)
            added = Participant(person=person, kind="SECONDARY_VISITOR", external=True, contact=known)
            found.participants.append(added)

    # --- writing -----------------------------------------------------------------------------------------------------

    def write_text(self, conversation: str, agent: str, text: str) -> str:
        return self.write(conversation, agent, "TEXT", {"text": text, "textType": "SIMPLE_TEXT", "quickReplies": None})

    def write(
        self,
        conversation: str,
        agent: str,
        kind: str,
        body: Json,
        *,
        fallback: str = "",
        internal: bool = False,
        answers: str = "",
    ) -> str:
        """The new message's id. Who writes to the customer takes the conversation."""
        with self.lock:
            found, author = self.find_open(conversation), self.find_agent(agent)
            message = self.actions.make_message(kind, author, body, fallback=fallback)
            message.internal = internal
            message.answers = self.find_message(found, answers) if answers else None
            self.actions.read(found)
            if not internal and found.assignee is None:
                self.actions.accept(found, author)
            self.actions.write(found, message)
            return message.id

    # --- finding -----------------------------------------------------------------------------------------------------

    def find_conversation(self, uid: str) -> Conversation:
        found = find(self.conversations, uid)
        if found is None:
            raise KeyError(uid)
        return found

    def find_open(self, uid: str) -> Conversation:
        found = self.find_conversation(uid)
        if found.is_over:
            raise Refused("the conversation has ended")
        return found

    def find_agent(self, uid: str) -> Person:
        found = find(self.agents, uid)
        if found is None:
            raise KeyError(uid)
        return found

    def find_message(self, conversation: Conversation, uid: str) -> Message:
        found = conversation.message(uid)
        if found is None:
            raise KeyError(uid)
        return found


def _read_consent(checked: CheckedAnswer) -> Json:
    """The answer, if it is one to go on with. Raises Refused with our side's own text where it has one."""
    if checked.problem:
        raise Refused(f"The messenger did not answer as it should: {checked.problem}")
    content = checked.content
    if content["type"] not in {"CREATE", "USE_EXISTING"}:
        raise Refused(str(content.get("errorText") or "The messenger refused"))
    return content
