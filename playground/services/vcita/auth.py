"""Who may call, and how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, make_response

from playground.services.vcita.errors import error_of, unknown_token, wrong_token
from playground.services.vcita.records import Business, Token
from playground.services.vcita.state import State
from playground.simulator_auth import RateLimiter, read_token

Answer = dict[str, Any] | tuple[dict[str, Any], int]


class Auth:
    """Checks the bearer token of a call and counts its calls. Answers are made under the state's lock."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._limiter = RateLimiter()

    def busiest(self, token: str) -> int:
        """The most calls that came with a token within one second, refused ones included."""
        return self._limiter.busiest(token)

    def guard(self, answer: Callable[..., Answer]) -> Callable[..., Response]:
        """A view that calls `answer` with the token of the call."""
        return self.lock(lambda **steps: answer(self._admit(), **steps))

    def lock(self, answer: Callable[..., Answer]) -> Callable[..., Response]:
        """A view for calls without a token."""

        def answer_locked(**steps: str) -> Response:
            with self._state.lock:
                response: Response = make_response(answer(**steps))
            return response

        return answer_locked

    def _admit(self) -> Token:
        token = self._state.tokens.get(read_token())
        now = self._state.timeline.now()
        if token is None or (token.expires_at and now >= token.expires_at):
            raise unknown_token()
        if not self._limiter.admit(token.value, now, self._state.quirks.requests_per_second):
            raise error_of(429)
        return token

    def business_of(self, token: Token) -> Business:
        """The business that a call of the platform API is about. Raises ApiError."""
        if token.business is None:
            raise wrong_token()
        return token.business

    def check_business(self, token: Token, uid: str) -> Business:
        """The business that a call names, if the token is good for it. Raises ApiError."""
        business = self._state.business(uid)
        if business is None or not token.covers(business):
            raise wrong_token()
        return business
