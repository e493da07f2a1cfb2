"""The owner's bucket and topic, as AWS End User Messaging Social reaches them: with the right of who calls."""

from __future__ import annotations

from typing import Any, Protocol


class OwnersAws(Protocol):
    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        """The content and the type of a file; None where there is none, or no right to read it."""

    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        """Whether the caller may put a file there, and it was."""

    def publish(self, topic: str, message: str) -> bool:
        """Whether the topic's policy lets the service publish."""


class BotoAws(OwnersAws):
    """The AWS that the environment leads to: in the playground the local one."""

    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        from botocore.exceptions import ClientError

        try:
            found = _client("s3").get_object(Bucket=bucket, Key=key)
        except ClientError:
            return None
        return found["Body"].read(), found["ContentType"]

    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            _client("s3").put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type)
        except ClientError:
            return False
        return True

    def publish(self, topic: str, message: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            _client("sns").publish(TopicArn=topic, Message=message)
        except ClientError:
            return False
        return True


def _client(service: Any) -> Any:
    import boto3

    return boto3.client(service)
