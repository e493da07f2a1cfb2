"""What happens in chats, and the webhooks about it, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from playground.services.giosg.records import (
    DATA_TYPES,
    Agent,
    Chat,
    ChatType,
    Composing,
    Json,
    Member,
    MemberType,
    Message,
    Room,
    SenderType,
    Visitor,
)
from playground.services.giosg.serializers import Serializers
from playground.services.giosg.state import State
from playground.services.giosg.webhooks import Webhooks


class Actions:
    """Call these under the state's lock."""

    def __init__(self, state: State, serializers: Serializers, webhooks: Webhooks) -> None:
        self._state = state
        self._serializers = serializers
        self._webhooks = webhooks
        self._changing: list[Chat] = []

    # --- chats -------------------------------------------------------------------------------------------------------

    def open_chat(self, room: Room, visitor: Visitor | None, chat_type: ChatType, users: Sequence[Agent] = ()) -> Chat:
        """Agents do not see it before its first message."""
        state, now = self._state, self._state.timeline.now()
        chat = Chat(id=state.make_id(), type=chat_type, room=room, visitor=visitor, created_at=now, updated_at=now)
        state.chats[chat.id] = chat
        if visitor:
            chat.members[visitor.id] = self._make_member(visitor.id, "visitor")
        self._webhooks.send_chat(chat, "added", self._serializers.chat(chat))
        for member in chat.members.values():
            if state.quirks.reports_visitor_joins:
                self._webhooks.send_member(chat, member, "added", self._serializers.member(chat, member))
        for agent in users:
            self.join(chat, agent)
        return chat

    def end(self, chat: Chat) -> None:
        with self.changing(chat):
            chat.ended_at = self._state.timeline.now()
            chat.waiting_since = None

    def purge(self, chat: Chat) -> None:
        """Deletes the chat with all its messages."""
        del self._state.chats[chat.id]
        self._webhooks.send_chat(chat, "removed", {})

    def purge_message(self, chat: Chat, message: Message) -> None:
        with self.changing(chat):
            chat.messages.remove(message)
            self._webhooks.send_message(chat, message, "removed", {})

    def purge_content(self, chat: Chat) -> None:
        """The messages stay, without their content."""
        for message in chat.messages:
            if not (message.text or message.attachments or message.response):
                continue
            with self._reporting_message(chat, message):
                message.text, message.attachments, message.response = None, [], {}
                message.purged_at = self._state.timeline.now()

    # --- messages ----------------------------------------------------------------------------------------------------

    def write(
        self,
        chat: Chat,
        sender_type: SenderType,
        sender_id: str,
        text: str | None,
        *,
        kind: str = "msg",
        attachments: Sequence[Json] = (),
        response: Json | None = None,
    ) -> Message:
        state = self._state
        message = Message(
            id=state.make_id(),
            type=kind,
            created_at=state.timeline.now(),
            sender_type=sender_type,
            sender_id=sender_id,
            text=text,
            attachments=list(attachments),
            response=response or {},
        )
        with self.changing(chat):
            chat.messages.append(message)
            self._webhooks.send_message(chat, message, "added", self._serializers.message(chat, message))
            self._notice(chat, message)
        self._end_when_idle(chat)
        return message

    def _notice(self, chat: Chat, message: Message) -> None:
        """The author has read everything and types no longer. A visitor with no agent in the chat is waiting."""
        if message.type not in DATA_TYPES:
            return
        if message.sender_type == "visitor" and not chat.present_users and chat.waiting_since is None:
            chat.waiting_since = message.created_at
        member = chat.members.get(message.sender_id)
        if member:
            self.compose(chat, member, "idle")
            member.last_seen_at = message.created_at

    def _end_when_idle(self, chat: Chat) -> None:
        silence = self._state.quirks.closes_idle_after
        if chat.type != "visitor" or not silence:
            return
        last = chat.last_activity

        def end_if_idle() -> None:
            if chat.id in self._state.chats and not chat.is_ended and chat.last_activity == last:
                self.end(chat)

        self._state.later(silence, end_if_idle)

    # --- members -----------------------------------------------------------------------------------------------------

    def join(self, chat: Chat, agent: Agent) -> None:
        """An agent picks the chat up, or comes back. An agent who is a member stays one."""
        member = chat.members.get(agent.id)
        if member:
            self.participate(chat, member, on=True)
            return
        with self.changing(chat):
            member = chat.members[agent.id] = self._make_member(agent.id, "user")
            self._webhooks.send_member(chat, member, "added", self._serializers.member(chat, member))
            chat.waiting_since = None
            self.write(chat, "user", agent.id, None, kind="join")

    def participate(self, chat: Chat, member: Member, *, on: bool) -> None:
        """A member leaves, or comes back."""
        if member.is_participating == on:
            return
        with self.changing(chat):
            with self._reporting_member(chat, member):
                member.is_participating, member.composing = on, "idle"
            if on and member.type == "user":
                chat.waiting_since = None
            self.write(chat, member.type, member.id, None, kind="join" if on else "leave")

    def compose(self, chat: Chat, member: Member, status: Composing) -> None:
        with self._reporting_member(chat, member):
            member.composing = status

    def see(self, chat: Chat, member: Member) -> None:
        """They have read everything. Nothing is reported if there was nothing new."""
        if self._serializers.member(chat, member)["unread_message_count"]:
            with self._reporting_member(chat, member):
                member.last_seen_at = self._state.timeline.now()

    def _make_member(self, member_id: str, member_type: MemberType) -> Member:
        now = self._state.timeline.now()
        return Member(id=member_id, type=member_type, last_seen_at=now)

    # --- rooms -------------------------------------------------------------------------------------------------------

    @contextmanager
    def changing_rooms(self) -> Iterator[None]:
        """Reports the rooms that come online or go offline."""
        state = self._state
        before = [(room, self._serializers.room(room)) for room in state.rooms]
        yield
        for room, shown in before:
            if changed := _compare(shown, self._serializers.room(room)):
                self._webhooks.send_room(room, changed)

    # --- reporting changes: only the fields that differ -------------------------------------------------------------

    @contextmanager
    def changing(self, chat: Chat) -> Iterator[None]:
        """Reports once what has changed in the chat, after all that happens inside."""
        if chat in self._changing:
            yield
            return
        self._changing.append(chat)
        before = self._serializers.chat(chat)
        try:
            yield
        finally:
            self._changing.remove(chat)
        if changed := _compare(before, self._serializers.chat(chat)):
            chat.updated_at = self._state.timeline.now()
            changed["updated_at"] = self._serializers.time(chat.updated_at)
            self._webhooks.send_chat(chat, "changed", changed)

    @contextmanager
    def _reporting_member(self, chat: Chat, member: Member) -> Iterator[None]:
        with _compared(lambda: self._serializers.member(chat, member)) as changed:
            yield
        if changed:
            self._webhooks.send_member(chat, member, "changed", changed)

    @contextmanager
    def _reporting_message(self, chat: Chat, message: Message) -> Iterator[None]:
        with _compared(lambda: self._serializers.message(chat, message)) as changed:
            yield
        if changed:
            self._webhooks.send_message(chat, message, "changed", changed)


@contextmanager
def _compared(show: Callable[[], Json]) -> Iterator[Json]:
    """Fills the object that it gives with the fields that differ afterwards."""
    before, changed = show(), Json()
    yield changed
    changed.update(_compare(before, show()))


def _compare(before: Json, after: Json) -> Json:
    return {name: value for name, value in after.items() if before[name] != value}
