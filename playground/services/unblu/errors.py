"""Failures, as Unblu's `Error` object."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, jsonify


class ApiProblem(Exception):
    """Becomes an error answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Refused(ValueError):
    """What an agent wants cannot be done; the text is what they read."""


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
