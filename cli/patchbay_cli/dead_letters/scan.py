"""A scan of the whole dead-letter queue, in rounds: removing messages makes the next ones visible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from patchbay_cli.dead_letters.queue import BATCH, DeadLetter, DeadLetterQueue, Holding, in_order

_MOST_RECEIVES = 10  # in a round: a hundred messages, so that it is over long before its hold is


def scan_queue(queue: DeadLetterQueue, handle: Callable[[Holding, Sequence[DeadLetter]], None]) -> None:
    """Calls `handle` with round after round of held messages, until all that can be reached have been handled.

    `handle` removes those that it is done with. The others stay held, and may come again: the queue is FIFO, so
    messages behind them in the conversation are only received together with them.
    """
    with queue.hold() as holding:
        _Scan(holding, handle).run()


@dataclass(slots=True)
class _Scan:
    holding: Holding
    handle: Callable[[Holding, Sequence[DeadLetter]], None]
    receives: int = _MOST_RECEIVES  #: in a round: as many as brought something lately
    narrowed: set[str] = field(default_factory=set)  #: groups that shared a full receive: there may be more of them
    unfinished: dict[str, None] = field(default_factory=dict)  #: groups with more behind what was left of them
    in_vain: set[str] = field(default_factory=set)  #: groups that were read again, with nothing done

    def run(self) -> None:
        patiently = True
        while True:
            messages = self._receive(patiently=patiently)
            if messages:
                self.handle(self.holding, in_order(messages))
                self._remember_left(messages)
            elif self.unfinished:
                self._read_again(self.unfinished.popitem()[0])
            elif patiently:
                return
            # At the end once more with waiting: without it, an answer may be empty although there are messages.
            patiently = not messages and not self.unfinished

    def _receive(self, *, patiently: bool) -> list[DeadLetter]:
        """A round. A receive that brings nothing costs a call, so the next round tries as many as were worth it."""
        found: list[DeadLetter] = []
        for number in range(self.receives):
            batch = self.holding.receive(patiently=patiently and number == 0)
            if not batch:
                self.receives = max(1, number)
                return found
            found += batch
            groups = {message.group for message in batch}
            if len(batch) == BATCH and len(groups) > 1:
                self.narrowed |= groups
        self.receives = min(self.receives + 1, _MOST_RECEIVES)
        return found

    def _remember_left(self, messages: Sequence[DeadLetter]) -> None:
        left = {message.group for message in messages if message in self.holding}
        moved = {message.group for message in messages if message not in self.holding}
        for group in sorted(left):
            if group in moved:
                self.in_vain.discard(group)
                self.unfinished[group] = None
            elif group in self.narrowed and group not in self.in_vain:
                self.in_vain.add(group)
                self.unfinished[group] = None
        self.narrowed.clear()

    def _read_again(self, group: str) -> None:
        self.holding.release(message for message in self.holding.messages if message.group == group)
