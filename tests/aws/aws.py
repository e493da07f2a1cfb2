"""A small AWS in this process, made from the template's own resources so that the two cannot differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from unittest.mock import patch
from urllib.parse import unquote

import boto3
import pytest
import yaml
from botocore.config import Config
from moto import mock_aws
from moto.s3.exceptions import PreconditionFailed
from moto.s3.responses import S3Response

from patchbay.aws import clients
from patchbay.aws.api.contract import AwsApi
from patchbay.aws.api.transport import KeptConnections
from tests.harness.deletions import Deletions
from tests.harness.fakes.sqs import check_contents
from tests.harness.moto_services import play_ours_only
from tests.harness.moto_transport import MotoTransport, observing

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.service_resource import Table as DynamoTable
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

_SENDING = ("SendMessage", "SendMessageBatch")
play_ours_only()

ROOT = Path(__file__).parents[2]
REGION: Literal["eu-central-1"] = "eu-central-1"
TABLE = "patchbay-test"
BUCKET = "patchbay-test-files"
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # ten times as fast
    """Reads CloudFormation's short functions (!Ref ...) as what they are given."""


def _construct(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node)


_Loader.add_multi_constructor("!", _construct)


def resource(name: str) -> dict[str, Any]:
    """The properties of a resource of template.yaml."""
    properties: dict[str, Any] = read_template()["Resources"][name]["Properties"]
    return deepcopy(properties)


def function(name: str, limit: Literal["MemorySize", "Timeout"]) -> float:
    """Megabytes or seconds of a function of template.yaml, as it is on AWS."""
    stated = resource(name).get(limit, read_template()["Globals"]["Function"][limit])
    return float(stated[1] if isinstance(stated, list) else stated)  # [condition, on AWS, in the local world]


@cache
def read_template() -> dict[str, Any]:
    """Read once: it takes longer than most tests."""
    template: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)
    return template


@dataclass
class Aws:
    """Clients, names, and the operations that were called through the clients of this object.

    `tables`, `queues` and `vault` are what the product's stores call; the others, of boto3, are the tests'.
    """

    dynamodb: DynamoDBClient
    sqs: SQSClient
    s3: S3Client
    secrets: SecretsManagerClient
    queue_url: str
    dead_letter_url: str
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deletions = Deletions(self.secrets)

    @property
    def tables(self) -> AwsApi:
        return clients.dynamodb()

    @property
    def queues(self) -> AwsApi:
        return clients.sqs()

    @property
    def vault(self) -> AwsApi:
        return clients.secrets_manager()

    def note(self, operation: str, request: dict[str, Any]) -> None:
        """Of a call of the product's own client, which is refused as AWS does where moto is laxer."""
        self.calls.append(operation)
        if operation in _SENDING:
            _refuse_as_sqs_does(request)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **_CREDENTIALS,
            "PATCHBAY_STAGE": "test",
            "TABLE_NAME": TABLE,
            "QUEUE_URL": self.queue_url,
            "DEAD_LETTER_QUEUE_URL": self.dead_letter_url,
            "BUCKET_NAME": BUCKET,
            "PUBLIC_URL": "https://bridge.test",
            "API_ID": "abc123",
            "MEDIA_RETENTION_DAYS": "30",
        }


@contextmanager
def running() -> Iterator[Aws]:
    """Played by moto."""
    with (
        patch.dict("os.environ", _CREDENTIALS),
        mock_aws(),
        patch.object(S3Response, "copy_object", _copy_as_s3_does),
        patch.object(clients, "connecting", MotoTransport),
        _fresh_clients(),
    ):
        aws = _set_up()
        with _counting(aws), aws.deletions.in_background(), observing(aws.note):
            yield aws


@contextmanager
def _fresh_clients() -> Iterator[None]:
    clients.forget()
    try:
        yield
    finally:
        clients.forget()


@contextmanager
def _closing_connections() -> Iterator[None]:
    """Those that the product's clients keep open."""
    made: list[KeptConnections] = []

    def connecting(endpoint: str, limits: clients.Limits) -> KeptConnections:
        made.append(KeptConnections(endpoint, connect=limits.connect, read=limits.read))
        return made[-1]

    with patch.object(clients, "connecting", connecting):
        try:
            yield
        finally:
            for one in made:
                one.close()


_copy = S3Response.copy_object


