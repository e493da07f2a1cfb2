"""Every request that leaves for the AWS that moto plays, whatever client sends it, with its answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from unittest.mock import patch
from urllib.parse import urlsplit

from moto.core.botocore_stubber import BotocoreStubber

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

Json = dict[str, Any]
_own: ContextVar[bool] = ContextVar("own", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`service` is as in the host's name. S3 has no operations on the wire: there it is the method. `body` is JSON."""

    service: str
    operation: str
    body: Json = field(repr=False)


class Watcher(Protocol):
    def before(self, request: Request) -> object:
        """What `after` is given, once the answer is there."""

    def after(self, request: Request, answer: bytes, noted: object) -> None: ...


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Requests of all clients in this process, for as long as moto stands in for AWS."""
    process = BotocoreStubber.process_request

    def look_and_process(stubber: BotocoreStubber, sent: AWSPreparedRequest) -> Any:
        if _own.get():
            return process(stubber, sent)
        request = _read(sent)
        with unwatched():
            noted = watcher.before(request)
        answer = process(stubber, sent)
        if answer is not None:
            body = answer[2]
            with unwatched():
                watcher.after(request, body if isinstance(body, bytes) else str(body).encode(), noted)
        return answer

    with patch.object(BotocoreStubber, "process_request", look_and_process):
        yield


@contextmanager
def unwatched() -> Iterator[None]:
    """Requests of this thread, which are the watcher's own."""
    token = _own.set(True)
    try:
        yield
    finally:
        _own.reset(token)


def _read(sent: AWSPreparedRequest) -> Request:
    service = (urlsplit(sent.url).hostname or "").partition(".")[0]
    target: Any = sent.headers.get("X-Amz-Target", "")
    name = target.decode() if isinstance(target, bytes) else str(target)
    if not name:
        return Request(service=service, operation=str(sent.method), body={})
    body: Any = sent.body
    return Request(service=service, operation=name.rpartition(".")[2], body=json.loads(body or b"{}"))
