"""Failures as AWS End User Messaging Social words them: the name of an exception in a header, and a message.

Which exception stands for a refusal of Meta's is not documented; its code is in the message.
"""

from __future__ import annotations

import json

from flask import Response

from playground.services.whatsapp.aws_model import status_of
from playground.services.whatsapp.errors import RefusedCall

_THROTTLES = frozenset({4, 80007, 130429, 131048, 131056, 133016})
_BY_STATUS = {
    400: "ValidationException",
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottledRequestException",
    500: "InternalServiceException",
}
_NO_OBJECT = 33  #: Graph's subcode for what there is not


class Refused(Exception):
    """A call fails with the exception `name`."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def translate(refusal: RefusedCall, *, is_message: bool) -> Refused:
    """What AWS makes of a refusal of Meta's."""
    message = f"(#{refusal.code}) {refusal}"
    if refusal.code in _THROTTLES:
        return Refused("ThrottledRequestException", message)
    if refusal.subcode == _NO_OBJECT:
        return Refused("ResourceNotFoundException", message)
    if refusal.status in {401, 403}:
        return Refused("AccessDeniedException" if is_message else "AccessDeniedByMetaException", message)
    if refusal.status >= 500:
        return Refused("DependencyException", message)
    return Refused("InvalidParametersException", message)


def describe(refusal: Refused) -> Response:
    return _write(refusal.name, str(refusal), status_of(refusal.name))


def describe_status(status: int) -> Response:
    """A failure that a test asks for, by the status alone."""
    name = _BY_STATUS.get(status, "DependencyException" if status >= 500 else "ValidationException")
    return _write(name, "Asked for by the one who plays AWS", status)


def _write(name: str, message: str, status: int) -> Response:
    answer = Response(json.dumps({"message": message}), status, mimetype="application/json")
    answer.headers["x-amzn-ErrorType"] = name
    return answer
