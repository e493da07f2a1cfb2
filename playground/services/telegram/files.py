"""Finds the file that a call names: an upload, a web address, or a file that Telegram has already."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from playground.services.telegram.bodies import Upload
from playground.services.telegram.errors import RefusedCall, bad_request
from playground.services.telegram.media import (
    ANY_BY_ADDRESS,
    ANY_UPLOAD,
    KINDS,
    MOST_BY_ADDRESS,
    MOST_UPLOADED,
    kind_of_id,
)
from playground.services.telegram.records import StoredFile
from playground.services.telegram.state import State

#: What is shown as such; other files become documents.
_PLAYED = {
    "video": {"video/mp4"},
    "animation": {"image/gif", "video/mp4"},
    "audio": {"audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a"},
    "voice": {"audio/ogg", "application/ogg", "audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a"},
}
#: The only documents that may be given by address.
_DOCUMENTS_BY_ADDRESS = {"application/pdf", "application/zip", "image/gif"}


class Files:
    def __init__(self, state: State) -> None:
        self._state = state

    def find(self, kind: str, value: object, uploads: Mapping[str, Upload]) -> StoredFile:
        """Raises RefusedCall."""
        text = str(value)
        if text.startswith("attach://"):
            return self._take_upload(kind, uploads.get(text.removeprefix("attach://")))
        if re.match(r"(?i)https?://", text):
            return self._get(kind, text)
        file = self._state.files.get(text)
        if file is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if kind_of_id(file.id) != kind:
            raise bad_request("type of file mismatch")
        return file

    def settle_kind(self, kind: str, file: StoredFile) -> str:
        """As what the file is shown: a format that Telegram cannot play is a document."""
        return kind if file.content_type in _PLAYED.get(kind, {file.content_type}) else "document"

    def _take_upload(self, kind: str, upload: Upload | None) -> StoredFile:
        if upload is None:
            raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
        size = len(upload.content)
        if not size:
            raise bad_request("file must be non-empty")
        if size > ANY_UPLOAD:
            raise RefusedCall(413)
        if size > MOST_UPLOADED.get(kind, ANY_UPLOAD):
            raise bad_request(f"file of size {size} bytes is too big for a {kind}")
        content_type = upload.content_type
        if content_type in {"", "application/octet-stream"}:
            content_type = _guess_type(upload.name)
        _check_photo(kind, content_type)
        return self._state.store_file(KINDS[kind][0], upload.name, upload.content, content_type)

    def _get(self, kind: str, url: str) -> StoredFile:
        if kind == "video_note":
            raise bad_request("video notes can't be sent by URL")
        if url in self._state.quirks.unfetchable:
            raise bad_request("failed to get HTTP URL content")
        if not _has_host(url):
            raise bad_request("wrong HTTP URL specified")
        got = self._state.fetch(url) if self._state.fetch else None
        if self._state.fetch and got is None:
            raise bad_request("failed to get HTTP URL content")
        content, content_type = got or (b"", "")
        content_type = content_type or _guess_type(urlsplit(url).path)
        if len(content) > MOST_BY_ADDRESS.get(kind, ANY_BY_ADDRESS):
            raise bad_request("failed to get HTTP URL content")
        if kind == "document" and content_type not in _DOCUMENTS_BY_ADDRESS:
            raise bad_request("wrong type of the web page content")
        _check_photo(kind, content_type, by_address=True)
        if got is None:
            return self._state.refer_to(KINDS[kind][0], url, content_type)
        name = unquote(PurePosixPath(urlsplit(url).path).name)
        return self._state.store_file(KINDS[kind][0], name, content, content_type)


def _check_photo(kind: str, content_type: str, *, by_address: bool = False) -> None:
    if kind == "photo" and not content_type.startswith("image/"):
        raise bad_request("wrong type of the web page content" if by_address else "IMAGE_PROCESS_FAILED")


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _guess_type(name: str) -> str:
    guessed, _ = mimetypes.guess_type(name)
    return guessed or "application/octet-stream"
