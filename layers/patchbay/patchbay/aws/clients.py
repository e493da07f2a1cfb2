"""boto3 clients, made on first use and kept for the life of the container.

Making one costs tens of milliseconds, so a function pays for those it uses. Threads may
share one, but not make one at the same time.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.service_resource import Table as DynamoTable
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

Patience = Literal["answering", "background"]
#: For functions with a waiting caller (services wait 5 to 30 seconds): a call that hangs fails in time for a response.
ANSWERING: Patience = "answering"
#: For functions without a waiting caller: throttled calls and large parts of files get more time.
BACKGROUND: Patience = "background"

_making = Lock()

# TCP sends its first packet again after a second: a connection may lose one.
_CALLS = Config(
    retries={"mode": "standard", "total_max_attempts": 2},
    connect_timeout=1.1,
    read_timeout=2,
    max_pool_connections=20,
    tcp_keepalive=True,
    # Threads of one function share its CPU, and half of a message's is botocore's: our calls are typed and need no
    # second check, and a user agent of our own is not composed again for every call. Together that is a fifth of it.
    parameter_validation=False,
    user_agent="Patchbay",
)
_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=1.1, read_timeout=4)
# Only the style "virtual" makes presigned addresses regional, and only the second setting those of us-east-1. The
# global host answers with a redirect that a signature does not survive, and never serves the newer regions. Where AWS
# is an IP address, botocore falls back to paths.
_FILES = Config(signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"})
_PARTS = Config(read_timeout=8)  #: S3 answers when it has stored a whole part of a file


def sqs(patience: Patience = ANSWERING) -> SQSClient:
    with _making:
        return _sqs(patience)


def dynamodb(patience: Patience = ANSWERING) -> DynamoDBClient:
    with _making:
        return _dynamodb(patience)


def secrets_manager(patience: Patience = ANSWERING) -> SecretsManagerClient:
    with _making:
        return _secrets_manager(patience)


def s3(patience: Patience = ANSWERING) -> S3Client:
    with _making:
        return _s3(patience)


def table(name: str, patience: Patience = ANSWERING) -> DynamoTable:
    """The table as the configuration's writing side uses it."""
    return boto3.resource("dynamodb", config=_calls(patience)).Table(name)


def forget() -> None:
    """Creates all clients again on their next use."""
    for made in (_sqs, _dynamodb, _secrets_manager, _s3):
        made.cache_clear()


def _calls(patience: Patience) -> Config:
    return _CALLS if patience == ANSWERING else _CALLS.merge(_PATIENT)


@cache
def _sqs(patience: Patience) -> SQSClient:
    return boto3.client("sqs", config=_calls(patience))


@cache
def _dynamodb(patience: Patience) -> DynamoDBClient:
    return boto3.client("dynamodb", config=_calls(patience))


@cache
def _secrets_manager(patience: Patience) -> SecretsManagerClient:
    return boto3.client("secretsmanager", config=_calls(patience))


@cache
def _s3(patience: Patience) -> S3Client:
    config = _calls(patience).merge(_FILES)
    return boto3.client("s3", config=config if patience == ANSWERING else config.merge(_PARTS))
