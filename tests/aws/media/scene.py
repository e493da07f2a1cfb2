"""What the tests of this folder share."""

from __future__ import annotations

from patchbay.domain.model import Attachment, AttachmentKind
from patchbay.kit.contract import HttpRequest

PNG = b"\x89PNG\r\n\x1a\n" + bytes(5000)
PICTURE = Attachment(kind=AttachmentKind.IMAGE, url="https://messenger.test/p", caption="look", protected=True)
MB = 1_000_000


def _get(port: int, path: str = "/files/picture?sig=secret", **headers: str) -> HttpRequest:
    return HttpRequest(method="GET", url=f"http://127.0.0.1:{port}{path}", headers=headers, timeout=5)
