"""Files that a service of AWS puts into the bucket itself, so that their bytes pass no function.

They come to a place of their own below what is never served. A service may add to the key that it was given, so the
file is whatever lies there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from patchbay.aws.api.contract import AwsError
from patchbay.aws.net.download import check_answer, too_large
from patchbay.aws.stores.file_store import calling
from patchbay.aws.stores.stored_files import INCOMING, NO_ANSWER, StoredFile
from patchbay.domain.errors import MediaRefused, Transient, Uncertain
from patchbay.kit.contract import FilePlace, Http, HttpRequest, IncomingFile
from patchbay.kit.rest import as_transient

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

_NAME = "file"


@contextmanager
def delivered(
    request: HttpRequest, http: Http, s3: S3Client, bucket: str, token: str, max_bytes: int
) -> Iterator[StoredFile]:
    """The file that the service has put there, read in place; gone afterwards.

    Raises MediaRefused or Transient: asking again does no harm.
    """
    folder = f"{INCOMING}{token}/"
    try:
        order(request, http, FilePlace(bucket=bucket, key=f"{folder}{_NAME}"), max_bytes)
        found = _list(s3, bucket, folder)
        if not found:
            raise Transient("the service has not stored the attachment yet")
        size = found[0]["Size"]
        if size > max_bytes:
            raise too_large(max_bytes)
        yield StoredFile(s3, bucket, found[0]["Key"], found[0]["ETag"], size)
    finally:
        _remove(s3, bucket, folder)


def order(request: HttpRequest, http: Http, place: FilePlace, max_bytes: int) -> None:
    """Has the service put the file at `place`. Raises MediaRefused or Transient."""
    try:
        answer = http.send(replace(request, json=_fill(request.json, place)))
    except Uncertain as failure:
        raise as_transient(failure) from None
    check_answer(answer.status, answer.headers, max_bytes)


def copy_as(s3: S3Client, bucket: str, source: str, target: str, content_type: str) -> str:
    """The key of a copy that is stored as `content_type`. Raises MediaRefused when the file is gone, and Transient."""
    try:
        with calling("CopyObject"):
            s3.copy_object(
                Bucket=bucket,
                Key=target,
                CopySource={"Bucket": bucket, "Key": source},
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                ContentType=content_type,
            )
    except AwsError as error:
        if error.code == "NoSuchKey":
            raise MediaRefused("the attachment was deleted after its retention time") from None
        raise Transient(NO_ANSWER) from error
    return target


def _fill(document: object, place: FilePlace) -> object:
    """`document` with `place` where the connector has left room for it."""
    if isinstance(document, IncomingFile):
        return document.write(place)
    if isinstance(document, Mapping):
        return {name: _fill(value, place) for name, value in document.items()}
    return document


def _list(s3: S3Client, bucket: str, folder: str) -> list[ObjectTypeDef]:
    try:
        with calling("ListObjectsV2"):
            return s3.list_objects_v2(Bucket=bucket, Prefix=folder).get("Contents", [])
    except AwsError as error:
        raise Transient(NO_ANSWER) from error


def _remove(s3: S3Client, bucket: str, folder: str) -> None:
    """What stays is deleted by the bucket's own rule a day later."""
    with suppress(AwsError, Transient):
        for item in _list(s3, bucket, folder):
            with calling("DeleteObject"):
                s3.delete_object(Bucket=bucket, Key=item["Key"])
