"""The soak's virtual time, for programs that are no task on it: they sleep and wait while everything else goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from unittest.mock import patch

from tests.soak.loop import Life, Loop, VirtualLock, VirtualPool


class Stuck(Exception):
    """Nothing is due any more, and what is waited for has not come."""


class SimulatedTime:
    """A `Clock` too."""

    def __init__(self) -> None:
        self._loop = Loop()

    def now(self) -> datetime:
        return self._loop.time.now()

    def sleep(self, seconds: float) -> None:
        if self._loop.is_in_task:
            self._loop.pause(seconds)
        else:
            self._loop.time.advance(seconds)

    def start[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs it beside everything else, from now on."""
        return self._loop.start(partial(function, *args, **kwargs), Life(self._loop))

    def wait[T](self, futures: Iterable[Future[T]]) -> None:
        """Until all are done."""
        wanted = list(futures)
        if self._loop.is_in_task:
            self._loop.wait(wanted)
        while not all(one.done() for one in wanted):
            due = self._loop.time.next_due
            if due is None:
                raise Stuck("deadlock: every task waits for another one")
            self._loop.time.jump(due)
            self._loop.time.run_due()


@contextmanager
def simulated() -> Iterator[SimulatedTime]:
    """While it lasts, the threads of dispatchers and their waiting are on the virtual clock."""
    time = SimulatedTime()
    loop = time._loop
    with (
        patch.multiple("patchbay.bridge.dispatch", ThreadPoolExecutor=partial(VirtualPool, loop), wait=loop.wait),
        patch.multiple("patchbay.bridge.bulkhead", Lock=partial(VirtualLock, loop)),
    ):
        yield time
