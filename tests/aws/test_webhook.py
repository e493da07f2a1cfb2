"""Webhook functions from API Gateway's event to the queue, with the services' own sample events."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from patchbay.aws import clients
from patchbay.aws.handlers.http_api import HttpApiEvent, HttpApiResponse
from patchbay.aws.handlers.webhook import Handler, make_handler
from patchbay.aws.stores import keys
from patchbay.bridge.ports import Clock
from patchbay.domain.events import decode
from patchbay.kit import registry
from tests.aws import aws
from tests.harness.moto_transport import observing

EVENTS = aws.ROOT / "events"
SERVICES = sorted(folder.parent.name for folder in EVENTS.glob("*/endpoint.json"))


class SampleTime(Clock):
    """From when the latest sample was sent, time goes on as ever: by now it would be taken for a replay."""

    def __init__(self) -> None:
        self._ago = timedelta(0)

    def set_by(self, event: HttpApiEvent) -> None:
        context: Any = event["requestContext"]
        self._ago = datetime.now(UTC) - datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) - self._ago


@dataclass
class Function:
    cloud: aws.Aws
    handler: Handler
    folder: Path
    time: SampleTime

    def call(self, event: HttpApiEvent) -> HttpApiResponse:
        self.time.set_by(event)
        return self.handler(event, None)

    def sample(self, name: str) -> HttpApiEvent:
        event: HttpApiEvent = json.loads((self.folder / name).read_text())
        return event

    def queued(self) -> list[dict[str, Any]]:
        answer = self.cloud.sqs.receive_message(QueueUrl=self.cloud.queue_url, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


@pytest.fixture(params=SERVICES)
def function(request: pytest.FixtureRequest) -> Iterator[Function]:
    service: str = request.param
    folder = EVENTS / service
    time = SampleTime()
    at_that_time = patch("patchbay.aws.handlers.webhook.SystemClock", lambda: time)
    with aws.running() as cloud, patch.dict("os.environ", cloud.environment), at_that_time:
        clients.forget()
        _configure(cloud, service, folder)
        _know(cloud, folder)
        yield Function(cloud, make_handler(service), folder, time)
        clients.forget()


def _know(cloud: aws.Aws, folder: Path) -> None:
    """The accounts, tenants and conversations that the sample events name."""
    endpoint = json.loads((folder / "endpoint.json").read_text())

    def put(pk: str, sk: str = keys.SORT, **texts: str) -> None:
        item = {"pk": pk, "sk": sk, **texts}
        cloud.dynamodb.put_item(TableName=aws.TABLE, Item={name: {"S": value} for name, value in item.items()})

    for account in endpoint["accounts"]:
        put(keys.account_key(endpoint["id"], account), connection_id=endpoint["id"])
    for tenant, accounts in endpoint.get("tenants", {}).items():
        for account in accounts:
            put(keys.tenant_key(endpoint["id"], tenant), account, account=account)
    for thread, account in endpoint.get("threads", {}).items():
        put(keys.owner_key(endpoint["id"], thread), account=account)


def _configure(cloud: aws.Aws, service: str, folder: Path) -> None:
    """Stores the endpoint that the folder's sample events are signed for, under the webhook token in their path."""
    endpoint = json.loads((folder / "endpoint.json").read_text())
    sample = json.loads((folder / "message_text.json").read_text())
    webhook_token = sample["pathParameters"]["webhook_token"]
    side = registry.load(service).side
    texts = {"id": endpoint["id"], "service": service, "side": str(side), "endpoint_id": endpoint["id"]}
    plain = {name: {"S": value} for name, value in {**texts, "account": "", "tenant": "", "status_reason": ""}.items()}
    settings = {"M": {name: {"S": value} for name, value in endpoint["settings"].items()}}
    put = cloud.dynamodb.put_item
    put(
        TableName=aws.TABLE,
        Item={
            "pk": {"S": keys.CONNECTIONS},
            "sk": {"S": endpoint["id"]},
            **plain,
            "settings": settings,
            "status": {"S": "active"},
            "secret_versions": {"M": {"verify": {"S": "1"}} if endpoint["secrets"] else {}},
        },
    )
    address = {
        "pk": {"S": keys.endpoint_key(service, webhook_token)},
        "sk": {"S": keys.SORT},
        "owner": {"S": endpoint["id"]},
    }
    put(TableName=aws.TABLE, Item={**address, "id": plain["id"], "service": plain["service"]})
    if endpoint["secrets"]:
        name = keys.secret_name("test", service, endpoint["id"], keys.VERIFY)
        cloud.secrets.create_secret(Name=name, SecretString=json.dumps({"values": endpoint["secrets"]}))


