"""The owner's bucket and topic, as AWS End User Messaging Social reaches them: with the right of who calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient


class OwnersAws(Protocol):
    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        """The content and the type of a file; None where there is none, or no right to read it."""

    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        """Whether the caller may put a file there, and it was."""

    def publish(self, topic: str, message: str) -> bool:
        """Whether the topic's policy lets the service publish."""


class NoAws(OwnersAws):
    """Nobody has linked a number to AWS."""

    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        del bucket, key
        return None

    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        del bucket, key, content, content_type
        return False

    def publish(self, topic: str, message: str) -> bool:
        del topic, message
        return False


class LocalOwnersAws(OwnersAws):
    """What the local AWS has, by boto3's clients."""

    def __init__(self, s3: S3Client, sns: SNSClient) -> None:
        self._s3 = s3
        self._sns = sns

    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        try:
            found = self._s3.get_object(Bucket=bucket, Key=key)
        except ClientError:
            return None
        return found["Body"].read(), found["ContentType"]

    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type)
        except ClientError:
            return False
        return True

    def publish(self, topic: str, message: str) -> bool:
        try:
            self._sns.publish(TopicArn=topic, Message=message)
        except ClientError:
            return False
        return True
