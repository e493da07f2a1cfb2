"""The simulated WhatsApp's accounts, numbers, people, chats and files: data, and where to find them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from random import Random

from playground.served_files import write_name
from playground.services.whatsapp.quirks import Quirks
from playground.services.whatsapp.records import (
    Account,
    App,
    Chat,
    Media,
    Message,
    Number,
    Person,
    Template,
    Token,
)
from playground.simulator_types import Timeline

Fetch = Callable[[str], tuple[bytes, str] | None]

_OURS_LIVE, _THEIRS_LIVE = timedelta(days=30), timedelta(days=7)


class State:
    """Everything that both doors share: Meta's own and that of AWS. `lock` is held while anything happens."""

    def __init__(self, timeline: Timeline, random: Random, lock: threading.RLock | None = None) -> None:
        self.timeline = timeline
        self.random = random
        self.lock = lock or threading.RLock()
        self.quirks = Quirks()
        self.find_base_url: Callable[[], str] = lambda: ""  #: where files are served
        self.fetch: Fetch | None = None  #: gets the content and type of a file by its address; without it, unseen
        self.apps: dict[str, App] = {}
        self.tokens: dict[str, Token] = {}
        self.accounts: dict[str, Account] = {}
        self.numbers: dict[str, Number] = {}
        self.people: dict[str, Person] = {}
        self.chats: dict[tuple[str, str], Chat] = {}  #: by number and person
        self._messages: dict[str, Message] = {}
        self.media: dict[str, Media] = {}
        self.templates: dict[str, Template] = {}
        self._people_ids = count(1)
        self._ids = count(100_400_250_016_011, 7_919)

    @property
    def base_url(self) -> str:
        return self.find_base_url()

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Does something later, under the lock."""

        def act() -> None:
            with self.lock:
                action()

        self.timeline.later(seconds, act)

    # --- ids ---------------------------------------------------------------------------------------------------------

    def make_id(self) -> str:
        return str(next(self._ids))

    def make_person_id(self) -> str:
        return f"person-{next(self._people_ids)}"

    def make_user_id(self, country: str = "CH") -> str:
        return f"{country}.{self.random.randrange(10**19, 10**20)}"

    def make_message_id(self) -> str:
        return "wamid." + base64.b64encode(b"\x1c\x18" + self.random.randbytes(36)).decode()

    # --- people and chats --------------------------------------------------------------------------------------------

    def chat_of(self, number: Number, person: Person) -> Chat:
        key = (number.id, person.id)
        return self.chats.setdefault(key, Chat(number=number.id, person=person.id))

    def add_message(self, message: Message) -> None:
        """On the phone of its person."""
        key = (message.number, message.person)
        self.chats.setdefault(key, Chat(number=message.number, person=message.person)).messages.append(message)
        self._messages[message.id] = message

    def find_message(self, message_id: str) -> Message | None:
        return self._messages.get(message_id)

    def find_by_phone(self, phone: str) -> Person | None:
        return next((person for person in self.people.values() if person.phone == phone), None)

    def find_by_user_id(self, user_id: str) -> Person | None:
        found = (each for each in self.people.values() if user_id in {each.user_id, each.parent_user_id})
        return next(found, None)

    # --- files -------------------------------------------------------------------------------------------------------

    def store_media(self, number: Number, content: bytes, content_type: str, name: str, *, is_ours: bool) -> Media:
        media = Media(
            id=self.make_id(),
            number=number.id,
            content=content,
            content_type=content_type,
            name=name,
            expires_at=self.timeline.now() + (_OURS_LIVE if is_ours else _THEIRS_LIVE),
            is_ours=is_ours,
        )
        self.media[media.id] = media
        return media

    def locate(self, media: Media) -> str:
        """Where phones see it."""
        return media.source or f"{self.base_url}/files/{media.id}/{write_name(media.name or 'file')}"
