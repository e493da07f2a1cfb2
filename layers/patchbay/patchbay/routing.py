"""From the thread where something was said to the thread where it must be heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from patchbay.abilities import FindsContacts, FindsPeople, UpdatesContacts
from patchbay.accounts import Connection
from patchbay.attempt import Route
from patchbay.errors import DeliveryError, NotYet, Transient
from patchbay.events import MessageReceived
from patchbay.model import Contact, ContactKey, Conversation, ConversationStatus, Session, Side
from patchbay.verdicts import ContactErased
from patchbay.workbench import AccountRefused, Workbench

_UNLINKED_RETRY = 60.0  #: seconds until a message of an unlinked messenger is tried again
_MOST_FOREIGN = 4096  #: conversations that a container remembers to be none of ours


class Router:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._foreign: set[tuple[str, str]] = set()

    def find(self, event: MessageReceived, source: Connection) -> Route | None:
        """The route of a message; None when its conversation is none of ours (a platform's other channels)."""
        if source.side is Side.MESSENGER:
            return self._to_platform(event, source)
        return self._to_messenger(event, source)

    def _to_platform(self, event: MessageReceived, source: Connection) -> Route:
        contact = event.contact or Contact(external_id=event.thread)
        session = self._bench.sessions.of_contact(source.id, event.thread)
        erased_at = self._check_erased(event, session)
        if source.link is None or session is None:  # a new customer goes where the owner has just linked to
            source = self._bench.connections.renew(source.id) or source
        if source.link is None:
            raise NotYet(f"{source.id} has no platform: run `patchbay link {source.id} …`", after=_UNLINKED_RETRY)
        target = self._connection(source.link)
        if session is None:
            session = self._new_session(source, target, contact, erased_at)
        elif session.platform_connection != target.id:
            session = _move(session, target)
        return Route(source=source, target=target, session=self._meet(session, contact, target))

    def _to_messenger(self, event: MessageReceived, source: Connection) -> Route | None:
        session = self._bench.find_session(source, event.thread, event.aliases)
        if session is None:
            session = self._recover(event, source)
        else:
            self._check_erased(event, session)
            session = self._learn_thread(event, session)
        if session is None:
            return None
        return Route(source=source, target=self._connection(session.messenger_connection), session=session)

    def _recover(self, event: MessageReceived, source: Connection) -> Session | None:
        """Our table has no session, but the platform may know the contact's reference: then it is one of ours."""
        connector = self._bench.connector(source)
        if isinstance(connector, FindsPeople):
            key = self._recognise(event, source, connector)
        elif isinstance(connector, FindsContacts):
            with self._bench.reading(source) as http:
                key = connector.find_contact(event, source, http)
        else:
            return None
        return self._adopt(event, source, key) if key else None

    def _recognise(self, event: MessageReceived, source: Connection, connector: FindsPeople) -> ContactKey | None:
        """Whose conversation it is, by the platform's word: one look for each conversation that is none of ours."""
        people = self._bench.people
        if (source.id, event.thread) in self._foreign or people.is_foreign(source.id, event.thread):
            return None
        with self._bench.reading(source) as http:
            platform_id = connector.find_person(event, source, http)
        person = people.by_platform_id(source.id, platform_id) if platform_id else None
        if person is None:
            people.note_foreign(source.id, event.thread)
            if len(self._foreign) >= _MOST_FOREIGN:
                self._foreign.clear()
            self._foreign.add((source.id, event.thread))
            return None
        return ContactKey.decode(person.contact)

    def _adopt(self, event: MessageReceived, source: Connection, key: ContactKey) -> Session | None:
        """The contact's session, from now on with the conversation in which the platform has spoken last.

        Raises NotYet while a conversation is being opened for them: it may be this one, which is recorded then.
        """
        messenger = self._bench.connections.connection(key.connection_id)
        if messenger is None or messenger.side is not Side.MESSENGER:
            return None
        known = self._bench.sessions.of_contact(messenger.id, key.contact_id)
        erased_at = self._check_erased(event, known)
        current = known.conversation if known and known.platform_connection == source.id else None
        if known and known.opening_until and current is None and self._bench.clock.now() < known.opening_until:
            raise NotYet("the conversation is being opened", after=1.0)
        goes_on = current is not None and current.status is not ConversationStatus.ENDED
        if known and goes_on and event.occurred_at < known.updated_at:
            return known  # an older conversation of a contact who talks in another one by now
        session = known or self._new_session(messenger, source, Contact(external_id=key.contact_id), erased_at)
        if session.platform_connection != source.id:
            session = _move(session, source)
        conversation = Conversation(external_id=event.thread, aliases=event.aliases, state=event.hints)
        now = self._bench.clock.now()
        return self._bench.save_session(replace(session, conversation=conversation, opening_until=None, opened_at=now))

    def _check_erased(self, event: MessageReceived, session: Session | None) -> datetime | None:
        """When the contact was erased. Raises ContactErased for what was written before: it has waited since then.

        Only where there is no session, which is no message of every day, it costs a read.
        """
        erased_at = session.erased_at if session else self._bench.ledger.erased_at(event.thread_group)
        if erased_at is not None and event.occurred_at <= erased_at:
            raise ContactErased("the contact was erased after it was written")
        return erased_at

    def _learn_thread(self, event: MessageReceived, session: Session) -> Session:
        """An id of the conversation that only webhooks use is noted, once: what is kept under it must be found."""
        conversation = session.conversation
        if conversation is None:
            return session
        known = {conversation.external_id, *conversation.aliases}
        if event.thread in known or known.isdisjoint(event.aliases):
            return session
        aliases = (*conversation.aliases, event.thread)
        return self._bench.save_session(replace(session, conversation=replace(conversation, aliases=aliases)))

    def _connection(self, connection_id: str) -> Connection:
        connection = self._bench.connections.connection(connection_id)
        if connection is None:
            raise NotYet(f"the connection {connection_id} is not there: connect it again", after=_UNLINKED_RETRY)
        return connection

    def _new_session(
        self, messenger: Connection, platform: Connection, contact: Contact, erased_at: datetime | None
    ) -> Session:
        return Session(
            messenger_connection=messenger.id,
            contact=contact,
            platform_connection=platform.id,
            thread=Conversation(external_id=contact.external_id),
            updated_at=self._bench.clock.now(),
            erased_at=erased_at,
        )

    def _meet(self, session: Session, contact: Contact, target: Connection) -> Session:
        """A contact who writes is reachable, and may have a new name or picture: then the platform is told."""
        merged = merge_contact(session.contact, contact)
        if merged == session.contact or not session.version:
            return replace(session, contact=merged)
        try:
            self.show_contact(replace(session, contact=merged), target)
        except DeliveryError as failure:
            # It must not hold up a message. What is not kept is met again with the next one, and shown then.
            self._note_not_shown(target, failure)
            merged = replace(session.contact, reachable=merged.reachable)
        return self._bench.save_session(replace(session, contact=merged)) if merged != session.contact else session

    def show_contact(self, session: Session, target: Connection) -> None:
        """Shows the agents who it is. Raises a DeliveryError when that is worth another try."""
        connector = self._bench.connector(target)
        if session.conversation is None or not isinstance(connector, UpdatesContacts):
            return
        try:
            with self._bench.reading(target, session) as http:
                connector.update_contact(session.contact, session.conversation, target, http)
        except (NotYet, Transient, AccountRefused):
            raise
        except DeliveryError as failure:
            self._note_not_shown(target, failure)

    def _note_not_shown(self, target: Connection, failure: DeliveryError) -> None:
        self._bench.journal.warn(
            "contact not updated", connection=target.id, service=target.service, reason=str(failure)
        )


def _move(session: Session, platform: Connection) -> Session:
    """The session of a contact who goes to another platform, where nobody knows them yet."""
    contact = replace(session.contact, platform_id="")
    return replace(session, contact=contact, platform_connection=platform.id, conversation=None, opening_until=None)


def merge_contact(known: Contact, told: Contact) -> Contact:
    """What is told replaces what is known; what is not told stays."""
    return replace(
        known,
        name=told.name or known.name,
        avatar_url=told.avatar_url or known.avatar_url,
        phone=told.phone or known.phone,
        email=told.email or known.email,
        language=told.language or known.language,
        person=told.person or known.person,
        country=told.country or known.country,
        reachable=told.reachable,
    )
