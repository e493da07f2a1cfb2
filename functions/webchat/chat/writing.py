"""A visitor writes: words, files, taps on buttons. Stored first, then told, so that nothing is lost between the two."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chat.admission import LEAST_UPLOAD, MESSAGES, UPLOADS
from chat.attachments import AttachmentIntake, check_hazard, choose_type
from chat.context import ChatContext, Draft
from chat.errors import Refused, erased, unavailable, unreadable
from chat.model import Chat, Entry, Form, Mark, Site, Upload
from chat.ports import NotNotified
from chat.requests import ButtonPress, NewMessage, NewUpload
from chat.transcript import append, change
from patchbay.domain.model import Attachment, Postback

MOST_BYTES = 20 * 1024 * 1024
_MINUTE = timedelta(minutes=1)
_MOST_MESSAGES, _MOST_UPLOADS = 30, 10
MOST_UNTOLD = 100
UPLOAD_TIME = timedelta(hours=1)


class MessageWriter:
    def __init__(self, context: ChatContext) -> None:
        self._context = context

    def post(self, site: Site, chat: Chat, message: NewMessage, source: str) -> tuple[Entry, bool]:
        """The message in the transcript, and whether it is new: posted again, it is the same and is reported once.

        Raises Refused with 503 when it is stored and the bridge did not take it: post it again.
        """
        self.admit(site, chat, source)
        posting = _Posting(self._context, site, message)
        posted = posting.run(chat)
        self._context.keep(chat, posted)
        self.tell(site, posted, {entry.id: entry for entry in (posting.entry, posting.answered) if entry})
        return posting.entry, posting.new

    def admit(self, site: Site, chat: Chat, source: str) -> None:
        """Counts a message, or what costs as much. Raises Refused with 429."""
        self._context.admission.limit(site, chat.visitor, "messages", _MOST_MESSAGES, _MINUTE)
        self._context.admission.admit(site, source, MESSAGES)

    def tell(self, site: Site, chat: Chat, known: Mapping[str, Entry] | None = None) -> None:
        """Tells the bridge what it has not taken yet, in order: a message never overtakes an earlier one.

        Told twice by two calls at once it is one message, by its id. `known` are entries that need not be read.
        """
        told: set[Mark] = set()
        try:
            for mark in chat.unreported:
                self._tell_one(site, chat, mark, known or {})
                told.add(mark)
        except NotNotified:
            self._context.warning("note not taken", site, "message")
            raise unavailable() from None
        finally:
            if told:
                self._context.edit(site, chat, lambda chat: _without_reported(chat, told))

    def _tell_one(self, site: Site, chat: Chat, mark: Mark, known: Mapping[str, Entry]) -> None:
        notes, now = self._context.notes, self._context.clock.now()
        if mark.what == "deleted":
            notes.deleted(site, chat, mark, now)
            return
        entry = self._find(chat, mark.id, known)
        match mark.what:
            case _ if entry is None:
                return
            case "reacted" | "unreacted":
                notes.reaction(site, chat, entry, mark, now)
            case "changed":
                notes.changed(site, chat, entry, now)
            case _:
                answered = self._find(chat, entry.reply_to, known) if entry.reply_to else None
                notes.message(site, chat, entry, answered, now)

    def _find(self, chat: Chat, entry_id: str, known: Mapping[str, Entry]) -> Entry | None:
        return known.get(entry_id) or self._context.chats.entry(chat, entry_id)[0]

    def offer_upload(self, site: Site, chat: Chat, new: NewUpload, source: str) -> tuple[Upload, Form]:
        if new.size > MOST_BYTES:
            raise Refused(413, "too_large", f"A file can be at most {MOST_BYTES // 1024**2} MB.")
        check_hazard(self._context.files.judge(new.name))
        content_type = choose_type(self._context.files.read_types(new.type, new.name))
        self._context.admission.limit(site, chat.visitor, "uploads", _MOST_UPLOADS, _MINUTE)
        self._context.admission.admit(site, source, UPLOADS, max(new.size, LEAST_UPLOAD))
        upload = Upload(
            id=secrets.token_urlsafe(16),
            chat=chat.id,
            token=secrets.token_urlsafe(32),
            name=new.name,
            content_type=content_type,
            size=new.size,
            until=self._context.clock.now() + UPLOAD_TIME,
        )
        self._context.chats.save_upload(site.id, upload)
        return upload, self._context.files.offer(upload)


@dataclass(slots=True)
class _Posting:
    """One message on its way into the transcript, however often the chat changes meanwhile."""

    context: ChatContext
    site: Site
    message: NewMessage
    new: bool = False
    entry: Entry = field(init=False)  #: in the transcript, once it was decided on
    answered: Entry | None = None  #: the message that it quotes
    file: AttachmentIntake = field(init=False)

    def __post_init__(self) -> None:
        self.file = AttachmentIntake(self.context, self.site, self.message.upload)

    def run(self, chat: Chat) -> Chat:
        """The chat with the message in it."""
        try:
            posted = self.context.edit(self.site, chat, self.decide)
        except Refused:  # of other failures it is not known whether the message was stored
            self.file.end(None)
            raise
        self.file.end(self.entry)
        return posted

    def decide(self, chat: Chat) -> Draft | None:
        found, used = self.context.chats.entry(chat, self.message.id)
        self.new = found is None
        if found is not None:
            self.entry = found
            return None
        if used:
            raise erased()
        if len(chat.unreported) >= MOST_UNTOLD:
            raise unavailable()
        now = self.context.clock.now()
        if self.message.tap:
            return self._tap(chat, self.message.tap, now)
        entry = self._compose(chat, now)
        chat, self.entry = append(chat, entry, now, self.site.retention)
        return Draft(chat=chat, new=self.entry)

    def _compose(self, chat: Chat, now: datetime) -> Entry:
        text = self.message.text.strip()
        if not (text or self.message.upload):
            raise unreadable("A message needs a text, an upload or a pressed button.")
        attachment = self.file.attach(chat) if self.message.upload else None
        return replace(self._entry(now, text, attachment), reply_to=self._find_answered(chat))

    def _find_answered(self, chat: Chat) -> str:
        """Its id, also if it was deleted meanwhile. For one that never was there no words are refused."""
        if not self.message.reply_to:
            return ""
        self.answered, used = self.context.chats.entry(chat, self.message.reply_to)
        return self.message.reply_to if used else ""

    def _entry(
        self, now: datetime, text: str, attachment: Attachment | None = None, tap: Postback | None = None
    ) -> Entry:
        until = now + self.site.retention
        return Entry(id=self.message.id, mine=True, at=now, until=until, text=text, attachment=attachment, tap=tap)

    def _tap(self, chat: Chat, tapping: ButtonPress, now: datetime) -> Draft:
        """The choice as a message, and the mark on what offered it."""
        offer, _ = self.context.chats.entry(chat, tapping.message)
        choices = dict(offer.choices()) if offer and not offer.mine else {}
        button = choices.get(tapping.button)
        if offer is None or button is None:
            raise Refused(404, "unknown_button", "This button does not exist or has expired.")
        if button.url:
            raise unreadable("This button is a link. Open it instead.")
        chat, changed = change(chat, replace(offer, tapped=button.label))
        tap = Postback(label=button.label, payload=button.payload)
        chat, self.entry = append(chat, self._entry(now, button.label, tap=tap), now, self.site.retention)
        return Draft(chat=chat, new=self.entry, changed=changed)


def _without_reported(chat: Chat, told: set[Mark]) -> Draft | None:
    unreported = tuple(mark for mark in chat.unreported if mark not in told)
    return None if unreported == chat.unreported else Draft(chat=replace(chat, unreported=unreported))
