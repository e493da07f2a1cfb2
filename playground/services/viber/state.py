"""The simulated Viber's bots, people and files: data, and where to find them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from itertools import count
from random import Random

from playground.served_files import write_name
from playground.services.viber.records import Bot, Person, StoredFile
from playground.simulator import Post, Simulator, Timeline

_FIRST_TOKEN = 5_741_311_803_571_720_001  # far beyond 2^53: read as a float, it becomes another number


class State(Simulator):
    """`bot` is the one whose chat is on new people's phones; the simulator sets it."""

    service = "viber"
    webhook_retries = (10, 60, 300, 900, 1800)  # Viber: "several times during an hour"
    bot: Bot

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.signs_in_header = True
        self.signs_in_query = False
        self.measure: Callable[[str], int | None] | None = None  #: the real size of the media behind an address
        self.bots: dict[str, Bot] = {}
        self.people: dict[str, Person] = {}
        self.files: dict[str, StoredFile] = {}
        self._tokens = count(_FIRST_TOKEN, 1_022)

    def make_token(self) -> int:
        """Of the next message or event."""
        return next(self._tokens)

    def add_bot(self, token: str, name: str) -> Bot:
        bot = Bot(token=token, id=f"pa:{self.random.getrandbits(62)}", name=name)
        self.bots[token] = bot
        return bot

    def replace_token(self, bot: Bot, token: str) -> None:
        """As Viber's support does: the old token is refused from now on, callbacks are signed with the new one."""
        with self.lock:
            del self.bots[bot.token]
            bot.token = token
            self.bots[token] = bot

    def find_person(self, bot: Bot, user_id: str) -> Person | None:
        """A person's id is for one bot only."""
        person = self.people.get(user_id)
        return person if person is not None and person.bot is bot else None

    def make_user_id(self) -> str:
        """24 characters that end with ==, and may hold + and / before."""
        return b64encode(self.random.randbytes(16)).decode()

    def store_file(self, name: str, content: bytes, content_type: str, expires_at: datetime | None) -> str:
        """The path below which the file is served."""
        file_id = f"{self.random.getrandbits(128):032x}"
        self.files[file_id] = StoredFile(content=content, content_type=content_type, expires_at=expires_at)
        return f"/files/{file_id}/{write_name(name)}"
