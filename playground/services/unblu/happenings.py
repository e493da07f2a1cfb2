"""What happens to conversations and their messages, whoever causes it, and who hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.services.unblu.outbox import Judged
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

if TYPE_CHECKING:
    from playground.services.unblu.world import World


class Happenings:
    """Call these under the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world

    # --- conversations -----------------------------------------------------------------------------------------------

    def is_taken(self, channel: Channel | None, source_id: str | None) -> bool:
        """Unblu: a source id is unique among a channel's active conversations; elsewhere it says, among all."""
        forever = self._world.habits.unique_forever
        return source_id is not None and any(
            one.channel is channel and one.source_id == source_id and (forever or not one.is_over)
            for one in self._world.conversations
        )

    def is_busy(self, contact: Contact) -> bool:
        """Whether the contact may have no further conversation: most channels allow one that is active."""
        return not contact.channel.fields.get("supportsMultipleConversationsPerContact") and any(
            participant.contact is contact
            for one in self._world.conversations
            if not one.is_over
            for participant in one.external()
        )

    def begin(self, conversation: Conversation) -> None:
        """It waits in the queue unless an agent is there already."""
        self._world.conversations.append(conversation)
        self._world.teller.publish_conversation("created", conversation)
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
            self._world.teller.publish_conversation("active", conversation)
        if conversation.channel is not None and conversation.channel not in self._world.channels:
            self.end(conversation, "EXTERNAL_CHANNEL_CLOSED")

    def end(self, conversation: Conversation, reason: str, person: Person | None = None, comment: str = "") -> None:
        conversation.state, conversation.end_reason = "ENDED", reason
        conversation.ended_at = self._world.timeline.now()
        self._world.teller.publish_end(conversation, person, comment)

    def join(self, conversation: Conversation, participant: Participant) -> None:
        conversation.participants.append(participant)

    # --- messages ----------------------------------------------------------------------------------------------------

    def make_message(self, kind: str, sender: Person | None, body: Json, *, fallback: str = "") -> Message:
        uid = self._world.make_id()
        return Message(
            id=uid,
            action_id=uid if self._world.generation == "v4" else self._world.make_id(),
            type=kind,
            sender=sender,
            at=self._world.timeline.now(),
            body=body,
            fallback=fallback or str(body.get("text") or body.get("value") or body.get("title") or ""),
        )

    def receive(self, conversation: Conversation, message: Message) -> None:
        """A message from the messenger. It is on the screen of whoever is online a little later."""
        world = self._world
        conversation.messages.append(message)
        world.teller.publish_message(conversation, message)

        def show() -> None:
            if any(agent.online for agent in world.agents):
                self.advance(conversation, message, "delivered")

        world.later(world.habits.read_delay, show)

    def read(self, conversation: Conversation) -> None:
        """An agent looks at the conversation."""
        for message in conversation.messages:
            if message.from_channel:
                self.advance(conversation, message, "read")

    def write(self, conversation: Conversation, message: Message) -> None:
        """A message of an agent, a bot or Unblu itself."""
        conversation.messages.append(message)
        self._world.teller.publish_message(conversation, message)
        self.dispatch(conversation, message)

    def dispatch(self, conversation: Conversation, message: Message) -> None:
        """Unblu sends the channel everything, what is internal or its own too; choosing is left to the receiver."""

        def conclude(judged: Judged) -> None:
            self._conclude(conversation, message, judged)

        if conversation.channel is not None and conversation.external():
            self._world.teller.tell_message(conversation.channel, conversation, message, conclude)

    def _conclude(self, conversation: Conversation, message: Message, judged: Judged) -> None:
        if judged.problem:
            if not message.reported:  # what our side said of the message itself counts for more
                message.fail(f"The messenger did not take the message: {judged.problem}", retryable=True)
            return
        message.external_id = judged.content.get("externalMessageId") or message.external_id
        if message.state == "failed" and "failed" not in message.reported:
            message.state, message.failure, message.retryable = "pending", "", False
        if conversation.channel is not None and not conversation.channel.states_external:
            self.advance(conversation, message, "read")

    def advance(self, conversation: Conversation, message: Message, state: MessageState) -> None:
        """Somebody on the other side got or read the message."""
        if not message.advance(state) or state not in {"delivered", "read"}:
            return
        wire_state = state.upper()
        self._world.teller.publish_state(conversation, message, wire_state)
        channel = conversation.channel
        if message.from_channel and channel is not None and channel.states_external:
            self._world.teller.tell_state(channel, conversation, message, wire_state)
