"""Files that agents send: links which want the user's password, and answer 403 while a scanner holds the file."""

from __future__ import annotations

from dataclasses import replace

from patchbay.accounts import Connection
from patchbay.contract import Http, HttpRequest
from patchbay.errors import Misconfigured, NotYet
from patchbay.model import Attachment, Message
from patchbay.platforms.unblu.api import authorize
from patchbay.platforms.unblu.places import read_entry, same_origin

_NEXT_LOOK = 3.0  #: seconds


def request_download(attachment: Attachment, connection: Connection, method: str = "GET") -> HttpRequest:
    """Only the tenant's own host gets the password."""
    url = attachment.url or ""
    return HttpRequest(method=method, url=url, headers=authorize(connection) if _is_own(url, connection) else {})


def await_files(message: Message, connection: Connection, http: Http) -> Message:
    """The message once Unblu gives its files out. Whatever else a link answers is told when it is fetched."""
    for item in message.content:
        if isinstance(item, Attachment) and item.url and _is_own(item.url, connection):
            response = http.send(request_download(item, connection, "HEAD"))
            if response.status == 403:
                raise NotYet("Unblu has not given the file out yet", after=_NEXT_LOOK)
    return replace(message, incomplete=False)


def _is_own(url: str, connection: Connection) -> bool:
    try:
        return same_origin(url, read_entry(connection.settings))
    except Misconfigured:
        return False