def test_a_sample_message_is_accepted_and_on_the_queue(function: Function) -> None:
    answer = function.call(function.sample("message_text.json"))
    assert 200 <= answer["statusCode"] < 300
    (queued,) = function.queued()
    assert decode(json.dumps(queued)).kind == "message"


def test_every_sample_is_answered_whether_what_it_names_is_known_or_not(function: Function) -> None:
    samples = [path.name for path in sorted(function.folder.glob("*.json")) if path.stem != "endpoint"]
    refused = [name for name in samples if function.call(function.sample(name))["statusCode"] >= 300]
    assert refused == []
    for item in function.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]:
        if item["pk"]["S"].startswith(("ACCOUNT#", "TENANT#", "OWNER#")):
            key = {"pk": item["pk"], "sk": item["sk"]}
            function.cloud.dynamodb.delete_item(TableName=aws.TABLE, Key=key)
    function.handler = make_handler(function.folder.name)
    assert {function.call(function.sample(name))["statusCode"] for name in samples} <= {200, 202, 204, 404}


def test_what_the_queue_cannot_hold_lies_in_the_bucket(function: Function) -> None:
    with patch("patchbay.aws.stores.queue.MOST_BYTES", 10):
        assert function.call(function.sample("message_text.json"))["statusCode"] < 300
    (stored,) = function.cloud.s3.list_objects_v2(Bucket=aws.BUCKET)["Contents"]
    assert stored["Key"].startswith("events/")


def test_an_unknown_hook_is_404_and_a_changed_body_401_and_neither_is_queued(function: Function) -> None:
    stranger = function.sample("message_text.json")
    stranger["pathParameters"] = {"webhook_token": "guessed"}
    assert function.call(stranger)["statusCode"] == 404
    if registry.load(function.folder.name).signs:
        tampered = function.sample("message_text.json")
        tampered["body"] += " "
        assert function.call(tampered)["statusCode"] == 401
    assert function.queued() == []


def test_a_body_that_is_too_large_is_413(function: Function) -> None:
    event = function.sample("message_text.json")
    event["body"] = "x" * (registry.load(function.folder.name).behavior.most_webhook_bytes + 1)
    assert function.call(event)["statusCode"] == 413


def test_the_service_sends_again_what_the_queue_refused(function: Function) -> None:
    function.cloud.sqs.delete_queue(QueueUrl=function.cloud.queue_url)
    assert function.call(function.sample("message_text.json"))["statusCode"] == 500


def test_an_unexpected_failure_is_500_and_its_words_stay_out_of_the_log(function: Function, log: io.StringIO) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the customer's words")

    with patch("patchbay.bridge.receive.Receiver.receive", fail):
        assert function.call(function.sample("message_text.json"))["statusCode"] == 500
    assert "RuntimeError in webhook.py" in log.getvalue()
    assert "the customer's words" not in log.getvalue()


def test_counts_are_written_once_an_invocation(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = function.sample("message_text.json")
    stranger["pathParameters"] = {"webhook_token": "guessed"}
    function.call(stranger)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert len(metrics) == 1
    assert metrics[0]["UnknownHook"] == [1.0]
    assert metrics[0]["service"] == function.folder.name
    function.call(function.sample("message_text.json"))
    assert '"_aws"' not in capsys.readouterr().out


def test_a_warm_webhook_makes_one_call(function: Function) -> None:
    calls: list[str] = []
    first, *rest = (name for name in ("message_text.json", "message_text_in_many_scripts.json"))
    function.call(function.sample(first))
    with observing(lambda operation, _: calls.append(operation)):
        for name in rest:
            assert function.call(function.sample(name))["statusCode"] < 300
    assert calls == ["SendMessageBatch"]
