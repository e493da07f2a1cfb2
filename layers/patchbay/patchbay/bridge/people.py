"""People as platforms know them, and the port that keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer as a platform knows them apart from any conversation, kept as long as the contact is.

    `key` is ours; `contact` is the encoded key of their thread that was opened last. `secret` is the platform's
    proof that they are the same person, "" where there is none.
    """

    platform_connection: str
    key: str
    platform_id: str
    secret: str = field(default="", repr=False)
    contact: str


class People(Protocol):
    """The people whom platforms know by an id of their own, apart from any conversation.

    A person is stored once: of two writers, the slower one gets what the other stored. Nothing here asks a platform.
    None means that there is no record, or an expired one, never that the platform does not know the person.
    """

    def find(self, platform_connection: str, key: str) -> Person | None:
        """Consistent."""

    def by_platform_id(self, platform_connection: str, platform_id: str) -> Person | None:
        """Consistent."""

    def add(self, person: Person) -> Person:
        """Stores a new person. The answer is who is stored: another writer may have been faster."""

    def move(self, person: Person, contact: str) -> None:
        """From now on the person is in another thread. Does nothing when they were forgotten meanwhile."""

    def keep(self, platform_connection: str, key: str) -> None:
        """Renews the time for which the person is kept. Does nothing for one that is not stored."""

    def forget(self, person: Person) -> None: ...

    def take_number(self, platform_connection: str) -> int:
        """Rising whole numbers below 2^31, each given out once, even after all records were lost."""

    def note_unmapped(self, platform_connection: str, thread: str) -> None:
        """Remembers for a month that a conversation of the platform is not ours, and nothing else about it."""

    def is_unmapped(self, platform_connection: str, thread: str) -> bool: ...
