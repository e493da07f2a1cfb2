"""Failures, in the several forms that vcita's APIs give them."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Response, jsonify

from playground.services.vcita.habits import Envelope
from playground.services.vcita.records import Json

#: Before a token's rights are looked at, a gateway answers; its form differs from host to host.
_GATEWAY_STATUSES = {401, 403, 429}


class ApiProblem(Exception):
    """Becomes an error answer. `code` is of the communication API's list, or an OAuth error below /oauth."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


class AnsweredDifferently(ApiProblem):
    """A failure whose body is documented for this one call alone."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status, "unexpected", "")
        self.body = body


def unknown_token() -> ApiProblem:
    return ApiProblem(401, "unauthorized", "401 Unauthorized")


def wrong_token() -> ApiProblem:
    """vcita: "Unauthorized" without the number means a good token of a wrong business or type."""
    return ApiProblem(401, "unauthorized", "Unauthorized")


def problem_of(status: int) -> ApiProblem:
    """As a failing gateway or service words it."""
    code = {401: "unauthorized", 403: "unauthorized", 504: "timeout"}.get(status, "unexpected")
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Failure"
    return ApiProblem(status, code, f"{status} {phrase}" if status == 401 else phrase)


def describe(problem: ApiProblem, path: str, envelope: Envelope) -> Response:
    """`path` tells which API was called."""
    response: Response = jsonify(_shape(problem, path, envelope))
    response.status_code = problem.status
    return response


def _shape(problem: ApiProblem, path: str, envelope: Envelope) -> Json:
    if isinstance(problem, AnsweredDifferently):
        return problem.body
    from_gateway = problem.status in _GATEWAY_STATUSES or problem.status >= 500
    is_oauth = path.startswith("/oauth/")
    if is_oauth and problem.code != "unauthorized":
        return {"error": problem.code, "error_description": problem.message}
    if envelope == "own" or not from_gateway:
        envelope = "bare_error" if is_oauth else "status_error" if path.startswith("/platform/") else "success"
    return _SHAPES[envelope](problem)


def _show_errors(problem: ApiProblem) -> Json:
    error = {"code": problem.code, "message": problem.message}
    return {"success": False, "errors": [{**error, "field": problem.field} if problem.field else error]}


_SHAPES: dict[str, Callable[[ApiProblem], Json]] = {
    "success": _show_errors,
    "failure": lambda problem: {"message": problem.message, "status": "Failure"},
    "lower_failure": lambda problem: {"status": "failure", "message": problem.message},
    "bare_error": lambda problem: {"error": problem.message.removeprefix("401 ")},
    "status_error": lambda problem: {"status": "Error", "error": problem.message},
    "message_error": lambda problem: {"message": problem.message, "status": "Error"},
}
