"""The answers that Unblu waits for: signed, over the bytes exactly as they leave, in time.

Nothing is looked up or sent for them: what they need stands in the request and in the settings.
"""

from __future__ import annotations

import json

from patchbay.domain.accounts import Endpoint
from patchbay.domain.model import ContactKey
from patchbay.domain.names import read_name
from patchbay.kit.contract import WebhookRequest, WebhookResponse
from patchbay.kit.phones import read_number
from patchbay.kit.schemas import read_wire
from patchbay.platforms.unblu.ids import name_contact_source, name_source
from patchbay.platforms.unblu.inbound import (
    CREATE_CONTACT,
    CREATE_CONVERSATION,
    MESSAGE_STATE,
    NEW_MESSAGE,
    PING,
    SERVICE,
)
from patchbay.platforms.unblu.schemas import CreateContactWire, CreateConversationWire, PingWire
from patchbay.platforms.unblu.signing import SIGNATURE, sign_answer

_CUSTOMERS_FIRST = (
    "Customers of this channel must write first: their messenger does not allow a company to "
    "start a conversation. You can reply here as soon as they have written."
)
_NUMBER = "Write the full phone number with its country code, like +49 1512 3456789."
_NO_CONTACT = "The conversation has no contact from this channel. Choose one, then start it again."

_CONTACT = "ExternalMessengerCreateContact"
_CONVERSATION = "ExternalMessengerCreateConversation"

Json = dict[str, object]


def answer_request(request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse:
    """Events want no body; what names a service wants the body of that service."""
    service = request.headers.get(SERVICE, "")
    if not service:
        return WebhookResponse(status=200)
    body = json.dumps(_write_answer(service, request, endpoint), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"content-type": "application/json; charset=utf-8", SIGNATURE: sign_answer(body, request, endpoint)}
    return WebhookResponse(status=200, body=body, headers=headers)


def _write_answer(service: str, request: WebhookRequest, endpoint: Endpoint) -> Json:
    if service == NEW_MESSAGE:
        # The messenger's id of the message is not known yet: it goes there after this answer.
        return {"$_type": "ExternalMessengerNewMessageResponse", "externalMessageId": None}
    if service == MESSAGE_STATE:
        return {"$_type": "ExternalMessengerMessageStateResponse"}
    if service == PING:
        return _answer_ping(request)
    if service == CREATE_CONTACT:
        return _answer_contact(request, endpoint)
    if service == CREATE_CONVERSATION:
        return _answer_conversation(request, endpoint)
    raise AssertionError("parsing refuses every other service")


def _answer_ping(request: WebhookRequest) -> Json:
    """Unblu: the same id must come back."""
    ping = read_wire(PingWire, request.body)
    kind = "OutboundPingResponse" if ping.model == "OutboundPingRequest" else "PingResponse"  # API v3 has another name
    return {"$_type": kind, "pingId": ping.ping_id}


def _answer_contact(request: WebhookRequest, endpoint: Endpoint) -> Json:
    """Unblu makes the contact itself when it is told the address."""
    wire = read_wire(CreateContactWire, request.body)
    service, _, connection_id = endpoint.settings.get("outbound_to", "").partition(":")
    if not service or not connection_id:
        return _refuse(_CONTACT, _CUSTOMERS_FIRST)
    number = read_number(wire.contact_identifier)
    if not number:
        kind = f"{_CONTACT}InvalidContactIdentifierResponse"
        return {"$_type": kind, "type": "INVALID_CONTACT_IDENTIFIER", "errorText": _NUMBER}
    key = ContactKey(service=service, connection_id=connection_id, contact_id=number.removeprefix("+"))
    name = read_name(wire.person_data.name) if wire.person_data else None
    return {
        "$_type": f"{_CONTACT}CreateResponse",
        "type": "CREATE",
        "name": name or number,
        "sourceId": name_source(key),
        "description": None,
    }


def _answer_conversation(request: WebhookRequest, endpoint: Endpoint) -> Json:
    """The request names the contact only by Unblu's id, so the conversation is named after that."""
    data = read_wire(CreateConversationWire, request.body).creation_data
    if not endpoint.settings.get("outbound_to"):
        return _refuse(_CONVERSATION, _CUSTOMERS_FIRST)
    contact_id = next((one.external_messenger_contact_id for one in data.external_participants), "")
    if not contact_id and not data.source_id:
        return _refuse(_CONVERSATION, _NO_CONTACT)
    return {
        "$_type": f"{_CONVERSATION}CreateResponse",
        "type": "CREATE",
        "sourceId": data.source_id or name_contact_source(contact_id),
        "sourceUrl": None,
        "metadata": {},
    }


def _refuse(kind: str, text: str) -> Json:
    return {"$_type": f"{kind}ErrorResponse", "type": "ERROR", "errorText": text}
