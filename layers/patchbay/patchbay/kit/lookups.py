"""Which of a conversation's messages can be the one that may have arrived.

People say the same twice within seconds. So words prove nothing: only a message that came after the last one that we
know, and that we do not know, can be ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from patchbay.kit.abilities import Doubt

#: How far a service's clock may be behind ours. Long where an earlier message of ours is known, which ends the search.
_CLOCKS_DIFFER = timedelta(minutes=5)
_NOTHING_KNOWN = timedelta(seconds=5)


def look_back(doubt: Doubt) -> datetime:
    """No message of before can be it."""
    return doubt.since - (_CLOCKS_DIFFER if doubt.before else _NOTHING_KNOWN)


def find_unknown[Message](
    newest_first: Iterable[Message],
    doubt: Doubt,
    id_of: Callable[[Message], str],
    time_of: Callable[[Message], datetime | None],
) -> Iterator[Message]:
    """Those that can be it, the newest first. No more of the messages are read than is necessary."""
    since = look_back(doubt)
    for message in newest_first:
        name, at = id_of(message), time_of(message)
        if name in doubt.before or (at is not None and at < since):
            return
        if name not in doubt.after:
            yield message