def _copy_as_s3_does(response: S3Response) -> object:
    """moto copies whatever is there; S3 only the version that was asked for."""
    wanted = response.headers.get("x-amz-copy-source-if-match", "")
    bucket, _, key = unquote(response.headers["x-amz-copy-source"]).lstrip("/").partition("/")
    source = response.backend.get_object(bucket, key)
    if wanted and source is not None and source.etag.strip('"') != wanted.strip('"'):
        raise PreconditionFailed(failed_condition="x-amz-copy-source-If-Match")
    return _copy(response)


@contextmanager
def running_at(variables: Mapping[str, str]) -> Iterator[Aws]:
    """In the local AWS that `variables` point to; taken away afterwards."""
    with (
        patch.dict("os.environ", {**variables, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}),
        _fresh_clients(),
        _closing_connections(),
    ):
        aws = _set_up()
        try:
            with _counting(aws):
                yield aws
        finally:
            _take_down(aws)


#: What the contract tests of the ports run on.
PLACES = ["memory", "aws", pytest.param("deployed", marks=pytest.mark.deployed)]


@contextmanager
def provided(request: pytest.FixtureRequest) -> Iterator[Aws]:
    """The AWS that a fixture's parameter names: "aws" or "deployed"."""
    if request.param == "deployed":
        with running_at(request.getfixturevalue("empty_aws")) as aws:
            yield aws
    else:
        with running() as aws:
            yield aws


def _set_up() -> Aws:
    where = environ.get("AWS_ENDPOINT_URL")
    aws = Aws(
        dynamodb=_client("dynamodb", where),
        sqs=_client("sqs", where),
        s3=_client("s3", where),
        secrets=_client("secretsmanager", where),
        queue_url="",
        dead_letter_url="",
    )
    make_table(aws.dynamodb)
    aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.queue_url = _make_queue(aws.sqs, "events.fifo")
    aws.dead_letter_url = _make_queue(aws.sqs, "dead-letters.fifo")
    return aws


@contextmanager
def _counting(aws: Aws) -> Iterator[None]:
    """Writes down the operations that are called. The clients outlive the world: only its own calls are its own."""

    def count(model: OperationModel, **_: object) -> None:
        aws.calls.append(model.name)

    clients = (aws.dynamodb, aws.sqs, aws.s3, aws.secrets)
    for client in clients:
        client.meta.events.register("before-call", count)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", count)


def _refuse_as_sqs_does(params: dict[str, Any], **_: object) -> None:
    """Emulators take bodies and attributes that SQS refuses."""
    for message in params.get("Entries", [params]):
        check_contents(message["MessageBody"], message.get("MessageAttributes", {}))


def _take_down(aws: Aws) -> None:
    aws.dynamodb.delete_table(TableName=TABLE)
    for url in (aws.queue_url, aws.dead_letter_url):
        aws.sqs.delete_queue(QueueUrl=url)
    for stored in aws.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        aws.s3.delete_object(Bucket=BUCKET, Key=stored["Key"])
    aws.s3.delete_bucket(Bucket=BUCKET)
    for secret in aws.secrets.list_secrets()["SecretList"]:
        if secret["Name"].startswith("patchbay/test/"):
            aws.secrets.delete_secret(SecretId=secret["Name"], ForceDeleteWithoutRecovery=True)


@cache
def _session() -> boto3.session.Session:
    """One for all tests: reading the services' descriptions takes longer than most tests."""
    return boto3.session.Session(region_name=REGION)


@cache
def _client(service: str, where: str | None) -> Any:
    """One for all tests at an AWS: to make one takes as long as a test."""
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"}) if service == "s3" else None
    client = _session().client(service, endpoint_url=where, config=config)  # type: ignore[call-overload]
    if service == "sqs":
        for operation in _SENDING:
            client.meta.events.register(f"provide-client-params.sqs.{operation}", _refuse_as_sqs_does)
    return client


def table() -> DynamoTable:
    """The table as what writes the configuration calls it."""
    return _table(environ.get("AWS_ENDPOINT_URL"))


@cache
def _table(where: str | None) -> DynamoTable:
    return _session().resource("dynamodb", endpoint_url=where).Table(TABLE)


def make_client(service: str) -> Any:
    """One whose calls nobody counts."""
    return _uncounted().client(service)  # type: ignore[call-overload]


@cache
def _uncounted() -> boto3.session.Session:
    """It has read the services' descriptions once, which takes longer than most calls."""
    return boto3.session.Session(region_name=REGION)


def make_table(client: DynamoDBClient, name: str = TABLE) -> None:
    wanted = resource("Table")
    same = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    client.create_table(TableName=name, **{attribute: wanted[attribute] for attribute in same})


def _make_queue(client: SQSClient, name: str) -> str:
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "60"}
    return client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]
