"""A messenger and a platform without HTTP: what the core is tested with before any real service is.

They misbehave by a script: each call takes the next fault of `faults`, and works when there is none left.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.errors import (
    AuthorizationNeeded,
    ConversationGone,
    NotYet,
    Rejected,
    SignatureRejected,
    Transient,
    Uncertain,
    Unreadable,
)
from patchbay.domain.events import Event, Ignored, MessageReceived, Origin, make_event_id
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
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
    FindsContacts,
    LooksUpDeliveries,
    Opened,
    OpensConversations,
    ReportsFailures,
    SendsReceipts,
    SendsTyping,
    UpdatesContacts,
)
from patchbay.kit.behavior import Behavior
from patchbay.kit.capabilities import AttachmentRule, ButtonRule, Capabilities
from patchbay.kit.contract import Connector, Http, Setting, WebhookRequest
from patchbay.kit.failures import Failure
from patchbay.kit.lookups import UncertainSend, find_unknown
from tests.harness.fakes.mortality import Died, Life


class Fault(StrEnum):
    BUSY = "busy"  #: 429 or 5xx, certainly not done
    LOST_BEFORE = "lost before"  #: no answer, and nothing was done
    LOST_AFTER = "lost after"  #: no answer, and it was done
    REFUSED = "refused"  #: 4xx for good
    UNAUTHORIZED = "unauthorized"
    GONE = "gone"  #: the conversation has ended
    PENDING = "pending"
    DIED_BEFORE = "died before"  #: our own function was killed, and nothing was done
    DIED_AFTER = "died after"  #: our own function was killed after the service had done it


def shown(part: Part) -> str:
    """What a person sees of a part."""
    content = part.content
    if isinstance(content, Text):
        return part.tapped.payload if part.tapped and part.tapped.payload else content.text
    if isinstance(content, Attachment):
        return f"<{content.kind.value} {content.name}>"
    return f"<{content.type}>"


class FakeService(Connector):
    """What both have: webhooks of one JSON message, and a script of faults."""

    service = "fake"
    title = "Fake"
    side = Side.MESSENGER
    settings: tuple[Setting, ...] = ()
    accepted_status = 200
    signs = True
    capabilities = Capabilities(text_limit=1000, sender_name=True)
    behavior = Behavior()

    def __init__(self) -> None:
        self.faults: deque[Fault | None] = deque()
        self.threads: dict[str, list[str]] = {}
        self.keys: dict[str, list[str]] = {}
        self.ids: dict[str, list[str]] = {}
        self.calls = 0
        self.reports: list[tuple[str, str]] = []
        self.receipts: list[tuple[str, ReceiptState]] = []
        self.typing: list[bool] = []
        self._ids = count(1)
        self.life = Life()

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        if request.headers.get("x-token") not in endpoint.secrets.accepted("token"):
            raise SignatureRejected("wrong token")

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        try:
            body = json.loads(request.body)
            thread, external_id, text = body["thread"], body["id"], body["text"]
        except (ValueError, KeyError, TypeError):
            raise Unreadable("thread, id and text are needed") from None
        if body.get("kind", "message") != "message":
            return [Ignored(reason="an unknown kind")]
        return [message_event(self, thread, external_id, text, endpoint.id)]

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        fault = self.next_fault()
        self.raise_before(fault)
        self.keep(conversation.external_id, part)
        self.raise_after(fault)
        return Delivered(external_id=self.ids[conversation.external_id][-1])

    def next_fault(self) -> Fault | None:
        self.calls += 1
        return self.faults.popleft() if self.faults else None

    def raise_before(self, fault: Fault | None) -> None:
        match fault:
            case Fault.BUSY:
                raise Transient("busy", retry_after=3)
            case Fault.LOST_BEFORE:
                raise Uncertain("no answer")
            case Fault.REFUSED:
                raise Rejected("this will never work")
            case Fault.UNAUTHORIZED:
                raise AuthorizationNeeded("the token is not accepted")
            case Fault.GONE:
                raise ConversationGone("it has ended")
            case Fault.PENDING:
                raise NotYet("not yet")
            case Fault.DIED_BEFORE:
                self.life.end()
                raise Died

    def raise_after(self, fault: Fault | None) -> None:
        if fault is Fault.LOST_AFTER:
            raise Uncertain("no answer")
        if fault is Fault.DIED_AFTER:
            self.life.end()
            raise Died

    def keep(self, thread: str, part: Part) -> None:
        self.threads.setdefault(thread, []).append(shown(part))
        self.keys.setdefault(thread, []).append(part.key)
        self.ids.setdefault(thread, []).append(f"{self.service}-{next(self._ids)}")

    def everything(self) -> list[str]:
        return [text for thread in self.threads.values() for text in thread]


def message_event(
    service: FakeService,
    thread: str,
    external_id: str,
    text: str,
    endpoint: str,
    occurred_at: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
) -> MessageReceived:
    origin = Origin(service=service.service, endpoint=endpoint)
    is_messenger = service.side is Side.MESSENGER
    return MessageReceived(
        id=make_event_id("message", origin, external_id),
        origin=origin,
        thread=thread,
        occurred_at=occurred_at,
        message=Message(
            external_id=external_id,
            sender=Sender(role=Role.CONTACT if is_messenger else Role.AGENT, name="Ana"),
            content=(Text(text=text),),
            sent_at=occurred_at,
        ),
        contact=Contact(external_id=thread, name="Åsa") if is_messenger else None,
    )


class Pigeon(FakeService):
    """A messenger that cannot be asked what arrived, and that reports receipts."""

    service = "pigeon"
    title = "Pigeon Post"
    capabilities = Capabilities(
        text_limit=200,
        sender_name=True,
        buttons=ButtonRule(max_count=3, max_label=20),
    )
    behavior = Behavior(
        max_uncertain_resends=1,
        receipt_states=frozenset({ReceiptState.DELIVERED, ReceiptState.READ, ReceiptState.FAILED}),
        receipts_cover_earlier=True,
    )


class PlainOffice(FakeService, OpensConversations, UpdatesContacts, FindsContacts):
    """A platform with conversations. It cannot be asked what arrived, and shows no failures."""

    service = "office"
    title = "Office"
    side = Side.PLATFORM
    capabilities = Capabilities(
        text_limit=500,
        sender_name=True,
        attachments={AttachmentKind.FILE: AttachmentRule(max_bytes=10_000_000)},
    )
    behavior = Behavior(reopens_conversations=True)

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, str] = {}  #: contact key -> open conversation
        self.references: dict[str, str] = {}  #: conversation -> contact key
        self.opened: list[str] = []
        self.looks: list[str] = []  #: the conversations whose contact was asked for
        self.updates: list[Contact] = []
        self.new_conversations_are = ConversationStatus.ACTIVE

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        fault = self.next_fault()
        self.raise_before(fault if fault is not Fault.GONE else None)
        known = self.contacts.get(key.encode())
        if known:
            return Opened(conversation=Conversation(external_id=known))
        conversation = f"conversation-{len(self.opened) + 1}"
        self.contacts[key.encode()] = conversation
        self.references[conversation] = key.encode()
        self.opened.append(conversation)
        self.keep(conversation, first)
        self.raise_after(fault)
        return Opened(
            conversation=Conversation(external_id=conversation, status=self.new_conversations_are),
            delivered=Delivered(external_id=self.ids[conversation][-1]),
        )

    def find_contact(self, event: MessageReceived, connection: Connection, http: Http) -> ContactKey | None:
        """Also of conversations that have ended: the office forgets nobody."""
        self.looks.append(event.thread)
        return ContactKey.decode(self.references.get(event.thread, ""))

    def close(self, conversation: str) -> None:
        """As agents do; the next delivery to it must be refused by a scripted GONE."""
        self.contacts = {key: known for key, known in self.contacts.items() if known != conversation}

    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        self.updates.append(contact)


class Office(PlainOffice, LooksUpDeliveries, ReportsFailures):
    """A platform with conversations, failure reports and a way to ask what arrived."""

    def look_up_delivery(
        self, part: Part, uncertain: UncertainSend, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered | None:
        """By what people see: no service knows our keys. Its clock stands still, so times tell it nothing."""
        thread = conversation.external_id
        newest_first = reversed(list(zip(self.ids.get(thread, []), self.threads.get(thread, []), strict=True)))
        for name, text in find_unknown(newest_first, uncertain, lambda one: one[0], lambda _: None):
            if text == shown(part):
                return Delivered(external_id=name)
        return None

    def report_failure(
        self, failure: Failure, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        self.reports.append((message_id, failure.reason))


class UnsearchablePlatform(PlainOffice, SendsReceipts, SendsTyping):
    """A platform that tells receipts and typing but cannot be asked what arrived."""

    service = "forgetful"
    capabilities = Capabilities(text_limit=500, sender_name=True, typing=True)

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        return frozenset({ReceiptState.SENT, ReceiptState.DELIVERED, ReceiptState.READ, ReceiptState.FAILED})

    def send_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        fault = self.next_fault()
        self.raise_before(fault)
        self.receipts.append((message_id, state))
        self.raise_after(fault)

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        self.raise_before(self.next_fault())
        self.typing.append(typing)
