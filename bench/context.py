"""Lambda's context as the functions read it."""

from __future__ import annotations


class Context:
    """Of an invocation with all its time before it."""

    def get_remaining_time_in_millis(self) -> int:
        return 180_000
