"""Lets calls with the account's token through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, make_response

from playground.services.freshchat.errors import ApiError
from playground.services.freshchat.state import State
from playground.simulator_auth import is_same, read_token

Answer = dict[str, Any] | Response


class Auth:
    def __init__(self, state: State) -> None:
        self._state = state

    def authenticate(self) -> None:
        """Raises ApiError unless the request holds the account's token."""
        if not is_same(read_token(), self._state.token):
            raise ApiError(401, "UNAUTHENTICATED", "the access token is missing, expired or deleted")

    def guard(self, answer: Callable[..., Answer]) -> Callable[..., Response]:
        """A view that calls `answer` under the lock, for calls with the token."""

        def answer_guarded(**steps: str) -> Response:
            self.authenticate()
            with self._state.lock:
                response: Response = make_response(answer(**steps))
            return response

        return answer_guarded
