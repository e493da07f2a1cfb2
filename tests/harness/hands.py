"""Work that takes simulated time, many pieces side by side, with the same outcome every time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.harness.virtual_time import VirtualTime


class Hands:
    """Runs functions in threads of which one moves at a time: whoever rests lets the others work, and time pass.

    The clock is moved by whoever runs the simulated world. Nothing here depends on how busy the machine is.
    """

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._moving: _Hand | None = None

    def start(self, work: Callable[[], None]) -> None:
        """Begins at once, in the present moment; returns when `work` rests for the first time or is done."""
        hand = _Hand(work)
        hand.thread.start()
        self._move(hand)

    def rest(self, seconds: float) -> None:
        """Lets simulated time pass for whoever works; elsewhere nothing takes time."""
        hand = self._moving
        if hand is None:
            return
        self._time.later(seconds, lambda: self._move(hand))
        hand.stopped.release()
        hand.may_go.acquire()

    def _move(self, hand: _Hand) -> None:
        before, self._moving = self._moving, hand
        hand.may_go.release()
        hand.stopped.acquire()
        self._moving = before
        if hand.failure is not None:
            raise hand.failure


class _Hand:
    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self.may_go = threading.Semaphore(0)
        self.stopped = threading.Semaphore(0)
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.may_go.acquire()
        try:
            self._work()
        except BaseException as failure:  # noqa: BLE001 - raised again by whoever let it work
            self.failure = failure
        finally:
            self.stopped.release()
