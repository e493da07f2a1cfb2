"""Who may call what, and below which path."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from flask import Response, jsonify, request

from playground.services.unblu.errors import ApiProblem
from playground.services.unblu.records import Generation, User
from playground.services.unblu.state import State
from playground.simulator_auth import is_same

Answer = dict[str, Any] | list[Any] | str | None
BOTH: tuple[Generation, ...] = ("v4", "v3")


class Auth:
    """Puts calls below the path of their generation, behind basic authentication and under the lock."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(
        self,
        method: str,
        path: str,
        answer: Callable[..., Answer],
        *,
        to: Generation | None = None,
        admin: bool = True,
        locked: bool = True,
    ) -> None:
        """`path` is below the API's root, `to` the one generation that has it.

        Not `locked` are calls that make Unblu call our side, which may call Unblu before it answers.
        """
        for generation in BOTH if to is None else (to,):
            self._state.app.add_url_rule(
                f"/app/rest/{generation}{path}",
                f"{generation} {method} {path}",
                self._guard(answer, generation, admin=admin, locked=locked),
                methods=[method],
            )

    def add_by_id(self, method: str, path: str, answer: Callable[[str], Answer], *, admin: bool = True) -> None:
        """A call about one thing: v4 has `{id}` in the path, v3 takes `?id=`."""
        self.add(method, path.format(id="<uid>/"), answer, to="v4", admin=admin)
        self.add_by_query(method, path.format(id=""), answer, admin=admin)

    def add_by_query(self, method: str, path: str, answer: Callable[[str], Answer], *, admin: bool = True) -> None:
        """A call of v3 about one thing."""

        def answer_v3() -> Answer:
            return answer(request.args.get("id", ""))

        self.add(method, path, answer_v3, to="v3", admin=admin)

    def authenticate(self) -> User:
        """Raises ApiProblem."""
        given = request.authorization
        if given is not None and given.type == "basic":
            for user in self._state.users:
                if user.name == given.username and is_same(user.password, given.password or ""):
                    return user
        raise ApiProblem(401, "the user name or the password is wrong")

    def is_admin(self) -> bool:
        """Whether the caller is. Raises ApiProblem."""
        return self.authenticate().admin

    def _guard(
        self, answer: Callable[..., Answer], generation: Generation, *, admin: bool, locked: bool
    ) -> Callable[..., Response]:
        def answer_guarded(**steps: str) -> Response:
            if generation != self._state.generation:
                raise ApiProblem(404, f"there is no API {generation} here")
            user = self.authenticate()
            if admin and not user.admin:
                raise ApiProblem(403, "the role ADMIN is required")
            with self._state.lock if locked else nullcontext():
                answered = answer(**steps)
            return Response(status=204) if answered is None else jsonify(answered)

        return answer_guarded


def wants(what: str) -> bool:
    """Whether `expand` names it."""
    return what in request.args.get("expand", "").split(",")
