"""Failures in Telegram's form: `ok` is false, and `error_code` is the HTTP status too."""

from __future__ import annotations

from flask import Response, jsonify

from playground.services.telegram.records import Json

_NAMES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class RefusedCall(Exception):
    """A call fails with this status and description; `parameters` say what a program can do about it."""

    def __init__(self, status: int, text: str = "", **parameters: int) -> None:
        name = _NAMES.get(status, "Error")
        super().__init__(f"{name}: {text}" if text else name)
        self.status = status
        self.parameters = parameters


def bad_request(text: str) -> RefusedCall:
    return RefusedCall(400, text)


def forbidden(text: str) -> RefusedCall:
    return RefusedCall(403, text)


def too_many_requests(seconds: int) -> RefusedCall:
    return RefusedCall(429, f"retry after {seconds}", retry_after=seconds)


def describe(refusal: RefusedCall) -> Response:
    body: Json = {"ok": False, "error_code": refusal.status, "description": str(refusal)}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    response: Response = jsonify(body)
    response.status_code = refusal.status
    if "retry_after" in refusal.parameters:
        response.headers["Retry-After"] = str(refusal.parameters["retry_after"])
    return response
