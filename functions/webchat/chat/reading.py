"""A visitor looks: what is new since last time, the whole transcript, or a page further back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from chat.context import ChatContext, Draft
from chat.errors import Refused, unavailable, unknown_message, unreadable
from chat.model import Chat, Entry, Mark, Site
from chat.ports import NotNotified
from chat.transcript import find_changed
from chat.writing import MessageWriter
from patchbay.domain.characters import read_whole_number
from patchbay.domain.feedback import FeedbackKind

PAGE = 200
_MINUTE = timedelta(minutes=1)
_MOST_SIGNALS = 60
TYPING_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`cursor` continues from here, `earlier` leads a page back from a `whole` page.

    `reset`: all that the browser has is out of date.
    """

    entries: Sequence[Entry] = ()
    cursor: str = ""
    earlier: str | None = None
    reset: bool = False
    whole: bool = False


#: Is asked before so many messages are read. Raises Refused.
type Admit = Callable[[int], None]


class TranscriptReader:
    def __init__(self, context: ChatContext) -> None:
        self._context = context

    def turn_back(self, chat: Chat, before: str, admit: Admit) -> Answer:
        """The page before."""
        last = _read_cursor(before, "p") - 1
        return self._page(chat, last, admit)

    def catch_up(self, site: Site, chat: Chat, after: str | None, admit: Admit) -> Answer:
        """What is new or changed. Nothing is read but the chat when nothing is."""
        answer = self._whole(chat, admit) if after is None else self._since(chat, _read_cursor(after, "r"), admit)
        if after is None and chat.unreported:
            self._tell_left_over(site, chat)
        self._note_delivered(site, chat)
        return answer

    def _since(self, chat: Chat, revision: int, admit: Admit) -> Answer:
        cursor = f"r{chat.revision}"
        if revision == chat.revision:
            return Answer(cursor=cursor)
        # A revision from the future is of another chat that had this id.
        if chat.reset_at > revision or revision > chat.revision:
            return replace(self._whole(chat, admit), reset=True)
        first = find_changed(chat, revision)
        if first is None or chat.last - first >= PAGE:
            return replace(self._whole(chat, admit), reset=True)
        admit(chat.last - first + 1)
        entries = [entry for entry in self._context.chats.entries(chat, first=first) if entry.revision > revision]
        return Answer(entries=entries, cursor=cursor)

    def _whole(self, chat: Chat, admit: Admit) -> Answer:
        return replace(self._page(chat, chat.last, admit), cursor=f"r{chat.revision}")

    def _page(self, chat: Chat, last: int, admit: Admit) -> Answer:
        admit(min(PAGE, last - chat.cleared))
        entries = self._context.chats.entries(chat, last=last, most=PAGE)
        more = len(entries) == PAGE and entries[0].position > chat.cleared + 1
        return Answer(entries=entries, earlier=f"p{entries[0].position}" if more else None, whole=True)

    def _tell_left_over(self, site: Site, chat: Chat) -> None:
        """A browser that went away before the bridge took its message may not post it again."""
        try:
            MessageWriter(self._context).tell(site, chat)
        except Refused as refused:
            self._context.warning("call refused", site, refused.code)

    def _note_delivered(self, site: Site, chat: Chat) -> None:
        """Every answer brings the browser up to date, so one look at the chat tells whether there is news."""
        mark = chat.last_theirs
        if mark is None or mark.position <= chat.delivered or not site.wants(FeedbackKind.DELIVERED):
            return
        if self._note("delivered", site, chat, mark):
            self._context.edit(site, chat, lambda chat: _deliver(chat, mark))

    def _note(self, kind: str, site: Site, chat: Chat, mark: Mark) -> bool:
        try:
            self._context.notes.receipt(site, chat, kind, mark.id, self._context.clock.now())
        except NotNotified:
            self._context.warning("note not taken", site, kind)
            return False
        return True

    # --- what visitors show by looking and typing --------------------------------------------------------------------

    def read(self, site: Site, chat: Chat, entry_id: str) -> None:
        """The visitor has seen everything up to a message."""
        self._admit_signal(site, chat)
        entry, used = self._context.chats.entry(chat, entry_id)
        if entry is None:
            if used:
                return
            raise unknown_message()
        mark = self._find_theirs(chat, entry)
        if mark is None or mark.position <= chat.read:
            return
        if site.wants(FeedbackKind.READ) and not self._note("read", site, chat, mark):
            raise unavailable()
        self._context.edit(site, chat, lambda chat: self._mark_read(chat, mark))

    def _admit_signal(self, site: Site, chat: Chat) -> None:
        self._context.admission.limit_here(site, chat.visitor, "signals", _MOST_SIGNALS, _MINUTE)
        self._context.admission.admit_signal(site)

    def _find_theirs(self, chat: Chat, entry: Entry) -> Mark | None:
        """The latest message to the visitor up to `entry`."""
        if chat.last_theirs is not None and chat.last_theirs.position <= entry.position:
            return chat.last_theirs
        entries = [entry] if not entry.mine else self._context.chats.entries(chat, last=entry.position)
        theirs = [Mark(position=one.position, id=one.id) for one in entries if not one.mine]
        return theirs[-1] if theirs else None

    def _mark_read(self, chat: Chat, mark: Mark) -> Draft | None:
        if mark.position <= chat.read:
            return None
        unread = 0
        if chat.last_theirs is not None and mark.position < chat.last_theirs.position:
            unread = sum(not entry.mine for entry in self._context.chats.entries(chat, first=mark.position + 1))
        delivered = max(chat.delivered, mark.position)
        return Draft(chat=replace(chat, read=mark.position, delivered=delivered, unread=unread))

    def type(self, site: Site, chat: Chat, typing: bool) -> None:
        """Told at most once in five seconds, and once more when it ends."""
        self._admit_signal(site, chat)
        if not site.wants(FeedbackKind.TYPING):
            return
        now = self._context.clock.now()
        took = False

        def decide(chat: Chat) -> Draft | None:
            nonlocal took
            told_at = chat.typing_told_at
            recent = told_at is not None and now - told_at < TYPING_EVERY
            took = not recent if typing else told_at is not None
            return Draft(chat=replace(chat, typing_told_at=now if typing else None)) if took else None

        chat = self._context.edit(site, chat, decide)
        if took:
            try:
                self._context.notes.typing(site, chat, typing, now)
            except NotNotified:
                self._context.warning("note not taken", site, "typing")


def _deliver(chat: Chat, mark: Mark) -> Draft | None:
    return Draft(chat=replace(chat, delivered=mark.position)) if mark.position > chat.delivered else None


def _read_cursor(text: str, kind: str) -> int:
    number = read_whole_number(text.removeprefix(kind)) if text.startswith(kind) else None
    if number is None:
        raise unreadable("This cursor is not valid. Send the request without it.")
    return number
