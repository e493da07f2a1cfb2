"""How long a batch may go on: less than the function lives, so that nothing is cut off in the middle of a call."""

from __future__ import annotations

from datetime import datetime, timedelta

from patchbay.bridge.ports import Clock, Deadline

#: Seconds after which a batch starts nothing new: its finished conversations must not wait for its slowest ones.
BATCH_SECONDS = 20.0
#: Seconds that must be left before a message, or a part of one, is begun: the longest ordinary call of a connector.
CALL_SECONDS = 15.0


class Endless:
    """A deadline that never comes: for programs that have no time limit."""

    def seconds_left(self) -> float:
        return float("inf")


class TimeBudget:
    """The time of the batch that is worked on. A container works on one batch at a time."""

    def __init__(self, deadline: Deadline, clock: Clock) -> None:
        self._deadline = deadline
        self._clock = clock
        self._until = datetime.max.replace(tzinfo=clock.now().tzinfo)

    def begin(self) -> None:
        """A batch begins."""
        self._until = self._clock.now() + timedelta(seconds=BATCH_SECONDS)

    def seconds_left(self) -> float:
        """Until the function is killed."""
        return self._deadline.seconds_left()

    @property
    def is_spent(self) -> bool:
        """Whether nothing new may be begun: what is left of the batch goes back to the queue at once."""
        return self.seconds_left() < CALL_SECONDS or self._clock.now() >= self._until
