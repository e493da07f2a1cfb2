"""What a chat becomes when something happens in it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chat.model import Chat, Entry, Mark
from patchbay.domain.model import ReceiptState
from patchbay.domain.text import cut_text

_KEPT_CHANGES = 40
_PREVIEW = 100  #: characters


def append(chat: Chat, entry: Entry, now: datetime, retention: timedelta) -> tuple[Chat, Entry]:
    """The chat with `entry` as its latest message, and the entry at its place."""
    placed = replace(entry, position=chat.last + 1, revision=chat.revision + 1)
    mark = Mark(position=placed.position, id=placed.id)
    chat = _note_change(chat, placed)
    chat = replace(chat, last=placed.position, updated_at=now, until=now + retention, preview=describe(placed))
    if placed.mine:
        return replace(chat, unreported=(*chat.unreported, mark)), placed
    return replace(chat, last_theirs=mark, unread=chat.unread + 1, typing_until=None), placed


def change(chat: Chat, entry: Entry) -> tuple[Chat, Entry]:
    """The chat after `entry`, which is in it already, became what it is now."""
    changed = replace(entry, revision=chat.revision + 1)
    return _note_change(chat, changed), changed


def remove(chat: Chat, entry: Entry) -> Chat:
    """Without `entry`: browsers must throw away what they have."""
    unseen = not entry.mine and entry.position > chat.read
    return replace(
        _reset(chat),
        unread=max(chat.unread - unseen, 0),
        preview="" if entry.position == chat.last else chat.preview,
        unreported=tuple(mark for mark in chat.unreported if mark.id != entry.id),
    )


def revise(chat: Chat, entry: Entry) -> tuple[Chat, Entry]:
    """The chat after the author of `entry` has changed what it says, and the entry at its place."""
    chat, changed = change(chat, replace(entry, edits=entry.edits + 1))
    preview = describe(changed) if entry.position == chat.last else chat.preview
    return replace(chat, preview=preview), changed


def amend(chat: Chat, entry: Entry) -> tuple[Chat, Entry]:
    """The same for an `entry` of the visitor, which is reported to the bridge.

    The change is told in any case: it is not certain whether the bridge has just taken the text before it.
    """
    waits = any(mark.id == entry.id and mark.what == "changed" for mark in chat.unreported)
    chat, changed = revise(chat, entry)
    mark = Mark(position=entry.position, id=entry.id, what="changed")
    return replace(chat, unreported=chat.unreported if waits else (*chat.unreported, mark)), changed


def react(chat: Chat, entry: Entry, emoji: str) -> tuple[Chat, Entry]:
    """The chat after its visitor has put another reaction on `entry`, or taken theirs away ("").

    Each is reported, in order. A reaction stands in place of the one before, of which nothing more is said.
    """
    chat, changed = change(chat, replace(entry, reaction=emoji, reactions=entry.reactions + 1))
    mark = Mark(
        position=entry.position,
        id=entry.id,
        what="reacted" if emoji else "unreacted",
        emoji=emoji or entry.reaction,
        number=changed.reactions,
    )
    return replace(chat, unreported=(*chat.unreported, mark)), changed


def take_back(chat: Chat, entry: Entry) -> Chat:
    """The chat after its visitor has deleted `entry`, whose words are told no more.

    Of what was refused, agents got nothing and hear nothing.
    """
    chat = remove(chat, entry)
    if entry.state is ReceiptState.FAILED and not entry.edits:
        return chat
    mark = Mark(position=entry.position, id=entry.id, what="deleted", at=entry.at)
    return replace(chat, unreported=(*chat.unreported, mark))


def clear(chat: Chat) -> Chat:
    """Without its whole transcript. Positions go on, so that nothing new takes the place of what was."""
    return replace(
        _reset(chat), cleared=chat.last, preview="", unread=0, last_theirs=None, unreported=(), typing_until=None
    )


def describe(entry: Entry) -> str:
    """One line for the list of chats: words of the message itself, or of what it shows."""
    card = (entry.cards[0].title or entry.cards[0].text) if entry.cards else ""
    name = entry.attachment.name if entry.attachment else ""
    label = entry.location.label if entry.location else ""
    return cut_text(" ".join((entry.text or card or name or label).split()), _PREVIEW)


def find_changed(chat: Chat, since: int) -> int | None:
    """The first position that changed after the revision `since`; None when that is too long ago to know."""
    newer = [position for revision, position in chat.changes if revision > since]
    return min(newer) if len(newer) == chat.revision - since else None


def _note_change(chat: Chat, entry: Entry) -> Chat:
    changes = (*chat.changes, (entry.revision, entry.position))[-_KEPT_CHANGES:]
    return replace(chat, revision=entry.revision, changes=changes)


def _reset(chat: Chat) -> Chat:
    return replace(chat, revision=chat.revision + 1, reset_at=chat.revision + 1, changes=())
