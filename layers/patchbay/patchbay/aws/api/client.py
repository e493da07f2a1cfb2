"""Calls of one service: written, signed, sent, read, and tried again where that may help."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from patchbay.aws.api.answers import read_answer
from patchbay.aws.api.contract import AwsApi, AwsError, AwsUnreachable, Json
from patchbay.aws.api.retries import RetryQuota, draw_pause, may_try_again
from patchbay.aws.api.signing import Credentials, Request, Scope, sign
from patchbay.aws.api.transport import NoAnswer, Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`target` goes before the operation's name in X-Amz-Target; `version` is that of the JSON protocol."""

    name: str
    target: str
    version: str


#: By a token of the call, AWS knows that a second attempt asks for what the first, whose answer was lost, has done.
_WITH_TOKEN = frozenset(
    {"CreateSecret", "ExecuteTransaction", "PutSecretValue", "RotateSecret", "TransactWriteItems", "UpdateSecret"}
)

SQS = Service(name="sqs", target="AmazonSQS", version="1.0")
DYNAMODB = Service(name="dynamodb", target="DynamoDB_20120810", version="1.0")
SECRETS_MANAGER = Service(name="secretsmanager", target="secretsmanager", version="1.1")


class JsonApi(AwsApi):
    """`attempts` is how often a call is tried; `credentials` are asked for with each, and may raise NoAnswer."""

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
        self._headers = {
            "content-type": f"application/x-amz-json-{service.version}",
            "host": urlsplit(endpoint).netloc,
        }
        if service is SQS:
            self._headers["x-amzn-query-mode"] = "true"  # asks for the error codes that SQS has always had
        self._transport = transport
        self._credentials = credentials
        self._attempts = attempts
        self._quota = RetryQuota()

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        if operation in _WITH_TOKEN:
            request = {"ClientRequestToken": str(uuid4()), **request}
        body = json.dumps(request, separators=(",", ":")).encode()
        taken = 0
        for attempt in count(1):
            try:
                answer = self._try(operation, body)
            except AwsError as error:
                if attempt >= self._attempts or not may_try_again(error):
                    raise
                taken = self._quota.take(error)
                if not taken:
                    raise
                pause = draw_pause(error, attempt, self._service.name)
            else:
                self._quota.give_back(taken)
                return answer
            time.sleep(pause)
        raise AssertionError("unreachable")

    def _try(self, operation: str, body: bytes) -> Json:
        """Signed for this moment: a signature is good for five minutes only."""
        headers = {**self._headers, "x-amz-target": f"{self._service.target}.{operation}"}
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        try:
            signed = sign(Request(headers=headers, body=body), self._credentials(), self._scope, at)
            answer = self._transport.send("POST", "/", signed | _unsigned(), body)
        except NoAnswer as error:
            raise AwsUnreachable(operation, str(error)) from None
        return read_answer(operation, answer)


def _unsigned() -> dict[str, str]:
    """What others on the way may change: who calls, as CloudTrail shows it, and which invocation, for Lambda and X-Ray.

    By the latter, Lambda notices a queue and a function that call each other without end.
    """
    trace = os.environ.get("_X_AMZN_TRACE_ID")
    if not trace or "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return {"user-agent": "Patchbay"}
    return {"user-agent": "Patchbay", "x-amzn-trace-id": quote(trace, safe="-=;:+&[]{}\"',")}
