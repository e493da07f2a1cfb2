"""A stack in an AWS that lives in memory, three services, and the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any, Literal

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.kit import registry
from patchbay_cli.deployment import Deployment
from patchbay_cli.main import main
from patchbay_cli.stack import Stack
from playground.live import Server
from playground.services.freshchat import Freshchat
from tests.aws.aws import make_table
from tests.cli import policies, recorder
from tests.cli.dlq_harness import DlqHarness
from tests.cli.fakes import AppPlatform, ChannelPlatform, Loader, WebhookMessenger
from tests.cli.webhook_receiver import WebhookReceiver
from tests.harness import commands
from tests.harness.deletions import Deletions
from tests.harness.virtual_time import VirtualTime

REGION: Literal["eu-central-1"] = "eu-central-1"

# One for all tests: a session reads the descriptions of AWS's services, which takes longer than a test.
_SESSION = boto3.Session("testing", "testing", region_name=REGION)
recorder.attach(_SESSION)
_client, _resource = cache(_SESSION.client), cache(_SESSION.resource)


@dataclass(frozen=True)
class Cli:
    """Runs the command as a program does, without a terminal.

    Its calls are checked against the policies in docs/policies and against the audit trail, and the commands that it
    prints against its own parser.
    """

    def run(self, *words: str, typed: str | None = None) -> Result:
        with recorder.RECORDER.listen() as calls:
            result = CliRunner(mix_stderr=False).invoke(main, words, input=typed)
        policies.check_calls(words, calls)
        commands.check_printed(result.stdout + result.stderr)
        return result

    def succeed(self, *words: str, typed: str | None = None) -> str:
        """What it printed. Fails with what went wrong."""
        result = self.run(*words, typed=typed)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def read(self, *words: str) -> Any:
        """The JSON that it printed, which must be all that it printed."""
        return json.loads(self.succeed(*words, "--json"))

    def fail(self, *words: str, typed: str | None = None) -> str:
        """The error of a failure that was expected: one sentence, no traceback, nothing on stdout."""
        result = self.run(*words, typed=typed)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit)
        assert not result.stdout
        return result.stderr


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "PATCHBAY_STACK"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


@pytest.fixture
def deletions(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deletions]:
    """Of secrets. They take their time, which passes while the command waits."""
    time = VirtualTime()
    monkeypatch.setattr("patchbay_cli.deployment._sleep", time.advance)
    with Deletions(_client("secretsmanager"), time.now).in_background() as deletions:
        yield deletions


@pytest.fixture
def stack(deletions: Deletions, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Its stores are there; what CloudFormation says of them is tested with the reading of it."""
    monkeypatch.setattr(_SESSION, "client", _client)
    monkeypatch.setattr(_SESSION, "resource", _resource)
    sqs = _SESSION.client("sqs")
    make_table(_SESSION.client("dynamodb"), "patchbay-table")
    _SESSION.client("s3").create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": REGION})
    stack = Stack(
        name="patchbay",
        stage="local",
        emulator=True,
        api_url="https://abc123.execute-api.eu-central-1.amazonaws.com",
        api_id="abc123",
        table="patchbay-table",
        queue_url=sqs.create_queue(QueueName="events.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"],
        dead_letter_queue_url=sqs.create_queue(QueueName="dead.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"],
        bucket="files",
    )
    monkeypatch.setattr(Deployment, "session", _SESSION)
    monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: stack)
    return stack


@pytest.fixture
def deployment(stack: Stack) -> Deployment:
    """The stores as the command sees them."""
    return Deployment("patchbay")


@pytest.fixture
def configuration(deployment: Deployment) -> ConfigurationStore:
    return deployment.configuration


@pytest.fixture
def pigeon() -> WebhookMessenger:
    return WebhookMessenger()


@pytest.fixture
def desk() -> ChannelPlatform:
    return ChannelPlatform()


@pytest.fixture
def guild() -> AppPlatform:
    return AppPlatform()


@pytest.fixture
def cli(
    stack: Stack, pigeon: WebhookMessenger, desk: ChannelPlatform, guild: AppPlatform, monkeypatch: pytest.MonkeyPatch
) -> Cli:
    monkeypatch.setattr(registry, "load", Loader(pigeon, desk, guild))
    return Cli()


@pytest.fixture
def connected(cli: Cli) -> Cli:
    """With a pigeon and a desk, linked."""
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=the-good-token")
    cli.succeed("connect", "desk", "help", "--secret", "token=the-good-token", "--set", "base_url=https://desk.test")
    cli.succeed("link", "loft", "help")
    return cli


@pytest.fixture
def interactive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits in front of the command and can be asked."""
    monkeypatch.setattr("patchbay_cli.terminal.is_interactive", lambda: True)


@pytest.fixture
def dlq(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> DlqHarness:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    return DlqHarness(deployment)


# --- with the real connectors ----------------------------------------------------------------------------------------


@pytest.fixture
def command(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    return Cli()


@pytest.fixture
def receiver(deployment: Deployment) -> WebhookReceiver:
    return WebhookReceiver(deployment)


@pytest.fixture
def freshchat(receiver: WebhookReceiver) -> Iterator[Freshchat]:
    simulator = Freshchat(VirtualTime(datetime.now(UTC)), receiver.post, Random(1))
    with Server(simulator.app) as server:
        simulator.base_url = server.url
        yield simulator
