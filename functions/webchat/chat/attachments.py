"""A visitor's file on its way into a message: looked at, and copied to where it is served, in that one version."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from chat.context import ChatContext
from chat.errors import Refused
from chat.model import Chat, Entry, Site, Stored, Upload
from patchbay.domain.errors import Conflict
from patchbay.domain.hazards import Hazard, explain
from patchbay.domain.model import Attachment
from patchbay.kit.displayable_types import find_kind

TYPES = (
    "image/*",
    "audio/*",
    "video/*",
    "application/pdf",
    "text/plain",
    "text/csv",
    "application/rtf",
    "application/zip",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
)
UNSAID = "application/octet-stream"  #: the type of an upload of which neither name nor type says anything


class AttachmentIntake:
    """The file of one message. However often the message is tried, the file is copied once."""

    def __init__(self, context: ChatContext, site: Site, upload_id: str) -> None:
        self._context = context
        self._site = site
        self._upload_id = upload_id
        self._upload: Upload | None = None
        self._key = ""
        self._attachment: Attachment | None = None

    def attach(self, chat: Chat) -> Attachment:
        """Raises Refused."""
        if self._attachment is None:
            self._upload = self._context.chats.upload(self._site.id, chat.id, self._upload_id)
            if self._upload is None:
                message = "This upload does not exist or has expired (uploads last one hour). Upload the file again."
                raise Refused(404, "unknown_upload", message)
            self._attachment = self._publish(self._upload)
        return self._attachment

    def end(self, entry: Entry | None) -> None:
        """Takes away what is left: what was uploaded, and a copy that is not in the transcript.

        `entry` is None when the message was not stored; then the upload stays for another try.
        """
        stored = entry is not None and entry.attachment == self._attachment
        if self._key and not stored:
            self._context.files.remove(self._key)
        if self._upload is not None and stored:
            self._context.files.remove(self._upload.key)

    def _publish(self, upload: Upload) -> Attachment:
        try:
            stored = self._look_at(upload)
            self._key = self._context.files.publish(upload, stored)
        except Conflict:
            raise Refused(409, "not_uploaded", "The file was replaced in the meantime. Upload it again.") from None
        return Attachment(
            kind=find_kind(stored.content_type),
            url=f"{self._site.base}/{quote(self._key)}",
            name=stored.name,
            content_type=stored.content_type,
            size=stored.size,
            hosted=True,
        )

    def _look_at(self, upload: Upload) -> Stored:
        stored = self._context.files.look_at(upload)
        if stored is None or stored.size != upload.size:
            raise Refused(409, "not_uploaded", "The file did not arrive completely. Upload it again.")
        try:
            check_hazard(stored.hazard)
            check_type(stored.content_type)
        except Refused:
            self._context.files.remove(upload.key)
            raise
        return stored


def check_hazard(hazard: Hazard | None) -> None:
    """Raises Refused with 415."""
    if hazard is Hazard.NAME:
        raise Refused(415, "unsafe_name", "The file's name hides its type. Rename the file, then send it again.")
    if hazard is not None:
        sentence = explain(hazard)
        raise Refused(415, "unsafe_file", f"{sentence[0].upper()}{sentence[1:]}. Send a PDF or an image instead.")


def choose_type(said: Sequence[str]) -> str:
    """Of the types that a file is said to have, the first that is accepted. Raises Refused with 415.

    Systems call one type by several names, or by none, and some call it by a wrong one: its extension counts as well.
    What it really is, its content shows when it is posted.
    """
    if not said:
        return UNSAID
    accepted = next((content_type for content_type in said if _is_accepted(content_type)), "")
    check_type(accepted)
    return accepted


def check_type(content_type: str) -> None:
    """Raises Refused with 415."""
    if not _is_accepted(content_type):
        raise Refused(415, "wrong_type", "Files of this type are not accepted here.")


def _is_accepted(content_type: str) -> bool:
    return content_type in TYPES or f"{content_type.partition('/')[0]}/*" in TYPES
