"""What happens in chats, in the order in which apps are told of it. To be called under the world's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from playground.services.giosg.world import World

_TYPED_LASTS = 60  #: seconds; then `typed` becomes `idle`


class Happenings:
    def __init__(self, world: World) -> None:
        self._world = world

    # --- chats -------------------------------------------------------------------------------------------------------

    def open_chat(self, room: Room, visitor: Visitor | None, chat_type: ChatType, users: Sequence[Agent] = ()) -> Chat:
        """Agents do not see it before somebody writes."""
        world, now = self._world, self._world.timeline.now()
        chat = Chat(id=world.make_id(), type=chat_type, room=room, visitor=visitor, created_at=now, updated_at=now)
        world.chats[chat.id] = chat
        if visitor:
            chat.members[visitor.id] = self._make_member(visitor.id, "visitor")
        world.teller.tell_chat(chat, "added", world.shapes.chat(chat))
        for member in chat.members.values():
            if world.habits.tells_visitor_joins:
                world.teller.tell_member(chat, member, "added", world.shapes.member(chat, member))
        for agent in users:
            self.join(chat, agent)
        return chat

    def end(self, chat: Chat) -> None:
        with self.changing(chat):
            chat.ended_at = self._world.timeline.now()
            chat.waiting_since = None

    def purge(self, chat: Chat) -> None:
        """The chat is gone for good, with all that was in it."""
        del self._world.chats[chat.id]
        self._world.teller.tell_chat(chat, "removed", {})

    def purge_message(self, chat: Chat, message: Message) -> None:
        with self.changing(chat):
            chat.messages.remove(message)
            self._world.teller.tell_message(chat, message, "removed", {})

    def purge_words(self, chat: Chat) -> None:
        """The messages stay, without what was said in them."""
        for message in chat.messages:
            if not (message.text or message.attachments or message.response):
                continue
            with self._telling_message(chat, message):
                message.text, message.attachments, message.response = None, [], {}
                message.purged_at = self._world.timeline.now()

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
        world = self._world
        message = Message(
            id=world.make_id(),
            type=kind,
            created_at=world.timeline.now(),
            sender_type=sender_type,
            sender_id=sender_id,
            text=text,
            attachments=list(attachments),
            response=response or {},
        )
        with self.changing(chat):
            chat.messages.append(message)
            world.teller.tell_message(chat, message, "added", world.shapes.message(chat, message))
            self._notice(chat, message)
        self._end_when_idle(chat)
        return message

    def _notice(self, chat: Chat, message: Message) -> None:
        """Who writes has read, and types no longer. A visitor whom no agent sees is waiting."""
        if message.type not in DATA_TYPES:
            return
        if message.sender_type == "visitor" and not chat.present_users and chat.waiting_since is None:
            chat.waiting_since = message.created_at
        member = chat.members.get(message.sender_id)
        if member:
            self.compose(chat, member, "idle")
            member.last_seen_at = message.created_at

    def _end_when_idle(self, chat: Chat) -> None:
        silence = self._world.habits.closes_idle_after
        if chat.type != "visitor" or not silence:
            return
        last = chat.last_activity

        def end_if_idle() -> None:
            with self._world.lock:
                if chat.id in self._world.chats and not chat.is_ended and chat.last_activity == last:
                    self.end(chat)

        self._world.timeline.later(silence, end_if_idle)

    # --- members -----------------------------------------------------------------------------------------------------

    def join(self, chat: Chat, agent: Agent) -> None:
        """An agent picks the chat up, or comes back. Who is in already stays in."""
        world, member = self._world, chat.members.get(agent.id)
        if member:
            self.participate(chat, member, on=True)
            return
        with self.changing(chat):
            member = chat.members[agent.id] = self._make_member(agent.id, "user")
            world.teller.tell_member(chat, member, "added", world.shapes.member(chat, member))
            chat.waiting_since = None
            self.write(chat, "user", agent.id, None, kind="join")

    def participate(self, chat: Chat, member: Member, *, on: bool) -> None:
        """A member leaves, or comes back."""
        if member.is_participating == on:
            return
        with self.changing(chat):
            with self._telling_member(chat, member):
                member.is_participating, member.composing = on, "idle"
            if on and member.type == "user":
                chat.waiting_since = None
            self.write(chat, member.type, member.id, None, kind="join" if on else "leave")

    def compose(self, chat: Chat, member: Member, status: Composing) -> None:
        world, now = self._world, self._world.timeline.now()
        with self._telling_member(chat, member):
            member.composing, member.composing_since = status, now
        if status != "typed":
            return

        def forget() -> None:
            with world.lock:
                if member.composing == "typed" and member.composing_since == now:
                    self.compose(chat, member, "idle")

        world.timeline.later(_TYPED_LASTS, forget)

    def see(self, chat: Chat, member: Member) -> None:
        """They have read all there is; nothing is told of when there was nothing new."""
        if self._world.shapes.member(chat, member)["unread_message_count"]:
            with self._telling_member(chat, member):
                member.last_seen_at = self._world.timeline.now()

    def _make_member(self, member_id: str, member_type: MemberType) -> Member:
        now = self._world.timeline.now()
        return Member(id=member_id, type=member_type, composing_since=now, last_seen_at=now)

    # --- rooms -------------------------------------------------------------------------------------------------------

    @contextmanager
    def changing_rooms(self) -> Iterator[None]:
        """Tells of the rooms that come online or go offline."""
        world = self._world
        before = [(room, world.shapes.room(room)) for room in world.rooms]
        yield
        for room, shown in before:
            if changed := _compare(shown, world.shapes.room(room)):
                world.teller.tell_room(room, changed)

    # --- telling of changes: only the fields that differ -------------------------------------------------------------

    @contextmanager
    def changing(self, chat: Chat) -> Iterator[None]:
        """Tells once what has become of the chat, after all that happens inside."""
        if chat in self._open:
            yield
            return
        self._open.append(chat)
        before = self._world.shapes.chat(chat)
        try:
            yield
        finally:
            self._open.remove(chat)
        if changed := _compare(before, self._world.shapes.chat(chat)):
            chat.updated_at = self._world.timeline.now()
            changed["updated_at"] = self._world.shapes.time(chat.updated_at)
            self._world.teller.tell_chat(chat, "changed", changed)

    @contextmanager
    def _telling_member(self, chat: Chat, member: Member) -> Iterator[None]:
        with _compared(lambda: self._world.shapes.member(chat, member)) as changed:
            yield
        if changed:
            self._world.teller.tell_member(chat, member, "changed", changed)

    @contextmanager
    def _telling_message(self, chat: Chat, message: Message) -> Iterator[None]:
        with _compared(lambda: self._world.shapes.message(chat, message)) as changed:
            yield
        if changed:
            self._world.teller.tell_message(chat, message, "changed", changed)

    @property
    def _open(self) -> list[Chat]:
        return self._world.changing_chats


@contextmanager
def _compared(show: Callable[[], Json]) -> Iterator[Json]:
    """Fills the object that it gives with the fields that differ afterwards."""
    before, changed = show(), Json()
    yield changed
    changed.update(_compare(before, show()))


def _compare(before: Json, after: Json) -> Json:
    return {name: value for name, value in after.items() if before[name] != value}
