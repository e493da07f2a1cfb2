"""A messenger gives a contact's thread another id: a group that grew, a person with a new phone number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from patchbay.domain.event_base import Parsed
from patchbay.domain.event_ids import group_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMoved(Parsed):
    """From now on the contact of `thread` is reached, and writes, as `moved_to`. `aliases` are more ids of theirs.

    It is ordered with what comes from the new id, which must not begin a second conversation.
    """

    kind: Literal["move"] = "move"
    moved_to: str
    aliases: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return group_thread(self.origin.endpoint, self.origin.account, self.moved_to)
