"""The ports of the bridge in one place, and what every use case does with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random

from patchbay.bridge.bulkhead import Bulkhead
from patchbay.bridge.contact_tokens import Customer, Passes
from patchbay.bridge.credential_retries import Refusals
from patchbay.bridge.optional_calls import Hurried
from patchbay.bridge.ports import Clock, Connections, Http, Journal, Ledger, Media, Outbox, People, Sessions
from patchbay.bridge.rate_limit import Pacer
from patchbay.bridge.references import sign_reference
from patchbay.bridge.response_cache import Answers
from patchbay.bridge.time_budget import TimeBudget
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import (
    AuthorizationNeeded,
    Conflict,
    DeliveryError,
    Misconfigured,
    QueueRefused,
    Transient,
    Uncertain,
)
from patchbay.domain.events import ContactChanged, Event, make_event_id
from patchbay.domain.model import ContactKey, ConversationStatus, Session
from patchbay.kit.abilities import AuthenticatesContacts
from patchbay.kit.contract import Connector
from patchbay.kit.rest import as_transient

_REVISIONS = 4  #: more writers than that never meet on one contact


class AccountRefused(DeliveryError):
    """A service refused the credentials of `connection`."""

    def __init__(self, connection: Connection, reason: str) -> None:
        super().__init__(reason)
        self.connection = connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    connector_of: Callable[[str], Connector]
    connections: Connections
    sessions: Sessions
    people: People
    ledger: Ledger
    media: Media
    outbox: Outbox
    network: Http
    clock: Clock
    journal: Journal
    random: Random
    pacer: Pacer
    passes: Passes
    budget: TimeBudget
    bulkhead: Bulkhead
    refusals: Refusals
    answers: Answers = field(default_factory=Answers)

    def set_aside(self, event: ContactChanged) -> bool:
        """It is tried again beside the thread's messages. False where the queue does not take it."""
        try:
            self.outbox.send([replace(event, id=make_event_id("aside", event.origin, event.id), aside=True)])
        except QueueRefused as refusal:
            self.skip(event, str(refusal))
            return False
        return True

    def connector(self, connection: Connection) -> Connector:
        return self.connector_of(connection.service)

    def skip(self, event: Event, reason: str) -> None:
        self.journal.record(
            "event skipped", event=event.id, kind=event.kind, service=event.origin.service, reason=reason
        )

    def http_of(self, connection: Connection, session: Session | None = None) -> Http:
        """The way to the connection's service, at the pace that the service allows."""
        rate = self.connector(connection).behavior.rate
        network = self.bulkhead.measure(self.network, connection.id)
        http = self.pacer.limit(network, connection, rate, _name_contact(session))
        return self.answers.remember(http, connection, self.clock)

    def book_opening(self, connection: Connection, session: Session) -> None:
        """Before a new customer's first call: sets all that it takes aside. Raises NotYet while there is no room."""
        behavior = self.connector(connection).behavior
        self.pacer.book(connection, behavior.rate, _name_contact(session), behavior.first_message_calls)

    @contextmanager
    def calling(self, connection: Connection, session: Session | None = None) -> Iterator[Http]:
        """Around every call to a service: a refusal of credentials names the connection that the owner must mend.

        `session` says in whose name a call may be made.
        """
        try:
            yield self._http_for(connection, session)
        except (AuthorizationNeeded, Misconfigured) as problem:
            raise AccountRefused(connection, str(problem)) from None

    @contextmanager
    def reading(self, connection: Connection, session: Session | None = None) -> Iterator[Http]:
        """Around calls that send nothing to people: a lost answer is no uncertain delivery, just another try."""
        try:
            with self.calling(connection, session) as http:
                yield http
        except Uncertain as failure:
            raise as_transient(failure) from None

    @contextmanager
    def asking_aside(self, connection: Connection, session: Session | None = None) -> Iterator[Http]:
        """Around calls that a message can do without: it waits a few seconds for all of them at most."""
        with self.reading(connection, session) as http:
            yield Hurried(http, self.clock)

    def _http_for(self, connection: Connection, session: Session | None) -> Http:
        connector, http = self.connector(connection), self.http_of(connection, session)
        if session is None or not isinstance(connector, AuthenticatesContacts):
            return http
        return self.passes.wrap(http, self.customer(session), connector, connection)

    def reference(self, session: Session, platform: Connection) -> ContactKey:
        """What the platform is given as its reference to the contact. Raises Transient as `contact_key` does."""
        return sign_reference(self.contact_key(session), platform)

    def contact_key(self, session: Session) -> ContactKey:
        """Raises Transient when the messenger's connection cannot be found just now."""
        messenger = self.connections.connection(session.messenger_connection)
        if messenger is None:
            raise Transient(f"the connection {session.messenger_connection} is not there")
        return ContactKey(service=messenger.service, connection_id=messenger.id, contact_id=session.contact.external_id)

    def customer(self, session: Session) -> Customer:
        key, contact = self.contact_key(session), session.contact
        person = replace(key, contact_id=contact.person or contact.external_id)
        return Customer(person=person.encode(), contact_key=key.encode(), contact=contact)

    def renew_authorization(self, connection: Connection) -> bool:
        """After a refusal: whether there are other credentials, or settings, to try now.

        Another container or the owner may have stored them. Without any, the connection is marked, and its messages
        wait for the owner.
        """
        stored = self.connections.renew(connection.id, secrets=True)
        if stored is None:
            return False
        return (stored.secrets.values, stored.settings) != (connection.secrets.values, connection.settings)

    def is_momentary(self, connection: Connection) -> bool:
        """Whether the refusal may pass by itself: one of an active connection that was not refused lately."""
        return connection.status is ConnectionStatus.ACTIVE and self.refusals.is_momentary(connection.id)

    def mark_unauthorized(self, connection: Connection, reason: str) -> None:
        self.refusals.forget(connection.id)
        if connection.status is ConnectionStatus.ACTIVE:
            self.connections.mark(connection.id, ConnectionStatus.NEEDS_AUTHORIZATION, reason)
            self.journal.warn(
                "connection needs authorization", connection=connection.id, service=connection.service, reason=reason
            )
        self.journal.count("AuthorizationNeeded", connection.service)

    def find_own_session(self, source: Connection, thread: str, aliases: tuple[str, ...]) -> Session | None:
        """`find_session`, unless the contact talks with another platform by now, which is no business of this one."""
        session = self.find_session(source, thread, aliases)
        return session if session is not None and session.platform_connection == source.id else None

    def find_session(self, source: Connection, thread: str, aliases: tuple[str, ...]) -> Session | None:
        """The session of a platform's conversation, under any of the ids that the service uses for it.

        The conversation was opened with this platform; the contact may talk with another one by now.
        """
        for conversation_id in dict.fromkeys((thread, *aliases)):
            session = self.sessions.of_conversation(source.id, conversation_id)
            if session is not None:
                return session
        return None

    def save_session(self, session: Session) -> Session:
        """Raises Conflict when another writer was faster."""
        now = self.clock.now()
        pending = session.conversation is not None and session.conversation.status is ConversationStatus.PENDING
        since = (session.pending_since or now) if pending else None
        return self.sessions.save(replace(session, updated_at=now, pending_since=since))

    def keep_contact(self, session: Session) -> None:
        """Who writes, or is written to, is kept for another while. On most days of a conversation that is no write."""
        try:
            kept = self.sessions.keep(session, self.clock.now())
        except Conflict:
            return  # another writer has just kept them
        if kept.kept_since == session.kept_since:
            return
        key = self.contact_key(kept)
        for one in dict.fromkeys((key.contact_id, kept.contact.person)):
            if one:
                self.people.keep(kept.platform_connection, replace(key, contact_id=one).encode())

    def revise_session(self, session: Session, change: Callable[[Session], Session]) -> Session:
        """Saves a change that must not get lost: when another writer was faster, it is made to what they wrote."""
        for _ in range(_REVISIONS):
            try:
                return self.save_session(change(session))
            except Conflict:
                stored = self.sessions.of_contact(session.messenger_connection, session.contact.external_id)
                if stored is None:
                    raise Transient("the contact's session is gone: the message begins anew") from None
                session = stored
        return self.save_session(change(session))


def _name_contact(session: Session | None) -> tuple[str, str] | None:
    """For whom calls are made."""
    return (session.messenger_connection, session.contact.external_id) if session else None
