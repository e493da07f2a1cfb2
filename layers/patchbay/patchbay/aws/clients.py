"""The clients of AWS, made on first use and kept for the life of the container.

What every message needs goes through our own small client (`api`): boto3 takes longer to load than a webhook takes
from its first byte to its answer. boto3 is loaded only for files and for what writes the configuration. Threads may
share a client, but not make one at the same time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Literal

from patchbay.aws.api.client import DYNAMODB, SECRETS_MANAGER, SQS, JsonApi, Service
from patchbay.aws.api.contract import AwsApi
from patchbay.aws.api.credentials import read_credentials
from patchbay.aws.api.endpoints import endpoint_of
from patchbay.aws.api.transport import KeptConnections, Transport

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb.service_resource import Table as DynamoTable
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

Patience = Literal["answering", "background"]
#: For functions with a waiting caller (services wait 5 to 30 seconds): a call that hangs fails in time for a response.
ANSWERING: Patience = "answering"
#: For functions without a waiting caller: throttled calls and large parts of files get more time.
BACKGROUND: Patience = "background"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often a call is tried, and the seconds that an attempt may take to connect and to be answered."""

    attempts: int
    connect: float
    read: float


# TCP sends its first packet again after a second: a connection may lose one.
LIMITS: dict[Patience, Limits] = {
    ANSWERING: Limits(attempts=2, connect=1.1, read=2),
    BACKGROUND: Limits(attempts=3, connect=1.1, read=4),
}
_PART_SECONDS = 8  #: S3 answers when it has stored a whole part of a file

#: Makes what carries requests to an endpoint.
type Connecting = Callable[[str, Limits], Transport]

_making = Lock()


_kept: list[KeptConnections] = []


def _connect(endpoint: str, limits: Limits) -> Transport:
    made = KeptConnections(endpoint, connect=limits.connect, read=limits.read)
    _kept.append(made)
    return made


connecting: Connecting = _connect  #: tests and benchmarks put another one here


def connect() -> None:
    """Opens a connection for each client that was made, so that its first call finds one."""
    for connections in _kept:
        connections.open()


def sqs(patience: Patience = ANSWERING) -> AwsApi:
    return _make(SQS, patience)


def dynamodb(patience: Patience = ANSWERING) -> AwsApi:
    return _make(DYNAMODB, patience)


def secrets_manager(patience: Patience = ANSWERING) -> AwsApi:
    return _make(SECRETS_MANAGER, patience)


def _make(service: Service, patience: Patience) -> AwsApi:
    with _making:
        return _api(service, patience)


@cache
def _api(service: Service, patience: Patience) -> AwsApi:
    region = os.environ["AWS_REGION"]
    endpoint, limits = endpoint_of(service.name, region), LIMITS[patience]
    return JsonApi(
        service,
        region,
        endpoint,
        connecting(endpoint, limits),
        credentials=read_credentials,
        attempts=limits.attempts,
    )


def forget() -> None:
    """Creates all clients again on their next use."""
    for made in (_api, _s3, _secrets_writer):
        made.cache_clear()
    _kept.clear()


# --- boto3 -----------------------------------------------------------------------------------------------------------


def s3(patience: Patience = ANSWERING) -> S3Client:
    with _making:
        return _s3(patience)


def secrets_writer(patience: Patience = ANSWERING) -> SecretsManagerClient:
    """Secrets Manager as the configuration's writing side uses it."""
    with _making:
        return _secrets_writer(patience)


def table(name: str, patience: Patience = ANSWERING) -> DynamoTable:
    """The table as the configuration's writing side uses it."""
    import boto3

    return boto3.resource("dynamodb", config=_config(patience)).Table(name)


@cache
def _secrets_writer(patience: Patience) -> SecretsManagerClient:
    import boto3

    return boto3.client("secretsmanager", config=_config(patience))


@cache
def _s3(patience: Patience) -> S3Client:
    import boto3
    from botocore.config import Config

    # Only the style "virtual" makes presigned addresses regional, and only the second setting those of us-east-1. The
    # global host answers with a redirect that a signature does not survive, and never serves the newer regions. Where
    # AWS is an IP address, botocore falls back to paths.
    regional = Config(
        signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
    )
    config = _config(patience).merge(regional)
    return boto3.client(
        "s3", config=config if patience == ANSWERING else config.merge(Config(read_timeout=_PART_SECONDS))
    )


def _config(patience: Patience) -> Config:
    from botocore.config import Config

    limits = LIMITS[patience]
    return Config(
        retries={"mode": "standard", "total_max_attempts": limits.attempts},
        connect_timeout=limits.connect,
        read_timeout=limits.read,
        max_pool_connections=20,
        tcp_keepalive=True,
        # Threads of one function share its CPU: our calls are typed and need no second check, and a user agent of our
        # own is not composed again for every call.
        parameter_validation=False,
        user_agent="Patchbay",
    )
