"""The nouns of the web chat: frozen values. Times are aware UTC datetimes, positions and revisions count from 1."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import unquote

from patchbay.domain.accounts import Secrets, Settings
from patchbay.domain.characters import read_whole_number
from patchbay.domain.feedback import FeedbackKind, is_wanted
from patchbay.domain.hazards import Hazard
from patchbay.domain.model import Attachment, Button, Card, Location, Postback, ReceiptState, Sender

SERVICE = "webchat"
TEXT_LIMIT = 4000
NAME_LIMIT = 256
#: What visitors can react with. Agents' side is free to use others.
REACTIONS = ("👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👎")
FOLDER = "media/"  #: of the store, and below the public address: what the bridge hosts is served from there
#: Where visitors' browsers put files. Nothing is served from there, and it is emptied after a day.
INCOMING = "incoming/"
_DAYS = 30
_MOST_DAYS = 3650
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One connection of the web chat, as a call finds it. `base` is the public address of everything we serve.

    `feedback` is what agents can be shown of the visitors' receipts and typing; None: not known, so all.
    """

    id: str
    webhook_token: str = field(repr=False)
    base: str = field(repr=False)
    settings: Settings = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets)
    feedback: frozenset[FeedbackKind] | None = None

    def wants(self, kind: FeedbackKind) -> bool:
        """Whether the bridge has use for it: otherwise nothing is reported."""
        return is_wanted(kind, self.feedback)

    def setting(self, name: str, default: str = "") -> str:
        return self.settings.get(name, "") or default

    @property
    def title(self) -> str:
        return self.setting("title", "Chat with us")

    @property
    def is_open(self) -> bool:
        """Whether visitors may write. A closed chat can be read and erased, and agents' words still arrive."""
        return self.setting("open", "yes") != "no"

    @property
    def retention(self) -> timedelta:
        days = self.setting("retention_days")
        return timedelta(days=read_whole_number(days, _MOST_DAYS) or _DAYS)

    def key_of(self, address: str | None) -> str | None:
        """Where a file with this address is in our store; None when it is not one of ours."""
        path = (address or "").removeprefix(f"{self.base}/")
        return unquote(path) if path.startswith(FOLDER) and path != address else None

    @property
    def origins(self) -> frozenset[str]:
        """The foreign origins whose pages may show the chat."""
        listed = (origin.strip().rstrip("/").lower() for origin in self.setting("allowed_origins").split(","))
        return frozenset(origin for origin in listed if _ORIGIN.fullmatch(origin))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One browser. Its id is a fingerprint of its token and the site's id, so that neither works for another."""

    id: str
    language: str = ""
    until: datetime
    revoked: bool = False


def fingerprint(site_id: str, token: str) -> str:
    return hashlib.sha256(f"{site_id}\n{token}".encode("utf-8", "surrogateescape")).hexdigest()


def name_chat(site_id: str, visitor: str, own_id: str) -> str:
    """The id of a visitor's chat: another visitor who chooses the same id, now or later, has another chat.

    Platforms know the contact by it, and may remember them for longer than we keep the chat.
    """
    return hashlib.sha256(f"{site_id}\n{visitor}\n{own_id}".encode()).hexdigest()[:24]


