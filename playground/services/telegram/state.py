"""The simulated Telegram's bots, people, chats and files: data, and where to find them."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from random import Random
from typing import override

from playground.served_files import write_name
from playground.services.telegram.quirks import Quirks
from playground.services.telegram.records import Bot, BusinessAccount, CallbackQuery, Chat, Message, Person, StoredFile
from playground.simulator import Post, Simulator, Timeline

_FIRST_USER = 6_120_447_301  # beyond 32 bits, as ids of people are today
_FIRST_GROUP = -4_290_113_007
_FIRST_SUPERGROUP = -1_002_208_114_733

Fetch = Callable[[str], tuple[bytes, str] | None]


class State(Simulator):
    """`bot` is the one whose chat is on new people's phones; the simulator sets it."""

    service = "telegram"
    bot: Bot

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.quirks = Quirks()
        self.fetch: Fetch | None = None  #: gets the content and type of a file by its address; without it, unseen
        self.bots: dict[str, Bot] = {}
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}  #: by file_id
        self.downloads: dict[str, tuple[StoredFile, datetime]] = {}  #: by path, with the end of their time
        self.callbacks: dict[str, CallbackQuery] = {}
        self.business: dict[int, BusinessAccount] = {}  #: by the owner's id
        self._user_ids = count(_FIRST_USER, 1_013)
        self._group_ids = count(_FIRST_GROUP, -1_019)
        self._supergroup_ids = count(_FIRST_SUPERGROUP, -1_021)

    # --- ids ---------------------------------------------------------------------------------------------------------

    def make_user_id(self) -> int:
        return next(self._user_ids)

    def make_group_id(self) -> int:
        return next(self._group_ids)

    def make_supergroup_id(self) -> int:
        return next(self._supergroup_ids)

    def make_message_id(self, chat: Chat) -> int:
        """Only supergroups count their own: elsewhere a message's id is one of all the bot's chats."""
        counter: Chat | Bot | BusinessAccount = chat if chat.type == "supergroup" else chat.business or chat.bot
        counter.next_message += 1
        return counter.next_message - 1

    # --- bots and chats ----------------------------------------------------------------------------------------------

    def add_bot(self, token: str, name: str, username: str) -> Bot:
        first_update = 100_000_000 + self.random.randrange(800_000_000)
        bot = Bot(token=token, id=int(token.partition(":")[0]), name=name, username=username, next_update=first_update)
        self.bots[token] = bot
        return bot

    def replace_token(self, bot: Bot, token: str) -> None:
        """As BotFather does when a token is revoked: the old one is refused from now on, the webhook stays."""
        with self.lock:
            del self.bots[bot.token]
            bot.token = token
            self.bots[token] = bot

    def chat_of(self, person_id: int | str) -> Chat:
        """A person's private chat with the bot. Raises KeyError."""
        chat = self.chats.get(int(person_id))
        if chat is None or chat.type != "private":
            raise KeyError(str(person_id))
        return chat

    @abstractmethod
    def delete_in_business(self, chat: Chat, numbers: Sequence[int]) -> None:
        """Of a chat in a business account, for both sides."""

    def add_callback(self, person: Person, chat: Chat, message: Message) -> CallbackQuery:
        """A tap, whose button waits for the bot."""
        query_id = str(self.random.getrandbits(62))
        query = CallbackQuery(id=query_id, person=person, chat=chat, message=message, at=self.timeline.now())
        self.callbacks[query_id] = query
        message.waiting = query_id
        return query

    # --- files -------------------------------------------------------------------------------------------------------

    def store_file(
        self, prefix: str, name: str, content: bytes, content_type: str, size: int | None = None
    ) -> StoredFile:
        """A file for the API, which the phone sees too. `size` may be said of a file that nobody reads."""
        file_id = f"{prefix}{self.random.getrandbits(256):064x}"
        file = StoredFile(
            id=file_id,
            unique_id=f"AgAD{self.random.getrandbits(48):012x}",
            content=content,
            content_type=content_type,
            name=name,
            size=len(content) if size is None else size,
        )
        self.files[file_id] = file
        return file

    def refer_to(self, prefix: str, url: str, content_type: str) -> StoredFile:
        """A file that Telegram was given by address, and that nobody here has read."""
        file = StoredFile(
            id=f"{prefix}{self.random.getrandbits(256):064x}",
            unique_id=f"AgAD{self.random.getrandbits(48):012x}",
            content=b"",
            content_type=content_type,
            source=url,
        )
        self.files[file.id] = file
        return file

    def locate(self, file: StoredFile) -> str:
        """Where phones see it."""
        return file.source or f"{self.base_url}/files/{file.id}/{write_name(file.name or 'file')}"

    # --- the trace ---------------------------------------------------------------------------------------------------

    @override
    def record(self, direction: str, method: str, path: str, status: int, took: float, note: str = "") -> None:
        """Addresses hold the token, which no trace shows."""
        super().record(direction, method, re.sub(r"/bot[^/]+/", "/bot…/", path), status, took, note)
