"""Hosted files in memory, named and recognised by the product's own code."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import IO
from urllib.parse import quote, unquote

from patchbay.aws.files.examination import Examined
from patchbay.aws.files.filetypes import UNKNOWN
from patchbay.aws.files.recognition import describe_file, fit_kind
from patchbay.aws.net.download import check_answer, too_large
from patchbay.aws.stores.delivered_files import order
from patchbay.aws.stores.stored_files import INCOMING, disposition
from patchbay.bridge.ledger import Copy
from patchbay.bridge.scan_results import NO_SCANNER, Scan
from patchbay.domain.errors import MediaRefused, Transient, Uncertain
from patchbay.domain.model import Attachment
from patchbay.kit.contract import FilePlace, Http, HttpRequest, HttpResponse
from tests.harness.fakes.scanner import GuardDuty

PUBLIC = "https://bridge.test"
BUCKET = "patchbay-test-files"


@dataclass(slots=True)
class MemoryMedia:
    """Fetches through `http` and serves below PUBLIC. `refuse` decides which addresses are forbidden."""

    http: Http
    refuse: Callable[[str], bool] = lambda url: False
    files: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)  #: the content types that they are served with
    bucket: dict[str, bytes] = field(default_factory=dict)  #: by key, what services of AWS have put there
    scanner: GuardDuty | None = None
    _reserved: int = 0

    def reserve(self) -> str:
        self._reserved += 1
        return f"{self._reserved:064d}"

    def token_of(self, attachment: Attachment) -> str:
        return (attachment.url or "").rpartition("/media/")[2].partition("/")[0] if attachment.hosted else ""

    def host(self, attachment: Attachment, request: HttpRequest, max_bytes: int, token: str = "") -> Attachment:
        if request.aws_service:
            return self._host_delivered(attachment, request, max_bytes, token or self.reserve())
        if self.refuse(request.url):
            raise MediaRefused("the address is not allowed")
        answer = self._fetch(replace(request, url=request.url.strip()))
        check_answer(answer.status, answer.headers, max_bytes)
        if len(answer.body) > max_bytes:
            raise too_large(max_bytes)
        file = describe_file(
            attachment,
            (request.url,),
            io.BytesIO(answer.body),
            served_type=answer.headers.get("content-type", ""),
            disposition=answer.headers.get("content-disposition", ""),
        )
        return self._keep(attachment, answer.body, file, token or self.reserve())

    def _keep(self, attachment: Attachment, content: bytes, file: Examined, token: str) -> Attachment:
        url = f"{PUBLIC}/media/{token}/{quote(file.name)}"
        self.files[url], self.types[url] = content, file.content_type
        return replace(
            attachment,
            kind=fit_kind(attachment.kind, file.content_type),
            url=url,
            name=file.name,
            size=len(content),
            content_type=file.content_type,
            hosted=True,
            protected=False,
        )

    def _host_delivered(self, attachment: Attachment, request: HttpRequest, max_bytes: int, token: str) -> Attachment:
        """What a service of AWS has put into `bucket` meanwhile."""
        folder = f"{INCOMING}{token}/"
        try:
            order(request, self.http, FilePlace(bucket=BUCKET, key=f"{folder}file"), max_bytes)
            content = next((self.bucket[key] for key in self.bucket if key.startswith(folder)), None)
        finally:
            for key in [key for key in self.bucket if key.startswith(folder)]:
                del self.bucket[key]
        if content is None:
            raise Transient("the service has not stored the attachment yet")
        if len(content) > max_bytes:
            raise too_large(max_bytes)
        file = describe_file(attachment, ("",), io.BytesIO(content), served_type="", disposition="")
        return self._keep(attachment, content, file, token)

    def read_place(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        """The content and type of what lies there, as a service of AWS reads it."""
        url = f"{PUBLIC}/{quote(key)}"
        return (self.files[url], self.types[url]) if bucket == BUCKET and url in self.files else None

    def write_place(self, bucket: str, key: str, content: bytes) -> None:
        assert bucket == BUCKET
        self.bucket[key] = content

    def serve(self, url: str) -> HttpResponse:
        """As S3 answers whoever follows the link."""
        if url not in self.files:
            return HttpResponse(status=404)
        content_type, name = self.types.get(url, UNKNOWN), unquote(url.rpartition("/")[2])
        headers = {"content-type": content_type, "content-disposition": disposition(name, content_type)}
        return HttpResponse(status=200, headers=headers, body=self.files[url])

    def _fetch(self, request: HttpRequest) -> HttpResponse:
        """Asking again does no harm, so a lost answer is none."""
        try:
            return self.http.send(request)
        except Uncertain as failure:
            raise Transient(str(failure)) from None

    @property
    def scans(self) -> bool:
        return self.scanner is not None

    def scan_result(self, attachment: Attachment) -> Scan:
        url = attachment.url or ""
        return self.scanner.result(url, self.files.get(url)) if self.scanner else NO_SCANNER

    def locate(self, attachment: Attachment, content_type: str = "") -> FilePlace:
        if not attachment.hosted:
            raise MediaRefused("the attachment is not stored")
        key = unquote((attachment.url or "").removeprefix(f"{PUBLIC}/"))
        if content_type in {"", attachment.content_type}:
            return FilePlace(bucket=BUCKET, key=key)
        place = FilePlace(bucket=BUCKET, key=f"{INCOMING}{self.reserve()}")
        url = f"{PUBLIC}/{place.key}"
        self.files[url], self.types[url] = self.files[attachment.url or ""], content_type
        return place

    def open(self, attachment: Attachment) -> IO[bytes]:
        if attachment.url not in self.files:
            raise MediaRefused("the attachment was deleted after its retention time")
        return io.BytesIO(self.files[attachment.url])

    def recall(self, attachment: Attachment, copy: Copy) -> Attachment:
        url = next(iter(self._list(copy.token)), None)
        if url is None:
            return replace(attachment, url=None)
        name = unquote(url.rpartition("/")[2])
        return replace(
            attachment,
            kind=fit_kind(attachment.kind, copy.content_type),
            url=url,
            name=name,
            size=copy.size,
            content_type=copy.content_type,
            hosted=True,
            protected=False,
        )

    def erase(self, token: str) -> None:
        for url in self._list(token):
            del self.files[url]

    def _list(self, token: str) -> list[str]:
        return [url for url in self.files if url.startswith(f"{PUBLIC}/media/{token}/")]
