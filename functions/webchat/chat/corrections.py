"""A visitor reads one message of a chat again, reacts to it, changes their own words, or deletes their own message.

Agents have seen what was reported: what happens to it since then is reported too, in its place in the order.
"""

from __future__ import annotations

from dataclasses import replace

from chat.context import ChatContext, Draft
from chat.errors import Refused, erased, unavailable, unknown_message, unreadable
from chat.model import Chat, Entry, Site
from chat.transcript import amend, react, take_back
from chat.writing import MOST_UNTOLD, MessageWriter
from patchbay.domain.model import ReceiptState


class Corrections:
    def __init__(self, context: ChatContext, writing: MessageWriter) -> None:
        self._context = context
        self._writing = writing

    def find(self, chat: Chat, entry_id: str) -> Entry:
        """Raises Refused with 404."""
        entry, used = self._context.chats.entry(chat, entry_id)
        if entry is None:
            raise erased() if used else unknown_message()
        return entry

    def change(self, site: Site, chat: Chat, entry_id: str, text: str, source: str) -> Entry:
        """The message with its new words; asked again, it is the same and is reported once.

        Raises Refused with 503 when it is stored and the bridge did not take it: ask again.
        """
        words = text.strip()
        if not words:
            raise unreadable("A message cannot be empty. Delete it instead.")
        self._writing.admit(site, chat, source)
        changed = self.find(chat, entry_id)

        def decide(chat: Chat) -> Draft | None:
            nonlocal changed
            changed = _own(self.find(chat, entry_id))
            if changed.text == words:
                return None
            _check_changeable(chat, changed)
            entry = replace(changed, text=words, state=ReceiptState.QUEUED, reason="")
            chat, changed = amend(chat, entry)
            return Draft(chat=chat, changed=changed)

        self._writing.tell(site, self._context.edit(site, chat, decide))
        return changed

    def react(self, site: Site, chat: Chat, entry_id: str, emoji: str, source: str) -> Entry:
        """The message with the visitor's one reaction, whoever wrote it; "" takes that away.

        Asked again, it is the same and is reported once. Raises Refused as `change` does.
        """
        self._writing.admit(site, chat, source)
        changed = self.find(chat, entry_id)

        def decide(chat: Chat) -> Draft | None:
            nonlocal changed
            changed = self.find(chat, entry_id)
            if changed.reaction == emoji:
                return None
            if changed.mine and changed.state is ReceiptState.FAILED:
                raise Refused(409, "unchangeable", "Nobody has got this message. Write a new one.")
            _check_room(chat)
            chat, changed = react(chat, changed, emoji)
            return Draft(chat=chat, changed=changed)

        self._writing.tell(site, self._context.edit(site, chat, decide), {changed.id: changed})
        return changed

    def delete(self, site: Site, chat: Chat, entry_id: str, source: str) -> None:
        """With its file. One that is already gone is ignored. Raises Refused as `change` does."""
        self._writing.admit(site, chat, source)
        gone: list[Entry] = []

        def decide(chat: Chat) -> Draft | None:
            entry, used = self._context.chats.entry(chat, entry_id)
            gone[:] = [_own(entry)] if entry else []
            if entry is None:
                if used:
                    return None
                raise unknown_message()
            _check_room(chat)
            return Draft(chat=take_back(chat, entry), gone=entry)

        chat = self._context.edit(site, chat, decide)
        self._context.forget_files(site, gone)
        self._writing.tell(site, chat)


def _own(entry: Entry) -> Entry:
    if not entry.mine:
        raise Refused(403, "not_own", "You can change or delete only your own messages.")
    return entry


def _check_changeable(chat: Chat, entry: Entry) -> None:
    if entry.tap or entry.state is ReceiptState.FAILED:
        raise Refused(
            409, "unchangeable", "A pressed button or an undelivered message cannot be changed. Write a new message."
        )
    _check_room(chat)


def _check_room(chat: Chat) -> None:
    if len(chat.unreported) >= MOST_UNTOLD:
        raise unavailable()
