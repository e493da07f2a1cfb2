"""A platform that wants to know a person first, and whose conversations sleep until they are woken."""

from __future__ import annotations

from collections.abc import Callable

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import ContactGone
from patchbay.domain.model import Contact, ContactKey, Conversation, ConversationStatus, Part
from patchbay.kit.abilities import ActivatesConversations, IdentifiesContacts, Opened, ReportsFailures
from patchbay.kit.behavior import Behavior, ContactIdentity
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import Http
from patchbay.kit.failures import Failure
from tests.harness.fakes.services import PlainOffice


class SleepingPlatform(PlainOffice, ReportsFailures, IdentifiesContacts, ActivatesConversations):
    """`wakes_at_once` answers the call with it; otherwise a webhook tells of it. `people` are the ids it knows."""

    service = "sleepy"
    capabilities = Capabilities(text_limit=500, sender_name=True)
    behavior = Behavior(contact_identity=ContactIdentity.LOOKED_UP, idempotent_sends=True, webhooks_omit_account=True)

    def __init__(self) -> None:
        super().__init__()
        self.new_conversations_are = ConversationStatus.PENDING
        self.wakes_at_once = False
        self.while_waking: Callable[[], None] = lambda: None  #: happens before the answer
        self.people: list[str] = []
        self.identified: list[str] = []
        self.woken: list[str] = []

    def identify_contact(self, key: ContactKey, contact: Contact, connection: Connection, http: Http) -> str:
        self.raise_before(self.next_fault())
        person = f"person-{len(self.identified) + 1}"
        self.identified.append(key.encode())
        self.people.append(person)
        return person

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        fault = self.next_fault()
        self.raise_before(fault)
        if contact.platform_id not in self.people:
            raise ContactGone("nobody of this id")
        conversation = self.contacts.setdefault(contact.platform_id, f"conversation-{len(self.contacts) + 1}")
        if conversation not in self.opened:
            self.opened.append(conversation)
            self.references[conversation] = key.encode()
        self.raise_after(fault)
        return Opened(conversation=Conversation(external_id=conversation, status=self.new_conversations_are))

    def activate_conversation(
        self, conversation: Conversation, connection: Connection, http: Http
    ) -> ConversationStatus:
        self.raise_before(self.next_fault())
        self.woken.append(conversation.external_id)
        self.while_waking()
        return ConversationStatus.ACTIVE if self.wakes_at_once else ConversationStatus.PENDING

    def report_failure(
        self, failure: Failure, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        self.reports.append((message_id, failure.reason))
