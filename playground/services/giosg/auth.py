"""Who may call what: visitors with their bearer token, API users with theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from playground.services.giosg.errors import ApiError, detailed
from playground.services.giosg.records import Json, Visitor
from playground.services.giosg.state import State
from playground.services.giosg.webhooks import Webhooks
from playground.simulator_auth import is_same, read_token

Answer = Json | list[Json] | tuple[Json, int]


class Auth:
    """Adds routes that check their kind of credential, and answer under the state's lock.

    A `room_id` in the path is given to the answer as the `room`.
    """

    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    def add_open(self, method: str, path: str, answer: Callable[..., Answer]) -> None:
        """For callers without a credential."""

        def answer_everyone(**steps: str) -> Answer:
            return answer(**self._resolve(steps, 404))

        self._add(method, path, answer_everyone)

    def add_public(self, method: str, path: str, answer: Callable[..., Answer]) -> None:
        """`answer` is given the visitor; below another visitor's path there is nothing for them."""

        def answer_visitor(**steps: str) -> Answer:
            visitor = self._authenticate_visitor()
            found = self._resolve(steps, 403)
            if found.pop("visitor_id", visitor.id) != visitor.id:
                raise ApiError(404)
            return answer(visitor=visitor, **found)

        self._add(method, f"/public{path}", answer_visitor)

    def add_organization(self, method: str, path: str, answer: Callable[..., Answer]) -> None:
        def answer_user(**steps: str) -> Answer:
            self.authenticate_user()
            return answer(**self._resolve(steps, 403))

        self._add(method, path, answer_user)

    def _authenticate_visitor(self) -> Visitor:
        token = self._state.visitor_tokens.get(read_token())
        if token is None:
            raise _unauthenticated()
        if self._state.timeline.now() >= token.expires_at:
            raise detailed(401, "Signature has expired.")
        return token.visitor

    def authenticate_user(self) -> None:
        """Raises ApiError."""
        if not is_same(read_token("Token"), self._state.api_token):
            raise _unauthenticated()
        if not self._state.token_is_allowed:
            raise ApiError(403)

    def _add(self, method: str, path: str, answer: Callable[..., Answer]) -> None:
        def answer_locked(**steps: str) -> Response:
            with self._state.lock:
                answered = answer(**steps)
                early = self._webhooks.take_early()
            for send in early:  # not under the lock: our side may call before it answers
                send()
            return _respond(answered)

        rule = f"/api/v5{path}"
        self._state.app.add_url_rule(rule, f"{method} {rule}", answer_locked, methods=[method])

    def _resolve(self, steps: dict[str, str], refusal: int) -> dict[str, Any]:
        """The steps of the path without the organization, and with a room for its id."""
        if steps.pop("org_id", self._state.organization) != self._state.organization:
            raise ApiError(refusal)
        if "room_id" not in steps:
            return dict(steps)
        try:
            room = self._state.find_room(steps.pop("room_id"))
        except KeyError:
            raise ApiError(404) from None
        return {**steps, "room": room}


def _respond(answered: Answer) -> Response:
    body, status = answered if isinstance(answered, tuple) else (answered, 200)
    response: Response = jsonify(body)
    response.status_code = status
    return response


def _unauthenticated() -> ApiError:
    if "Authorization" in request.headers:
        return detailed(401, "Invalid token.")
    return ApiError(401)
