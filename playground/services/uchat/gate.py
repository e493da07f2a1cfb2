"""Who may call what, and how often."""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Response, make_response, request

from playground.services.uchat.errors import UNAUTHENTICATED, ApiProblem
from playground.services.uchat.records import Workspace

if TYPE_CHECKING:
    from playground.services.uchat.world import World

Answer = dict[str, Any] | Response
_WINDOW = timedelta(seconds=1)


class Gate:
    """Checks the bearer key of a call, and counts the calls of each key."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tried: dict[str, deque[datetime]] = {}
        self._passed: dict[str, deque[datetime]] = {}
        self._most: dict[str, int] = {}

    def busiest(self, key: str) -> int:
        """The most calls that came with a key within one second, those that were refused included."""
        return self._most.get(key, 0)

    def add(self, method: str, path: str, answer: Callable[..., Answer]) -> None:
        """A call of the workspace API, which is given the workspace that the flow key belongs to."""

        def answer_guarded(**steps: str) -> Response:
            with self._world.lock:
                response: Response = make_response(answer(self.admit_flow(), **steps))
            return response

        self._world.app.add_url_rule(path, f"{method} {path}", answer_guarded, methods=[method])

    def add_partner(self, method: str, path: str, answer: Callable[..., Answer], *, locked: bool = True) -> None:
        """A call of the partner API. Not `locked` are those during which UChat calls our side."""

        def answer_guarded(**steps: str) -> Response:
            with self._world.lock:
                self._admit([self._world.partner_key])
            with self._world.lock if locked else nullcontext():
                response: Response = make_response(answer(**steps))
            return response

        self._world.app.add_url_rule(path, f"{method} {path}", answer_guarded, methods=[method])

    def admit_flow(self) -> Workspace:
        """The workspace of the flow key. Raises ApiProblem."""
        owners = {key: workspace for workspace in self._world.workspaces.values() for key in workspace.flow_keys}
        return owners[self._admit(owners)]

    def may_manage(self, workspace: Workspace) -> bool:
        return workspace.flow_keys.get(_given_key(), False)

    def _admit(self, keys: Iterable[str]) -> str:
        given = _given_key()
        found = next((key for key in keys if hmac.compare_digest(key.encode(), given.encode())), None)
        if found is None:
            raise ApiProblem(401, UNAUTHENTICATED)
        self._count(found, self._world.timeline.now())
        return found

    def _count(self, key: str, now: datetime) -> None:
        tried = self._tried.setdefault(key, deque())
        passed = self._passed.setdefault(key, deque())
        for times in (tried, passed):
            while times and now - times[0] >= _WINDOW:
                times.popleft()
        tried.append(now)
        self._most[key] = max(self.busiest(key), len(tried))
        most = self._world.habits.requests_per_second
        if most is not None and len(passed) >= most:
            raise self._too_many(most)
        passed.append(now)

    def _too_many(self, most: int) -> ApiProblem:
        wait = self._world.habits.retry_after
        headers = {"X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": "0"}
        return ApiProblem(429, headers=headers if wait is None else {**headers, "Retry-After": str(wait)})


def _given_key() -> str:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    return key if kind == "Bearer" else ""
