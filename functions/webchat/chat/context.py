"""What every use case of the web chat works with, and the two ways in which each of them touches a chat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from chat.admission import Admission
from chat.errors import too_many, unknown_chat, unknown_token
from chat.live import LiveUpdates
from chat.model import SERVICE, Chat, Entry, Site, Visitor, fingerprint, name_chat
from chat.ports import Chats, Files, PushServices, Subscriptions, Visitors
from chat.push import Presence
from chat.webhooks import Notes
from patchbay.bridge.ports import Clock, Telemetry
from patchbay.domain.errors import Conflict

_TOKEN = re.compile(r"Bearer ([A-Za-z0-9_-]{43})", re.IGNORECASE)
_CHAT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A chat is written to by one person's tabs and by one dispatcher at a time: losing this often means a storm.
_ATTEMPTS = 20
_STORM = 1  #: seconds that such a caller is asked to wait
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A chat as it is to be saved, with the entries that change with it."""

    chat: Chat
    new: Entry | None = None
    changed: Entry | None = None
    gone: Entry | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is there afterwards and was not, or not so, before."""
        return tuple(entry for entry in (self.new, self.changed) if entry is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatContext:
    visitors: Visitors
    chats: Chats
    files: Files
    admission: Admission
    notes: Notes
    live: LiveUpdates
    subscriptions: Subscriptions
    push_services: PushServices
    presence: Presence
    clock: Clock
    telemetry: Telemetry

    def edit(self, site: Site, chat: Chat, decide: Callable[[Chat], Draft | None], *, erased: bool = False) -> Chat:
        """The chat after what `decide` makes of it, which is called again with the current chat if that was changed.

        `chat` is what was read last. Nothing is written when the decision is None. Raises Refused for a chat that is
        gone; `erased` lets erased ones pass.
        """
        present: Chat | None = chat
        for _ in range(_ATTEMPTS):
            if present is None or (present.erased and not erased):
                raise unknown_chat()
            draft = decide(present)
            if draft is None:
                return present
            try:
                saved = self.chats.save(draft.chat, new=draft.new, changed=draft.changed, gone=draft.gone)
            except Conflict:
                present = self.chats.chat(site.id, chat.id)
                continue
            if self.live.announce(present, saved, draft.entries):
                self.presence.note(saved.visitor, self.clock.now())
            return saved
        raise too_many(_STORM)  # not 5xx: one visitor who writes everywhere at once is no failure of ours

    def keep(self, before: Chat, after: Chat) -> None:
        """Keeps the visitor as long as the chat, which a message has prolonged: looked at once a day."""
        if after.updated_at.date() != before.updated_at.date():
            self.visitors.renew(after)

    def identify(self, site: Site, authorization: str) -> str:
        """The visitor's id, which is not known to exist yet. Raises Refused with 401."""
        match = _TOKEN.fullmatch(authorization.strip())
        if match is None:
            raise unknown_token()
        return fingerprint(site.id, match[1])

    def visitor(self, site: Site, visitor_id: str) -> Visitor:
        """Raises Refused with 401 for a visitor that is unknown or revoked."""
        visitor = self.visitors.visitor(site.id, visitor_id)
        if visitor is None or visitor.revoked:
            raise unknown_token()
        return visitor

    def own_chat(self, site: Site, visitor_id: str, chat_id: str, *, erased: bool = False) -> Chat:
        """One read when it is the visitor's, by the id that they gave it: other people's chats are not found by it."""
        name = name_chat(site.id, visitor_id, chat_id)
        chat = self.chats.chat(site.id, name) if _CHAT_ID.fullmatch(chat_id) else None
        if chat is not None and chat.visitor == visitor_id and (erased or not chat.erased):
            return chat
        self.visitor(site, visitor_id)
        raise unknown_chat()

    def forget_files(self, site: Site, entries: Iterable[Entry], kept: Entry | None = None) -> None:
        """Takes the files of erased messages out of our store, but those that the message has which is `kept`."""
        stays = {file.url for file in kept.files()} if kept else set()
        for entry in entries:
            for file in entry.files():
                key = site.key_of(file.url)
                if key is not None and file.url not in stays:
                    self.files.remove(key)

    def forget_uploads(self, chat: Chat) -> None:
        """Takes away what a visitor uploaded and never posted, or uploaded again."""
        for upload in self.chats.uploads(chat):
            self.files.remove(upload.key)

    def every_entry(self, chat: Chat) -> Iterator[Entry]:
        """The whole transcript, latest first."""
        last = chat.last
        while entries := self.chats.entries(chat, last=last, most=_PAGE):
            yield from reversed(entries)
            last = entries[0].position - 1

    def info(self, what: str, site: Site, reason: str = "") -> None:
        self.telemetry.info(f"webchat {what}", service=SERVICE, endpoint=site.id, reason=reason or None)

    def warning(self, what: str, site: Site, reason: str) -> None:
        """The same for what went wrong."""
        self.telemetry.warning(f"webchat {what}", service=SERVICE, endpoint=site.id, reason=reason)
