"""Conversations of a platform that we have no session for: whose they are, and whether the platform may say so.

Our table may have been lost, or an agent has begun a new conversation. What a platform says of its own accord proves
little: in a stack that serves several businesses it could name another one's customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from patchbay.bridge.context import Workbench
from patchbay.bridge.outcomes import ContactErased
from patchbay.bridge.references import is_own_reference
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import NotYet, Rejected
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Contact, ContactKey, Conversation, ConversationStatus, Session, Side
from patchbay.kit.abilities import PERSON_ID, FindsContacts, FindsPlatformIds, StartsThreads

_MOST_FOREIGN = 4096  #: conversations that a container remembers to be none of ours
_MOST_WAITING = 1024  #: conversations that wait for another one's opening, whose contact a container remembers


@dataclass(frozen=True, slots=True)
class _Claim:
    """Whose conversation it is by the platform's word; `trusted` when a record or a signature of ours bears it out."""

    key: ContactKey
    trusted: bool
    state: Mapping[str, str] = field(default_factory=dict)  #: what the conversation is to remember of it


class Elsewhere(Rejected):
    """A platform's word to a contact who talks with another platform by now. The reason is for whoever wrote it."""

    def __init__(self) -> None:
        super().__init__("the customer's messages go to another platform now", code="elsewhere")


class LostSessions:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._foreign: set[tuple[str, str]] = set()
        self._waiting: dict[tuple[str, str], _Claim] = {}

    def find(self, event: MessageReceived, source: Connection) -> Session | None:
        """The session, made anew where it is lost; None for what is not the platform's to say. Raises Elsewhere."""
        claim = self._waiting.pop((source.id, event.thread), None) or self._ask(event, source)
        key = claim.key if claim else None
        messenger = self._bench.connections.connection(key.connection_id) if key else None
        if claim is None or key is None or messenger is None or messenger.side is not Side.MESSENGER:
            return None
        known = self._bench.sessions.of_contact(messenger.id, key.contact_id)
        if key.service != messenger.service:
            self._refuse(event, source, messenger)
            return None
        if known is None or known.platform_connection != source.id:
            if not (claim.trusted or self._may_write_first(source, messenger)):
                self._refuse(event, source, messenger)
                return None
            if known is not None or not self._leads_to(messenger, source):
                raise Elsewhere  # a contact is moved by the owner's link, never by a platform's word
        try:
            return self._adopt(event, source, messenger, claim, known)
        except NotYet:
            self._remember(event, source, claim)
            raise

    def _ask(self, event: MessageReceived, source: Connection) -> _Claim | None:
        connector = self._bench.connector(source)
        if isinstance(connector, FindsPlatformIds):
            return self._recognise(event, source, connector)
        if isinstance(connector, FindsContacts):
            with self._bench.reading(source) as http:
                key = connector.find_contact(event, source, http)
            return _Claim(key, trusted=is_own_reference(key, source)) if key else None
        return None

    def _remember(self, event: MessageReceived, source: Connection, claim: _Claim) -> None:
        """The message is tried again every second while a conversation is opened: the platform is asked only once."""
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.clear()
        self._waiting[source.id, event.thread] = claim

    def _recognise(self, event: MessageReceived, source: Connection, connector: FindsPlatformIds) -> _Claim | None:
        """Whose conversation it is, by the platform's word: one look for each conversation that is none of ours."""
        people = self._bench.people
        if (source.id, event.thread) in self._foreign or people.is_foreign(source.id, event.thread):
            return None
        with self._bench.reading(source) as http:
            platform_id = connector.find_platform_id(event, source, http)
        person = people.by_platform_id(source.id, platform_id) if platform_id else None
        if person is None:
            people.note_foreign(source.id, event.thread)
            if len(self._foreign) >= _MOST_FOREIGN:
                self._foreign.clear()
            self._foreign.add((source.id, event.thread))
            return None
        key = ContactKey.decode(person.contact)
        # Our own record of the person names this platform.
        return _Claim(key, trusted=True, state={PERSON_ID: person.platform_id}) if key else None

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
        names = [one.name for one in self._bench.connector(platform).settings if one.outbound_messenger]
        wanted = f"{messenger.service}:{messenger.id}"
        if not names or any(platform.setting(name) == wanted for name in names):
            return bool(names)
        renewed = self._bench.connections.renew(platform.id)  # the container may remember the settings before
        return renewed is not None and any(renewed.setting(name) == wanted for name in names)

    # --- the session -------------------------------------------------------------------------------------------------

    def _adopt(
        self, event: MessageReceived, source: Connection, messenger: Connection, claim: _Claim, known: Session | None
    ) -> Session:
        """The contact's session, from now on with the conversation in which the platform has spoken last.

        Raises NotYet while a conversation is being opened for them: it may be this one, which is recorded then.
        """
        now, erased_at = self._bench.clock.now(), check_erased(self._bench, event, known)
        current = known.conversation if known else None
        if known and known.opening_until and current is None and now < known.opening_until:
            raise NotYet("the conversation is being opened", after=1.0)
        goes_on = current is not None and current.status is not ConversationStatus.ENDED
        if known and goes_on and event.occurred_at < (known.opened_at or known.updated_at):
            return known  # an older conversation of a contact who talks in another one by now
        session = known or begin_session(messenger, source, Contact(external_id=claim.key.contact_id), now, erased_at)
        if known and goes_on:
            session = self._begin_thread(event, source, messenger, known) or known
        state = {**event.hints, **claim.state}
        conversation = Conversation(external_id=event.thread, aliases=event.aliases, state=state)
        return self._bench.save_session(replace(session, conversation=conversation, opening_until=None, opened_at=now))

    def _begin_thread(
        self, event: MessageReceived, source: Connection, messenger: Connection, known: Session
    ) -> Session | None:
        """A thread of its own beside one that goes on, so that both can be answered; None where there is none to have.

        Only for a person who may have several: where the platform names the thread itself, it is that one.
        """
        connector = self._bench.connector(messenger)
        is_person = bool(known.contact.person) and isinstance(self._bench.connector(source), FindsPlatformIds)
        if not is_person or not isinstance(connector, StartsThreads):
            return None
        try:
            with self._bench.reading(messenger) as http:
                contact = connector.start_thread(known.contact, f"{source.id}:{event.thread}", messenger, http)
        except Rejected as refusal:
            self._bench.skip(event, f"no thread of its own: {refusal}")
            return None
        begun = self._bench.sessions.of_contact(messenger.id, contact.external_id)
        return begun or begin_session(messenger, source, contact, self._bench.clock.now(), None)


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
