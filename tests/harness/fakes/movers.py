"""A messenger whose people get other ids, and what it says about that."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Moved
from patchbay.domain.events import ThreadMoved, make_event_id
from patchbay.domain.model import Conversation, Delivered, Part
from patchbay.kit.abilities import EndsConversations
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Office, Pigeon, message_event, shown


class MovingPigeon(Pigeon):
    """`moved`: where threads are by now. What is sent to their old ids is refused."""

    behavior = replace(Pigeon.behavior, reports_references=True)

    def __init__(self) -> None:
        super().__init__()
        self.moved: dict[str, str] = {}
        self.refused: list[str] = []

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        there = self.moved.get(conversation.external_id)
        if there:
            self.refused.append(conversation.external_id)
            raise Moved(there)
        return super().deliver(part, conversation, connection, http)


class EndingOffice(Office, EndsConversations):
    """It shows which of its messages one answers: `answers` has the text, and the id of the other one."""

    capabilities = replace(Office.capabilities, quotes=True)

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[str] = []
        self.answers: list[tuple[str, str]] = []

    def keep(self, thread: str, part: Part) -> None:
        super().keep(thread, part)
        if part.reply_to:
            self.answers.append((shown(part), part.reply_to))

    def end_conversation(self, reason: str, conversation: Conversation, connection: Connection, http: Http) -> None:
        self.ended.append(conversation.external_id)


def make_bridge() -> Bridge:
    return Bridge(messenger=MovingPigeon(), platform=EndingOffice())


def writes(
    bridge: Bridge, text: str, thread: str, *aliases: str, at: datetime | None = None, message_id: str = ""
) -> None:
    event = message_event(
        bridge.messenger, thread, message_id or f"m:{text}", text, "pigeon-1", at or bridge.time.now()
    )
    bridge.queue.send([replace(event, aliases=aliases)])


def moves(bridge: Bridge, old: str, new: str, *aliases: str, at: datetime | None = None) -> None:
    origin = message_event(bridge.messenger, old, "x", "x", "pigeon-1").origin
    when = at or bridge.time.now()
    event = ThreadMoved(
        id=make_event_id("move", origin, old, new, when.isoformat()),
        origin=origin,
        thread=old,
        occurred_at=when,
        moved_to=new,
        aliases=aliases,
    )
    bridge.queue.send([event])
