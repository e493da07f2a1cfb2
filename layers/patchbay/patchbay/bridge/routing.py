"""From the thread where something was said to the thread where it must be heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.bridge.attempt import Route
from patchbay.bridge.context import AccountRefused, Workbench
from patchbay.bridge.optional_calls import PAUSE
from patchbay.bridge.unmapped_conversations import Elsewhere, LostSessions, begin_session, check_erased
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError, NotYet, Transient
from patchbay.domain.events import ContactChanged, MessageReceived
from patchbay.domain.model import Contact, Session, Side
from patchbay.kit.abilities import UpdatesContacts

_UNLINKED_RETRY = 60.0  #: seconds until a message of an unlinked messenger is tried again


class Router:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._lost_sessions = LostSessions(bench)
        self._unshown_until: dict[str, datetime] = {}  #: by connection, after a profile could not be shown there

    def find(self, event: MessageReceived, source: Connection) -> Route | None:
        """The route of a message; None when its conversation is none of ours (a platform's other channels).

        Raises Elsewhere for a platform's message to a contact who was its own and is not any more.
        """
        if source.side is Side.MESSENGER:
            return self._to_platform(event, source)
        return self._to_messenger(event, source)

    def _to_platform(self, event: MessageReceived, source: Connection) -> Route:
        contact = event.contact or Contact(external_id=event.thread)
        session = self._bench.sessions.of_contact(source.id, event.thread)
        erased_at = check_erased(self._bench, event, session)
        if source.link is None or session is None:  # a new customer goes where the owner has just linked to
            source = self._bench.connections.renew(source.id) or source
        if source.link is None:
            raise NotYet(f"{source.id} has no platform: run `patchbay link {source.id} …`", after=_UNLINKED_RETRY)
        target = self._connection(source.link)
        if session is None:
            session = begin_session(source, target, contact, self._bench.clock.now(), erased_at)
        elif session.platform_connection != target.id:
            session = _move(session, target)
        return Route(source=source, target=target, session=self._meet(event, session, contact, target))

    def _to_messenger(self, event: MessageReceived, source: Connection) -> Route | None:
        session = self._bench.find_session(source, event.thread, event.aliases)
        if session is None:
            session = self._lost_sessions.find(event, source)
            if session is None:
                return None
        check_erased(self._bench, event, session)
        if session.platform_connection != source.id:
            raise Elsewhere
        session = self._learn_thread(event, session)
        return Route(source=source, target=self._connection(session.messenger_connection), session=session)

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

    def _meet(self, event: MessageReceived, session: Session, contact: Contact, target: Connection) -> Session:
        """A contact who writes is reachable, and may have a new name or picture: then the platform is told."""
        merged = merge_contact(session.contact, contact)
        if merged == session.contact or not session.version:
            return replace(session, contact=merged)
        if not self._show_aside(event, replace(session, contact=merged), target):
            # What is not kept is still news when it is tried again.
            merged = replace(session.contact, reachable=merged.reachable)
        return self._bench.save_session(replace(session, contact=merged)) if merged != session.contact else session

    def _show_aside(self, event: MessageReceived, session: Session, target: Connection) -> bool:
        """Whether it was shown. Whatever is wrong with that, it holds up no message, and is tried again beside them."""
        now = self._bench.clock.now()
        if now < self._unshown_until.get(target.id, now):
            return False
        try:
            self.show_contact(session, target, aside=True)
        except DeliveryError as failure:
            self._unshown_until[target.id] = now + timedelta(seconds=PAUSE)
            self._note_not_shown(target, failure)
            self._bench.set_aside(change_of(event, session.contact))
            return False
        return True

    def show_contact(self, session: Session, target: Connection, *, aside: bool = False) -> None:
        """Shows the agents who it is. Raises a DeliveryError when that is worth another try.

        `aside`: a message is waiting meanwhile.
        """
        connector = self._bench.connector(target)
        if session.conversation is None or not isinstance(connector, UpdatesContacts):
            return
        try:
            calling = self._bench.asking_aside if aside else self._bench.reading
            with calling(target, session) as http:
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
    return replace(
        session,
        contact=replace(session.contact, platform_id=""),
        platform_connection=platform.id,
        conversation=None,
        opening_until=None,
        offers=(),  # the buttons were the other platform's, and so is what they mean
    )


def change_of(event: MessageReceived, contact: Contact) -> ContactChanged:
    """The news in a message that its author has another profile."""
    return ContactChanged(
        id=event.id, origin=event.origin, thread=event.thread, occurred_at=event.occurred_at, contact=contact
    )


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
