"""Attachments in our own store: fetched at once, because services' addresses expire, and served from ours."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Self, cast
from urllib.parse import quote, unquote

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from patchbay.contract import HttpRequest
from patchbay.deliveries import Copy
from patchbay.errors import MediaRefused, Transient
from patchbay.infra.download import Download, Downloader
from patchbay.infra.filetypes import normalize_type
from patchbay.infra.recognition import describe_file
from patchbay.infra.sniffing import SNIFF_BYTES
from patchbay.model import Attachment
from patchbay.ports import Media

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

FOLDER = "media/"
_TOKEN_BYTES = 32
_NO_ANSWER = "our own store does not answer"
_SHOWN = frozenset(
    {
        *("image/jpeg", "image/png", "image/gif", "image/webp"),
        *("audio/aac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav"),
        *("video/mp4", "video/webm"),
        "application/pdf",
    }
)
# In one thread and in the smallest parts that S3 takes: ten files at once stay far below a function's memory.
_PARTS = TransferConfig(multipart_threshold=5 * 1024**2, multipart_chunksize=5 * 1024**2, use_threads=False)


class S3Media(Media):
    """`public_address` is the base address of the HTTP API."""

    def __init__(self, s3: Callable[[], S3Client], bucket: str, public_address: str, downloader: Downloader) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._public_address = public_address
        self._downloader = downloader

    def reserve(self) -> str:
        return secrets.token_urlsafe(_TOKEN_BYTES)

    def host(self, attachment: Attachment, request: HttpRequest, max_bytes: int, token: str = "") -> Attachment:
        with self._downloader.open(request, max_bytes) as download:
            name, content_type = describe_file(
                attachment,
                request.url,
                download.peek(SNIFF_BYTES),
                served_type=download.content_type,
                disposition=download.disposition,
            )
            token = token or self.reserve()
            self._upload(download, f"{FOLDER}{token}/{name}", name, content_type)
        return replace(
            attachment,
            url=self._address(token, name),
            name=name,
            content_type=content_type,
            size=download.size,
            protected=False,
            hosted=True,
        )

    def open(self, attachment: Attachment) -> IO[bytes]:
        """Raises MediaRefused when its retention has ended."""
        _, found, path = (attachment.url or "").rpartition(f"/{FOLDER}")
        if not (attachment.hosted and found):
            raise MediaRefused("the attachment is not in our store")
        try:
            body = self._s3().get_object(Bucket=self._bucket, Key=FOLDER + unquote(path))["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                raise MediaRefused("the attachment's retention has ended") from None
            raise Transient(_NO_ANSWER) from error
        except BotoCoreError as error:
            raise Transient(_NO_ANSWER) from error
        return cast("IO[bytes]", _StoredFile(body))

    def recall(self, attachment: Attachment, copy: Copy) -> Attachment:
        """The file's name is asked of the store: nothing else keeps it."""
        try:
            key = next(iter(self._list(copy.token)), "")
        except (BotoCoreError, ClientError) as error:
            raise Transient(_NO_ANSWER) from error
        if not key:
            return replace(attachment, url=None)
        name = key.removeprefix(f"{FOLDER}{copy.token}/")
        return replace(
            attachment,
            url=self._address(copy.token, name),
            name=name,
            content_type=copy.content_type,
            size=copy.size,
            protected=False,
            hosted=True,
        )

    def erase(self, token: str) -> None:
        """Two where the function died while it copied, and found another name the next time."""
        for key in self._list(token):
            self._s3().delete_object(Bucket=self._bucket, Key=key)

    def _list(self, token: str) -> Sequence[str]:
        """The keys below a token, which has one file."""
        answer = self._s3().list_objects_v2(Bucket=self._bucket, Prefix=f"{FOLDER}{token}/")
        return [item["Key"] for item in answer.get("Contents", [])]

    def _address(self, token: str, name: str) -> str:
        return f"{self._public_address}/{FOLDER}{token}/{quote(name)}"

    def _upload(self, download: Download, key: str, name: str, content_type: str) -> None:
        extra = {"ContentType": content_type, "ContentDisposition": disposition(name, content_type)}
        try:
            self._s3().upload_fileobj(cast("IO[bytes]", download), self._bucket, key, ExtraArgs=extra, Config=_PARTS)
        except (BotoCoreError, ClientError) as error:
            raise Transient(_NO_ANSWER) from error


class _StoredFile:
    """A file of ours while it is read. Raises OSError when the store breaks off, as files do."""

    def __init__(self, body: StreamingBody) -> None:
        self._body = body

    def read(self, amount: int = -1) -> bytes:
        try:
            return self._body.read(None if amount < 0 else amount)
        except BotoCoreError as error:
            raise OSError(_NO_ANSWER) from error

    def close(self) -> None:
        self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def disposition(name: str, content_type: str) -> str:
    """Content-Disposition: shown when it is a known image, audio, video or PDF, else saved; never a page of ours."""
    shown = normalize_type(content_type) in _SHOWN
    return f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
