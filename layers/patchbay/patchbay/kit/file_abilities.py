"""What some services can do with files beyond the contract, as `abilities` has it for all else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import IO, Protocol

from patchbay.domain.accounts import Connection
from patchbay.domain.model import Attachment, Conversation, Delivered, Part
from patchbay.kit.contract import FilePlace, Http, HttpRequest


class DownloadsAttachments(ABC):
    """For services whose files need credentials, or a request that is not a plain GET."""

    @abstractmethod
    def make_download_request(self, attachment: Attachment, connection: Connection) -> HttpRequest:
        """The request that downloads the attachment. Only the service's own hosts may get credentials."""


class FileSource(Protocol):
    """Our copies of attachments, to upload from."""

    def open(self, attachment: Attachment) -> IO[bytes]:
        """The file, as a stream that the caller closes."""

    def locate(self, attachment: Attachment, content_type: str = "") -> FilePlace:
        """Where the file lies as `content_type`, "" for its own, for services of AWS that take it from there."""


class UploadsAttachments(ABC):
    @abstractmethod
    def upload_attachment(
        self, attachment: Attachment, files: FileSource, connection: Connection, http: Http
    ) -> Attachment:
        """Uploads the file before its message. `deliver` gets the answer, whose `external_id` names the upload."""


class InlinesAlbums(ABC):
    @abstractmethod
    def deliver_album(
        self, part: Part, files: Sequence[IO[bytes]], conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        """`deliver` for a part whose content is an album. `files` are its files; the caller closes them.

        The service takes all of them or none. Raises Rejected when it does not show them together: then they go one by
        one.
        """


class InlinesAttachments(ABC):
    @abstractmethod
    def deliver_file(
        self, part: Part, data: IO[bytes], conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        """`deliver` for a part whose content is an attachment. `data` is the file; the caller closes it."""
