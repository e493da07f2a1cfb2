"""Visitors' files in S3: their browsers put them there by a form that is signed for one file, size and type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chat.aws.inspection import (
    inspect,
    judge_name,
    list_extensions,
    make_fields,
    make_key,
    read_types,
)
from chat.model import INCOMING, Form, Stored, Upload
from chat.ports import Files
from patchbay.aws.stores.stored_files import open_stored, publish
from patchbay.domain.hazards import Hazard

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SECONDS = 900  #: to begin the upload, on a slow phone too


class S3Files(Files):
    def __init__(self, s3: Callable[[], S3Client], bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    @cached_property
    def origin(self) -> str:
        """As presigned addresses have it: boto3 knows which host that is in this region."""
        address = self._s3().generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": f"{INCOMING}-"}
        )
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}"

    def judge(self, name: str) -> Hazard | None:
        return judge_name(name)

    def read_types(self, declared: str, name: str) -> Sequence[str]:
        return read_types(declared, name)

    def extensions(self, types: Sequence[str]) -> Sequence[str]:
        return list_extensions(types)

    def offer(self, upload: Upload) -> Form:
        fields = make_fields(upload)
        conditions: list[object] = [["content-length-range", upload.size, upload.size]]
        conditions += [{name: value} for name, value in fields.items()]
        form = self._s3().generate_presigned_post(
            self._bucket, upload.key, Fields=fields, Conditions=conditions, ExpiresIn=_SECONDS
        )
        return Form(url=form["url"], fields=form["fields"])

    def look_at(self, upload: Upload) -> Stored | None:
        """One call for most files: S3 tells the size and the version of it all with the first bytes."""
        file = open_stored(self._s3(), self._bucket, upload.key)
        return inspect(file.buffered(), file.size, file.etag, upload) if file else None

    def publish(self, upload: Upload, stored: Stored) -> str:
        key = make_key(stored)
        publish(self._s3(), self._bucket, upload.key, stored.version, key, stored.content_type)
        return key

    def remove(self, key: str) -> None:
        self._s3().delete_object(Bucket=self._bucket, Key=key)
