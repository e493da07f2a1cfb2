"""What every webhook and every event costs in AWS calls and units, counted at the botocore layer.

The real handlers, `aws/` and connectors run between the two simulators; moto stands in for AWS, with the table of
template.yaml. One thing happens at a time, so that each call is booked on what caused it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3

from bench.context import Context
from bench.meter import Meter
from bench.timeline import HandTimeline
from patchbay.aws.clock import SystemClock
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Connection, Secrets
from patchbay.kit import registry
from patchbay.kit.account_setup import IdentifiesAccounts, RegistersWebhooks
from playground import world
from playground.emulator import ROOT
from playground.live import Server
from playground.simulator import Simulator, WebhookAnswer
from tests.aws import aws as mocked

Json = dict[str, Any]
MESSAGES = 5  #: in each direction
QUESTION = "Is my parcel on its way? It should have been here on Monday."
ANSWER = "It left our house on Friday; you should have it tomorrow."
PUT_OFF = 3.2  #: seconds after which a deferred message is on the queue again
EVENT_BYTES = 26  #: CloudWatch Logs: added to every line that is ingested

_READS = {"GetItem", "Query"}
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}


@dataclass(slots=True)
class Cost:
    """Of everything that bears one label. `calls` are by operation."""

    invocations: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    write_units: int = 0
    read_units: float = 0.0
    log_bytes: int = 0

    @property
    def reads(self) -> int:
        return sum(self.calls[name] for name in _READS)

    @property
    def writes(self) -> int:
        return sum(self.calls[name] for name in _WRITES)


class Books:
    """Who spent what. Labels are "viber webhook: message", "dispatcher: receipt_received" ..."""

    def __init__(self, table: str) -> None:
        self.costs: dict[str, Cost] = {}
        self._label = ""
        indexes = mocked.resource("Table")["GlobalSecondaryIndexes"]
        self._meter = Meter(boto3.session.Session().client("dynamodb"), table, indexes)

    @property
    def current(self) -> Cost:
        return self.costs.setdefault(self._label, Cost())

    @contextlib.contextmanager
    def on(self, label: str, log: io.StringIO) -> Iterator[None]:
        """Books what happens inside on `label`, with what it writes to `log`."""
        self._label = label
        before = log.tell()
        self.current.invocations += 1
        yield
        lines = log.getvalue()[before:].splitlines()
        self.current.log_bytes += sum(len(line.encode()) + EVENT_BYTES for line in lines)
        self._label = ""

    def watch(self, session: boto3.session.Session) -> None:
        """Counts the calls of clients that are made from now on."""
        session.events.register("before-call.dynamodb", self._meter.prepare)
        session.events.register("after-call", self._weigh)

    def _weigh(self, model: Any, http_response: Any, context: Json, **_: object) -> None:
        if not self._label:
            return
        self.current.calls[model.name] += 1
        if "meter" in context:
            units = self._meter.weigh(model.name, http_response.content, context)
            self.current.read_units += units.read
            self.current.write_units += units.write


class Bridge:
    """Both simulators, the functions between them, and the books."""

    def __init__(self, aws: mocked.Aws) -> None:
        self._aws = aws
        boto3.setup_default_session()
        session = boto3.DEFAULT_SESSION
        if session is None:
            raise RuntimeError("boto3 has no default session")
        self.books = Books(mocked.TABLE)
        self.books.watch(session)
        self.put_off = 0
        self._log = io.StringIO()
        self.timeline = HandTimeline()
        self.simulators = world.make_simulators(self.timeline, self._post, Random(1))
        self._handlers: dict[str, Callable[[Json, object], Json]] = {}

    def start(self, cleanup: contextlib.ExitStack) -> None:
        for simulator in self.simulators.values():
            simulator.base_url = cleanup.enter_context(Server(simulator.app)).url
        self._connect("freshchat", "")
        self._connect("viber", "freshchat-1")

    def settle(self) -> None:
        """Until no webhook is due and nothing is on the queue."""
        while self.timeline.step() or self._dispatch():
            pass

    # --- connecting --------------------------------------------------------------------------------------------------

    def _connect(self, service: str, link: str) -> None:
        simulator, connector = self.simulators[service], registry.load(service)
        demo = simulator.demo()
        connection = Connection(
            id=f"{service}-1",
            service=service,
            side=connector.side,
            endpoint_id=f"{service}-1",
            settings={name: value for name, value in demo.settings.items() if name != "welcome_message"},
            secrets=Secrets(values={**demo.secrets, **demo.later_secrets}),
            link=link or None,
        )
        if isinstance(connector, IdentifiesAccounts):
            connection = replace(connection, account=connector.get_account_id(connection))
        table = boto3.session.Session().resource("dynamodb").Table(mocked.TABLE)
        webhook_token = ConfigurationStore(table, self._aws.secrets, "local", SystemClock()).save(connection)
        webhooks = {"webhook": f"https://bridge.test/{service}/{webhook_token}"}
        if isinstance(connector, RegistersWebhooks):
            connector.register_webhooks(webhooks, connection, RequestsHttp(local=True))
        simulator.paste_webhooks(webhooks)

    # --- the functions -----------------------------------------------------------------------------------------------

    def _handler(self, name: str) -> Callable[[Json, object], Json]:
        if name not in self._handlers:
            self._handlers[name] = runpy.run_path(str(ROOT / "functions" / name / "app.py"))["handler"]
        return self._handlers[name]

    def _invoke(self, name: str, label: str, event: Json) -> Json:
        with contextlib.redirect_stdout(self._log), self.books.on(f"{name}: {label}", self._log):
            return self._handler(name)(event, Context())

    def _post(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """A webhook of a simulator, as API Gateway hands it over."""
        service, webhook_token = urlsplit(url).path.strip("/").split("/")
        event: Json = {
            "requestContext": {"http": {"method": method}},
            "rawQueryString": urlsplit(url).query,
            "headers": dict(headers),
            "pathParameters": {"webhook_token": webhook_token},
            "body": body.decode(),
            "isBase64Encoded": False,
        }
        answer = self._invoke(f"{service}_webhook", _describe(json.loads(body)), event)
        return WebhookAnswer(answer["statusCode"], answer.get("body", "").encode(), answer.get("headers", {}))

    def _dispatch(self) -> bool:
        """One message of the queue. Returns whether there was one."""
        received = self._aws.sqs.receive_message(
            QueueUrl=self._aws.queue_url, AttributeNames=["All"], MaxNumberOfMessages=1
        )
        for message in received.get("Messages", []):
            record = {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            answer = self._invoke(
                "dispatcher", str(json.loads(message["Body"])["event"]["kind"]), {"Records": [record]}
            )
            if answer["batchItemFailures"]:
                self.put_off += 1
                continue
            self._aws.sqs.delete_message(QueueUrl=self._aws.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return "Messages" in received


def _describe(webhook: Json) -> str:
    """The kind of a webhook, and who wrote the message in it."""
    actor = webhook.get("actor", {}).get("actor_type", "")
    return " of ".join(filter(None, (str(webhook.get("event") or webhook.get("action")), actor)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What MESSAGES of a customer and as many of an agent, all read by the customer, cost in a warm system."""

    to_agent: Mapping[str, Cost]
    to_customer: Mapping[str, Cost]


