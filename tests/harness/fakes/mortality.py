"""A function that is killed: after that instant nothing of it exists, in whichever thread it ran."""

from __future__ import annotations

import threading
from typing import Any, cast


class Died(BaseException):
    """The function was killed: nothing after this point runs, nothing can catch it."""


class Life:
    """Of one invocation. `die_at` kills it at its n-th call to the world: before the call is made, or after."""

    def __init__(self) -> None:
        self.calls = 0
        self.die_at: tuple[int, str] | None = None
        self._dead = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """The next invocation: a new process, or the same one thawed."""
        self._dead = False

    def end(self) -> None:
        self._dead = True

    def check(self) -> None:
        """For code that runs while another thread kills the function."""
        if self._dead:
            raise Died

    def wrap[Port](self, port: Port) -> Port:
        """`port`, whose calls fail from the moment of death on, and take place before or after it, never during."""
        return cast("Port", _Mortal(port, self))

    def before(self) -> None:
        with self._lock:
            self.calls += 1
            self._check("before")

    def after(self) -> None:
        with self._lock:
            self._check("after")

    def _check(self, when: str) -> None:
        if self.die_at == (self.calls, when):
            self.die_at = None
            self._dead = True
        if self._dead:
            raise Died


class _Mortal:
    def __init__(self, port: object, life: Life) -> None:
        self._port = port
        self._life = life

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._port, name)
        if not callable(attribute):
            return attribute

        def call(*positional: object, **named: object) -> object:
            self._life.before()
            try:
                result = attribute(*positional, **named)
            except Died:
                self._life.end()
                raise
            self._life.after()
            return result

        return call
