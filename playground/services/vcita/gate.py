"""Who may call, and how often."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Response, make_response, request

from playground.services.vcita.envelopes import problem_of, unknown_token, wrong_token
from playground.services.vcita.records import Business, Token

if TYPE_CHECKING:
    from playground.services.vcita.world import World

Answer = dict[str, Any] | tuple[dict[str, Any], int]
_WINDOW = timedelta(seconds=1)


class Gate:
    """Checks the bearer token of a call and counts its calls. Everything behind it runs under the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tried: dict[str, deque[datetime]] = {}
        self._passed: dict[str, deque[datetime]] = {}
        self._most: dict[str, int] = {}

    def busiest(self, token: str) -> int:
        """The most calls that came with a token within one second, those that were refused included."""
        return self._most.get(token, 0)

    def guard(self, answer: Callable[..., Answer]) -> Callable[..., Response]:
        """A view that calls `answer` with the token of the call."""

        def answer_guarded(**steps: str) -> Response:
            with self._world.lock:
                response: Response = make_response(answer(self._admit(), **steps))
            return response

        return answer_guarded

    def _admit(self) -> Token:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        token = self._world.tokens.get(value) if kind == "Bearer" else None
        now = self._world.timeline.now()
        if token is None or (token.expires_at and now >= token.expires_at):
            raise unknown_token()
        self._count(value, now)
        return token

    def _count(self, value: str, now: datetime) -> None:
        tried = self._tried.setdefault(value, deque())
        passed = self._passed.setdefault(value, deque())
        for times in (tried, passed):
            while times and now - times[0] >= _WINDOW:
                times.popleft()
        tried.append(now)
        self._most[value] = max(self._most.get(value, 0), len(tried))
        if len(passed) >= self._world.habits.requests_per_second:
            raise problem_of(429)
        passed.append(now)

    def business_of(self, token: Token) -> Business:
        """Whom a call of the platform API is about: a directory names the business in a header."""
        if token.business is not None:
            return token.business
        named = request.headers.get("X-On-Behalf-Of", "") if token.directory else ""
        business = self._world.business(named)
        if business is None:
            raise wrong_token()
        return business

    def check_business(self, token: Token, uid: str) -> Business:
        """The business that a call names, if the token is good for it."""
        business = self._world.business(uid)
        if business is None or not token.covers(business):
            raise wrong_token()
        return business
