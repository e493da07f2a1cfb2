"""What happens to users, conversations and messages, whether an API call or a person causes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playground.services.freshchat.errors import invalid
from playground.services.freshchat.marketplace_app import MarketplaceApp
from playground.services.freshchat.records import Channel, Conversation, Message, User, WireParts
from playground.services.freshchat.serializers import Json
from playground.services.freshchat.state import State
from playground.services.freshchat.webhooks import Webhooks


class Actions:
    """Call these under the state's lock."""

    def __init__(self, state: State, webhooks: Webhooks, app: MarketplaceApp) -> None:
        self._state = state
        self._webhooks = webhooks
        self._app = app

    def _report(self, to_webhook: Callable[[], None], to_app: Callable[[], None]) -> None:
        """In both forms; those that are not set up hear nothing."""
        for report in (to_app, to_webhook) if self._state.quirks.app_first else (to_webhook, to_app):
            report()

    # --- conversations -----------------------------------------------------------------------------------------------

    def create_conversation(self, user: User, channel: Channel, group: str = "") -> Conversation:
        state = self._state
        number = f"1019{state.random.randrange(10**12):012d}"
        conversation = Conversation(
            id=state.make_id(),
            number=number,
            channel=channel,
            user=user,
            created_at=state.timeline.now(),
            group=group,
            interaction=self._make_interaction(number),
        )
        state.conversations.append(conversation)
        if not state.quirks.created_with_messages:
            self._app.hear_creation(conversation)
        return conversation

    def resolve(self, conversation: Conversation, agent: str) -> None:
        if conversation.status != "resolved":
            changes = {"status": (conversation.status, "resolved")}
            conversation.status = "resolved"
            self._report(
                lambda: self._webhooks.send_resolution(conversation, agent),
                lambda: self._app.hear_update(conversation, ("agent", agent), changes),
            )

    def reopen(self, conversation: Conversation, reopener: str, by: str) -> None:
        """`reopener` is "agent" or "user". Nothing happens unless the conversation is resolved."""
        if conversation.status == "resolved":
            conversation.status = "assigned" if conversation.agent else "new"
            conversation.interaction = self._make_interaction(conversation.number)
            changes = {"status": ("resolved", conversation.status)}
            self._report(
                lambda: self._webhooks.send_reopening(conversation, reopener, by),
                lambda: self._app.hear_update(conversation, (reopener, by), changes),
            )

    def assign(self, conversation: Conversation, agent: str) -> None:
        """`agent` is "" to assign the conversation to no agent."""
        before, status = (conversation.agent, conversation.group), conversation.status
        conversation.agent = agent
        conversation.status = "assigned" if agent else "new"
        changes: dict[str, tuple[object, object]] = {"assigned_agent_id": (before[0] or None, agent or None)}
        if conversation.status != status:
            changes["status"] = (status, conversation.status)
        by = agent or before[0]
        self._report(
            lambda: self._webhooks.send_assignment(conversation, by, before),
            lambda: self._app.hear_update(conversation, ("agent", by), changes),
        )

    def _make_interaction(self, number: str) -> str:
        return f"{number}-{int(self._state.timeline.now().timestamp() * 1000)}"

    # --- users and messages ------------------------------------------------------------------------------------------

    def create_user(self, profile: Json) -> User:
        now = self._state.timeline.now()
        user = User(id=self._state.make_id(), created_at=now, updated_at=now, profile=profile)
        self._state.users.append(user)
        return user

    def change_user(self, user: User, profile: Json) -> None:
        changes = {name: (user.profile.get(name), value) for name, value in profile.items()}
        user.profile.update(profile)
        user.updated_at = self._state.timeline.now()
        self._app.hear_user_update(user, changes)

    def accept_customer(self, conversation: Conversation) -> None:
        """Raises ApiError if the customer cannot write there any more."""
        resolved = conversation.status == "resolved"
        if not self._state.is_latest(conversation) or (resolved and self._state.quirks.resolved_refuses):
            raise invalid("the conversation is not the latest conversation of the user")
        self.reopen(conversation, "user", conversation.user.id)

    def write(
        self,
        conversation: Conversation,
        actor: tuple[str, str],
        parts: WireParts,
        message_type: str,
        source: str,
        *,
        reply_parts: WireParts | None = None,
        late: float = 0.0,
    ) -> Message:
        """`actor` is a type and an id; `late` the seconds until the message's files have an address."""
        state, now = self._state, self._state.timeline.now()
        message = Message(
            id=state.make_id(),
            actor_type=actor[0],
            actor_id=actor[1],
            message_type=message_type,
            message_parts=parts,
            reply_parts=reply_parts or [],
            created_at=now,
            source=source,
            complete_at=now + timedelta(seconds=late) if late else None,
        )
        conversation.messages.append(message)
        if state.quirks.created_with_messages and len(conversation.messages) == 1:
            self._app.hear_creation(conversation)
        at_once = state.quirks.echo_first and source == "api"
        self._report(
            lambda: self._webhooks.send_message(conversation, message, at_once=at_once),
            lambda: self._app.hear_message(conversation, message, at_once=at_once),
        )
        return message
