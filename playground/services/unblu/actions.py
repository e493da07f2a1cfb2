"""What happens to conversations and their messages, and the webhooks that report it."""

from __future__ import annotations

from playground.services.unblu.deliveries import CheckedAnswer
from playground.services.unblu.records import (
    Channel,
    Contact,
    Conversation,
    Json,
    Message,
    MessageState,
    Participant,
    Person,
)
from playground.services.unblu.state import State
from playground.services.unblu.webhooks import Webhooks

_SHOWN_AFTER = 0.3  #: seconds until a customer's message is on the agents' screens


class Actions:
    """Call these under the lock."""

    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    # --- conversations -----------------------------------------------------------------------------------------------

    def is_taken(self, channel: Channel | None, source_id: str | None) -> bool:
        """Unblu: a source id is unique among a channel's active conversations; another page has it unique among all."""
        forever = self._state.quirks.unique_forever
        return source_id is not None and any(
            one.channel is channel and one.source_id == source_id and (forever or not one.is_over)
            for one in self._state.conversations
        )

    def is_busy(self, contact: Contact) -> bool:
        """Whether the contact may have no further conversation: most channels allow one that is active."""
        return not contact.channel.fields.get("supportsMultipleConversationsPerContact") and any(
            participant.contact is contact
            for one in self._state.conversations
            if not one.is_over
            for participant in one.external()
        )

    def begin(self, conversation: Conversation) -> None:
        """It waits in the queue unless an agent is there already."""
        self._state.conversations.append(conversation)
        self._webhooks.publish_conversation("created", conversation)
        for participant in conversation.participants:
            if participant.kind == "ASSIGNED_AGENT":
                self._activate(conversation, participant.person)

    def accept(self, conversation: Conversation, agent: Person) -> None:
        """An agent takes the conversation, from the queue or from a colleague."""
        for participant in conversation.participants:
            if participant.kind == "ASSIGNED_AGENT" and participant.person is not agent:
                participant.kind = "SECONDARY_AGENT"
        if not any(one.person is agent and not one.gone for one in conversation.participants):
            conversation.participants.append(Participant(person=agent, kind="ASSIGNED_AGENT"))
        self._activate(conversation, agent)

    def _activate(self, conversation: Conversation, agent: Person) -> None:
        conversation.assignee = agent
        if conversation.state != "ACTIVE":
            conversation.state = "ACTIVE"
            self._webhooks.publish_conversation("active", conversation)
        if conversation.channel is not None and conversation.channel not in self._state.channels:
            self.end(conversation, "EXTERNAL_CHANNEL_CLOSED")

    def end(self, conversation: Conversation, reason: str, person: Person | None = None, comment: str = "") -> None:
        conversation.state, conversation.end_reason = "ENDED", reason
        conversation.ended_at = self._state.timeline.now()
        self._webhooks.publish_end(conversation, person, comment)

    def remove_channel(self, channel: Channel) -> None:
        """Its conversations stay as they are until they are activated again, and take no more messages."""
        self._state.channels.remove(channel)
        if not self._state.quirks.contacts_outlive_channel:
            self._state.contacts = [one for one in self._state.contacts if one.channel is not channel]

    # --- messages ----------------------------------------------------------------------------------------------------

    def make_message(self, kind: str, sender: Person | None, body: Json, *, fallback: str = "") -> Message:
        uid = self._state.make_id()
        return Message(
            id=uid,
            action_id=uid if self._state.generation == "v4" else self._state.make_id(),
            type=kind,
            sender=sender,
            at=self._state.timeline.now(),
            body=body,
            fallback=fallback or str(body.get("text") or body.get("value") or body.get("title") or ""),
        )

    def receive(self, conversation: Conversation, message: Message) -> None:
        """A message from the messenger. It is on the screens of agents who are online a little later."""
        state = self._state
        conversation.messages.append(message)
        self._webhooks.publish_message(conversation, message)

        def show() -> None:
            if any(agent.online for agent in state.agents):
                self.advance(conversation, message, "delivered")

        state.later(_SHOWN_AFTER, show)

    def read(self, conversation: Conversation) -> None:
        """An agent looks at the conversation."""
        for message in conversation.messages:
            if message.from_channel:
                self.advance(conversation, message, "read")

    def write(self, conversation: Conversation, message: Message) -> None:
        """A message of an agent, a bot or Unblu itself."""
        conversation.messages.append(message)
        self._webhooks.publish_message(conversation, message)
        self.dispatch(conversation, message)

    def dispatch(self, conversation: Conversation, message: Message) -> None:
        """Unblu sends the channel everything, what is internal or its own too; the receiver chooses."""

        def conclude(checked: CheckedAnswer) -> None:
            self._conclude(conversation, message, checked)

        if conversation.channel is not None and conversation.external():
            self._webhooks.send_message(conversation.channel, conversation, message, conclude)

    def _conclude(self, conversation: Conversation, message: Message, checked: CheckedAnswer) -> None:
        if checked.problem:
            if not message.reported:  # what our side reported about the message counts for more
                message.fail(f"The messenger did not take the message: {checked.problem}", retryable=True)
            return
        message.external_id = checked.content.get("externalMessageId") or message.external_id
        if message.state == "failed" and "failed" not in message.reported:
            message.state, message.failure, message.retryable = "pending", "", False
        if conversation.channel is not None and not conversation.channel.states_external:
            self.advance(conversation, message, "read")

    def advance(self, conversation: Conversation, message: Message, state: MessageState) -> None:
        """The other side got or read the message."""
        if not message.advance(state) or state not in {"delivered", "read"}:
            return
        wire_state = state.upper()
        self._webhooks.publish_state(conversation, message, wire_state)
        channel = conversation.channel
        if message.from_channel and channel is not None and channel.states_external:
            self._webhooks.send_state(channel, conversation, message, wire_state)
