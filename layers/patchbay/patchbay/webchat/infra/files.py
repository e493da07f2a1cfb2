"""Visitors' files in S3: their browsers put them there by a form that is signed for one file, size and type."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from patchbay.infra.sniffing import SNIFF_BYTES
from patchbay.webchat.infra.inspection import inspect, make_fields, make_name
from patchbay.webchat.model import Form, Stored, Upload
from patchbay.webchat.ports import Files

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SECONDS = 900  #: to begin the upload, on a slow phone too
# S3 answers 403 for what does not exist to those who may not list the bucket, and an empty file has no first bytes.
_ABSENT = frozenset({"404", "403", "NoSuchKey", "AccessDenied", "InvalidRange"})


class S3Files(Files):
    def __init__(self, s3: Callable[[], S3Client], bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    @cached_property
    def origin(self) -> str:
        """As presigned addresses have it: boto3 knows which host that is in this region."""
        address = self._s3().generate_presigned_url("get_object", Params={"Bucket": self._bucket, "Key": "media/-"})
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}"

    def clean(self, name: str, content_type: str) -> str:
        return make_name(name, content_type)

    def offer(self, upload: Upload) -> Form:
        fields = make_fields(upload)
        conditions: list[object] = [["content-length-range", upload.size, upload.size]]
        conditions += [{name: value} for name, value in fields.items()]
        form = self._s3().generate_presigned_post(
            self._bucket, upload.key, Fields=fields, Conditions=conditions, ExpiresIn=_SECONDS
        )
        return Form(url=form["url"], fields=form["fields"])

    def look_at(self, upload: Upload) -> Stored | None:
        """One call: S3 tells the size of it all with the first bytes."""
        try:
            found = self._s3().get_object(Bucket=self._bucket, Key=upload.key, Range=f"bytes=0-{SNIFF_BYTES - 1}")
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        size = int(found["ContentRange"].rpartition("/")[2])
        return inspect(found["Body"].read(), size, upload)

    def remove(self, key: str) -> None:
        self._s3().delete_object(Bucket=self._bucket, Key=key)
