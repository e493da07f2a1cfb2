"""A messenger and a platform on which people quote, react, correct and delete, and see it on the message itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Rejected
from patchbay.domain.events import MessageReceived, make_event_id
from patchbay.domain.model import Conversation, Delivered, Message, Part, Sender, Text
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.kit.abilities import DeletesMessages, EditsMessages, ShowsReactions
from patchbay.kit.capabilities import ChangeRule, ReactionRule
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import FakeService, Office, Pigeon, message_event, shown

DAY = 86_400.0
EMOJIS = frozenset({"👍", "❤️"})


class _Lively(FakeService, ShowsReactions, EditsMessages, DeletesMessages):
    """`quoted` is what each part answered, by its id here. `said` is what stands there now, by its id.
    `reacted` are the names of those who reacted."""

    def __init__(self) -> None:
        super().__init__()
        self.quoted: list[str] = []
        self.reactions: dict[str, str] = {}
        self.reacted: list[str] = []
        self.said: dict[str, str] = {}
        self.refuses = False

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        self.quoted.append(part.reply_to)
        return super().deliver(part, conversation, connection, http)

    def keep(self, thread: str, part: Part) -> None:
        super().keep(thread, part)
        self.said[self.ids[thread][-1]] = shown(part)

    def show_reaction(
        self,
        emoji: str,
        sender: Sender,
        message_id: str,
        conversation: Conversation,
        connection: Connection,
        http: Http,
    ) -> None:
        self._change(lambda: self.reactions.update({message_id: emoji}))
        self.reacted.append(sender.name or "")

    def edit_message(
        self, message_id: str, part: Part, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        if message_id not in self.said:
            raise Rejected("no message of that id")
        self._change(lambda: self.said.update({message_id: shown(part)}))

    def delete_messages(
        self, message_ids: Sequence[str], conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        for message_id in message_ids:
            self._change(partial(self.said.pop, message_id, None))

    def _change(self, change: Callable[[], object]) -> None:
        if self.refuses:
            raise Rejected("not this one")
        fault = self.next_fault()
        self.raise_before(fault)
        change()
        self.raise_after(fault)


class LivelyPigeon(_Lively, Pigeon):
    service = "pigeon"
    title = "Pigeon Post"
    capabilities = replace(
        Pigeon.capabilities,
        quotes=True,
        reactions=ReactionRule(emojis=EMOJIS),
        edits=ChangeRule(within=DAY),
        deletions=ChangeRule(within=DAY),
    )
    behavior = replace(Pigeon.behavior, reports_references=True)


class LivelyOffice(_Lively, Office):
    service = "office"
    title = "Office"
    capabilities = replace(
        Office.capabilities, quotes=True, reactions=ReactionRule(), edits=ChangeRule(), deletions=ChangeRule()
    )
    behavior = replace(Office.behavior, reports_references=True)


def say(bridge: Bridge, service: FakeService, name: str, text: str, reference: Reference | None = None) -> None:
    """Somebody writes on `service`, in answer to what `reference` names. Nothing of it is carried yet."""
    event = _message(bridge, service, name, text)
    bridge.queue.send([replace(event, message=replace(event.message, reply_to=reference))])


def change(
    bridge: Bridge, service: FakeService, name: str, what: Change, text: str = "", answers: Reference | None = None
) -> MessageReceived:
    """Somebody corrects (with `text`), deletes or reacts. `name` is the change's own."""
    event = _message(bridge, service, name, text)
    is_edit = what.kind is ChangeKind.EDIT
    message = Message(
        external_id=what.target.message_id if is_edit else "",
        sender=event.message.sender,
        content=(Text(text=text),) if is_edit else (),
        sent_at=event.message.sent_at,
        change=what,
        reply_to=answers,
    )
    event = replace(event, message=message)
    bridge.queue.send([event])
    return event


def refer(bridge: Bridge, service: FakeService, name: str, excerpt: str = "") -> Reference:
    """To the message `name` that was written on `service` itself."""
    origin = _message(bridge, service, name, "").origin
    return Reference(message_id=name, event_id=make_event_id("message", origin, name), excerpt=excerpt)


def _message(bridge: Bridge, service: FakeService, name: str, text: str) -> MessageReceived:
    thread = "asa" if service is bridge.messenger else "conversation-1"
    return message_event(service, thread, name, text, f"{service.service}-1", bridge.time.now())
