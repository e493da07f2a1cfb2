"""A platform where every customer has an identity with passes, and whose webhooks tell of everybody's conversations."""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, Closed, ContactGone, ConversationGone
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Contact, ContactKey, Conversation, Delivered, Part, ReceiptState
from patchbay.kit.abilities import DeletesMessages, FindsPlatformIds, Opened
from patchbay.kit.behavior import Behavior, ContactIdentity
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.token_abilities import AuthenticatesContacts, ContactToken
from tests.harness.fakes.mortality import Died
from tests.harness.fakes.services import Fault, Office, Pigeon, shown

PASS_SECONDS = 1800


class Counter:
    """Looks at the passes of requests made in a customer's name: 401 for one that is not good any more."""

    def __init__(self) -> None:
        self.good: set[str] = set()
        self.used: list[str] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        self.used.append(request.headers.get("authorization", ""))
        return HttpResponse(status=200 if self.used[-1] in self.good else 401)


class TokenPlatform(Office, AuthenticatesContacts, FindsPlatformIds):
    service = "consulate"
    title = "Consulate"
    capabilities = Capabilities(text_limit=500, sender_name=True, typing=True)
    behavior = Behavior(
        receipts_cover_earlier=True,
        contact_identity=ContactIdentity.AUTHENTICATED,
        receipt_states=frozenset({ReceiptState.READ}),
        reports_deletions=True,
    )

    def __init__(self) -> None:
        super().__init__()
        self.counter = Counter()
        self.secrets: dict[str, str] = {}  #: secret -> the platform's id of the person
        self.passes = 0
        self.people_of: dict[str, str] = {}  #: conversation -> person, of everybody
        self.closed: Closed | None = None
        self.dies_while_opening = False  #: our function is killed once the next conversation is there

    def authenticate_contact(self, secret: str, contact: Contact, connection: Connection, http: Http) -> ContactToken:
        fault = self.next_fault()
        self.raise_before(fault)
        if secret and secret not in self.secrets:
            raise ContactGone("nobody has this secret")
        if not secret:
            secret = f"secret-{len(self.secrets) + 1}"
            self.secrets[secret] = f"person-{len(self.secrets) + 1}"
        self.raise_after(fault)
        self.passes += 1
        authorization = f"Bearer {self.secrets[secret]} {self.passes}"
        self.counter.good.add(authorization)
        return ContactToken(
            platform_id=self.secrets[secret], secret=secret, authorization=authorization, seconds=PASS_SECONDS
        )

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        if self.closed:
            raise self.closed
        self._call(http)
        conversation = f"conversation-{len(self.opened) + 1}"
        self.opened.append(conversation)
        self.people_of[conversation] = contact.platform_id
        if self.dies_while_opening:
            self.dies_while_opening = False
            raise Died
        return Opened(conversation=Conversation(external_id=conversation))

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        fault = self.next_fault()
        if fault is Fault.GONE:
            raise ConversationGone("it has ended")
        self._call(http)
        self.keep(conversation.external_id, part)
        return Delivered(external_id=self.ids[conversation.external_id][-1])

    def find_platform_id(self, event: MessageReceived, connection: Connection, http: Http) -> str:
        self.looks.append(event.thread)
        return self.people_of.get(event.thread, "")

    def _call(self, http: Http) -> None:
        if http.send(HttpRequest(method="POST", url="https://consulate.test/say", as_contact=True)).status == 401:
            raise AuthorizationNeeded("the pass is not accepted")


class Clerk(Office):
    """A platform that wants a number for every contact."""

    service = "clerk"
    title = "Clerk"
    capabilities = Capabilities(text_limit=500, sender_name=True)
    behavior = Behavior(contact_identity=ContactIdentity.NUMBERED)

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        self.opened.append(contact.platform_id)
        fault = self.next_fault()
        self.raise_before(fault)
        self.references[key.encode()] = key.encode()
        self.raise_after(fault)
        return Opened(conversation=Conversation(external_id=key.encode()))


class Archive(Pigeon, DeletesMessages):
    """A messenger that keeps what was said, and can take it away."""

    service = "archive"
    title = "Archive"

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        delivered = super().deliver(part, conversation, connection, http)
        self.kept[delivered.external_id] = shown(part)
        return delivered

    def delete_messages(
        self, message_ids: Sequence[str], conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        self.raise_before(self.next_fault())
        for message_id in message_ids:
            self.kept.pop(message_id, None)
