"""Hosted files in memory."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import IO

from patchbay.contract import Http, HttpRequest
from patchbay.errors import MediaRefused
from patchbay.model import Attachment

PUBLIC = "https://bridge.test"


@dataclass(slots=True)
class MemoryMedia:
    """Fetches through `http` and serves below PUBLIC. `refuse` decides which addresses are forbidden."""

    http: Http
    refuse: Callable[[str], bool] = lambda url: False
    files: dict[str, bytes] = field(default_factory=dict)

    def host(self, attachment: Attachment, request: HttpRequest, max_bytes: int) -> Attachment:
        if self.refuse(request.url):
            raise MediaRefused("the address is not allowed")
        answer = self.http.send(request)
        if not answer.ok:
            raise MediaRefused(f"the file is gone (HTTP {answer.status})")
        if len(answer.body) > max_bytes:
            raise MediaRefused("the file is too large")
        name = attachment.name or "file.bin"
        url = f"{PUBLIC}/media/{len(self.files):064d}/{name}"
        self.files[url] = answer.body
        content_type = attachment.content_type or answer.headers.get("content-type", "").split(";")[0]
        return replace(
            attachment,
            url=url,
            name=name,
            size=len(answer.body),
            content_type=content_type,
            hosted=True,
            protected=False,
        )

    def open(self, attachment: Attachment) -> IO[bytes]:
        if attachment.url not in self.files:
            raise MediaRefused("the attachment's retention has ended")
        return io.BytesIO(self.files[attachment.url])

    def erase(self, attachment: Attachment) -> None:
        self.files.pop(attachment.url or "", None)
