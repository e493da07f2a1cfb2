"""Which of a conversation's messages can be the one that may have arrived.

People write the same words twice within seconds, so equal text proves nothing. Only a message that we do not know, and
that came after the last one that we know, can be ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

#: How far a service's clock may be behind ours. Long where an earlier message of ours is known, which ends the search.
_CLOCKS_DIFFER = timedelta(minutes=5)
_NOTHING_KNOWN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainSend:
    """What is known about a part that may have arrived: it was sent at `since` or later, by our own clock.

    `before` and `after` are the ids of other messages that we delivered into the conversation, before and after it.
    None of them is the part.
    """

    since: datetime
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()


def look_back(uncertain: UncertainSend) -> datetime:
    """The earliest time, by the service's clock, at which the message can have been created."""
    return uncertain.since - (_CLOCKS_DIFFER if uncertain.before else _NOTHING_KNOWN)


def find_unknown[Message](
    newest_first: Iterable[Message],
    uncertain: UncertainSend,
    id_of: Callable[[Message], str],
    time_of: Callable[[Message], datetime | None],
) -> Iterator[Message]:
    """Those that can be it, the newest first. Reads no more of `newest_first` than necessary."""
    since = look_back(uncertain)
    for message in newest_first:
        name, at = id_of(message), time_of(message)
        if name in uncertain.before or (at is not None and at < since):
            return
        if name not in uncertain.after:
            yield message
