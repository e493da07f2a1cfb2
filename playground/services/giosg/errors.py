"""Failures, as the Django REST framework words them."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from playground.services.giosg.records import Json

_DETAILS = {
    401: "Authentication credentials were not provided.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    429: "Request was throttled.",
}


class ApiError(Exception):
    """Becomes an error answer: `{"detail": ...}`, or one list of texts per field."""

    def __init__(self, status: int, body: Json | None = None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body or {"detail": _phrase(status)}


class Refused(ValueError):
    """An agent cannot do this; the text is what they read."""


def wrong_field(name: str, text: str) -> ApiError:
    return ApiError(400, {name: [text]})


def detailed(status: int, detail: str) -> ApiError:
    return ApiError(status, {"detail": detail})


def describe(problem: ApiError) -> Response:
    answer: Response = jsonify(problem.body)
    answer.status_code = problem.status
    return answer


def describe_http(error: HTTPException) -> Response:
    if error.code == 405:
        return describe(detailed(405, f'Method "{request.method}" not allowed.'))
    return describe(ApiError(error.code or 500))


def _phrase(status: int) -> str:
    if status in _DETAILS:
        return _DETAILS[status]
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Failure"
