"""The Lambda handler that serves re-hosted attachments: a redirect to a short-lived address of the store.

The token in the path is the whole permission: 32 random bytes that only the conversation's people have seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from patchbay.contract import WebhookResponse
from patchbay.infra import clients
from patchbay.infra.environment import MediaEnvironment, read_environment
from patchbay.infra.gateway import HttpApiEvent, HttpApiResponse, read_parameter, write_response
from patchbay.infra.malware import is_clean
from patchbay.infra.observability import PowertoolsJournal
from patchbay.ports import Journal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Handler = Callable[[HttpApiEvent, object], HttpApiResponse]

PRESIGNED_SECONDS = 300
# Shorter than the address it leads to is valid, or a cache would hand out dead ones.
_CACHE_SECONDS = 240
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")
# S3 answers 403 for what does not exist to those who may not list the bucket.
_ABSENT = frozenset({"404", "403", "NoSuchKey", "AccessDenied"})


def make_handler() -> Handler:
    """The handler of `GET` and `HEAD /media/{token}/{filename}`."""

    @cache
    def assemble() -> MediaServer:
        environment = read_environment(MediaEnvironment)
        journal = PowertoolsJournal(environment.metrics_namespace)
        bucket, days = environment.bucket_name, environment.retention_days
        return MediaServer(clients.s3(), bucket, days, journal, scans=environment.scans)

    def handle(event: HttpApiEvent, _context: object) -> HttpApiResponse:
        method = event["requestContext"]["http"]["method"]
        return write_response(
            assemble().serve(method, read_parameter(event, "token"), read_parameter(event, "filename"))
        )

    return handle


class MediaServer:
    def __init__(
        self, client: S3Client, bucket: str, retention_days: int, journal: Journal, *, scans: bool = False
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._retention_days = retention_days
        self._journal = journal
        self._scans = scans

    def serve(self, method: str, token: str, filename: str) -> WebhookResponse:
        """302 to the file, 404 when it is not there, 405 for any other method."""
        if method not in {"GET", "HEAD"}:
            return _say(405, "Only GET and HEAD are answered here.", {"allow": "GET, HEAD"})
        key = f"media/{token}/{filename}"
        if not (_TOKEN.fullmatch(token) and _NAME.fullmatch(filename) and self._exists(key)):
            days = self._retention_days
            also = ", or it has not passed the malware scan (yet)" if self._scans else ""
            return _say(
                404, f"This file is not here: the address is wrong, or the {days} days it is kept are over{also}."
            )
        location = self._presign(method, key)
        headers = {"location": location, "cache-control": f"private, max-age={_CACHE_SECONDS}", **_SAFE}
        return WebhookResponse(status=302, headers=headers)

    def _exists(self, key: str) -> bool:
        """And may be served: where files are scanned, before the scan there is nothing here for anybody."""
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
            return not self._scans or is_clean(self._client, self._bucket, key)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _ABSENT:
                raise
            if code in {"403", "AccessDenied"}:
                self._journal.warn("file not found, or not readable by this function's role")
            return False

    def _presign(self, method: str, key: str) -> str:
        """Name, type and disposition were stored with the file."""
        return self._client.generate_presigned_url(
            "head_object" if method == "HEAD" else "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=PRESIGNED_SECONDS,
        )


_SAFE = {"referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}


def _say(status: int, text: str, headers: dict[str, str] | None = None) -> WebhookResponse:
    plain = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store", **_SAFE}
    return WebhookResponse(status=status, body=f"{text}\n".encode(), headers={**plain, **(headers or {})})
