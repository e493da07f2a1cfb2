"""How long this invocation may still work: the `Deadline` port."""

from __future__ import annotations

import math
import time

from patchbay.bridge.ports import Deadline

RESERVE = 3.0  #: seconds that calls leave untouched, for writing down what happened and handing the batch back


class NoDeadline(Deadline):
    """For programs without a time limit: the command, the playground, tests."""

    def seconds_left(self) -> float:
        return math.inf


class LambdaDeadline(Deadline):
    """One for each container, set again by each invocation. Threads may read it at any moment."""

    def __init__(self) -> None:
        self._ends_at = math.inf

    def begin(self, remaining_ms: int) -> None:
        """At the start of an invocation, with what `context.get_remaining_time_in_millis()` says."""
        self._ends_at = time.monotonic() + remaining_ms / 1000

    def seconds_left(self) -> float:
        return max(0.0, self._ends_at - time.monotonic())
