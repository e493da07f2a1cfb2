"""Files that people send: where they are, and how to fetch them.

The address of a file holds the bot's token. So it is put together only where the file is fetched, and what travels and
is stored is the same address without it.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from patchbay.domain.accounts import Connection
from patchbay.domain.model import Attachment, Content, Message
from patchbay.kit.addresses import is_own
from patchbay.kit.contract import HttpRequest
from patchbay.kit.rest import read_answer
from patchbay.kit.schemas import Wire
from patchbay.messengers.telegram.client import Api, read_base_url, read_refusal
from patchbay.messengers.telegram.contents import describe_too_large

_TOO_LARGE = "too big"


class FilePath(Wire):
    file_path: str = ""


class FileAnswer(Wire):
    result: FilePath = FilePath()


def complete(api: Api, message: Message) -> Message:
    """With the address of each file; without one where Telegram has it no more."""
    return replace(message, content=tuple(_find(api, item) for item in message.content), incomplete=False)


def _find(api: Api, item: Content) -> Content:
    if not isinstance(item, Attachment) or item.url is not None:
        return item
    response = api.get("getFile", query={"file_id": item.external_id})
    if not response.ok and _TOO_LARGE in read_refusal(response).description:
        return describe_too_large(item.name, item.size)
    path = read_answer(FileAnswer, response).result.file_path if response.ok else ""
    return replace(item, url=f"{api.files_url}/{quote(path)}") if path else item


def request_file(attachment: Attachment, connection: Connection) -> HttpRequest:
    """Only below the Bot API's own address the token is put in."""
    url = attachment.url or ""
    if not is_own(url, connection.settings, read_base_url):
        return HttpRequest(method="GET", url=url)
    files = f"{read_base_url(connection.settings)}/file/"
    token = quote(connection.secrets.get("bot_token"), safe=":")
    # A header says, as for every service, that this is the server that the owner named.
    return HttpRequest(method="GET", url=f"{files}bot{token}/{url.removeprefix(files)}", headers={"Accept": "*/*"})
