"""What changes without anybody writing: contacts, conversations, accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from patchbay.bridge import retry_policy
from patchbay.bridge.contact_updates import ContactUpdates, merge_contact
from patchbay.bridge.context import Context
from patchbay.bridge.credentials import Credentials
from patchbay.bridge.outcomes import DONE, Defer, Disposition
from patchbay.bridge.service_calls import AccountRefused, ServiceCalls
from patchbay.bridge.session_writer import SessionWriter, find_own_session
from patchbay.bridge.skipped_events import record_skipped
from patchbay.bridge.threads import Threads
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import Conflict, DeliveryError, NotYet, Transient
from patchbay.domain.events import (
    ACCOUNT_TO_COME,
    ConnectionChanged,
    ContactChanged,
    ContactIntroduced,
    ConversationChanged,
    ThreadMoved,
)
from patchbay.domain.model import Contact, Conversation, ConversationStatus, Session
from patchbay.kit.abilities import EndsConversations

_CONFLICT_RETRY = 0.5
_LONGEST_PAUSE = 150.0  #: seconds; over a day about 600 receives, and the queue itself gives up at 1000


class Changes:
    def __init__(
        self,
        context: Context,
        calls: ServiceCalls,
        credentials: Credentials,
        writer: SessionWriter,
        updates: ContactUpdates,
    ) -> None:
        self._context = context
        self._threads = Threads(context, calls, writer)
        self._calls = calls
        self._credentials = credentials
        self._writer = writer
        self._updates = updates

    def change_conversation(self, event: ConversationChanged, source: Connection, enqueued_at: datetime) -> Disposition:
        session = find_own_session(self._context.sessions, source, event.thread, event.aliases)
        if session is None or session.conversation is None:
            return self._await_record(event, enqueued_at)
        known = session.conversation
        if {known.external_id, *known.aliases}.isdisjoint({event.thread, *event.aliases}):
            return DONE
        if event.origin.account == ACCOUNT_TO_COME and known.status is not ConversationStatus.PENDING:
            return DONE  # older than what is known: it came while the conversation was being opened
        if not event.undated and known.status_at is not None and event.occurred_at < known.status_at:
            record_skipped(self._context.telemetry, event, "its service has reported a later status")
            return DONE
        changed = self._note_status(session, known, event)
        if changed == session:
            return DONE
        try:
            self._writer.save(changed)
        except Conflict as conflict:
            return Defer(_CONFLICT_RETRY, str(conflict))
        return DONE

    def _note_status(self, session: Session, known: Conversation, event: ConversationChanged) -> Session:
        """Also when it is the known one: what it was before may be reported later still.

        A service whose clock is ahead of ours is believed until now only, so that its next news count.
        """
        at = known.status_at if event.undated else min(event.occurred_at, self._context.clock.now())
        conversation = replace(known, status=event.status, status_at=at)
        if known.status is event.status:
            return replace(session, conversation=conversation)
        return replace(session, conversation=conversation, opening_until=None)

    def _await_record(self, event: ConversationChanged, enqueued_at: datetime) -> Disposition:
        """A webhook can be faster than the answer to the call that opened the conversation.

        Or it is about another program's conversation, so it is checked once more and no more.
        """
        if (self._context.clock.now() - enqueued_at).total_seconds() < retry_policy.UNKNOWN_NEWS:
            return Defer(retry_policy.UNKNOWN_NEWS, "the conversation is not recorded yet")
        record_skipped(self._context.telemetry, event, "not a conversation that Patchbay has")
        return DONE

    def change_contact(
        self, event: ContactChanged | ContactIntroduced | ThreadMoved, source: Connection
    ) -> Disposition:
        """Kept on the session of a contact who has written before; others are met when they write."""
        if isinstance(event, ThreadMoved):
            return self._move_thread(event, source)
        if isinstance(event, ContactIntroduced):
            from patchbay.bridge.introductions import Introductions  # the owner makes few

            return Introductions(self._context, self._calls, self._writer).introduce(event, source)
        session = self._context.sessions.of_contact(source.id, event.thread)
        if session is None or _is_of_before(event, session):
            return DONE
        merged = merge_contact(session.contact, event.contact)
        late = event.occurred_at < session.updated_at and not event.for_good
        if late:  # a repetition: what they wrote since then counts more
            merged = _with_reach_of(merged, session.contact)
        try:
            self._take_over(merged, session, event)
        except Conflict as conflict:
            return Defer(_CONFLICT_RETRY, str(conflict))
        except DeliveryError as failure:
            return self._retry(event, failure)
        return DONE

    def _move_thread(self, event: ThreadMoved, source: Connection) -> Disposition:
        """The contact goes on under another id of theirs, in the same conversation."""
        try:
            self._threads.move(event.thread, event.moved_to, source, event.occurred_at, event.aliases)
        except Conflict as conflict:
            return Defer(_CONFLICT_RETRY, str(conflict))
        return DONE

    def _retry(self, event: ContactChanged, failure: DeliveryError) -> Disposition:
        """Bounded by `_retry_for_a_day`. The customer's next message must not wait for it.

        Refused credentials are no reason to stop the connection: a message that meets them too is.
        """
        if not event.aside and self._updates.retry_beside(event):
            return DONE
        if isinstance(failure, AccountRefused):
            self._credentials.renew(failure.connection)
        return Defer(self._pause(event, failure), str(failure))

    def _take_over(self, merged: Contact, session: Session, event: ContactChanged) -> None:
        """Shown first and kept then, so that what could not be shown is still news when the event comes again."""
        target = self._context.connections.connection(session.platform_connection)
        if target is not None and _is_other_profile(merged, session.contact):
            self._show(replace(session, contact=merged), target, event)
        if merged != session.contact:
            session = self._writer.save(replace(session, contact=merged))
        if target is not None and not merged.reachable:
            self._end(session, target, event)

    def _show(self, session: Session, target: Connection, event: ContactChanged) -> None:
        """Raises a DeliveryError when the event must come again."""
        if target.status is not ConnectionStatus.ACTIVE:
            return
        try:
            self._updates.show(session, target)
        except DeliveryError as failure:
            self._retry_for_a_day(event, failure)
            self._context.telemetry.warning("contact not updated", **_facts(target, failure))

    def _end(self, session: Session, target: Connection, event: ContactChanged) -> None:
        """The customer has left: the agents see an ended conversation instead of writing into the void.

        Raises a DeliveryError when the event must come again.
        """
        connector = self._context.connector(target)
        conversation = session.conversation
        if conversation is None or conversation.status is ConversationStatus.ENDED:
            return
        if not isinstance(connector, EndsConversations):
            if event.for_good:  # on a platform that ends none it is over for us
                self._writer.revise(session, _mark_ended)
            return
        try:
            with self._calls.reading(target, session) as http:
                connector.end_conversation("The customer can no longer be reached", conversation, target, http)
        except DeliveryError as failure:
            self._retry_for_a_day(event, failure)
            self._context.telemetry.warning("conversation not ended", **_facts(target, failure))
            return
        self._writer.revise(session, _mark_ended)

    def _retry_for_a_day(self, event: ContactChanged, failure: DeliveryError) -> None:
        """Raises `failure` again when it may pass within the time that such news is worth."""
        lasting = not isinstance(failure, NotYet | Transient | AccountRefused)
        if not lasting and self._age(event) < retry_policy.GIVE_UP_AFTER:
            raise failure

    def _pause(self, event: ContactChanged, failure: DeliveryError) -> float:
        """Longer and longer."""
        asked = failure.after if isinstance(failure, NotYet) else 0.0
        grown = min(max(self._age(event) / 4, 2.0), _LONGEST_PAUSE) * self._context.random.uniform(0.8, 1.2)
        return max(asked, grown)

    def _age(self, event: ContactChanged) -> float:
        return (self._context.clock.now() - event.occurred_at).total_seconds()

    def change_connection(self, event: ConnectionChanged, source: Connection) -> Disposition:
        """Takes over the account's status from the service, but refused credentials wait for the owner."""
        self._keep_facts(event, source)
        if event.status is None:
            return DONE
        source = self._context.connections.renew(source.id) or source
        if source.status is ConnectionStatus.NEEDS_AUTHORIZATION and event.status is not ConnectionStatus.DISABLED:
            record_skipped(self._context.telemetry, event, "the account needs new credentials from the owner first")
        elif source.status is not event.status:
            self._context.connections.mark(source.id, event.status, event.reason)
            self._context.telemetry.info(
                "connection changed",
                event=event.id,
                connection=source.id,
                service=source.service,
                status=event.status.value,
                reason=event.reason or None,
            )
            if event.status not in {ConnectionStatus.ACTIVE, ConnectionStatus.PENDING}:
                self._context.telemetry.count("AuthorizationNeeded", source.service)
        return DONE

    def _keep_facts(self, event: ConnectionChanged, source: Connection) -> None:
        """Facts first: what webhooks name from then on may need them at once."""
        if event.facts:
            self._context.connections.note_facts(source.id, event.facts)
        for alias in event.aliases:
            self._context.connections.note_thread(replace(source, account=event.thread), alias)


def _is_of_before(event: ContactChanged, session: Session) -> bool:
    """Whether the contact was erased since: nothing of what waited is stored again."""
    return session.erased_at is not None and event.occurred_at <= session.erased_at


def _is_other_profile(one: Contact, other: Contact) -> bool:
    return _with_reach_of(one, other) != other


def _with_reach_of(one: Contact, other: Contact) -> Contact:
    return replace(one, reachable=other.reachable, unreachable_reason=other.unreachable_reason)


def _facts(target: Connection, failure: DeliveryError) -> dict[str, str]:
    return {"connection": target.id, "service": target.service, "reason": str(failure)}


def _mark_ended(session: Session) -> Session:
    if session.conversation is None:
        return session
    return replace(session, conversation=replace(session.conversation, status=ConversationStatus.ENDED))
