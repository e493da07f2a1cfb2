"""A messenger, a platform and the deployed functions between them, on virtual time: everything they use is counted.

The real handlers, `aws/` and connectors run between the two simulators, connected and linked by the `patchbay`
command; moto stands in for AWS, with the table of template.yaml. One thing happens at a time, so that each call is
booked on what caused it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
from click.testing import CliRunner
from flask import Response, request

from bench import wire
from bench.books import Books, Cost
from bench.context import Context
from bench.meter import Meter
from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.handlers import dispatcher
from patchbay.aws.stores import connections
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay_cli.deployment import Deployment
from patchbay_cli.main import main as command
from patchbay_cli.stack import Stack
from playground import world as simulated
from playground.emulator import ROOT
from playground.services.webchat import WebChatSimulator
from playground.simulator import Simulator, WebhookAnswer
from tests.aws import aws as mocked
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

Json = dict[str, Any]
PUBLIC = "https://bridge.test"
SOON = timedelta(seconds=4)  #: for which everything that follows is awaited
_DEDUPLICATION = timedelta(minutes=5)
_LONGEST_WAIT = 60  #: seconds until a deferred event must have been handled
#: What delivers a message. Whatever puts one on the queue carries one too.
_CARRYING = frozenset({"message", "bridge POST chats/*/messages"})
LOG = io.StringIO()  #: of all worlds, since a logger keeps what it was first given
_STAGE = {"PATCHBAY_STAGE": "local", "PATCHBAY_EMULATOR": "yes"}


class CountedHttp(WsgiHttp):
    """The services' APIs."""

    books: Books

    def send(self, request: HttpRequest) -> HttpResponse:
        self.books.count_api_call()
        return super().send(request)


class CountedWebChat(WebChatSimulator):
    """Visitors whose calls go to the deployed function, and no further page."""

    serve: Callable[[Json, str], Json]

    def _serve(self, webhook_token: str, tail: str = "") -> Response:
        steps = tail.split("/")
        from_bridge = steps[:1] == ["bridge"]
        route = "bridge/{proxy+}" if from_bridge else "{proxy+}"
        event: Json = {
            "routeKey": f"ANY /webchat/{{webhook_token}}/{route}",
            "requestContext": {"http": {"method": request.method, "sourceIp": "192.0.2.1"}},
            "rawQueryString": request.query_string.decode(),
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "pathParameters": {"webhook_token": webhook_token, "proxy": "/".join(steps[1:] if from_bridge else steps)},
            "body": request.get_data(as_text=True),
            "isBase64Encoded": False,
        }
        answer = self.serve(event, _describe_call(request.method, steps))
        if from_bridge and steps[1] == "chats" and answer["statusCode"] < 300:
            self.on_bridge_call(steps[2])
        return Response(answer.get("body", ""), answer["statusCode"], dict(answer["headers"]))


def _describe_call(method: str, steps: list[str]) -> str:
    """ "POST chats/*/messages": ids are left out, they are every second step."""
    inner = steps[1:] if steps[0] in {"api", "bridge"} else steps
    path = "/".join("*" if number % 2 else step for number, step in enumerate(inner))
    return " ".join(filter(None, ("bridge" if steps[0] == "bridge" else "", method, path)))


