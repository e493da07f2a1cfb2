"""The page, the widget and what they load: read from one folder at start, so that no path leads anywhere else.

Files have an address with the version of them all in it, under which browsers may keep them for ever. They travel
compressed, as an HTTP API compresses nothing itself.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from pathlib import Path
from urllib.parse import quote

from chat.errors import unknown_address
from patchbay.bridge.response_headers import FOR_ALL_SITES
from patchbay.kit.contract import WebhookResponse

PAGE, WIDGET, WORKER = "page.html", "widget.js", "worker.js"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK = "no-cache"
#: A site's visitors load the widget on each of its pages.
_WIDGET = "public, max-age=300"
_REFUSED = re.compile(r"q=0(\.0*)?")
_LEAST_PACKED = 1000  #: bytes: below, compressing saves no packet of the network


@dataclass(frozen=True, slots=True)
class Holds:
    """What a browser says with its request: the tags that it has (If-None-Match), and how an answer may be coded."""

    tags: str = ""
    codings: str = ""

    def has(self, tag: str) -> bool:
        return tag in {one.strip().removeprefix("W/") for one in self.tags.split(",")}

    @property
    def unpacks(self) -> bool:
        """Whether it takes gzip: who names it with a weight of zero refuses it."""
        for coding in self.codings.lower().split(","):
            name, _, weight = coding.replace(" ", "").partition(";")
            if name == "gzip":
                return not _REFUSED.fullmatch(weight)
        return False


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes = field(repr=False)
    content_type: str

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


class Assets:
    def __init__(self, folder: Path) -> None:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        self._assets = {path.name: Asset(path.read_bytes(), _type_of(path)) for path in files}
        digest = hashlib.sha256("".join(f"{name}{asset.tag}" for name, asset in self._assets.items()).encode())
        self.version = digest.hexdigest()[:16]

    def page(self, webhook_token: str, holds: Holds) -> WebhookResponse:
        """The page for the chat at `webhook_token`; it finds everything relative to that."""
        page = self._find(PAGE).body.decode()
        page = page.replace("{webhook_token}", escape(webhook_token)).replace('"static/', f'"static/{self.version}/')
        return _serve(Asset(page.encode(), self._find(PAGE).content_type), holds, _ASK)

    def widget(self, holds: Holds) -> WebhookResponse:
        return _serve(self._find(WIDGET), holds, _WIDGET, FOR_ALL_SITES)

    def worker(self, webhook_token: str, holds: Holds) -> WebhookResponse:
        """The script that shows notifications, for the page itself and not only for what lies below its address."""
        scope = {"service-worker-allowed": f"../{quote(webhook_token)}"}
        return _serve(self._find(WORKER), holds, _ASK, scope)

    def file(self, path: tuple[str, ...], holds: Holds) -> WebhookResponse:
        """At "name" or "version/name"; files of an older version have gone, so that the present one is served."""
        keeps = len(path) == 2 and path[0] == self.version
        if not 1 <= len(path) <= 2 or path[-1] == PAGE:
            raise unknown_address()
        return _serve(self._find(path[-1]), holds, _FOR_EVER if keeps else _ASK)

    def _find(self, name: str) -> Asset:
        asset = self._assets.get(name)
        if asset is None:
            raise unknown_address()
        return asset


def _serve(asset: Asset, holds: Holds, caching: str, more: Mapping[str, str] | None = None) -> WebhookResponse:
    """304 without the body when the browser has it."""
    coded: dict[str, str] = {}
    if holds.unpacks and len(asset.body) >= _LEAST_PACKED:
        asset, coded = _pack(asset), {"content-encoding": "gzip"}
    headers = {
        "content-type": asset.content_type,
        "etag": asset.tag,
        "cache-control": caching,
        "vary": "Accept-Encoding",
        **coded,
        **(more or {}),
    }
    if holds.has(asset.tag):
        return WebhookResponse(status=304, headers=headers)
    return WebhookResponse(status=200, body=asset.body, headers=headers)


@lru_cache(maxsize=64)
def _pack(asset: Asset) -> Asset:
    """The same bytes in every container, so that its tag is the same in all: gzip would write the time into them."""
    return Asset(gzip.compress(asset.body, mtime=0), asset.content_type)


def _type_of(path: Path) -> str:
    known = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known
