"""What the functions that are timed find in the canned AWS: connections, their secrets, and a visitor's chat."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import boto3

from bench.canned.aws import CannedAws, canned_aws
from bench.runtime import VARIABLES, Runtime, lambda_runtime
from bench.samples import make_webhook, read_endpoint
from patchbay.aws.clock import SystemClock
from patchbay.aws.stores import keys
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Connection, Secrets
from patchbay.kit import registry

Json = dict[str, Any]
_TABLE = VARIABLES["TABLE_NAME"]
_WEBCHAT = "functions/webchat/app.py"


@dataclass(slots=True)
class Setting:
    """`tokens` are the webhook tokens of connections, by id: "viber-1" is the first one of Viber."""

    aws: CannedAws
    runtime: Runtime
    tokens: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _visitor: Json = field(default_factory=dict)

    # --- connecting --------------------------------------------------------------------------------------------------

    def connect(self, connection_id: str, values: Mapping[str, Mapping[str, str]], link: str = "") -> None:
        """Stores a connection as the command does, with `values["settings"]` and `values["secrets"]`."""
        service = connection_id.partition("-")[0]
        connection = Connection(
            id=connection_id,
            service=service,
            side=registry.load(service).side,
            endpoint_id=connection_id,
            settings=values["settings"],
            secrets=Secrets(values=values["secrets"]),
            link=link or None,
        )
        self.tokens[connection_id] = self._store().save(connection)

    def connect_sample(self, service: str) -> None:
        """Stores what the samples of a service are signed for, with the accounts, tenants and threads they name."""
        endpoint, own = read_endpoint(service), f"{service}-1"
        self.connect(own, endpoint)
        for account in endpoint["accounts"]:
            self._put(keys.account_key(own, account), connection_id=own)
        for tenant, accounts in endpoint.get("tenants", {}).items():
            for account in accounts:
                self._put(keys.tenant_key(own, tenant), account, account=account)
        for thread, account in endpoint.get("threads", {}).items():
            self._put(keys.owner_key(own, thread), account=account)

    def _store(self) -> ConfigurationStore:
        session = boto3.session.Session("x", "x", region_name=VARIABLES["AWS_REGION"])
        where = {"endpoint_url": self.aws.url, "verify": str(self.aws.bundle)}
        table = session.resource("dynamodb", **where).Table(_TABLE)  # type: ignore[call-overload]
        vault = session.client("secretsmanager", **where)  # type: ignore[call-overload]
        return ConfigurationStore(table, vault, VARIABLES["PATCHBAY_STAGE"], SystemClock())

    def _put(self, pk: str, sk: str = keys.SORT, **texts: str) -> None:
        item = {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **texts}.items()}
        self.aws.call("DynamoDB_20120810.PutItem", {"TableName": _TABLE, "Item": item})

    # --- events ------------------------------------------------------------------------------------------------------

    def make_event(self, connection_id: str, person: int = 0) -> Json:
        """API Gateway's event of a text message that is new: a customer's to a messenger, an agent's to a platform."""
        service, number = connection_id.partition("-")[0], next(self._numbers)
        if service == "webchat":
            return self._write_as_visitor(number)
        return make_webhook(service, self.tokens[connection_id], number, person)

    def make_records(self, connection_id: str, persons: int, messages: int = 1) -> list[list[Json]]:
        """Batches of the queue, each with one message of each person, as the webhook function writes them."""
        events = [self.make_event(connection_id, person) for _ in range(messages) for person in range(persons)]
        self.aws.take_records()
        self.runtime.start(f"functions/{connection_id.partition('-')[0]}_webhook/app.py", events)
        records = self.aws.take_records()
        if len(records) != len(events):
            raise RuntimeError(f"{len(records)} of {len(events)} messages reached the queue")
        return [records[start : start + persons] for start in range(0, len(records), persons)]

    def _write_as_visitor(self, number: int) -> Json:
        """The web chat takes no webhooks: its visitors' browsers call it."""
        if not self._visitor:
            self._visitor = self._arrive()
        message = {"id": str(uuid.UUID(int=number)), "text": "Hello, is anybody there?"}
        return self._call(f"api/chats/{self._visitor['chat']}/messages", message, self._visitor["token"])

    def _arrive(self) -> Json:
        """A visitor with a chat in which nothing was written yet."""
        chat = str(uuid.UUID(int=0))
        [answer] = self.runtime.start(_WEBCHAT, [self._call("api/visitors", {}, "")])["answers"]
        token = json.loads(answer["body"])["token"]
        self.runtime.start(_WEBCHAT, [self._call("api/chats", {"id": chat, "name": "Ann"}, token)])
        return {"chat": chat, "token": token}

    def _call(self, path: str, body: Json, token: str) -> Json:
        event = make_webhook("webchat", self.tokens["webchat-1"], 0)
        event["headers"] = {
            "content-type": "application/json",
            **({"authorization": f"Bearer {token}"} if token else {}),
        }
        event["pathParameters"]["proxy"] = path
        event["body"] = json.dumps(body)
        return event


@contextmanager
def canned_setting() -> Iterator[Setting]:
    """A canned AWS with nothing in it, and a runtime whose functions call it."""
    with ExitStack() as cleanup:
        aws = cleanup.enter_context(canned_aws())
        yield Setting(aws, cleanup.enter_context(lambda_runtime(aws.packages, aws.variables)))
