"""The web chat's stores in memory, for tests and for playing."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chat.admission import Admission
from chat.aws.inspection import (
    inspect,
    judge_name,
    list_extensions,
    make_fields,
    make_key,
    read_types,
)
from chat.context import ChatContext
from chat.live import LiveUpdates
from chat.model import FOLDER, Chat, Entry, Form, Listener, Stored, Subscription, Upload, Visitor
from chat.ports import (
    MOST_CHATS,
    Bridge,
    Chats,
    Files,
    Listeners,
    PushServices,
    Subscriptions,
    Visitors,
)
from chat.push import Presence
from chat.webhooks import Notes
from patchbay.bridge.ports import Clock, Telemetry
from patchbay.bridge.quotas import LocalLimits
from patchbay.domain.errors import Conflict
from patchbay.domain.hazards import Hazard
from playground.services.webchat.outside import NoPushServices

_FORM_TIME = timedelta(minutes=15)


@dataclass(slots=True)
class _Thread:
    chat: Chat
    entries: dict[int, Entry] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)


class MemoryStore(Visitors, Chats, Listeners, Subscriptions):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._visitors: dict[tuple[str, str], Visitor] = {}
        self._threads: dict[tuple[str, str], _Thread] = {}
        self._listeners: dict[tuple[str, str], dict[str, Listener]] = {}
        self._subscriptions: dict[tuple[str, str], dict[str, Subscription]] = {}
        self._lock = threading.RLock()

    # --- visitors ----------------------------------------------------------------------------------------------------

    def visitor(self, site: str, visitor: str) -> Visitor | None:
        known = self._visitors.get((site, visitor))
        return known if known and self._lives(known.until) else None

    def save_visitor(self, site: str, visitor: Visitor) -> None:
        self._visitors[site, visitor.id] = visitor

    def renew(self, chat: Chat) -> None:
        with self._lock:
            known = self.visitor(chat.site, chat.visitor)
            if known is not None and not known.revoked:
                self._visitors[chat.site, chat.visitor] = replace(known, until=max(known.until, chat.until))

    def forget_visitor(self, site: str, visitor: str) -> None:
        self._visitors.pop((site, visitor), None)
        self._listeners.pop((site, visitor), None)

    def chats_of(self, site: str, visitor: str) -> Sequence[Chat]:
        chats = [thread.chat for thread in self._threads.values()]
        own = [chat for chat in chats if (chat.site, chat.visitor) == (site, visitor) and self._lives(chat.until)]
        return own[:MOST_CHATS]

    # --- open pages --------------------------------------------------------------------------------------------------

    def add_listener(self, site: str, visitor: str, listener: Listener) -> None:
        with self._lock:
            own = self._listeners.setdefault((site, visitor), {})
            if listener.ticket in own:
                raise Conflict("the ticket was used")
            own[listener.ticket] = listener

    def listeners(self, site: str, visitor: str) -> Sequence[Listener]:
        with self._lock:
            return [one for one in self._listeners.get((site, visitor), {}).values() if self._lives(one.until)]

    def remove_listener(self, site: str, visitor: str, listener: Listener) -> None:
        with self._lock:
            self._listeners.get((site, visitor), {}).pop(listener.ticket, None)

    # --- notifications -----------------------------------------------------------------------------------------------

    def subscriptions(self, site: str, visitor: str) -> Sequence[Subscription]:
        known = self._subscriptions.get((site, visitor), {})
        return [one for one in known.values() if self._lives(one.until)]

    def save_subscription(self, site: str, visitor: str, subscription: Subscription) -> None:
        with self._lock:
            known = self.visitor(site, visitor)
            if known is None or known.revoked:
                raise Conflict("the visitor has gone")
            self._subscriptions.setdefault((site, visitor), {})[subscription.id] = subscription

    def forget_subscription(self, site: str, visitor: str, subscription_id: str) -> None:
        self._subscriptions.get((site, visitor), {}).pop(subscription_id, None)

    # --- chats -------------------------------------------------------------------------------------------------------

    def start(self, chat: Chat) -> Chat:
        with self._lock:
            visitor = self.visitor(chat.site, chat.visitor)
            if visitor is None or visitor.revoked or self.chat(chat.site, chat.id):
                raise Conflict("the chat is there already, or its visitor is not")
            started = replace(chat, version=1)
            self._threads[chat.site, chat.id] = _Thread(started)
            return started

    def chat(self, site: str, chat_id: str) -> Chat | None:
        thread = self._threads.get((site, chat_id))
        return thread.chat if thread and self._lives(thread.chat.until) else None

    def save(
        self, chat: Chat, *, new: Entry | None = None, changed: Entry | None = None, gone: Entry | None = None
    ) -> Chat:
        with self._lock:
            thread = self._threads.get((chat.site, chat.id))
            if thread is None or thread.chat.version != chat.version:
                raise Conflict("another writer was faster")
            if new is not None:
                if new.id in thread.positions:
                    raise Conflict("the message is there already")
                thread.positions[new.id] = new.position
            for entry in (new, changed):
                if entry is not None:
                    thread.entries[entry.position] = entry
            if gone is not None:
                thread.entries.pop(gone.position, None)
            thread.chat = replace(chat, version=chat.version + 1)
            return thread.chat

    def entry(self, chat: Chat, entry_id: str) -> tuple[Entry | None, bool]:
        thread = self._threads.get((chat.site, chat.id))
        position = thread.positions.get(entry_id) if thread else None
        if thread is None or position is None:
            return None, False
        entry = thread.entries.get(position)
        return (entry if entry and self._shows(chat, entry) else None), True

    def entries(self, chat: Chat, *, first: int = 1, last: int | None = None, most: int = 200) -> Sequence[Entry]:
        thread = self._threads.get((chat.site, chat.id))
        with self._lock:
            known = sorted(thread.entries.items()) if thread else []
        shown = [entry for _, entry in known if self._shows(chat, entry) and entry.position >= first]
        return [entry for entry in shown if last is None or entry.position <= last][-most:]

    def sweep(self, chat: Chat) -> None:
        thread = self._threads.get((chat.site, chat.id))
        if thread is not None:
            with self._lock:
                thread.uploads.clear()
                for position in [position for position in thread.entries if position <= chat.cleared]:
                    del thread.entries[position]

    def erase(self, chat: Chat) -> None:
        self._threads.pop((chat.site, chat.id), None)

    def uploads(self, chat: Chat) -> Sequence[Upload]:
        thread = self._threads.get((chat.site, chat.id))
        return list(thread.uploads.values()) if thread else []

    def save_upload(self, site: str, upload: Upload) -> None:
        self._threads[site, upload.chat].uploads[upload.id] = upload

    def upload(self, site: str, chat_id: str, upload_id: str) -> Upload | None:
        thread = self._threads.get((site, chat_id))
        upload = thread.uploads.get(upload_id) if thread else None
        return upload if upload and self._lives(upload.until) else None

    def _shows(self, chat: Chat, entry: Entry) -> bool:
        return entry.position > chat.cleared and self._lives(entry.until)

    def _lives(self, until: datetime) -> bool:
        return self._clock.now() < until


@dataclass(frozen=True, slots=True)
class StoredObject:
    """As S3 keeps it. `version` is its ETag."""

    content: bytes
    content_type: str

    @property
    def version(self) -> str:
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


class MemoryFiles(Files):
    """`address` is where browsers post files to; whoever serves that hands them to `take`.

    As strict as S3: a form is good for its time, however often it is used, and writes over what is there.
    """

    def __init__(self, address: str, clock: Clock) -> None:
        self.address = address
        self.objects: dict[str, StoredObject] = {}  #: by key
        self.on_published: Callable[[str, bytes], None] = lambda _key, _content: None
        self._clock = clock
        self._offered: dict[str, tuple[Upload, datetime]] = {}

    @property
    def origin(self) -> str:
        return "/".join(self.address.split("/")[:3])

    def judge(self, name: str) -> Hazard | None:
        return judge_name(name)

    def read_types(self, declared: str, name: str) -> Sequence[str]:
        return read_types(declared, name)

    def extensions(self, types: Sequence[str]) -> Sequence[str]:
        return list_extensions(types)

    def offer(self, upload: Upload) -> Form:
        self._offered[upload.key] = (upload, self._clock.now() + _FORM_TIME)
        return Form(url=self.address, fields={"key": upload.key, **make_fields(upload)})

    def take(self, fields: Mapping[str, str], content: bytes) -> bool:
        """What a browser posted; False when it is not what was offered, with any field more, or too late."""
        upload, until = self._offered.get(fields.get("key", ""), (None, None))
        if upload is None or until is None or self._clock.now() >= until or len(content) != upload.size:
            return False
        if fields != {"key": upload.key, **make_fields(upload)}:
            return False
        self.objects[upload.key] = StoredObject(content, upload.content_type)
        return True

    def look_at(self, upload: Upload) -> Stored | None:
        found = self.objects.get(upload.key)
        if found is None or not found.content:
            return None
        return inspect(io.BytesIO(found.content), len(found.content), found.version, upload)

    def publish(self, upload: Upload, stored: Stored) -> str:
        found = self.objects.get(upload.key)
        if found is None or found.version != stored.version:
            raise Conflict("the file changed while it was examined")
        key = make_key(stored)
        self.objects[key] = StoredObject(found.content, stored.content_type)
        self.on_published(key, found.content)
        return key

    def served(self, key: str) -> StoredObject | None:
        """What whoever has the address gets: nothing of what visitors upload, before it was looked at."""
        return self.objects.get(key) if key.startswith(FOLDER) else None

    def remove(self, key: str) -> None:
        self.objects.pop(key, None)


def make_means(
    store: MemoryStore,
    files: MemoryFiles,
    bridge: Bridge,
    clock: Clock,
    telemetry: Telemetry,
    *,
    live: LiveUpdates,
    push_services: PushServices | None = None,
) -> ChatContext:
    """All that the web chat needs, in memory."""
    return ChatContext(
        visitors=store,
        chats=store,
        files=files,
        admission=Admission(LocalLimits(clock), LocalLimits(clock), telemetry),
        notes=Notes(bridge),
        live=live,
        subscriptions=store,
        push_services=push_services or NoPushServices(),
        presence=Presence(),
        clock=clock,
        telemetry=telemetry,
    )
