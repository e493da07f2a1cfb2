"""Connectors for the services of a soak: as small as connectors can be, with every ability that order or doubt need."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.errors import (
    AuthorizationNeeded,
    Closed,
    ContactGone,
    ConversationGone,
    NotYet,
    Rejected,
    SignatureRejected,
    Transient,
    Unreadable,
)
from patchbay.domain.events import (
    ConversationChanged,
    Event,
    Ignored,
    MessageReceived,
    Origin,
    ReceiptReceived,
    make_event_id,
)
from patchbay.domain.model import (
    Contact,
    ContactKey,
    Conversation,
    ConversationStatus,
    Delivered,
    Message,
    Part,
    ReceiptState,
    Role,
    Sender,
    Side,
    Text,
)
from patchbay.kit.abilities import (
    ActivatesConversations,
    FindsContacts,
    LooksUpDeliveries,
    Opened,
    OpensConversations,
    ReportsFailures,
    SendsReceipts,
    UpdatesContacts,
)
from patchbay.kit.behavior import Behavior, Rate
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import Connector, Http, HttpRequest, Setting, WebhookRequest
from patchbay.kit.failures import Failure
from patchbay.kit.lookups import UncertainSend, find_unknown, look_back
from patchbay.kit.statuses import read_retry_after

type Json = dict[str, Any]

HOOK_SECRET = "only the service and we know it"
BULK = 300_000  #: bytes of an event that the queue cannot hold


class SoakConnector(Connector):
    """What all have. `trap` is called with every text that goes out, and may raise whatever it likes."""

    service = ""
    title = ""
    side = Side.PLATFORM
    settings: tuple[Setting, ...] = ()
    accepted_status = 200
    signs = True
    capabilities = Capabilities(text_limit=500)
    behavior = Behavior()

    def __init__(self, trap: Callable[[str], None]) -> None:
        self._trap = trap

    # --- webhooks ----------------------------------------------------------------------------------------------------

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        if request.headers.get("secret") not in endpoint.secrets.accepted("webhook_token"):
            raise SignatureRejected("wrong secret")

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        try:
            body: Json = json.loads(request.body)
            return [self._read(body, Origin(service=self.service, endpoint=endpoint.id))]
        except (ValueError, KeyError, TypeError):
            raise Unreadable("not a webhook of this service") from None

    def _read(self, body: Json, origin: Origin) -> Event:
        at, thread = datetime.fromisoformat(body["at"]), str(body["thread"])
        match body["kind"]:
            case "message":
                return self._read_message(body, origin, at, thread)
            case "receipt":
                event_id = make_event_id("receipt", origin, body["message"], body["state"])
                state, message = ReceiptState(body["state"]), str(body["message"])
                return ReceiptReceived(
                    id=event_id, origin=origin, thread=thread, occurred_at=at, message_id=message, state=state
                )
            case "conversation":
                event_id = make_event_id("conversation", origin, thread, body["status"], body["at"])
                status = ConversationStatus(body["status"])
                return ConversationChanged(id=event_id, origin=origin, thread=thread, occurred_at=at, status=status)
        raise ValueError(body["kind"])

    def _read_message(self, body: Json, origin: Origin, at: datetime, thread: str) -> MessageReceived:
        is_customer = self.side is Side.MESSENGER
        sender = Sender(role=Role.CONTACT if is_customer else Role.AGENT, name=body["name"])
        return MessageReceived(
            id=make_event_id("message", origin, body["id"]),
            origin=origin,
            thread=thread,
            occurred_at=at,
            message=Message(external_id=body["id"], sender=sender, content=(Text(text=body["text"]),), sent_at=at),
            contact=Contact(external_id=thread, name=body["name"]) if is_customer else None,
            hints={"bulk": "x" * BULK} if body.get("large") else {},
        )

    # --- calls -------------------------------------------------------------------------------------------------------

    def _call(self, http: Http, connection: Connection, method: str, path: str, body: Json | None = None) -> Json:
        request = HttpRequest(
            method=method,
            url=f"https://{self.service}/{path}",
            headers={"account": connection.id, "token": connection.secrets.get("token")},
            query={key: str(value) for key, value in (body or {}).items()} if method == "GET" else {},
            json=body if method != "GET" else None,
        )
        answer = http.send(request)
        if answer.ok:
            return dict(answer.read_json())
        raise _failure(answer.status, read_retry_after(answer))

    def _post(self, part: Part, path: str, connection: Connection, http: Http) -> Delivered:
        answer = self._call(http, connection, "POST", f"{path}/messages", {"key": part.key, "text": self._text(part)})
        return Delivered(external_id=str(answer["id"]))

    def _text(self, part: Part) -> str:
        assert isinstance(part.content, Text)
        self._trap(part.content.text)
        return part.content.text


def _failure(status: int, retry_after: float | None) -> Exception:
    match status:
        case 401:
            return AuthorizationNeeded("the token is not accepted")
        case 404 | 410:
            return ConversationGone("it has ended")
        case 409:
            return NotYet("the conversation is not active yet")
        case 412:
            return ContactGone("nobody has that id")
        case 422:
            return Rejected("this text is refused")
        case 423:
            return Closed("nobody is at the desk")
    return Transient(f"HTTP {status}", retry_after=retry_after)


class Pigeon(SoakConnector):
    """A messenger that cannot be asked what arrived, and that sends receipts."""

    service = "pigeon"
    title = "Pigeon Post"
    side = Side.MESSENGER
    capabilities = Capabilities(
        text_limit=200,
        sender_name=True,
    )
    behavior = Behavior(
        max_uncertain_resends=1,
        receipt_states=frozenset({ReceiptState.DELIVERED, ReceiptState.READ, ReceiptState.FAILED}),
        receipts_cover_earlier=True,
    )

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        return self._post(part, f"people/{conversation.external_id}", connection, http)


class Desk(SoakConnector, OpensConversations, FindsContacts):
    """What all platforms of a soak have."""

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        return self._post(part, f"conversations/{conversation.external_id}", connection, http)

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        body = {"reference": key.encode(), "key": first.key, "text": self._text(first)}
        answer = self._call(http, connection, "POST", "conversations", body)
        status = ConversationStatus.ACTIVE if answer["active"] else ConversationStatus.PENDING
        return Opened(
            conversation=Conversation(external_id=str(answer["conversation"]), status=status),
            delivered=Delivered(external_id=str(answer["id"])) if "id" in answer else None,
        )

    def find_contact(self, event: MessageReceived, connection: Connection, http: Http) -> ContactKey | None:
        answer = self._call(http, connection, "GET", f"conversations/{event.thread}")
        return ContactKey.decode(str(answer["reference"]))


class Office(Desk, UpdatesContacts, ReportsFailures, LooksUpDeliveries):
    """A platform that can be asked what arrived."""

    service = "office"
    title = "Office"
    capabilities = Capabilities(text_limit=500, sender_name=True)

    def look_up_delivery(
        self, part: Part, uncertain: UncertainSend, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered | None:
        path = f"conversations/{conversation.external_id}/messages"
        answer = self._call(http, connection, "GET", path, {"since": look_back(uncertain).isoformat()})
        unknown = find_unknown(answer["messages"], uncertain, lambda one: str(one["id"]), lambda _: None)
        found = (
            str(one["id"]) for one in unknown if isinstance(part.content, Text) and one["text"] == part.content.text
        )
        return next((Delivered(external_id=one) for one in found), None)

    def report_failure(
        self, failure: Failure, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        body = {"message": message_id, "what": ReceiptState.FAILED.value}
        self._call(http, connection, "POST", f"conversations/{conversation.external_id}/reports", body)

    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        self._call(
            http, connection, "POST", f"conversations/{conversation.external_id}/contact", {"name": contact.name}
        )


class Bureau(Desk, SendsReceipts):
    """A platform that cannot be asked what arrived, that shows receipts, and that limits the rate of calls."""

    service = "bureau"
    title = "Bureau"
    capabilities = Capabilities(text_limit=500, sender_name=True)
    behavior = Behavior(rate=Rate(requests=20))

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        return frozenset({ReceiptState.SENT, ReceiptState.DELIVERED, ReceiptState.READ, ReceiptState.FAILED})

    def send_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        body = {"message": message_id, "what": state.value}
        self._call(http, connection, "POST", f"conversations/{conversation.external_id}/reports", body)


class Lodge(Desk, ActivatesConversations):
    """A platform whose conversations must be woken, and that takes a part that comes again under its key once."""

    service = "lodge"
    title = "Lodge"
    capabilities = Capabilities(text_limit=500, sender_name=True)
    behavior = Behavior(idempotent_sends=True)

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        self._text(first)
        answer = self._call(http, connection, "POST", "conversations", {"reference": key.encode()})
        status = ConversationStatus.ACTIVE if answer["active"] else ConversationStatus.PENDING
        return Opened(conversation=Conversation(external_id=str(answer["conversation"]), status=status))

    def activate_conversation(
        self, conversation: Conversation, connection: Connection, http: Http
    ) -> ConversationStatus:
        path = f"conversations/{conversation.external_id}/activation"
        answer = self._call(http, connection, "POST", path, {})
        return ConversationStatus.ACTIVE if answer["active"] else ConversationStatus.PENDING
