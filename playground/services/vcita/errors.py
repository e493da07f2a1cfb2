"""Failures, in the several forms that vcita's APIs give them."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Response, jsonify

from playground.services.vcita.quirks import Envelope
from playground.services.vcita.records import Json

#: Before a token's rights are looked at, a gateway answers; its form differs from host to host.
_GATEWAY_STATUSES = {401, 403, 429}


class ApiError(Exception):
    """Becomes an error answer. `code` is of the communication API's list, or an OAuth error below /oauth."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


def unknown_token() -> ApiError:
    return ApiError(401, "unauthorized", "401 Unauthorized")


def wrong_token() -> ApiError:
    """vcita: "Unauthorized" without the number means a good token of a wrong business or type."""
    return ApiError(401, "unauthorized", "Unauthorized")


def error_of(status: int) -> ApiError:
    """As a failing gateway or service words it."""
    code = {401: "unauthorized", 403: "unauthorized", 504: "timeout"}.get(status, "unexpected")
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Failure"
    return ApiError(status, code, f"{status} {phrase}" if status == 401 else phrase)


def describe(error: ApiError, path: str, envelope: Envelope) -> Response:
    """`path` tells which API was called."""
    response: Response = jsonify(_shape(error, path, envelope))
    response.status_code = error.status
    return response


def _shape(error: ApiError, path: str, envelope: Envelope) -> Json:
    from_gateway = error.status in _GATEWAY_STATUSES or error.status >= 500
    is_oauth = path.startswith("/oauth/")
    if is_oauth and error.code != "unauthorized":
        return {"error": error.code, "error_description": error.message}
    if envelope == "own" or not from_gateway:
        envelope = "bare_error" if is_oauth else "status_error" if path.startswith("/platform/") else "success"
    return _SHAPES[envelope](error)


def _show_errors(error: ApiError) -> Json:
    shown = {"code": error.code, "message": error.message}
    return {"success": False, "errors": [{**shown, "field": error.field} if error.field else shown]}


_SHAPES: dict[str, Callable[[ApiError], Json]] = {
    "success": _show_errors,
    "failure": lambda error: {"message": error.message, "status": "Failure"},
    "lower_failure": lambda error: {"status": "failure", "message": error.message},
    "bare_error": lambda error: {"error": error.message.removeprefix("401 ")},
    "status_error": lambda error: {"status": "Error", "error": error.message},
    "message_error": lambda error: {"message": error.message, "status": "Error"},
}
