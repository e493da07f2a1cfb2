"""Files of the bucket while they are looked at, and their way to where they are served.

A file that anybody can still write to is read and copied in one version only, which its ETag names: whatever comes to
the same key meanwhile is another file.
"""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, cast, override
from urllib.parse import quote

from patchbay.aws.api.contract import AwsError
from patchbay.aws.stores.file_store import calling
from patchbay.domain.errors import Conflict, Transient

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from mypy_boto3_s3 import S3Client

#: Written by strangers and never served; the bucket deletes what stays there.
INCOMING = "incoming/"
_FIRST = 64 * 1024  #: bytes that are read at once: enough to tell what most files are
_PIECE = 1024 * 1024
NO_ANSWER = "the file store does not answer"
# S3 answers 403 for what does not exist to those who may not list the bucket, and an empty file has no first bytes.
_ABSENT = frozenset({"404", "403", "NoSuchKey", "AccessDenied", "InvalidRange"})
_CHANGED = frozenset({"412", "PreconditionFailed", *_ABSENT})


class StoredFile(io.RawIOBase):
    """One version of a file, read from any place. Raises Conflict once another one is there, and Transient."""

    def __init__(self, s3: S3Client, bucket: str, key: str, etag: str, size: int, start: bytes = b"") -> None:
        super().__init__()
        self.etag, self.size = etag, size
        self._s3, self._bucket, self.key = s3, bucket, key
        self._start = start
        self._position = 0

    def buffered(self) -> IO[bytes]:
        return cast("IO[bytes]", io.BufferedReader(self, _PIECE))

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._position

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("before the file")
        self._position = base + offset
        return self._position

    @override
    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        last = min(self._position + len(view), self.size) - 1
        if last < self._position:
            return 0
        piece = self._start[self._position : last + 1] or self._get(last)
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _get(self, last: int) -> bytes:
        try:
            with calling("GetObject"):
                answer = self._s3.get_object(
                    Bucket=self._bucket, Key=self.key, Range=f"bytes={self._position}-{last}", IfMatch=self.etag
                )
                return answer["Body"].read()
        except AwsError as error:
            raise _explain(error) from error


def open_stored(s3: S3Client, bucket: str, key: str) -> StoredFile | None:
    """The file as it is now; None if it does not exist or is empty. One call returns size, version and first bytes."""
    try:
        with calling("GetObject"):
            answer = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_FIRST - 1}")
            size = int(answer["ContentRange"].rpartition("/")[2])
            return StoredFile(s3, bucket, key, answer["ETag"], size, answer["Body"].read())
    except AwsError as error:
        if error.code in _ABSENT:
            return None
        raise Transient(NO_ANSWER) from error


def publish(s3: S3Client, bucket: str, source: str, etag: str, target: str, content_type: str) -> None:
    """Copies that version of `source` to `target`, to be served as `content_type`. Raises Conflict or Transient.

    Nothing else of the source goes along: its author chose its type, and could have chosen its tags.
    """
    try:
        with calling("CopyObject"):
            s3.copy_object(
                Bucket=bucket,
                Key=target,
                CopySource={"Bucket": bucket, "Key": source},
                CopySourceIfMatch=etag,
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                ContentType=content_type,
                ContentDisposition=disposition(target.rpartition("/")[2], content_type),
            )
    except AwsError as error:
        raise _explain(error) from error


def disposition(name: str, content_type: str) -> str:
    """Content-Disposition: shown when it is a known image, audio, video or PDF, else saved; never a page of ours."""
    from patchbay.aws.files.filetypes import is_shown  # the web chat's function needs it for files only

    return f"{'inline' if is_shown(content_type) else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"


def _explain(error: AwsError) -> Conflict | Transient:
    if error.code in _CHANGED:
        return Conflict("the file changed while it was examined")
    return Transient(NO_ANSWER)
