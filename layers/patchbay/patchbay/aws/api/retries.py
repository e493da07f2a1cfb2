"""When a call is tried again, and how long after: as botocore's retry mode "standard" does it.

The pauses are those that botocore has with AWS_NEW_RETRIES_2026: short after a failure of the network or of AWS, longer
where AWS asked for less. A header `x-amz-retry-after` is not followed: it may ask for more time than a function has.
"""

from __future__ import annotations

import os
from threading import Lock

from patchbay.aws.api.contract import AwsError, AwsUnreachable

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_TRANSIENT = frozenset({"ReplicatedWriteConflictException", "RequestTimeout", "RequestTimeoutException"})
_TRANSIENT_STATUS = frozenset({500, 502, 503, 504})

LONGEST_PAUSE = 20.0  #: seconds
#: Seconds at most before the second attempt; each later one may take twice as long.
PAUSE, PAUSE_OF_DYNAMODB, PAUSE_THROTTLED = 0.05, 0.025, 1.0

_CAPACITY = 500
_COST, _COST_THROTTLED = 14, 5


def may_try_again(error: AwsError) -> bool:
    """Whether the same call may work at once or in a moment."""
    return (
        isinstance(error, AwsUnreachable)
        or error.status in _TRANSIENT_STATUS
        or error.code in THROTTLED
        or error.code in _TRANSIENT
    )


def longest_pause(error: AwsError, attempt: int, service: str) -> float:
    """Seconds after the failed attempt of this number, the first being 1."""
    ordinary = PAUSE_OF_DYNAMODB if service == "dynamodb" else PAUSE
    first = PAUSE_THROTTLED if error.code in THROTTLED else ordinary
    return float(min(first * 2 ** (attempt - 1), LONGEST_PAUSE))


def draw_pause(error: AwsError, attempt: int, service: str) -> float:
    """Any time up to the longest, so that functions that failed together do not come again together.

    The system draws: functions that start from one snapshot would share the state of a generator of their own.
    """
    return int.from_bytes(os.urandom(4)) / 2**32 * longest_pause(error, attempt, service)


class RetryQuota:
    """How many more attempts one process may add while AWS fails: then each call is tried only once.

    An attempt that helped gives back what it took, and each call that worked at once gives a little more.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._left = _CAPACITY

    def take(self, error: AwsError) -> int:
        """What trying again after `error` costs; 0 if there is not enough left."""
        cost = _COST_THROTTLED if error.code in THROTTLED else _COST
        with self._lock:
            if cost > self._left:
                return 0
            self._left -= cost
            return cost

    def give_back(self, taken: int) -> None:
        """After an answer that is no error; `taken` by its last attempt, 0 if that was the first."""
        if self._left < _CAPACITY:
            with self._lock:
                self._left = min(self._left + (taken or 1), _CAPACITY)
