"""The bridge's side: what agents write and do reaches the chat."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from chat.bridge_requests import BridgeMessage, NewContent, NewState, OfferedButton, TheirReaction
from chat.context import ChatContext, Draft
from chat.errors import unknown_chat, unknown_message, unreadable
from chat.model import AgentReaction, Chat, Entry, Site
from chat.requests import Typing
from chat.responses import button_target, web_address
from chat.transcript import append, change, clear, remove, revise
from patchbay.domain.model import Attachment, Button, Card, Cards, Location, ReceiptState, Sender, Text
from patchbay.domain.names import read_name
from patchbay.domain.receipts import advances
from patchbay.kit.failures import FailureCode

TYPING_LASTS = timedelta(seconds=10)
_MOST_REACTIONS = 20  #: of agents on one message; of more, the latest are shown


class AgentActions:
    def __init__(self, context: ChatContext) -> None:
        self._context = context

    def find(self, site: Site, chat_id: str) -> Chat:
        """Raises Refused with 404."""
        chat = self._context.chats.chat(site.id, chat_id)
        if chat is None or chat.erased:
            raise unknown_chat()
        return chat

    def post(self, site: Site, chat: Chat, message: BridgeMessage) -> tuple[Entry, bool]:
        """The message, and whether it is new in the transcript: under the same key it is the same."""
        entry_id = "agent-" + hashlib.sha256(message.key.encode()).hexdigest()[:32]
        now = self._context.clock.now()
        entry, new = _compose(message, entry_id, now, now + site.retention), False

        def decide(chat: Chat) -> Draft | None:
            nonlocal entry, new
            _, used = self._context.chats.entry(chat, entry_id)
            new = not used
            if used:
                return None
            chat, entry = append(chat, entry, now, site.retention)
            return Draft(chat=chat, new=entry)

        self._context.keep(chat, self._context.edit(site, chat, decide))
        return entry, new

    def change(self, site: Site, chat: Chat, entry_id: str, new: NewContent) -> None:
        """Other content for one of our messages: the same again changes nothing. Raises Refused with 404."""
        old: list[Entry] = []

        def decide(chat: Chat) -> Draft | None:
            entry = self._find_entry(chat, entry_id)
            if entry.mine:
                raise unknown_message()
            changed = _fill(entry, new)
            old[:] = [entry] if changed != entry else []
            if changed == entry:
                return None
            chat, changed = revise(chat, changed)
            return Draft(chat=chat, changed=changed)

        chat = self._context.edit(site, chat, decide)
        self._context.forget_files(site, old, kept=self._find_entry(chat, entry_id) if old else None)

    def react(self, site: Site, chat: Chat, entry_id: str, new: TheirReaction) -> None:
        """The one reaction of an agent on a message; "" takes it away. Raises Refused with 404."""
        name = read_name(new.sender.name) or ""

        def decide(chat: Chat) -> Draft | None:
            entry = self._find_entry(chat, entry_id)
            others = tuple(one for one in entry.their_reactions if one.name != name)
            own = (AgentReaction(emoji=new.emoji, name=name),) if new.emoji else ()
            if set(own) == set(entry.their_reactions) - set(others):
                return None
            chat, entry = change(chat, replace(entry, their_reactions=(*others, *own)[-_MOST_REACTIONS:]))
            return Draft(chat=chat, changed=entry)

        self._context.edit(site, chat, decide)

    def _find_entry(self, chat: Chat, entry_id: str) -> Entry:
        entry, _ = self._context.chats.entry(chat, entry_id)
        if entry is None:
            raise unknown_message()
        return entry

    def move_state(self, site: Site, chat: Chat, entry_id: str, new: NewState) -> None:
        """How far a visitor's message got. Never backwards; a message that is gone is ignored."""
        state = ReceiptState(new.state)

        def decide(chat: Chat) -> Draft | None:
            entry, _ = self._context.chats.entry(chat, entry_id)
            if entry is None or not entry.mine or not advances(entry.state, state):
                return None
            reason = (new.reason or FailureCode.REFUSED) if state is ReceiptState.FAILED else ""
            chat, entry = change(chat, replace(entry, state=state, reason=reason))
            return Draft(chat=chat, changed=entry)

        self._context.edit(site, chat, decide)

    def type(self, site: Site, chat: Chat, typing: Typing) -> None:
        now = self._context.clock.now()
        until = now + TYPING_LASTS if typing.typing else None

        def decide(chat: Chat) -> Draft | None:
            if until is None and chat.typing_until is None:
                return None
            return Draft(chat=replace(chat, typing_until=until, typing_name=read_name(typing.name) or ""))

        self._context.edit(site, chat, decide)

    def erase_message(self, site: Site, chat: Chat, entry_id: str) -> None:
        gone: list[Entry] = []

        def decide(chat: Chat) -> Draft | None:
            entry, _ = self._context.chats.entry(chat, entry_id)
            gone[:] = [entry] if entry else []
            return Draft(chat=remove(chat, entry), gone=entry) if entry else None

        self._context.edit(site, chat, decide)
        self._context.forget_files(site, gone)

    def clear(self, site: Site, chat: Chat) -> None:
        """Erases the transcript. The visitor keeps the empty chat, and may write in it."""

        def decide(chat: Chat) -> Draft | None:
            return Draft(chat=clear(chat)) if chat.last > chat.cleared else None

        cleared = self._context.edit(site, chat, decide)
        self._context.forget_files(site, self._context.every_entry(replace(cleared, last=cleared.cleared, cleared=0)))
        self._context.forget_uploads(cleared)
        self._context.chats.sweep(cleared)
        self._context.info("transcript erased", site)


def _compose(message: BridgeMessage, entry_id: str, at: datetime, until: datetime) -> Entry:
    author = message.sender
    entry = Entry(
        id=entry_id,
        mine=False,
        at=at,
        until=until,
        sender=Sender(role=author.role, name=author.name),
        reply_to=message.reply_to,
    )
    return _fill(entry, message)


def _fill(entry: Entry, new: NewContent) -> Entry:
    """The entry with this content and nothing of what it had before."""
    buttons = tuple(_offer(button) for button in new.buttons)
    entry = replace(entry, text="", attachment=None, cards=(), location=None, buttons=buttons)
    match new.content:
        case Text(text=text):
            return replace(entry, text=text)
        case Attachment() as attachment:
            if web_address(attachment.url) is None:
                raise unreadable("An attachment needs a URL that browsers can open.")
            return replace(entry, attachment=attachment, text=attachment.caption)
        case Cards(cards=cards):
            return replace(entry, cards=tuple(_clean(card) for card in cards))
        case Location() as place:
            return replace(entry, location=place)


def _offer(button: OfferedButton | Button) -> Button:
    """A link that leads nowhere must not become a reply that can be tapped."""
    target = button_target(button.url)
    if button.url and target is None:
        raise unreadable("A button needs a URL that browsers can open.")
    return Button(label=button.label, payload=button.payload, url=target)


def _clean(card: Card) -> Card:
    return replace(card, buttons=tuple(_offer(button) for button in card.buttons))