def name_begun(chat_id: str, key: str) -> str:
    """What its visitor calls a chat that the bridge begins beside theirs."""
    digest = hashlib.sha256(f"{chat_id}\n{key}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A message in a transcript: its place and its id.

    Where the bridge is to hear of it: `what` happened to it since it was told, and when a deleted one was written.
    `emoji` is the visitor's reaction, or the one that they took away, and `number` counts their reactions to it.
    """

    position: int
    id: str
    what: Literal["", "changed", "deleted", "reacted", "unreacted"] = ""
    at: datetime | None = None
    emoji: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """The head of a thread, which its visitor calls `own_id` and everybody else `id`.

    `version` rises with every save, `revision` when what the visitor sees has changed.
    `changes` are the latest revisions and the positions of what they changed. `reset_at` is the revision at which
    something was erased, `cleared` the position up to which everything was.
    `begun_as` is the name that it began with, "" while it has that one.
    `delivered` and `read` are positions up to which the visitor got and saw messages. `unreported` are messages of the
    visitor, and changes of them, that the bridge has not taken yet, in order. An `erased` chat is gone for everybody;
    what is left of it is being taken away.
    """

    site: str
    id: str
    own_id: str = ""
    visitor: str
    name: str
    begun_as: str = ""
    language: str = ""
    created_at: datetime
    updated_at: datetime
    until: datetime
    version: int = 0
    revision: int = 0
    last: int = 0
    changes: tuple[tuple[int, int], ...] = ()
    reset_at: int = 0
    cleared: int = 0
    preview: str = ""
    unread: int = 0
    last_theirs: Mark | None = None
    delivered: int = 0
    read: int = 0
    typing_name: str = ""
    typing_until: datetime | None = None
    typing_told_at: datetime | None = None
    unreported: tuple[Mark, ...] = ()
    erased: bool = False

    @property
    def person(self) -> str:
        """The same for the same name of the same visitor, whichever chat it is. A new name is no new person."""
        text = f"{self.visitor}\n{(self.begun_as or self.name).casefold().strip()}"
        return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReaction:
    """`name` is the agent's, "" where the platform does not say it."""

    emoji: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message in a transcript. `tapped` is the label of the button that was last tapped on it.

    `state` is about the visitor's messages: QUEUED until the bridge says more, and again after each of its `edits`.
    `reply_to` is the id of the message that it answers: of that one's words nothing is kept here. `reaction` is the
    visitor's, which they changed so many times (`reactions`), and `their_reactions` are those of agents, each with one.
    """

    id: str
    position: int = 0
    revision: int = 0
    mine: bool
    at: datetime
    until: datetime
    text: str = ""
    attachment: Attachment | None = None
    cards: tuple[Card, ...] = ()
    location: Location | None = None
    buttons: tuple[Button, ...] = ()
    sender: Sender | None = None
    state: ReceiptState = ReceiptState.QUEUED
    reason: str = ""
    tapped: str = ""
    tap: Postback | None = None
    edits: int = 0
    reply_to: str = ""
    reaction: str = ""
    reactions: int = 0
    their_reactions: tuple[AgentReaction, ...] = ()

    def files(self) -> list[Attachment]:
        images = [card.image for card in self.cards if card.image]
        return [*images, *([self.attachment] if self.attachment else [])]

    def choices(self) -> Iterator[tuple[str, Button]]:
        """Every button with the id that browsers know it by: "1", and on cards "0.1" (card, button)."""
        for number, button in enumerate(self.buttons):
            yield str(number), button
        for place, card in enumerate(self.cards):
            for number, button in enumerate(card.buttons):
                yield f"{place}.{number}", button


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that a visitor's browser was allowed to put into our store. `name` is as the visitor's device says it.

    Its form is good for some minutes, however often it is used: what lies under the key may be another file by now.
    """

    id: str
    chat: str
    token: str = field(repr=False)
    name: str
    content_type: str
    size: int
    until: datetime

    @property
    def key(self) -> str:
        """In the store, where nothing is served."""
        return f"{INCOMING}{self.token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Where a visitor's browser takes notifications, and the keys that only it can read them with.

    `key` is the public one of ours that it was made for: after a change of ours it takes nothing any more.
    """

    id: str
    endpoint: str = field(repr=False)
    browser_key: str = field(repr=False)
    auth: str = field(repr=False)
    key: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a browser posts, with the file as the last field, to put it into our store."""

    url: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file that arrived, in the version that was looked at.

    `name` and `content_type` are those of its content; `hazard` is why it is refused, None when it is not.
    """

    size: int
    version: str
    name: str
    content_type: str
    hazard: Hazard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """An open page of a visitor: a connection, by the name that the API gave it, and the ticket that opened it."""

    connection: str
    ticket: str
    since: datetime
    until: datetime
