"""When to try again. Pure; all times in seconds.

The waiting itself is done by the queue (a message becomes visible again), never by sleeping in a function.
"""

from __future__ import annotations

from random import Random

_DELAYS = (2, 5, 15, 60, 300, 900, 1800)
_RESENDS = (60, 360)  #: the same for what may have arrived: a short outage must be over before the last of them
_HOUR = 3600
_DAY = 24 * _HOUR
GIVE_UP_AFTER = _DAY  #: after this long on the queue a message becomes a dead letter
OWNER_PATIENCE = 9 * _DAY  #: the same while the owner must act
CLOSED_PATIENCE = 4 * _DAY  #: the same while no agent is available: longer than a long weekend
#: The same for any reason. SQS deletes a message 14 days after it was sent, whatever its visibility.
QUEUE_PATIENCE = 12 * _DAY
#: The same in receives: SQS moves a message to the dead-letter queue by itself, without a reason, after 1,000.
MOST_RECEIVES = 900
#: How long a message that grew old behind another one is tried all the same: one bad moment must not end it.
LEAST_PATIENCE = 600
MAX_ATTEMPTS = 60
#: Attempts at one event that may end without a verdict (the function was killed, the code failed) before it is a dead
#: letter. From the first one on it is tried in a process of its own.
MOST_LOST_ATTEMPTS = 3
#: Receives after which an event that keeps no ledger entry is counted too, in case the function dies on it.
SUSPICIOUS_RECEIVES = 4
MEASURED_WAIT = 60  #: how long a message must have waited for its age to be measured; the alarm begins at ten minutes
CRASHED = 30.0  #: pause after an attempt that failed inside Patchbay
MEDIA_ATTEMPTS = 4  #: after so many failures (about a minute and a half) a message goes on without its file
FILE_APPEARS = 60  #: how old a message may be whose file is looked for again when nothing is at its address
MISSING_ATTEMPTS = 3  #: how often it is looked for again, all within that time
SCAN_PATIENCE = 1800  #: after so long without a result of its malware scan a file is refused
SCAN_CHECK = 3.0  #: the first pause before the result is looked for again
STALE_TYPING = 10  #: typing is worth nothing when late
TYPING_PATIENCE = 60  #: how long typing is believed whose end nobody reports
UNKNOWN_RECEIPT = 3  #: how long a receipt may be ahead of our own record of the message
UNKNOWN_NEWS = 3  #: the same for the news of a conversation that is being opened
UNKNOWN_FAILURE = 60  #: the same for a failure, which must not be lost
UNKNOWN_CONNECTION = (
    180  #: how long a new connection may be unseen, in caches too, before its messages are dead letters
)
ACTIVATION = 10  #: how long a conversation may stay pending before it is asked for again
STALE_NEWS = 60  #: how long the change of a conversation waits for the account that it belongs to
OPENING = 60  #: how long one attempt may take to open a conversation before another takes over
#: How old a signed webhook may be. Services repeat one for up to seven days. With the time that it may lie on the queue
#: and as a dead letter, this stays within what the ledger remembers: so no replay is ever delivered twice.
WEBHOOK_PATIENCE = 7 * _DAY + 8 * _HOUR
CLOCKS_DIFFER = 8 * _HOUR  #: how far ahead of ours a service's clock may be: a wrong time zone, say
REPETITION = 3  #: an equal webhook of a service without ids, so soon after another, is the same one sent again


def retry_delay(attempts: int, random: Random, retry_after: float | None = None) -> float:
    """The pause after the `attempts`-th failure (1 or more), ±20 %.

    A service's Retry-After is respected when it is longer, up to an hour: what lasts longer is asked again hourly.
    """
    planned = _DELAYS[attempts - 1] if attempts <= len(_DELAYS) else _HOUR
    shaken = planned * random.uniform(0.8, 1.2)
    return min(max(shaken, retry_after or 0.0), _HOUR * 1.2)


def resend_delay(resends: int, random: Random) -> float:
    """The pause before a part that may have arrived is sent again, after `resends` times already, ±20 %."""
    return _RESENDS[min(resends, len(_RESENDS) - 1)] * random.uniform(0.8, 1.2)


def authorization_delay(age: float) -> float:
    """The pause before looking again whether the owner has reconnected, for a message of that age."""
    return _long_delay(age, max(age / 4, 15.0))


def closed_delay(age: float) -> float:
    """The pause before asking again whether an agent is available, for a message of that age."""
    return _long_delay(age, max(age / 20, 30.0))


def unready_delay(wanted: float, waited: float) -> float:
    """The pause when the other side is not ready and asked for `wanted`, after `waited` for it already."""
    return max(wanted, min(waited / 10, 900.0))


def outage_delay(age: float, random: Random) -> float:
    """The pause when a store of our own does not answer, for an event of that age."""
    return min(max(age / 4, CRASHED), 900.0) * random.uniform(0.8, 1.2)


def update_delay(age: float) -> float:
    """The pause when an event is of a newer version than we are, for an event of that age."""
    return min(max(age / 4, 10.0), 900.0)


def _long_delay(age: float, wanted: float) -> float:
    """Every receive of a batch counts for all of its messages, also for those that wait behind the first.

    So the pauses grow: a message is received about 450 times in nine days, far below the queue's limit.
    """
    longest = 900.0 if age < 2 * _DAY else 1800.0 if age < 5 * _DAY else 3600.0
    return min(wanted, longest)


def feedback_delay(age: float, random: Random) -> float:
    """The pause for events that keep no ledger entry (receipts), by their age."""
    return min(max(age, 2.0), _HOUR) * random.uniform(0.8, 1.2)
