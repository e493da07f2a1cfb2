"""Calls of S3. It stays with boto3, which is loaded with the first file: most messages carry none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from patchbay.aws.api.contract import AwsError, AwsUnreachable


@contextmanager
def calling(operation: str) -> Iterator[None]:
    """Turns boto3's exceptions into AwsError: the stores know no other."""
    try:
        yield
    except Exception as error:
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, ClientError):
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            raise AwsError(operation, error.response["Error"].get("Code", ""), status) from error
        if isinstance(error, BotoCoreError):
            raise AwsUnreachable(operation, type(error).__name__) from error
        raise
