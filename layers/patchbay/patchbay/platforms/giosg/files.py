"""What a webhook leaves out: encrypted texts, and files."""

from __future__ import annotations

from dataclasses import replace

from patchbay.domain.accounts import Connection
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Attachment, Message
from patchbay.kit.contract import Http, HttpRequest
from patchbay.kit.rest import read_answer, request_file
from patchbay.platforms.giosg.client import Api, authorize, refusal
from patchbay.platforms.giosg.message_filter import read_complete_message
from patchbay.platforms.giosg.schemas import MessageWire
from patchbay.platforms.giosg.urls import read_base_url

_NOT_THERE = 404


def request_download(attachment: Attachment, connection: Connection) -> HttpRequest:
    return request_file(attachment, connection, read_base_url, authorize)


def complete_message(event: MessageReceived, connection: Connection, http: Http) -> Message:
    """With its text, where the webhook had none."""
    message = event.message
    if not (message.content or message.buttons):
        message = _read_again(event, Api(connection, http))
    return replace(message, incomplete=False)


def _read_again(event: MessageReceived, api: Api) -> Message:
    """Giosg: the text of an encrypted message is given out for 90 minutes."""
    known = event.message
    path = ("orgs", api.organization, "owned_chats", event.thread, "messages", known.external_id)
    response = api.get(*path)
    if response.status == _NOT_THERE:
        return replace(known, content=())  # removed meanwhile: nothing is left to be shown
    if not response.ok:
        raise refusal(response, "reading a message")
    return read_complete_message(read_answer(MessageWire, response), known, api.connection.settings)
