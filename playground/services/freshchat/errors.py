"""Failures, as the API's error object."""

from __future__ import annotations

from flask import Response, jsonify

_STATUS_WORDS = {401: "UNAUTHENTICATED", 403: "FORBIDDEN", 404: "NOT_FOUND", 429: "TOO_MANY_REQUESTS"}


class ApiError(Exception):
    """Becomes the API's error object."""

    def __init__(self, code: int, status: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message


def invalid(message: str) -> ApiError:
    return ApiError(400, "INVALID_VALUE", message)


def failure(status: int) -> ApiError:
    """A failure of the service itself."""
    return ApiError(status, _STATUS_WORDS.get(status, "INTERNAL_SERVER_ERROR"), "simulated failure")


def describe(error: ApiError) -> Response:
    answer: Response = jsonify({"code": error.code, "status": error.status, "message": error.message})
    answer.status_code = error.code
    return answer
