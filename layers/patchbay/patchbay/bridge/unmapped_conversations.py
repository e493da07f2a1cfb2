"""Conversations of a platform that we have no session for: whose they are, and whether the platform may say so.

Our table may have been lost, or an agent has begun a new conversation. What a platform says proves little: in a
stack that serves several businesses it could name another one's customer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from patchbay.bridge.context import Context
from patchbay.bridge.identity import Claim, Identity
from patchbay.bridge.outcomes import ContactErased
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.session_writer import SessionWriter, begin_session
from patchbay.bridge.skipped_events import record_skipped
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import NotYet, Rejected
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Contact, Conversation, ConversationStatus, Session, Side
from patchbay.kit.abilities import StartsThreads

_MOST_WAITING = 1024  #: conversations that wait for another one's opening, whose contact a container remembers


class Elsewhere(Rejected):
    """A platform's message to a contact who talks with another platform by now. The reason is for its author."""

    def __init__(self) -> None:
        super().__init__("the customer's messages now go to another platform", code="elsewhere")


class UnmappedConversations:
    def __init__(self, context: Context, identity: Identity, calls: ServiceCalls, writer: SessionWriter) -> None:
        self._context = context
        self._identity = identity
        self._calls = calls
        self._writer = writer
        self._waiting: dict[tuple[str, str], Claim] = {}

    def find(self, event: MessageReceived, source: Connection) -> Session | None:
        """The session, created again where it is lost; None for what the platform may not claim. Raises Elsewhere."""
        claim = self._waiting.pop((source.id, event.thread), None) or self._ask(event, source)
        key = claim.key if claim else None
        messenger = self._context.connections.connection(key.connection_id) if key else None
        if claim is None or key is None or messenger is None or messenger.side is not Side.MESSENGER:
            return None
        known = self._context.sessions.of_contact(messenger.id, key.contact_id)
        if key.service != messenger.service:
            self._refuse(event, source, messenger)
            return None
        if known is None or known.platform_connection != source.id:
            if not (claim.trusted or self._may_write_first(source, messenger)):
                self._refuse(event, source, messenger)
                return None
            if known is not None or not self._leads_to(messenger, source):
                raise Elsewhere  # a contact is moved by the owner's link, never by what a platform says
        try:
            return self._adopt(event, source, messenger, claim, known)
        except NotYet:
            self._remember(event, source, claim)
            raise

    def _ask(self, event: MessageReceived, source: Connection) -> Claim | None:
        with self._calls.reading(source) as http:
            return self._identity.recover(event, source, http)

    def _remember(self, event: MessageReceived, source: Connection, claim: Claim) -> None:
        """The message is tried again every second while a conversation is opened: the platform is asked only once."""
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.clear()
        self._waiting[source.id, event.thread] = claim

    # --- what a platform may say -------------------------------------------------------------------------------------

    def _refuse(self, event: MessageReceived, source: Connection, messenger: Connection) -> None:
        """A reference that we never gave to this platform."""
        self._context.telemetry.warning(
            "reference refused",
            event=event.id,
            service=source.service,
            connection=source.id,
            messenger=messenger.id,
            reason=(
                "the platform has no conversation with this contact, and the contact's record does not "
                "name the platform"
            ),
        )
        self._context.telemetry.count("RefusedReference", source.service)

    def _leads_to(self, messenger: Connection, platform: Connection) -> bool:
        """Whether the owner sends new contacts there, or lets its agents write to them first."""
        if messenger.link == platform.id or self._may_write_first(platform, messenger):
            return True
        renewed = self._context.connections.renew(messenger.id)  # the container may remember the link before
        return renewed is not None and renewed.link == platform.id

    def _may_write_first(self, platform: Connection, messenger: Connection) -> bool:
        """By the owner's own setting the platform's agents write to whom they like on this messenger."""
        names = [one.name for one in self._context.connector(platform).settings if one.outbound_messenger]
        wanted = f"{messenger.service}:{messenger.id}"
        if not names or any(platform.setting(name) == wanted for name in names):
            return bool(names)
        renewed = self._context.connections.renew(platform.id)  # the container may remember the settings before
        return renewed is not None and any(renewed.setting(name) == wanted for name in names)

    # --- the session -------------------------------------------------------------------------------------------------

    def _adopt(
        self, event: MessageReceived, source: Connection, messenger: Connection, claim: Claim, known: Session | None
    ) -> Session:
        """The contact's session, from now on with the conversation in which the platform has spoken last.

        Raises NotYet while a conversation is being opened for them: it may be this one, which is recorded then.
        """
        now, erased_at = self._context.clock.now(), check_erased(self._context, event, known)
        current = known.conversation if known else None
        if known and known.opening_until and current is None and now < known.opening_until:
            raise NotYet("the conversation is being opened", after=1.0)
        goes_on = current is not None and current.status is not ConversationStatus.ENDED
        if known and goes_on and event.occurred_at < (known.opened_at or known.updated_at):
            return known  # an older conversation of a contact who talks in another one by now
        session = known or self._begin(source, messenger, claim.key.contact_id, now, erased_at)
        if known and goes_on:
            session = self._begin_thread(event, source, messenger, known) or known
        state = {**event.hints, **claim.state}
        conversation = Conversation(external_id=event.thread, aliases=event.aliases, state=state)
        return self._writer.save(replace(session, conversation=conversation, opening_until=None, opened_at=now))

    def _begin(
        self, source: Connection, messenger: Connection, contact_id: str, now: datetime, erased_at: datetime | None
    ) -> Session:
        """Other ids of theirs may be known for longer than they are. Whom agents may write to first has a number."""
        home = self._context.sessions.find(messenger.id, contact_id)[0]
        is_number = self._context.connector(messenger).behavior.agent_initiated and contact_id.isdecimal()
        contact = Contact(external_id=home, phone=f"+{contact_id}" if is_number else "")
        return begin_session(messenger, source, contact, now, erased_at, thread=contact_id)

    def _begin_thread(
        self, event: MessageReceived, source: Connection, messenger: Connection, known: Session
    ) -> Session | None:
        """A second thread beside one that goes on, so that both can be answered; None where there can be none.

        Only for a person who may have several: where the platform names the thread itself, it is that one.
        """
        connector = self._context.connector(messenger)
        is_person = bool(known.contact.person) and self._identity.may_talk_elsewhere(source)
        if not is_person or not isinstance(connector, StartsThreads):
            return None
        try:
            with self._calls.reading(messenger) as http:
                contact = connector.start_thread(known.contact, f"{source.id}:{event.thread}", messenger, http)
        except Rejected as refusal:
            record_skipped(self._context.telemetry, event, f"no thread of its own: {refusal}")
            return None
        begun = self._context.sessions.of_contact(messenger.id, contact.external_id)
        return begun or begin_session(messenger, source, contact, self._context.clock.now(), None)


def check_erased(context: Context, event: MessageReceived, session: Session | None) -> datetime | None:
    """When the contact was erased. Raises ContactErased for what was written before: it has waited since then.

    Only where there is no session, which is no message of every day, it costs a read.
    """
    erased_at = session.erased_at if session else context.ledger.erased_at(event.thread_group)
    if erased_at is not None and event.occurred_at <= erased_at:
        raise ContactErased("the contact was erased after it was written")
    return erased_at
