"""From the thread in which a message was written to the thread in which it must be shown."""

from __future__ import annotations

from dataclasses import replace

from patchbay.bridge.attempt import Route
from patchbay.bridge.contact_updates import ContactUpdates, merge_contact
from patchbay.bridge.context import Context
from patchbay.bridge.identity import Identity
from patchbay.bridge.newest_message import note_newest
from patchbay.bridge.reply_window import open_window
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.session_writer import SessionWriter, begin_session, find_session
from patchbay.bridge.threads import Threads
from patchbay.bridge.unmapped_conversations import Elsewhere, UnmappedConversations, check_erased
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import NotYet
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Contact, Session, Side

_UNLINKED_RETRY = 60.0  #: seconds until a message of an unlinked messenger is tried again


class Router:
    def __init__(
        self,
        context: Context,
        identity: Identity,
        calls: ServiceCalls,
        writer: SessionWriter,
        updates: ContactUpdates,
    ) -> None:
        self._context = context
        self._writer = writer
        self._threads = Threads(context, calls, writer)
        self._updates = updates
        self._lost_sessions = UnmappedConversations(context, identity, calls, writer)

    def find(self, event: MessageReceived, source: Connection) -> Route | None:
        """The route of a message; None when its conversation is not ours (a platform's other channels).

        Raises Elsewhere for a platform's message to a contact who was its own and is not any more.
        """
        if source.side is Side.MESSENGER:
            return self._to_platform(event, source)
        return self._to_messenger(event, source)

    def _to_platform(self, event: MessageReceived, source: Connection) -> Route:
        contact = event.contact or Contact(external_id=event.thread)
        found = self._threads.find(event, source)
        session = found.session
        erased_at = check_erased(self._context, event, session)
        is_new = session is None or not session.platform_connection
        if source.link is None or is_new:  # a new customer goes where the owner has just linked to
            source = self._context.connections.renew(source.id) or source
        if source.link is None:
            raise NotYet(
                f"{source.id} is not linked to a platform: run `patchbay link {source.id} …`", after=_UNLINKED_RETRY
            )
        target = self._connection(source.link)
        if session is None:
            contact, now = replace(contact, external_id=found.home), self._context.clock.now()
            session = begin_session(source, target, contact, now, erased_at, thread=event.thread, aliases=found.aliases)
        elif session.platform_connection != target.id:
            session = _move(session, target)
        return Route(source=source, target=target, session=self._meet(event, session, contact, target))

    def _to_messenger(self, event: MessageReceived, source: Connection) -> Route | None:
        session = find_session(self._context.sessions, source, event.thread, event.aliases)
        if session is None:
            session = self._lost_sessions.find(event, source)
            if session is None:
                return None
        check_erased(self._context, event, session)
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
        return self._writer.save(replace(session, conversation=replace(conversation, aliases=aliases)))

    def _connection(self, connection_id: str) -> Connection:
        connection = self._context.connections.connection(connection_id)
        if connection is None:
            raise NotYet(f"the connection {connection_id} was not found: connect it again", after=_UNLINKED_RETRY)
        return connection

    def _meet(self, event: MessageReceived, session: Session, contact: Contact, target: Connection) -> Session:
        """A contact who writes is reachable, and may have a new name or image: then it is shown to the agents."""
        stored, behavior = session, self._context.connector_of(event.origin.service).behavior
        session = note_newest(open_window(session, event, exact=behavior.notes_newest), event, behavior)
        merged = merge_contact(session.contact, contact)
        if not session.version:
            return replace(session, contact=merged)
        if merged != session.contact and not self._updates.show_beside(event, replace(session, contact=merged), target):
            # What is not saved is still a change when it is tried again.
            merged = replace(session.contact, reachable=merged.reachable, unreachable_reason=merged.unreachable_reason)
        met = replace(session, contact=merged)
        return self._writer.save(met) if met != stored else session


def _move(session: Session, platform: Connection) -> Session:
    """The session of a contact who goes to another platform, which does not know them yet."""
    return replace(
        session,
        contact=replace(session.contact, platform_id=""),
        platform_connection=platform.id,
        conversation=None,
        opening_until=None,
        quick_replies=(),  # the buttons were the other platform's, and so is what they mean
    )
