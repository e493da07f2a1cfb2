"""Many invocations at once on virtual time, in one thread: each runs until it waits for the world.

The same seed gives the same run, step by step, because nothing depends on how fast this machine is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from types import TracebackType
from typing import cast

from greenlet import getcurrent, greenlet

from tests.harness.fakes.mortality import Died
from tests.harness.virtual_time import VirtualTime


class Life:
    """Of one invocation, or of a process that it started, which ends with it. `number` is the invocation's."""

    def __init__(self, loop: Loop, number: int = 0, parent: Life | None = None) -> None:
        self.number: int = parent.number if parent else number
        self.is_over = False
        self._loop = loop
        self._children: list[Life] = []
        self._asleep: dict[Task, None] = {}
        if parent:
            parent._children.append(self)

    def end(self) -> None:
        """It is killed: whatever of it waits for the world wakes up and finds itself dead."""
        self.is_over = True
        for child in self._children:
            child.end()
        for task in self._asleep:
            self._loop.wake(task, task.ticket)

    def check(self) -> None:
        if self.is_over:
            raise Died

    def fall_asleep(self, task: Task) -> None:
        self._asleep[task] = None

    def wake_up(self, task: Task) -> None:
        self._asleep.pop(task, None)


class Task:
    """One thread of an invocation. `ticket` changes with every wait, so that each wait ends once."""

    def __init__(self, run: Callable[[], None], life: Life, hub: greenlet) -> None:
        self.life = life
        self.ticket = 0
        self._thread = greenlet(run, hub)
        self._thread.task = self

    def go_on(self) -> None:
        self._thread.switch()

    @property
    def has_ended(self) -> bool:
        return bool(self._thread.dead)


class Loop:
    def __init__(self) -> None:
        self.time = VirtualTime()
        self._hub = getcurrent()

    def spawn(self, run: Callable[[], None], life: Life) -> None:
        self.time.later(0, Task(run, life, self._hub).go_on)

    def start[T](self, work: Callable[[], T], life: Life) -> Future[T]:
        """`spawn`, for what somebody waits for."""
        future: Future[T] = Future()
        self.spawn(lambda: self.complete(future, work), life)
        return future

    @staticmethod
    def complete[T](future: Future[T], work: Callable[[], T]) -> None:
        """As a real thread does: whoever asks for the result gets what was raised."""
        try:
            result = work()
        except BaseException as problem:  # noqa: BLE001 - the same
            future.set_exception(problem)
        else:
            future.set_result(result)

    @property
    def task(self) -> Task:
        """The one that is running."""
        return cast("Task", getcurrent().task)

    @property
    def is_in_task(self) -> bool:
        return getcurrent() is not self._hub

    def pause(self, seconds: float) -> None:
        """Everybody else goes on meanwhile."""
        task = self.task
        task.life.check()
        ticket = task.ticket
        self.time.later(seconds, lambda: self._resume(task, ticket))
        self.sleep()

    def kill(self) -> None:
        """Ends the life of whoever calls."""
        life = self.task.life
        life.end()
        life.check()

    def wake(self, task: Task, ticket: int) -> None:
        self.time.later(0, lambda: self._resume(task, ticket))

    def wait[T](
        self, futures: Iterable[Future[T]], timeout: float | None = None
    ) -> tuple[list[Future[T]], list[Future[T]]]:
        """As `concurrent.futures.wait`, in the order of `futures`."""
        wanted = list(futures)
        pending = [future for future in wanted if not future.done()]
        if pending:
            task = self.task
            task.life.check()
            ticket = task.ticket

            def look(_: object) -> None:
                if all(future.done() for future in pending):
                    self.wake(task, ticket)

            for future in pending:
                future.add_done_callback(look)
            if timeout is not None:
                self.time.later(timeout, lambda: self._resume(task, ticket))
            self.sleep()
        return [one for one in wanted if one.done()], [one for one in wanted if not one.done()]

    def sleep(self) -> None:
        """Until somebody wakes the task."""
        task = self.task
        life = task.life
        life.fall_asleep(task)
        self._hub.switch()
        task.ticket += 1
        life.wake_up(task)
        life.check()

    def _resume(self, task: Task, ticket: int) -> None:
        if task.ticket == ticket and not task.has_ended:
            task.go_on()


class VirtualPool:
    """As `ThreadPoolExecutor`: what is submitted runs beside its submitter, and dies with it."""

    def __init__(self, loop: Loop, max_workers: int) -> None:
        self._loop = loop
        self._free = max_workers
        self._futures: list[Future[object]] = []
        self._waiting: list[Callable[[], None]] = []  #: for a thread

    def submit[T](self, work: Callable[..., T], *arguments: object) -> Future[T]:
        future: Future[T] = Future()
        self._futures.append(cast("Future[object]", future))

        def run() -> None:
            self._loop.complete(future, partial(work, *arguments))
            self._free += 1
            self._start_next()

        life = self._loop.task.life
        self._waiting.append(lambda: self._loop.spawn(run, life))
        self._start_next()
        return future

    def _start_next(self) -> None:
        if self._free and self._waiting:
            self._free -= 1
            self._waiting.pop(0)()

    def __enter__(self) -> VirtualPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._loop.task.life.is_over:
            self._loop.wait(self._futures)


class VirtualLock:
    """As `threading.Lock`, which a thread may hold while it waits for the world."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._held = False
        self._queue: deque[tuple[Task, int]] = deque()

    def __enter__(self) -> None:
        while self._held:
            self._queue.append((self._loop.task, self._loop.task.ticket))
            self._loop.sleep()
        self._held = True

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held = False
        if self._queue:
            self._loop.wake(*self._queue.popleft())
