"""Calls of one service: written, signed, sent, read, and tried again where that may help."""

from __future__ import annotations

import json
import random
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from patchbay.aws.api.contract import AwsApi, AwsError, AwsUnreachable, Json
from patchbay.aws.api.signing import Credentials, Request, Scope, sign
from patchbay.aws.api.transport import Answer, NoAnswer, Transport

LONGEST_PAUSE = 20.0  #: seconds
THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_TRANSIENT = frozenset({"RequestTimeout", "RequestTimeoutException"})
_TRANSIENT_STATUS = frozenset({500, 502, 503, 504})
_PAUSE, _PAUSE_THROTTLED = (
    0.05,
    1.0,
)  #: seconds at most before the second attempt; each later one may take twice as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`target` goes before the operation's name in X-Amz-Target; `version` is that of the JSON protocol."""

    name: str
    target: str
    version: str


SQS = Service(name="sqs", target="AmazonSQS", version="1.0")
DYNAMODB = Service(name="dynamodb", target="DynamoDB_20120810", version="1.0")
SECRETS_MANAGER = Service(name="secretsmanager", target="secretsmanager", version="1.1")


class JsonApi(AwsApi):
    """`attempts` is how often a call is tried; `credentials` are asked for with each attempt."""

    def __init__(
        self,
        service: Service,
        region: str,
        endpoint: str,
        transport: Transport,
        *,
        credentials: Callable[[], Credentials],
        attempts: int,
    ) -> None:
        self._service = service
        self._scope = Scope(service=service.name, region=region)
        self._host = urlsplit(endpoint).netloc
        self._transport = transport
        self._credentials = credentials
        self._attempts = attempts

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        body = json.dumps(request, separators=(",", ":")).encode()
        for attempt in range(1, self._attempts):
            try:
                return self._try(operation, body)
            except AwsError as error:
                if not may_try_again(error):
                    raise
                time.sleep(_pause(error, attempt))
        return self._try(operation, body)

    def _try(self, operation: str, body: bytes) -> Json:
        headers = {
            "content-type": f"application/x-amz-json-{self._service.version}",
            "host": self._host,
            "x-amz-target": f"{self._service.target}.{operation}",
        }
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        signed = sign(Request(headers=headers, body=body), self._credentials(), self._scope, at)
        try:
            answer = self._transport.send("POST", "/", signed, body)
        except NoAnswer as error:
            raise AwsUnreachable(operation, str(error)) from None
        return read_answer(operation, answer)


def read_answer(operation: str, answer: Answer) -> Json:
    """Raises AwsError where the answer is an error, AwsUnreachable where it was damaged on the way."""
    if not _is_whole(answer):
        raise AwsUnreachable(operation, "ChecksumMismatch")
    try:
        document = json.loads(answer.body) if answer.body else {}
    except ValueError:
        if answer.status < 300:
            raise AwsUnreachable(operation, "UnreadableAnswer") from None
        document = {}
    if not isinstance(document, dict):
        document = {}
    if answer.status >= 300:
        raise AwsError(operation, _code(answer, document), answer.status, document)
    return document


def _is_whole(answer: Answer) -> bool:
    """DynamoDB says what its answers' checksums are."""
    stated = answer.headers.get("x-amz-crc32")
    return stated is None or int(stated) == zlib.crc32(answer.body)


def _code(answer: Answer, document: Json) -> str:
    """SQS has had a protocol with other codes before, which it still names in a header: "code;fault"."""
    old = answer.headers.get("x-amzn-query-error", "").partition(";")[0]
    named = str(document.get("__type") or document.get("code") or "")
    return old or named.rpartition("#")[2].partition(":")[0] or str(answer.status)


def may_try_again(error: AwsError) -> bool:
    """Whether the same call may work at once or in a moment."""
    return (
        isinstance(error, AwsUnreachable)
        or error.status in _TRANSIENT_STATUS
        or error.code in THROTTLED
        or error.code in _TRANSIENT
    )


def _pause(error: AwsError, attempt: int) -> float:
    first = _PAUSE_THROTTLED if error.code in THROTTLED else _PAUSE
    longest: float = min(first * 2 ** (attempt - 1), LONGEST_PAUSE)
    return random.random() * longest  # noqa: S311 - jitter, no secret
