"""The page, the widget and what they load: read from one folder at start, so that no path leads anywhere else.

Files have an address with the version of them all in it, under which browsers may keep them for ever.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from chat.errors import unknown_address
from patchbay.bridge.response_headers import FOR_ALL_SITES
from patchbay.kit.contract import WebhookResponse

PAGE, WIDGET = "page.html", "widget.js"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK = "no-cache"
#: A site's visitors load the widget on each of its pages.
_WIDGET = "public, max-age=300"


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

    def page(self, webhook_token: str, known: str) -> WebhookResponse:
        """The page for the chat at `webhook_token`; it finds everything relative to that."""
        page = self._find(PAGE).body.decode()
        page = page.replace("{webhook_token}", escape(webhook_token)).replace('"static/', f'"static/{self.version}/')
        return _serve(Asset(page.encode(), self._find(PAGE).content_type), known, _ASK)

    def widget(self, known: str) -> WebhookResponse:
        return _serve(self._find(WIDGET), known, _WIDGET, FOR_ALL_SITES)

    def file(self, path: tuple[str, ...], known: str) -> WebhookResponse:
        """At "name" or "version/name"; files of an older version have gone, so that the present one is served."""
        keeps = len(path) == 2 and path[0] == self.version
        if not 1 <= len(path) <= 2 or path[-1] == PAGE:
            raise unknown_address()
        return _serve(self._find(path[-1]), known, _FOR_EVER if keeps else _ASK)

    def _find(self, name: str) -> Asset:
        asset = self._assets.get(name)
        if asset is None:
            raise unknown_address()
        return asset


def _serve(asset: Asset, known: str, caching: str, more: Mapping[str, str] | None = None) -> WebhookResponse:
    """304 without the body when the browser has it: `known` is its If-None-Match."""
    headers = {
        "content-type": asset.content_type,
        "etag": asset.tag,
        "cache-control": caching,
        **(more or {}),
    }
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    if asset.tag in tags:
        return WebhookResponse(status=304, headers=headers)
    return WebhookResponse(status=200, body=asset.body, headers=headers)


def _type_of(path: Path) -> str:
    known = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known
