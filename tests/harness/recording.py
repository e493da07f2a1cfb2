"""A plugin of pytest's that writes down what each function asks of AWS while the tests of the functions run.

A call counts as a function's while its handler runs. The dispatcher is tested in memory, so a call counts as its own as
well while one of its stores does what the core asks of a port: those methods that some use case calls.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from types import FrameType
from typing import Any

import botocore.client
import botocore.signers
from botocore.exceptions import ClientError
from botocore.session import get_session

from chat.aws import handler as webchat_handler
from chat.aws.channel import ApiGatewayChannel
from patchbay.aws.api.client import JsonApi
from patchbay.aws.handlers import dispatcher, media, oauth, topic, webhook, webhook_monitor
from patchbay.aws.net.signed_requests import RequestSigner
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.costs import DynamoCosts
from patchbay.aws.stores.held import DynamoHeldMessages
from patchbay.aws.stores.leases import DynamoLeases
from patchbay.aws.stores.ledger import DynamoLedger
from patchbay.aws.stores.media import S3Media
from patchbay.aws.stores.people import DynamoPeople
from patchbay.aws.stores.queue import SqsConsumer, SqsProducer
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.templates import DynamoTemplates
from patchbay.bridge import ports
from patchbay.bridge.costs import CostCounters
from patchbay.bridge.held import HeldMessages
from patchbay.bridge.ledger import Ledger
from patchbay.bridge.people import People
from patchbay.bridge.template_store import KnownTemplates
from patchbay.kit.contract import HttpRequest
from tests.harness.privileges import read_calls
from tests.harness.product import CHAT, CORE, name_of

OUTPUT = "PATCHBAY_RECORDED_CALLS"  #: the variable that names the file to write


_HANDLERS: tuple[tuple[Any, Callable[..., str]], ...] = (
    (webhook, lambda service: service if service == "webchat" else f"{service}_webhook"),
    (topic, lambda service: f"{service}_events"),
    (webchat_handler, lambda static: "webchat"),
    (dispatcher, lambda: "dispatcher"),
    (media, lambda: "media"),
    (oauth, lambda: "oauth"),
    (webhook_monitor, lambda: "webhook_monitor"),
)
_STORES: tuple[tuple[type, type], ...] = (
    (StoredConnections, ports.Connections),
    (DynamoSessions, ports.Sessions),
    (DynamoPeople, People),
    (DynamoLedger, Ledger),
    (DynamoLeases, ports.Leases),
    (DynamoHeldMessages, HeldMessages),
    (DynamoTemplates, KnownTemplates),
    (DynamoCosts, CostCounters),
    (S3Media, ports.Media),
    (SqsConsumer, ports.QueueConsumer),
    (SqsProducer, ports.QueueProducer),
)

_running: list[str] = []  #: the function that is at work; a list, because its threads must see it too
_calls: set[str] = set()
_sites: set[str] = set()


@contextmanager
def working(function: str) -> Iterator[None]:
    """What is asked of AWS meanwhile, `function` asks for."""
    _running.append(function)
    try:
        yield
    finally:
        _running.pop()


def _note(service: str, operation: str, params: Any) -> None:
    if not _running:
        return
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = _module_of(frame.f_code.co_filename)
        if module:
            _sites.add(f"{module} {operation}")
        frame = frame.f_back
    for call in read_calls(service, operation, params):
        _calls.add(json.dumps([_running[0], call.action, call.resource, sorted(call.context.items())]))


@cache
def _module_of(filename: str) -> str:
    """Of the product, "" of others. Each call of AWS stands on fifty frames."""
    path = Path(filename)
    return name_of(path) if path.is_relative_to(CORE) or path.is_relative_to(CHAT) else ""


def pytest_configure() -> None:
    """The clients and the handlers of whatever is imported from now on."""
    _watch_clients()
    _watch_signer()
    for module, name in _HANDLERS:
        module.make_handler = _watch_handler(module.make_handler, name)
    for store, port in _STORES:
        for method in _asked_by_the_core(port):
            setattr(store, method, _watch(getattr(store, method)))


def pytest_unconfigure() -> None:
    found = {"calls": sorted(_calls), "sites": sorted(_sites)}
    Path(os.environ[OUTPUT]).write_text(json.dumps(found), encoding="utf-8")


def _watch_clients() -> None:
    client: Any = botocore.client.BaseClient
    signers: Any = botocore.signers
    call, url, form = client._make_api_call, signers.generate_presigned_url, signers.generate_presigned_post

    @wraps(call)
    def make_api_call(self: Any, operation: str, params: Any) -> Any:
        service = self.meta.service_model.service_name
        _note(service, operation, params)
        try:
            return call(self, operation, params)
        except ClientError as error:
            if service == "s3" and error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                _note(service, "ListObjectsV2", {"Bucket": params["Bucket"]})  # or S3 answers 403 and not 404
            raise

    def presigned_url(self: Any, ClientMethod: str, Params: Any = None, **more: Any) -> str:  # noqa: N803
        _note("s3", self.meta.method_to_api_mapping[ClientMethod], Params)
        return str(url(self, ClientMethod, Params=Params, **more))

    def presigned_post(self: Any, Bucket: str, Key: str, **more: Any) -> Any:  # noqa: N803
        _note("s3", "PutObject", {"Bucket": Bucket, "Key": Key})
        return form(self, Bucket=Bucket, Key=Key, **more)

    own: Any = JsonApi
    call_by_ourselves = own.call

    @wraps(call_by_ourselves)
    def make_own_call(self: Any, operation: str, request: Any) -> Any:
        _note(self._service.name, operation, request)
        return call_by_ourselves(self, operation, request)

    channel: Any = ApiGatewayChannel
    send = channel.send

    @wraps(send)
    def send_update(self: Any, connection: str, update: bytes) -> Any:
        _note("execute-api", "ManageConnections", {"ConnectionId": connection})
        return send(self, connection, update)

    channel.send = send_update
    own.call = make_own_call
    client._make_api_call = make_api_call
    signers.generate_presigned_url = presigned_url
    signers.generate_presigned_post = presigned_post


def _watch_signer() -> None:
    signer: Any = RequestSigner
    sign = signer.sign

    @wraps(sign)
    def sign_request(self: Any, request: HttpRequest) -> HttpRequest:
        given = request.json if isinstance(request.json, dict) else {}
        _note(request.aws_service, _find_operation(request), {**request.query, **given})
        signed: HttpRequest = sign(self, request)
        return signed

    signer.sign = sign_request


@cache
def _operations(service: str) -> dict[tuple[str, str], str]:
    """By method and path, the calls of a service that has both."""
    names = {"social-messaging": "socialmessaging"}
    model = get_session().get_service_model(names[service])
    found = {name: model.operation_model(name).http for name in model.operation_names}
    return {(http["method"], http["requestUri"]): name for name, http in found.items()}


def _find_operation(request: HttpRequest) -> str:
    return _operations(request.aws_service)[request.method, request.url]


def _watch_handler(make: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
    @wraps(make)
    def make_handler(*arguments: Any) -> Any:
        handler, function = make(*arguments), name(*arguments)

        @wraps(handler)
        def handle(*event: Any) -> Any:
            with working(function):
                return handler(*event)

        return handle

    return make_handler


def _watch(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a store, as the dispatcher calls it. What it hands out piece by piece is read there too."""

    @wraps(method)
    def ask(*arguments: Any, **named: Any) -> Any:
        with working("dispatcher"):
            answer = method(*arguments, **named)
            return iter(list(answer)) if isinstance(answer, Iterator) else answer

    return ask


def _asked_by_the_core(port: type) -> list[str]:
    """The port's methods that use cases of the dispatcher call: only receiving is done by the webhook functions."""
    return sorted(name for name in vars(port) if not name.startswith("_") and name in _called_by_the_core())


@cache
def _called_by_the_core() -> set[str]:
    called: set[str] = set()
    for path in (CORE / "bridge").glob("*.py"):
        if path.stem not in {"receive", "ports", "configuration"}:
            calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
            called |= {function.attr for function in calls if isinstance(function, ast.Attribute)}
    return called
