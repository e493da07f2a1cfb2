"""The line between a client and AWS: calls over it take time, are counted, and break off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.harness.virtual_time import VirtualTime


class BrokenOff(Exception):
    """The program was killed, or its network was."""


@dataclass(slots=True)
class Line:
    """Each call takes `per_call` seconds of `time`.

    The call whose number is `fail_at` breaks off before it has an effect or, with `answer_lost`, after it.
    """

    time: VirtualTime = field(default_factory=VirtualTime)
    per_call: float = 0.0
    fail_at: int | None = None
    answer_lost: bool = False
    calls: list[str] = field(default_factory=list)

    @contextmanager
    def call(self, operation: str) -> Iterator[None]:
        """One call, from its beginning to its answer. For all services that a program calls over this line."""
        self.calls.append(operation)
        self.time.advance(self.per_call)
        breaks = self.fail_at == len(self.calls)
        if breaks and not self.answer_lost:
            raise BrokenOff(operation)
        yield
        if breaks:
            raise BrokenOff(operation)