def measure() -> Traffic:
    with contextlib.ExitStack() as cleanup:
        aws = cleanup.enter_context(mocked.running())
        cleanup.enter_context(
            patch.dict(os.environ, {**aws.environment, "PATCHBAY_STAGE": "local", "PATCHBAY_EMULATOR": "yes"})
        )
        bridge = Bridge(aws)
        bridge.start(cleanup)
        viber, freshchat = bridge.simulators["viber"], bridge.simulators["freshchat"]
        person = str(viber.act("new_person", {"name": "Anna Berg"})["person"])
        _write(bridge, viber, person)
        where = {"conversation": _first(freshchat, "conversations"), "agent": _first(freshchat, "agents")}
        _reply(bridge, viber, freshchat, where, person)
        bridge.books.costs.clear()
        for _ in range(MESSAGES):
            _write(bridge, viber, person)
        to_agent = dict(bridge.books.costs)
        bridge.books.costs.clear()
        for _ in range(MESSAGES):
            _reply(bridge, viber, freshchat, where, person)
        _check(viber, freshchat)
        return Traffic(to_agent=to_agent, to_customer=dict(bridge.books.costs))


def _write(bridge: Bridge, viber: Simulator, person: str) -> None:
    """Viber reports the delivery of customers' own messages, too: such a receipt is deferred once, then skipped."""
    viber.act("write", {"person": person, "text": QUESTION})
    bridge.settle()
    while bridge.put_off:
        bridge.put_off = 0
        time.sleep(PUT_OFF)
        bridge.settle()


def _reply(bridge: Bridge, viber: Simulator, freshchat: Simulator, where: Mapping[str, str], person: str) -> None:
    freshchat.act("reply", {**where, "text": ANSWER})
    bridge.settle()
    viber.act("read", {"person": person})
    bridge.settle()


def _check(viber: Simulator, freshchat: Simulator) -> None:
    """What did not arrive has cost too little."""
    for simulator, words in ((freshchat, QUESTION), (viber, ANSWER)):
        arrived = json.dumps(simulator.view(), ensure_ascii=False).count(words)
        if arrived != MESSAGES + 1:
            raise RuntimeError(f"{arrived} of {MESSAGES + 1} messages arrived on {simulator.service}")


def _first(simulator: Simulator, kind: str) -> str:
    entries: Any = simulator.view()[kind]
    return str(entries[0]["id"])
