"""Files that agents send: links which want the user's password, and answer 403 while a scanner holds the file."""

from __future__ import annotations

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.domain.model import Attachment
from patchbay.kit.contract import HttpRequest
from patchbay.platforms.unblu.client import authorize
from patchbay.platforms.unblu.urls import read_entry, same_origin


def request_download(attachment: Attachment, connection: Connection) -> HttpRequest:
    """Only the tenant's own host gets the password."""
    url = attachment.url or ""
    return HttpRequest(method="GET", url=url, headers=authorize(connection) if _is_own(url, connection) else {})


def _is_own(url: str, connection: Connection) -> bool:
    try:
        return same_origin(url, read_entry(connection.settings))
    except Misconfigured:
        return False
