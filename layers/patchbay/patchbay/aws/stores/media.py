"""Attachments in our own store: fetched at once, because services' addresses expire, and served from ours."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Self, cast
from urllib.parse import quote, unquote

from patchbay.aws.api.contract import AwsError
from patchbay.aws.files.examination import Examined, needs_whole
from patchbay.aws.files.filetypes import UNKNOWN
from patchbay.aws.files.recognition import describe_file, fit_kind
from patchbay.aws.net.download import Download, Downloader
from patchbay.aws.stores.delivered_files import copy_as, delivered
from patchbay.aws.stores.file_store import calling
from patchbay.aws.stores.malware_scans import read_scan
from patchbay.aws.stores.stored_files import INCOMING, NO_ANSWER, disposition, open_stored, publish
from patchbay.bridge.ledger import Copy
from patchbay.bridge.ports import Media
from patchbay.bridge.scan_results import NO_SCANNER, Scan
from patchbay.domain.errors import MediaRefused, Misconfigured, Transient
from patchbay.domain.model import Attachment
from patchbay.kit.contract import FilePlace, Http, HttpRequest

if TYPE_CHECKING:
    from boto3.s3.transfer import TransferConfig
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

FOLDER = "media/"
_TOKEN_BYTES = 32
_LOOKED_AT = 1024 * 1024  #: bytes of a file that are looked at before it is stored: most are no larger
_PART_BYTES = 5 * 1024**2  #: the smallest that S3 takes


class S3Media(Media):
    """`public_address` is the base address of the HTTP API; `scans`: the bucket's files are scanned for malware."""

    scans: bool = False

    def __init__(
        self,
        s3: Callable[[], S3Client],
        bucket: str,
        public_address: str,
        downloader: Downloader,
        *,
        scans: bool = False,
        http: Http | None = None,
    ) -> None:
        """`http` asks services of AWS that put files into the bucket themselves."""
        self._s3 = s3
        self._http = http
        self._bucket = bucket
        self._public_address = public_address
        self._downloader = downloader
        self.scans = scans

    def reserve(self) -> str:
        return secrets.token_urlsafe(_TOKEN_BYTES)

    def token_of(self, attachment: Attachment) -> str:
        return _key_of(attachment).removeprefix(FOLDER).partition("/")[0]

    def host(self, attachment: Attachment, request: HttpRequest, max_bytes: int, token: str = "") -> Attachment:
        token = token or self.reserve()
        if request.aws_service:
            return self._host_delivered(attachment, request, max_bytes, token)
        with self._downloader.open(request, max_bytes) as download:
            start = download.peek(_LOOKED_AT)
            if len(start) < _LOOKED_AT or not needs_whole(start):
                file = _describe(attachment, request, io.BytesIO(start), download)
                self._upload(download, f"{FOLDER}{token}/{file.name}", file.name, file.content_type)
            else:
                file = self._host_examined(attachment, request, download, token)
        return self._as_hosted(attachment, file, token, download.size)

    def _as_hosted(self, attachment: Attachment, file: Examined, token: str, size: int) -> Attachment:
        return replace(
            attachment,
            kind=fit_kind(attachment.kind, file.content_type),
            url=self._address(token, file.name),
            name=file.name,
            content_type=file.content_type,
            size=size,
            protected=False,
            hosted=True,
        )

    def _host_delivered(self, attachment: Attachment, request: HttpRequest, max_bytes: int, token: str) -> Attachment:
        """The function reads of it what tells its kind: of most files the beginning."""
        if self._http is None:
            raise Misconfigured("this function cannot ask services of AWS for files")
        with delivered(request, self._http, self._s3(), self._bucket, token, max_bytes) as stored:
            file = describe_file(attachment, ("",), stored.buffered(), served_type="", disposition="")
            target = f"{FOLDER}{token}/{file.name}"
            publish(self._s3(), self._bucket, stored.key, stored.etag, target, file.content_type)
        return self._as_hosted(attachment, file, token, stored.size)

    def _host_examined(self, attachment: Attachment, request: HttpRequest, download: Download, token: str) -> Examined:
        """A large file that its beginning does not describe lies where nothing is served, until all of it was seen."""
        s3, waiting = self._s3(), f"{INCOMING}{token}"
        self._upload(download, waiting, "file", UNKNOWN)
        try:
            stored = open_stored(s3, self._bucket, waiting)
            if stored is None:
                raise Transient(NO_ANSWER)
            file = _describe(attachment, request, stored.buffered(), download)
            publish(s3, self._bucket, waiting, stored.etag, f"{FOLDER}{token}/{file.name}", file.content_type)
        finally:
            self._remove(waiting)
        return file

    def scan_result(self, attachment: Attachment) -> Scan:
        key = _key_of(attachment)
        return read_scan(self._s3(), self._bucket, key) if key and self.scans else NO_SCANNER

    def locate(self, attachment: Attachment, content_type: str = "") -> FilePlace:
        """What reads the file there believes the type with which it is stored."""
        key = _key_of(attachment)
        if not key:
            raise MediaRefused("the attachment is not stored")
        if content_type not in {"", attachment.content_type}:
            key = copy_as(self._s3(), self._bucket, key, f"{INCOMING}{self.reserve()}", content_type)
        return FilePlace(bucket=self._bucket, key=key)

    def open(self, attachment: Attachment) -> IO[bytes]:
        """Raises MediaRefused when its retention has ended."""
        place = self.locate(attachment)
        try:
            with calling("GetObject"):
                body = self._s3().get_object(Bucket=place.bucket, Key=place.key)["Body"]
        except AwsError as error:
            if error.code == "NoSuchKey":
                raise MediaRefused("the attachment was deleted after its retention time") from None
            raise Transient(NO_ANSWER) from error
        return cast("IO[bytes]", _Stream(body))

    def recall(self, attachment: Attachment, copy: Copy) -> Attachment:
        """The file's name is asked of the store: nothing else keeps it."""
        try:
            key = next(iter(self._list(copy.token)), "")
        except AwsError as error:
            raise Transient(NO_ANSWER) from error
        if not key:
            return replace(attachment, url=None)
        name = key.removeprefix(f"{FOLDER}{copy.token}/")
        return replace(
            attachment,
            kind=fit_kind(attachment.kind, copy.content_type),
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
            with calling("DeleteObject"):
                self._s3().delete_object(Bucket=self._bucket, Key=key)

    def _list(self, token: str) -> Sequence[str]:
        """The keys below a token, which has one file."""
        with calling("ListObjectsV2"):
            answer = self._s3().list_objects_v2(Bucket=self._bucket, Prefix=f"{FOLDER}{token}/")
        return [item["Key"] for item in answer.get("Contents", [])]

    def _address(self, token: str, name: str) -> str:
        return f"{self._public_address}/{FOLDER}{token}/{quote(name)}"

    def _upload(self, download: Download, key: str, name: str, content_type: str) -> None:
        extra = {"ContentType": content_type, "ContentDisposition": disposition(name, content_type)}
        try:
            with calling("PutObject"):
                self._s3().upload_fileobj(
                    cast("IO[bytes]", download), self._bucket, key, ExtraArgs=extra, Config=_parts()
                )
        except AwsError as error:
            raise Transient(NO_ANSWER) from error

    def _remove(self, key: str) -> None:
        """What stays is deleted by the bucket's own rule a day later."""
        with suppress(AwsError), calling("DeleteObject"):
            self._s3().delete_object(Bucket=self._bucket, Key=key)


def _parts() -> TransferConfig:
    """In one thread and in the smallest parts: ten files at once stay far below a function's memory."""
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, use_threads=False)


def _describe(attachment: Attachment, request: HttpRequest, content: IO[bytes], download: Download) -> Examined:
    return describe_file(
        attachment,
        (request.url, download.url),
        content,
        served_type=download.content_type,
        disposition=download.disposition,
    )


def _key_of(attachment: Attachment) -> str:
    """Where a hosted file is in the bucket, "" for one that is not."""
    _, found, path = (attachment.url or "").rpartition(f"/{FOLDER}")
    return FOLDER + unquote(path) if attachment.hosted and found else ""


class _Stream:
    """A file of ours while it is read. Raises OSError when the store breaks off, as files do."""

    def __init__(self, body: StreamingBody) -> None:
        self._body = body

    def read(self, amount: int = -1) -> bytes:
        try:
            with calling("GetObject"):
                return self._body.read(None if amount < 0 else amount)
        except AwsError as error:
            raise OSError(NO_ANSWER) from error

    def close(self) -> None:
        self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
