"""Who may call what: visitors with their bearer token, API users with theirs."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import Response, jsonify, request

from playground.services.giosg.problems import ApiProblem, detailed
from playground.services.giosg.records import Json, Visitor

if TYPE_CHECKING:
    from playground.services.giosg.world import World

Answer = Json | list[Json] | tuple[Json, int]


class Gate:
    """Puts calls behind their kind of credential and under the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_open(self, method: str, path: str, answer: Callable[..., Answer]) -> None:
        def answer_anybody(**steps: str) -> Answer:
            self._check_organization(steps, 404)
            return answer(**steps)

        self._add(method, path, answer_anybody)

    def add_public(self, methods: str, path: str, answer: Callable[..., Answer]) -> None:
        """`answer` is given the visitor; below another visitor's path there is nothing for them."""

        def answer_visitor(**steps: str) -> Answer:
            visitor = self.authenticate_visitor()
            self._check_organization(steps, 403)
            if steps.pop("visitor_id", visitor.id) != visitor.id:
                raise ApiProblem(404)
            return answer(visitor=visitor, **steps)

        self._add(methods, f"/public{path}", answer_visitor)

    def add_office(self, methods: str, path: str, answer: Callable[..., Answer]) -> None:
        def answer_user(**steps: str) -> Answer:
            self.authenticate_user()
            self._check_organization(steps, 403)
            return answer(**steps)

        self._add(methods, path, answer_user)

    def authenticate_visitor(self) -> Visitor:
        """Raises ApiProblem."""
        token = self._world.visitor_tokens.get(_read_token("Bearer"))
        if token is None:
            raise _unauthenticated()
        if self._world.timeline.now() >= token.expires_at:
            raise detailed(401, "Signature has expired.")
        return token.visitor

    def authenticate_user(self) -> None:
        """Raises ApiProblem."""
        world = self._world
        if not hmac.compare_digest(_read_token("Token").encode(), world.api_token.encode()):
            raise _unauthenticated()
        if not world.token_is_allowed:
            raise ApiProblem(403)

    def _add(self, methods: str, path: str, answer: Callable[..., Answer]) -> None:
        world = self._world

        def answer_locked(**steps: str) -> Response:
            with world.lock:
                answered = answer(**steps)
                early = world.teller.take_early()
            for webhook in early:  # not under the lock: our side may call before it answers
                world.send_now(webhook)
            return _respond(answered)

        rule = f"/api/v5{path}"
        world.app.add_url_rule(rule, f"{methods} {rule}", answer_locked, methods=methods.split("|"))

    def _check_organization(self, steps: dict[str, str], refusal: int) -> None:
        if steps.pop("org_id", self._world.organization) != self._world.organization:
            raise ApiProblem(refusal)


def _respond(answered: Answer) -> Response:
    body, status = answered if isinstance(answered, tuple) else (answered, 200)
    response: Response = jsonify(body)
    response.status_code = status
    return response


def _read_token(kind: str) -> str:
    """The token, or "" where there is none or one of another kind."""
    given, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if given == kind else ""


def _unauthenticated() -> ApiProblem:
    if "Authorization" in request.headers:
        return detailed(401, "Invalid token.")
    return ApiProblem(401)


def read_query_flag(arguments: Mapping[str, str], name: str) -> bool:
    return arguments.get(name, "").lower() == "true"
