"""Requests of the product's own AWS client, answered by moto in this process: no socket, no thread, no server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from moto.core.models import botocore_stubber

from patchbay.aws.api.transport import Answer, Transport
from patchbay.aws.clients import Limits
from tests.harness.aws_descriptions import check_answer, check_request

#: Is shown each call before it is answered: the operation and its request. It returns another request to have that one
#: answered instead, and raises ClientError to refuse the call.
type Observer = Callable[[str, dict[str, Any]], dict[str, Any] | None]

#: Stands around each call: the operation, its request, and what answers it.
type Interceptor = Callable[[str, dict[str, Any], Callable[[], Answer]], Answer]

_observers: list[Observer] = []
_interceptors: list[Interceptor] = []


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


@contextmanager
def intercepting(interceptor: Interceptor) -> Iterator[None]:
    _interceptors.append(interceptor)
    try:
        yield
    finally:
        _interceptors.remove(interceptor)


class MotoTransport(Transport):
    """As `clients.connecting` makes one. What AWS's descriptions do not know is an error, in requests and answers."""

    def __init__(self, endpoint: str, _limits: Limits) -> None:
        self._endpoint = endpoint

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        request: dict[str, Any] = json.loads(body)
        target = headers["x-amz-target"]
        check_request(target, request)
        operation = target.rpartition(".")[2]
        try:
            for observer in tuple(_observers):
                request = observer(operation, request) or request
        except ClientError as error:
            return _refusal(error)
        answer: Callable[[], Answer] = partial(self._answer, method, path, headers, json.dumps(request).encode())
        for interceptor in tuple(_interceptors):
            answer = partial(interceptor, operation, request, answer)
        return answer()

    def _answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        sent = HTTPHeaders()
        for name, value in headers.items():
            sent[name] = value
        answered = botocore_stubber.process_request(
            AWSPreparedRequest(method, f"{self._endpoint}{path}", sent, body, stream_output=False)
        )
        assert answered is not None, f"moto does not play {self._endpoint}"
        status, found, content = answered
        text = content.encode() if isinstance(content, str) else content
        if status < 300:
            check_answer(headers["x-amz-target"], json.loads(text or "{}"))
        return Answer(status=status, headers={name.lower(): str(value) for name, value in found.items()}, body=text)


def _refusal(error: ClientError) -> Answer:
    code = error.response["Error"]["Code"]
    return Answer(status=400, headers={}, body=json.dumps({"__type": code}).encode())
