"""When to try again. Pure; all times in seconds.

The waiting itself is done by the queue (a message becomes visible again), never by sleeping in a function.
"""

from __future__ import annotations

from random import Random

_DELAYS = (2, 5, 15, 60, 300, 900, 1800)
_HOUR = 3600
GIVE_UP_AFTER = 24 * _HOUR  #: after this long a message is parked
OWNER_PATIENCE = 9 * 24 * _HOUR  #: the same while the owner must act: before the queue's own receive limit does it
CLOSED_PATIENCE = 4 * 24 * _HOUR  #: the same while nobody is there: longer than a long weekend
MAX_ATTEMPTS = 60
MEDIA_ATTEMPTS = 4  #: after so many failures (about a minute and a half) a message goes on without its file
FILE_APPEARS = 60  #: how old a message may be whose file is looked for again when nothing is at its address
MISSING_ATTEMPTS = 3  #: how often it is looked for again, all within that time
STALE_TYPING = 10  #: typing is worth nothing when late
UNKNOWN_RECEIPT = 3  #: how long a receipt may be ahead of our own record of the message
UNKNOWN_FAILURE = 60  #: the same for a failure, which somebody must hear of
UNKNOWN_CONNECTION = 180  #: how long a new connection may be unseen, in caches too, before its messages are parked
ACTIVATION = 10  #: how long a conversation may stay pending before it is asked for again
OPENING = 60  #: how long one attempt may take to open a conversation before another takes over
REPETITION = 3  #: an equal webhook of a service without ids, so soon after another, is the same one sent again


def retry_delay(attempts: int, random: Random, retry_after: float | None = None) -> float:
    """The pause after the `attempts`-th failure (1 or more), ±20 %.

    A service's Retry-After is respected when it is longer, up to an hour: what lasts longer is asked again hourly.
    """
    planned = _DELAYS[attempts - 1] if attempts <= len(_DELAYS) else _HOUR
    shaken = planned * random.uniform(0.8, 1.2)
    return min(max(shaken, retry_after or 0.0), _HOUR * 1.2)


def authorization_delay(waiting: float) -> float:
    """The pause before looking again whether the owner has reconnected, after `waiting` for it already.

    Short at first, at most 15 minutes: about 100 receives a day, so that a message can wait for the queue's whole
    retention before it reaches the queue's own receive limit.
    """
    return min(max(waiting / 4, 15.0), 900.0)


def closed_delay(waiting: float) -> float:
    """The pause before asking again whether somebody is there, after `waiting` for it already.

    A quarter of an hour at most: within `CLOSED_PATIENCE` a message stays far below the queue's own receive limit.
    """
    return min(max(waiting / 20, 30.0), 900.0)


def feedback_delay(age: float, random: Random) -> float:
    """The pause for events that keep no ledger entry (receipts), by their age."""
    return min(max(age, 2.0), _HOUR) * random.uniform(0.8, 1.2)
