"""Who may call what, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

from flask import Response, make_response

from playground.services.uchat.errors import UNAUTHENTICATED, ApiProblem
from playground.services.uchat.records import Workspace
from playground.services.uchat.state import State
from playground.simulator_auth import RateLimiter, find_secret, read_token

Answer = dict[str, Any] | Response


class Auth:
    """Checks the bearer key of a call, and limits the calls of each key."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._limiter = RateLimiter()

    def busiest(self, key: str) -> int:
        """The most calls that came with a key within one second, refused ones included."""
        return self._limiter.busiest(key)

    def add(self, method: str, path: str, answer: Callable[..., Answer]) -> None:
        """A call of the workspace API, which is given the workspace that the flow key belongs to."""

        def answer_guarded(**steps: str) -> Response:
            with self._state.lock:
                response: Response = make_response(answer(self._admit_flow(), **steps))
            return response

        self._state.app.add_url_rule(path, f"{method} {path}", answer_guarded, methods=[method])

    def add_partner(self, method: str, path: str, answer: Callable[..., Answer], *, locked: bool = True) -> None:
        """A call of the partner API. Not `locked` are those during which UChat calls our side."""

        def answer_guarded(**steps: str) -> Response:
            with self._state.lock:
                self._admit([self._state.partner_key])
            with self._state.lock if locked else nullcontext():
                response: Response = make_response(answer(**steps))
            return response

        self._state.app.add_url_rule(path, f"{method} {path}", answer_guarded, methods=[method])

    def may_manage(self, workspace: Workspace) -> bool:
        return workspace.flow_keys.get(read_token(), False)

    def _admit_flow(self) -> Workspace:
        """The workspace of the flow key. Raises ApiProblem."""
        owners = {key: workspace for workspace in self._state.workspaces.values() for key in workspace.flow_keys}
        return owners[self._admit(owners)]

    def _admit(self, keys: Iterable[str]) -> str:
        found = find_secret(read_token(), keys)
        if found is None:
            raise ApiProblem(401, UNAUTHENTICATED)
        limit = self._state.quirks.requests_per_second
        if not self._limiter.admit(found, self._state.timeline.now(), limit):
            raise self._too_many(limit)
        return found

    def _too_many(self, limit: int | None) -> ApiProblem:
        wait = self._state.quirks.retry_after
        headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"}
        return ApiProblem(429, headers=headers if wait is None else {**headers, "Retry-After": str(wait)})
