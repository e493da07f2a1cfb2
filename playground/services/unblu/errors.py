"""Failures, as Unblu's `Error` object."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, jsonify
from werkzeug.exceptions import HTTPException


class ApiProblem(Exception):
    """Becomes an error answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def need_found[T](found: T | None, problem: str) -> T:
    """`found`, if it is there. Raises ApiProblem 404."""
    if found is None:
        raise ApiProblem(404, problem)
    return found


class Refused(ValueError):
    """Unblu does not let an agent do this; the text is what they read."""


def describe(problem: ApiProblem) -> Response:
    phrase = HTTPStatus(problem.status).phrase if problem.status in set(HTTPStatus) else "Failure"
    answer: Response = jsonify(
        {
            "$_type": "Error",
            "statusCode": problem.status,
            "statusDescription": phrase,
            "errorMessage": problem.message,
        }
    )
    answer.status_code = problem.status
    if problem.status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Unblu"'
    return answer


def describe_http(error: HTTPException) -> Response:
    status = error.code or 500
    return describe(ApiProblem(status, HTTPStatus(status).phrase))
