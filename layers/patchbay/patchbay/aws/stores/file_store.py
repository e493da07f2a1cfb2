"""Calls of S3. It stays with boto3, which is loaded with the first file: most messages carry none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def calling(operation: str) -> Iterator[None]:
    """Turns boto3's exceptions into AwsError: the stores know no other."""
    try:
        yield
    except Exception as error:
        from botocore.exceptions import BotoCoreError, ClientError

        from patchbay.aws.api.boto import translate

        if isinstance(error, ClientError | BotoCoreError):
            raise translate(operation, error) from error
        raise
