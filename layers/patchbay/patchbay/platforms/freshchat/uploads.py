"""Handing files to Freshchat, and fetching those that want our token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Uncertain
from patchbay.domain.model import Attachment, AttachmentKind
from patchbay.kit.contract import HttpRequest, HttpResponse, Upload
from patchbay.kit.file_abilities import FileSource
from patchbay.kit.rest import request_file
from patchbay.kit.schemas import read_size
from patchbay.platforms.freshchat.client import FILE_SECONDS, Api, authorize, read_base_url, refusal

#: Freshchat's answers name the same thing in several ways, at the top or one level down.
_HASHES = ("file_hash", "fileHash", "hash")
_NAMES = ("file_name", "filename", "name")
_SIZES = ("file_size_in_bytes", "file_size", "fileSize", "size")
_TYPES = ("file_content_type", "content_type", "contentType")
_ADDRESSES = ("download_url", "file_url", "url")

#: Refusals of the file itself: then its address at our place goes instead.
_UNWELCOME = frozenset({400, 413, 415, 422})


def upload_attachment(api: Api, attachment: Attachment, files: FileSource) -> Attachment:
    """With the upload's hash or address as its `external_id`; unchanged when Freshchat does not take the file."""
    if attachment.size is None:
        return attachment
    is_image = attachment.kind is AttachmentKind.IMAGE
    response = _send(api, attachment, files, "images" if is_image else "files", "image" if is_image else "file")
    if response.status == 400 and is_image:
        response = _send(api, attachment, files, "images", "file")  # its documentation names the field both ways
    if response.status in _UNWELCOME:
        return attachment
    if not response.ok:
        raise refusal(response, "uploading a file")
    return _adopt(attachment, _flatten(response), is_image=is_image)


def request_download(attachment: Attachment, connection: Connection) -> HttpRequest:
    return request_file(attachment, connection, read_base_url, authorize)


def _send(api: Api, attachment: Attachment, files: FileSource, folder: str, field_name: str) -> HttpResponse:
    with files.open(attachment) as stream:
        upload = Upload(
            field_name=field_name,
            name=attachment.name or "file",
            content_type=attachment.content_type or "application/octet-stream",
            size=attachment.size or 0,
            stream=stream,
        )
        # An upload that no message names is never shown.
        return api.post(folder, "upload", upload=upload, timeout=FILE_SECONDS, repeatable=True)


def _adopt(attachment: Attachment, answer: Mapping[str, object], *, is_image: bool) -> Attachment:
    address = _first(answer, _ADDRESSES)
    if is_image:
        return replace(attachment, external_id=address)
    return replace(
        attachment,
        external_id=_first(answer, _HASHES) or address,
        name=_first(answer, _NAMES) or attachment.name,
        size=read_size(_first(answer, _SIZES)) or attachment.size,
        content_type=_first(answer, _TYPES) or attachment.content_type,
    )


def _flatten(response: HttpResponse) -> Mapping[str, object]:
    try:
        answer = response.read_json()
    except Uncertain:
        return {}
    if not isinstance(answer, Mapping):
        return {}
    nested = [answer[name] for name in ("data", "file", "image") if isinstance(answer.get(name), Mapping)]
    flat: dict[str, object] = {}
    for level in (*nested, answer):
        flat.update({name: value for name, value in level.items() if value is not None})
    return flat


def _first(answer: Mapping[str, object], names: tuple[str, ...]) -> str:
    found = (answer.get(name) for name in names)
    return next((str(value) for value in found if isinstance(value, str | int) and str(value)), "")
