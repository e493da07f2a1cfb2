"""Files that agents send: links which want the user's password, and answer 403 while a scanner holds the file."""

from __future__ import annotations

from patchbay.domain.accounts import Connection
from patchbay.domain.model import Attachment
from patchbay.kit.contract import HttpRequest
from patchbay.kit.rest import request_file
from patchbay.platforms.unblu.client import authorize
from patchbay.platforms.unblu.urls import read_base_url


def request_download(attachment: Attachment, connection: Connection) -> HttpRequest:
    return request_file(attachment, connection, read_base_url, authorize)
