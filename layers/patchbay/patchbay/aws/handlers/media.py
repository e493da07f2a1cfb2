"""The Lambda handler that serves re-hosted attachments: a redirect to a short-lived address of the store.

The token in the path is the whole permission: 32 random bytes that only the conversation's people have seen. They can
pass it on, so each file has a ceiling of its own: what people of a conversation fetch stays far below it, and nobody
gives the world a file at the owner's expense.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from patchbay.aws import clients
from patchbay.aws.api.contract import AwsError
from patchbay.aws.api.retries import may_try_again
from patchbay.aws.clock import SystemClock
from patchbay.aws.handlers.http_api import HttpApiEvent, HttpApiResponse, read_parameter, write_response
from patchbay.aws.powertools import PowertoolsTelemetry
from patchbay.aws.settings import MediaEnvironment, read_environment
from patchbay.aws.stores import keys
from patchbay.aws.stores.file_store import calling
from patchbay.aws.stores.malware_scans import is_clean
from patchbay.aws.stores.quotas import TableLimits
from patchbay.aws.stores.table import Table
from patchbay.bridge.ports import EVERY_SERVICE, Telemetry
from patchbay.bridge.quotas import Limits, LocalLimits
from patchbay.bridge.response_headers import FOR_ALL_SITES
from patchbay.kit.contract import WebhookResponse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Handler = Callable[[HttpApiEvent, object], HttpApiResponse]

PRESIGNED_SECONDS = 300
# Shorter than the address it leads to is valid, or a cache would hand out dead ones.
_CACHE_SECONDS = 240
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")
_MOST_KEY = 1024  #: bytes; S3 refuses a longer one
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_MEGABYTE = 1024**2
_FORBIDDEN, _SERVER_ERROR = 403, 500
_TIMES = 20  #: a day, for a file of any size


def make_handler() -> Handler:
    """The handler of `GET` and `HEAD /media/{token}/{filename}`."""

    @cache
    def assemble() -> tuple[MediaServer, PowertoolsTelemetry]:
        environment = read_environment(MediaEnvironment)
        telemetry, clock = PowertoolsTelemetry(environment.metrics_namespace), SystemClock()
        table = Table(clients.dynamodb(), environment.table_name)
        limits = TableLimits(table, clock, keys.downloads_key)
        return MediaServer(clients.s3(), environment, limits, LocalLimits(clock), telemetry), telemetry

    def handle(event: HttpApiEvent, _context: object) -> HttpApiResponse:
        server, telemetry = assemble()
        method = event["requestContext"]["http"]["method"]
        answer = server.serve(method, read_parameter(event, "token"), read_parameter(event, "filename"))
        telemetry.flush()
        return write_response(answer)

    return handle


class MediaServer:
    def __init__(
        self, client: S3Client, environment: MediaEnvironment, limits: Limits, local: Limits, telemetry: Telemetry
    ) -> None:
        self._client = client
        self._bucket = environment.bucket_name
        self._retention_days = environment.retention_days
        self._most_bytes = environment.file_megabytes * _MEGABYTE
        self._limits = limits
        self._local = local
        self._telemetry = telemetry
        self._scans = environment.scans

    def serve(self, method: str, token: str, filename: str) -> WebhookResponse:
        """302 to the file, 404 when it is not there, 429 when it was fetched too often, 405 for any other method."""
        if method not in {"GET", "HEAD"}:
            return _say(405, "This address accepts only GET and HEAD.", {"allow": "GET, HEAD"})
        key = f"media/{token}/{filename}"
        fits = _TOKEN.fullmatch(token) and _NAME.fullmatch(filename) and len(key.encode()) <= _MOST_KEY
        size = self._find_size(key) if fits else None
        if size is None:
            days = self._retention_days
            also = ", or it has not passed the malware scan (yet)" if self._scans else ""
            return _say(404, f"File not found. The address is wrong, or the file was deleted after {days} days{also}.")
        wait = self._count(token, size) if method == "GET" else 0
        if wait:
            again = {"retry-after": str(math.ceil(wait))}
            return _say(429, "This file has reached its download limit for today. Try again later.", again)
        if method == "GET":
            self._telemetry.count("BytesHandedOut", EVERY_SERVICE, size)
        location = self._presign(method, key)
        headers = {"location": location, "cache-control": f"private, max-age={_CACHE_SECONDS}", **FOR_ALL_SITES}
        return WebhookResponse(status=302, headers=headers)

    def _find_size(self, key: str) -> int | None:
        """None if the file does not exist, and for what S3 refuses as a key: a stranger cannot make this function fail.

        S3 answers 403 for what does not exist to those who may not list the bucket. Where files are scanned, before the
        scan there is nothing here for anybody.
        """
        try:
            with calling("HeadObject"):
                size = self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]
            return size if not self._scans or is_clean(self._client, self._bucket, key) else None
        except AwsError as error:
            if may_try_again(error) or error.status >= _SERVER_ERROR:
                raise
            if error.status == _FORBIDDEN and not self._local.take("forbidden", 1, _MINUTE):
                self._telemetry.warning("file not found, or not readable by this function's role")
            return None

    def _count(self, token: str, size: int) -> float:
        """How long to wait for this file."""
        most = max(self._most_bytes, _TIMES * size)
        wait = self._limits.take(token, most, _DAY, max(size, 1))
        if wait and not self._local.take(token, 1, _MINUTE):
            self._telemetry.warning("file fetched too often", bytes=size, seconds=round(wait))
            self._telemetry.count("DownloadRefused", EVERY_SERVICE)
        return wait

    def _presign(self, method: str, key: str) -> str:
        """Name, type and disposition were stored with the file."""
        return self._client.generate_presigned_url(
            "head_object" if method == "HEAD" else "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=PRESIGNED_SECONDS,
        )


def _say(status: int, text: str, headers: dict[str, str] | None = None) -> WebhookResponse:
    plain = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store", **FOR_ALL_SITES}
    return WebhookResponse(status=status, body=f"{text}\n".encode(), headers={**plain, **(headers or {})})
