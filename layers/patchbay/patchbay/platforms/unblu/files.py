"""Files that agents send: links which want the user's password, and answer 403 while a scanner holds the file."""

from __future__ import annotations

from patchbay.accounts import Connection
from patchbay.contract import HttpRequest
from patchbay.model import Attachment
from patchbay.platforms.unblu.api import authorize
from patchbay.platforms.unblu.places import read_base_url
from patchbay.rest import request_file


def request_download(attachment: Attachment, connection: Connection) -> HttpRequest:
    return request_file(attachment, connection, read_base_url, authorize)
