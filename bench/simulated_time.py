"""Threads on a clock that jumps: whoever sleeps costs nothing, and the same seed gives the same run on any machine.

One thread runs at a time. Whoever waits hands over to the one whose time comes next, and the clock jumps there. So the
code under measurement must wait through this clock's `sleep`, `wait`, `pool` and `lock`, and through nothing else.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Self

_START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_PATIENCE = 10.0  #: real seconds in which somebody must get a turn


class Stuck(Exception):
    """Nobody's time comes, or a thread waits in a way that the clock does not see."""


class _Turn:
    """Of a thread that waits. `taken` once it has come, so that it may be announced for several reasons."""

    def __init__(self) -> None:
        self.taken = False
        self._gate = threading.Semaphore(0)

    def give(self) -> None:
        self._gate.release()

    def take(self, turns_given: Callable[[], int]) -> None:
        seen = -1
        while not self._gate.acquire(timeout=_PATIENCE):
            if turns_given() == seen:
                raise Stuck("a thread waits outside the simulated time")
            seen = turns_given()


class SimulatedTime:
    """A `Clock` too."""

    def __init__(self) -> None:
        self._now = _START
        self._order = count()
        self._given = 0  #: turns
        self._waiting: list[tuple[datetime, int, _Turn]] = []

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        turn = _Turn()
        self._announce(turn, seconds)
        self._hand_over(turn)

    def start[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs it in a thread of its own, from now on."""
        future: Future[T] = Future()
        turn = _Turn()

        def run() -> None:
            turn.take(lambda: self._given)
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as problem:  # noqa: BLE001 - whoever asks for the result hears of it
                future.set_exception(problem)
            self._hand_over(None)

        threading.Thread(target=run, daemon=True).start()
        self._announce(turn, 0)
        return future

    def wait[T](
        self, futures: Iterable[Future[T]], timeout: float | None = None
    ) -> tuple[set[Future[T]], set[Future[T]]]:
        """`concurrent.futures.wait` for all of them."""
        wanted = set(futures)
        if timeout != 0 and not all(one.done() for one in wanted):
            self._await_all(wanted, timeout)
        done = {one for one in wanted if one.done()}
        return done, wanted - done

    def pool(self, max_workers: int) -> _Pool:
        """`ThreadPoolExecutor`."""
        return _Pool(self, max_workers)

    def lock(self) -> _Places:
        """`threading.Lock`, which a thread may hold while it sleeps."""
        return _Places(self)

    # --- turns -------------------------------------------------------------------------------------------------------

    def _await_all(self, futures: Iterable[Future[Any]], timeout: float | None) -> None:
        turn, left = _Turn(), [one for one in futures if not one.done()]

        def finish(one: Future[Any]) -> None:
            left.remove(one)
            if not left:
                self._announce(turn, 0)

        for one in tuple(left):
            one.add_done_callback(finish)
        if timeout is not None:
            self._announce(turn, timeout)
        self._hand_over(turn)

    def _announce(self, turn: _Turn, seconds: float) -> None:
        heapq.heappush(self._waiting, (self._now + timedelta(seconds=seconds), next(self._order), turn))

    def _hand_over(self, mine: _Turn | None) -> None:
        """To whoever is next. Returns when it is `mine` again; None is for a thread that ends."""
        while self._waiting:
            at, _, turn = heapq.heappop(self._waiting)
            if not turn.taken:
                break
        else:
            raise Stuck("everybody waits for somebody else")
        self._now, turn.taken = at, True
        if turn is mine:
            return
        self._given += 1
        turn.give()
        if mine is not None:
            mine.take(lambda: self._given)


class _Places:
    """So many may be inside at once; the others wait for their turn."""

    def __init__(self, time: SimulatedTime, places: int = 1) -> None:
        self._time = time
        self._free = places
        self._queue: deque[_Turn] = deque()

    def __enter__(self) -> Self:
        while not self._free:
            turn = _Turn()
            self._queue.append(turn)
            self._time._hand_over(turn)
        self._free -= 1
        return self

    def __exit__(self, *_: object) -> None:
        self._free += 1
        if self._queue:
            self._time._announce(self._queue.popleft(), 0)


class _Pool:
    def __init__(self, time: SimulatedTime, most: int) -> None:
        self._time = time
        self._threads = _Places(time, most)
        self._futures: list[Future[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._time.wait(self._futures)

    def submit[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def run() -> T:
            with self._threads:
                return function(*args, **kwargs)

        future = self._time.start(run)
        self._futures.append(future)
        return future
