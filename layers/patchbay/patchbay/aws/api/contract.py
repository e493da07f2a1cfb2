"""What the stores know of an AWS service: one call, and how it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

type Json = dict[str, Any]  #: a request or an answer in the service's own JSON


class AwsApi(Protocol):
    """One service of AWS, such as SQS, in one region."""

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        """The answer to `operation` ("GetItem"), named and shaped as in the service's API reference.

        Raises AwsError.
        """
        ...


class AwsError(Exception):
    """AWS refused a call. `code` is AWS's own word for the reason, and `answer` the body that came with it.

    The text holds no value of the request: names of keys and people's words stay out of logs.
    """

    def __init__(self, operation: str, code: str, status: int, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{operation} failed: {code or 'no reason given'} (HTTP {status})")
        self.operation = operation
        self.code = code
        self.status = status
        self.answer: Mapping[str, Any] = answer or {}


class AwsUnreachable(AwsError):
    """No answer that can be read: no connection, too late, cut off, or damaged on the way."""

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(operation, reason, 0)
        self.args = (f"{operation} got no answer that can be read: {reason}",)
