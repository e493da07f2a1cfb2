"""Conversations of a platform that we have no session for: whose they are, and whether the platform may say so.

Our table may have been lost, or an agent has begun a new conversation. What a platform says of its own accord proves
little: in a stack that serves several businesses it could name another one's customer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from patchbay.abilities import FindsContacts, FindsPeople
from patchbay.accounts import Connection
from patchbay.errors import NotYet, Rejected
from patchbay.events import MessageReceived
from patchbay.model import Contact, ContactKey, Conversation, ConversationStatus, Session, Side
from patchbay.references import is_own_reference
from patchbay.verdicts import ContactErased
from patchbay.workbench import Workbench

_MOST_FOREIGN = 4096  #: conversations that a container remembers to be none of ours


class Elsewhere(Rejected):
    """A platform's word to a contact who talks with another platform by now. The reason is for whoever wrote it."""

    def __init__(self) -> None:
        super().__init__("the customer's messages go to another platform now", code="elsewhere")


class LostSessions:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._foreign: set[tuple[str, str]] = set()

    def find(self, event: MessageReceived, source: Connection) -> Session | None:
        """The session, made anew where it is lost; None for what is not the platform's to say. Raises Elsewhere."""
        connector = self._bench.connector(source)
        if isinstance(connector, FindsPeople):
            key = self._recognise(event, source, connector)
            trusted = True  # by our own record of the person, which names this platform
        elif isinstance(connector, FindsContacts):
            with self._bench.reading(source) as http:
                key = connector.find_contact(event, source, http)
            trusted = key is not None and is_own_reference(key, source)
        else:
            return None
        messenger = self._bench.connections.connection(key.connection_id) if key else None
        if key is None or messenger is None or messenger.side is not Side.MESSENGER:
            return None
        known = self._bench.sessions.of_contact(messenger.id, key.contact_id)
        if key.service != messenger.service:
            self._refuse(event, source, messenger)
            return None
        if known is None or known.platform_connection != source.id:
            if not (trusted or self._may_write_first(source, messenger)):
                self._refuse(event, source, messenger)
                return None
            if known is not None or not self._leads_to(messenger, source):
                raise Elsewhere  # a contact is moved by the owner's link, never by a platform's word
        return self._adopt(event, source, messenger, key.contact_id, known)

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

    # --- what a platform may say -------------------------------------------------------------------------------------

    def _refuse(self, event: MessageReceived, source: Connection, messenger: Connection) -> None:
        """A reference that we never gave to this platform."""
        self._bench.journal.warn(
            "reference refused",
            event=event.id,
            service=source.service,
            connection=source.id,
            messenger=messenger.id,
            reason="the platform was not given this contact, and our record of the contact does not name it",
        )
        self._bench.journal.count("RefusedReference", source.service)

    def _leads_to(self, messenger: Connection, platform: Connection) -> bool:
        """Whether the owner sends new contacts there, or lets its agents write to them first."""
        if messenger.link == platform.id or self._may_write_first(platform, messenger):
            return True
        renewed = self._bench.connections.renew(messenger.id)  # the container may remember the link before
        return renewed is not None and renewed.link == platform.id

    def _may_write_first(self, platform: Connection, messenger: Connection) -> bool:
        """By the owner's own setting the platform's agents write to whom they like on this messenger."""
        names = [one.name for one in self._bench.connector(platform).settings if one.writes_first]
        wanted = f"{messenger.service}:{messenger.id}"
        if not names or any(platform.setting(name) == wanted for name in names):
            return bool(names)
        renewed = self._bench.connections.renew(platform.id)  # the container may remember the settings before
        return renewed is not None and any(renewed.setting(name) == wanted for name in names)

    # --- the session -------------------------------------------------------------------------------------------------

    def _adopt(
        self, event: MessageReceived, source: Connection, messenger: Connection, contact_id: str, known: Session | None
    ) -> Session:
        """The contact's session, from now on with the conversation in which the platform has spoken last.

        Raises NotYet while a conversation is being opened for them: it may be this one, which is recorded then.
        """
        now, erased_at = self._bench.clock.now(), check_erased(self._bench, event, known)
        current = known.conversation if known else None
        if known and known.opening_until and current is None and now < known.opening_until:
            raise NotYet("the conversation is being opened", after=1.0)
        goes_on = current is not None and current.status is not ConversationStatus.ENDED
        if known and goes_on and event.occurred_at < known.updated_at:
            return known  # an older conversation of a contact who talks in another one by now
        session = known or begin_session(messenger, source, Contact(external_id=contact_id), now, erased_at)
        conversation = Conversation(external_id=event.thread, aliases=event.aliases, state=event.hints)
        return self._bench.save_session(replace(session, conversation=conversation, opening_until=None, opened_at=now))


def check_erased(bench: Workbench, event: MessageReceived, session: Session | None) -> datetime | None:
    """When the contact was erased. Raises ContactErased for what was written before: it has waited since then.

    Only where there is no session, which is no message of every day, it costs a read.
    """
    erased_at = session.erased_at if session else bench.ledger.erased_at(event.thread_group)
    if erased_at is not None and event.occurred_at <= erased_at:
        raise ContactErased("the contact was erased after it was written")
    return erased_at


def begin_session(
    messenger: Connection, platform: Connection, contact: Contact, now: datetime, erased_at: datetime | None
) -> Session:
    """Of a contact who is new, or was erased."""
    return Session(
        messenger_connection=messenger.id,
        contact=contact,
        platform_connection=platform.id,
        thread=Conversation(external_id=contact.external_id),
        updated_at=now,
        erased_at=erased_at,
    )