@dataclass(slots=True)
class CountedWorld:
    """Made by `running`."""

    aws: mocked.Aws
    books: Books
    time: VirtualTime
    http: CountedHttp
    simulators: dict[str, Simulator]
    messenger: str
    platform: str
    handlers: dict[str, Callable[[Json, object], Json]]
    deferred: bool = False
    _sent: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    # --- connecting --------------------------------------------------------------------------------------------------

    def connect(self, service: str) -> None:
        simulator = self.simulators[service]
        demo = simulator.demo()
        secrets = {} if simulator.deployed else {**demo.secrets, **demo.later_secrets}
        words = [f"--set={name}={value}" for name, value in demo.settings.items()]
        words += [f"--secret={name}={value}" for name, value in secrets.items()]
        answer = json.loads(self.run("connect", service, f"{service}-1", *words, "--show-secrets", "--json"))
        if simulator.deployed or not answer["registered"]:
            simulator.paste_webhooks(answer["webhooks"])
        self.settle()

    def run(self, *words: str) -> str:
        """What the `patchbay` command prints."""
        done = CliRunner(mix_stderr=False).invoke(command, words)
        if done.exit_code:
            raise RuntimeError(f"patchbay {words[0]} failed: {done.stderr or done.exception!r}")
        return str(done.stdout)

    # --- time --------------------------------------------------------------------------------------------------------

    def settle(self, horizon: timedelta = SOON) -> None:
        """Until nothing is on the queue, and for `horizon`."""
        until = self.time.now() + horizon
        last = until + timedelta(seconds=_LONGEST_WAIT)
        while self.time.now() < last:
            if self.time.run_due() or self._dispatch():
                continue
            due = self.time.next_due
            if due is not None and due <= until:
                self.time.jump(due)
            elif self.deferred:
                self.time.advance(1)
            else:
                self.time.jump(until)
                return
        raise RuntimeError("an event was deferred again and again")

    # --- the functions -----------------------------------------------------------------------------------------------

    def invoke(self, name: str, label: str, event: Json) -> Json:
        if name not in self.handlers:
            self.handlers[name] = runpy.run_path(str(ROOT / "functions" / name / "app.py"))["handler"]
        with contextlib.redirect_stdout(LOG), self.books.on(f"{name}: {label}") as cost:
            cost.carries |= label in _CARRYING
            answer = self.handlers[name](event, Context())
            _book_answer(cost, answer)
        return answer

    def post(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """A webhook of a simulator, as API Gateway hands it over."""
        address = urlsplit(url)
        service, webhook_token, *tail = address.path.strip("/").split("/")
        event: Json = {
            "requestContext": {"http": {"method": method}},
            "rawQueryString": address.query,
            "headers": dict(headers),
            "pathParameters": {"webhook_token": webhook_token, "proxy": "/".join(tail)},
            "body": body.decode(),
            "isBase64Encoded": False,
        }
        answer = self.invoke(f"{service}_webhook", describe_webhook(tail, body), event)
        return WebhookAnswer(answer["statusCode"], answer.get("body", "").encode(), answer.get("headers", {}))

    def _dispatch(self) -> bool:
        """One message of the queue. Returns whether there was one."""
        with wire.unwatched():
            received = self.aws.sqs.receive_message(
                QueueUrl=self.aws.queue_url, AttributeNames=["All"], MaxNumberOfMessages=1
            )
        for message in received.get("Messages", []):
            self.deferred = False
            if self._is_duplicate(message):
                self._delete(message)
                continue
            record = {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            kind = str(json.loads(message["Body"])["event"]["kind"])
            answer = self.invoke("dispatcher", kind, {"Records": [record]})
            if answer["batchItemFailures"]:
                self.deferred = True
                continue
            self._delete(message)
        return "Messages" in received

    def _is_duplicate(self, message: Any) -> bool:
        """SQS remembers for five minutes what it was sent. moto forgets it with the message."""
        first, at = self._sent.setdefault(
            message["Attributes"]["MessageDeduplicationId"], (message["MessageId"], self.time.now())
        )
        return bool(first != message["MessageId"] and self.time.now() - at < _DEDUPLICATION)

    def _delete(self, message: Any) -> None:
        with wire.unwatched():
            self.aws.sqs.delete_message(QueueUrl=self.aws.queue_url, ReceiptHandle=message["ReceiptHandle"])


def _book_answer(cost: Cost, answer: Json) -> None:
    if "statusCode" in answer:
        cost.answer_bytes += len(json.dumps(answer.get("headers", {}))) + len(str(answer.get("body", "")).encode())


def describe_webhook(tail: list[str], body: bytes) -> str:
    """The kind of a webhook, and who wrote the message in it."""
    content: Json = json.loads(body) if body[:1] == b"{" else {}
    actor = content.get("actor", {}).get("actor_type", "") if isinstance(content.get("actor"), dict) else ""
    names = ("event", "$_type", "eventType", "action", "event_type", "type")
    kind = next((str(content[name]) for name in names if content.get(name)), "/".join(_hide_id(tail)) or "webhook")
    return " of ".join(filter(None, (kind, actor)))


def _hide_id(steps: list[str]) -> list[str]:
    return [step if step.isalpha() else "*" for step in steps]


@contextlib.contextmanager
def running(messenger: str, platform: str) -> Iterator[CountedWorld]:
    """Both connected and linked; nobody has written yet."""
    time = VirtualTime()
    with contextlib.ExitStack() as cleanup:
        enter = cleanup.enter_context
        enter(patch.object(SystemClock, "now", lambda _self: time.now()))
        for name, factor in (("unix_time", 1), ("unix_time_millis", 1000)):  # long polls would wait for ever
            enter(patch(f"moto.sqs.models.{name}", lambda factor=factor: time.now().timestamp() * factor))
        # Once a minute a warm container reads a connection's record. That is no cost of a message: see bench/growth.py.
        enter(patch.object(connections, "RECORDS_KEPT", timedelta(hours=1)))
        aws = enter(mocked.running())
        enter(patch.dict(os.environ, {**aws.environment, **_STAGE, "PUBLIC_URL": PUBLIC, "LIVE_API_ID": "live1"}))
        clients.forget()
        cleanup.callback(clients.forget)
        indexes = mocked.resource("Table")["GlobalSecondaryIndexes"]
        books = Books(Meter(mocked.make_client("dynamodb"), mocked.TABLE, indexes), LOG)
        world = _make_world(aws, books, time, messenger, platform)
        enter(patch.object(dispatcher, "RequestsHttp", lambda **_: world.http))
        _give_to_command(enter, world)
        enter(wire.watched(books))
        for service in (platform, messenger):
            world.connect(service)
        world.run("link", f"{messenger}-1", f"{platform}-1")
        world.settle(timedelta(minutes=61))  # until every container has read the link
        yield world


def _make_world(aws: mocked.Aws, books: Books, time: VirtualTime, messenger: str, platform: str) -> CountedWorld:
    http = CountedHttp({})
    http.books = books
    world = CountedWorld(aws, books, time, http, {}, messenger, platform, {})
    made = simulated.make_simulators(time, world.post, Random(1))
    webchat = CountedWebChat(time, world.post, Random(1))
    webchat.base_url = PUBLIC
    webchat.serve = lambda event, label: world.invoke("webchat", label, event)
    world.simulators = {**made, "webchat": webchat}
    http.apps = {urlsplit(one.base_url).netloc: one.app for one in world.simulators.values()}
    return world


def _give_to_command(enter: Callable[[Any], Any], world: CountedWorld) -> None:
    """The stack, without CloudFormation."""
    stack = Stack(
        name="patchbay",
        stage=_STAGE["PATCHBAY_STAGE"],
        emulator=True,
        api_url=PUBLIC,
        api_id="abc123",
        table=mocked.TABLE,
        queue_url=world.aws.queue_url,
        dead_letter_queue_url=world.aws.dead_letter_url,
        bucket=mocked.BUCKET,
    )
    enter(patch("patchbay_cli.deployment.read_stack", lambda _cloudformation, _name: stack))
    enter(patch("patchbay_cli.deployment._sleep", world.time.advance))
    enter(patch.object(Deployment, "session", boto3.session.Session(region_name=mocked.REGION)))
    enter(patch.object(Deployment, "http", world.http))
