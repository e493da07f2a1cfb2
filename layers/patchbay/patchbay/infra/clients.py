"""boto3 clients, made on first use and kept for the life of the container.

Making one costs tens of milliseconds, so a function pays for those it uses. Threads may
share one, but not make one at the same time.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.service_resource import Table as DynamoTable
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

_making = Lock()

# A call that hangs must fail well within a webhook's patience (services wait 5 to 30 seconds) and be tried once more.
_CALLS = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=2,
    read_timeout=4,
    max_pool_connections=20,
    tcp_keepalive=True,
    # Threads of one function share its CPU, and half of a message's is botocore's: our calls are typed and need no
    # second check, and a user agent of our own is not composed anew for every call. Together that is a fifth of it.
    parameter_validation=False,
    user_agent="Patchbay",
)
# s3v4 and virtual hosts make presigned addresses regional: the global host answers other regions with a redirect.
_FILES = _CALLS.merge(Config(read_timeout=20, signature_version="s3v4", s3={"addressing_style": "auto"}))


def sqs() -> SQSClient:
    with _making:
        return _sqs()


def dynamodb() -> DynamoDBClient:
    with _making:
        return _dynamodb()


def secrets_manager() -> SecretsManagerClient:
    with _making:
        return _secrets_manager()


def s3() -> S3Client:
    with _making:
        return _s3()


def table(name: str) -> DynamoTable:
    """The table as the configuration's writing side uses it."""
    return boto3.resource("dynamodb", config=_CALLS).Table(name)


@cache
def _sqs() -> SQSClient:
    return boto3.client("sqs", config=_CALLS)


@cache
def _dynamodb() -> DynamoDBClient:
    return boto3.client("dynamodb", config=_CALLS)


@cache
def _secrets_manager() -> SecretsManagerClient:
    return boto3.client("secretsmanager", config=_CALLS)


@cache
def _s3() -> S3Client:
    return boto3.client("s3", config=_FILES)
