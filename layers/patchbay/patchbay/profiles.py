"""What changes without anybody writing: contacts, conversations, accounts."""

from __future__ import annotations

from dataclasses import replace

from patchbay.abilities import EndsConversations
from patchbay.accounts import Connection, ConnectionStatus
from patchbay.errors import Conflict, DeliveryError
from patchbay.events import ConnectionChanged, ContactChanged, ConversationChanged
from patchbay.model import ConversationStatus, Session
from patchbay.routing import Router, merge_contact
from patchbay.verdicts import DONE, Verdict, Wait
from patchbay.workbench import Workbench

_CONFLICT_RETRY = 0.5


class Profiles:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._router = Router(bench)

    def change_conversation(self, event: ConversationChanged, source: Connection) -> Verdict:
        session = self._bench.find_session(source, event.thread, event.aliases)
        if session is None or session.conversation is None:
            self._bench.skip(event, "not a conversation of ours")
            return DONE
        known = {session.conversation.external_id, *session.conversation.aliases}
        if known.isdisjoint({event.thread, *event.aliases}) or session.conversation.status is event.status:
            return DONE
        conversation = replace(session.conversation, status=event.status)
        changed = replace(session, conversation=conversation, opening_until=None)
        try:
            self._bench.save_session(changed)
        except Conflict as conflict:
            return Wait(_CONFLICT_RETRY, str(conflict))
        return DONE

    def change_contact(self, event: ContactChanged, source: Connection) -> Verdict:
        """Kept on the session of a contact who has written before; others are met when they write."""
        session = self._bench.sessions.of_contact(source.id, event.thread)
        if session is None:
            return DONE
        merged = merge_contact(session.contact, event.contact)
        late = event.occurred_at < session.updated_at and not event.for_good
        if late:  # a repetition: what they wrote since then counts more
            merged = replace(merged, reachable=session.contact.reachable)
        if merged == session.contact:
            return DONE
        profile_changed = replace(merged, reachable=session.contact.reachable) != session.contact
        has_left = session.contact.reachable and not merged.reachable
        try:
            session = self._bench.save_session(replace(session, contact=merged))
        except Conflict as conflict:
            return Wait(_CONFLICT_RETRY, str(conflict))
        target = self._bench.connections.connection(session.platform_connection)
        if profile_changed and target is not None and target.status is ConnectionStatus.ACTIVE:
            self._router.show_contact(session, target)
        if has_left and target is not None:
            return self._end(session, target)
        return DONE

    def _end(self, session: Session, target: Connection) -> Verdict:
        """The customer has left: the agents see an ended conversation instead of writing into the void. Best effort."""
        connector = self._bench.connector(target)
        conversation = session.conversation
        ended = conversation is None or conversation.status is ConversationStatus.ENDED
        if conversation is None or ended or not isinstance(connector, EndsConversations):
            return DONE
        try:
            with self._bench.reading(target, session) as http:
                connector.end("The customer cannot be reached any more", conversation, target, http)
        except DeliveryError as failure:
            self._bench.journal.warn("conversation not ended", connection=target.id, reason=str(failure))
            return DONE
        self._bench.revise_session(session, _mark_ended)
        return DONE

    def change_connection(self, event: ConnectionChanged, source: Connection) -> Verdict:
        """The service's word on the account; but refused credentials stay refused until the owner has been there."""
        source = self._bench.connections.renew(source.id) or source
        if source.status is ConnectionStatus.NEEDS_AUTHORIZATION and event.status is not ConnectionStatus.DISABLED:
            self._bench.skip(event, "the account needs the owner's authorization first")
        elif source.status is not event.status:
            self._bench.connections.mark(source.id, event.status, event.reason)
            self._bench.journal.record(
                "connection changed",
                event=event.id,
                connection=source.id,
                service=source.service,
                status=event.status.value,
                reason=event.reason or None,
            )
            if event.status not in {ConnectionStatus.ACTIVE, ConnectionStatus.PENDING}:
                self._bench.journal.count("AuthorizationNeeded", source.service)
        return DONE


def _mark_ended(session: Session) -> Session:
    if session.conversation is None:
        return session
    return replace(session, conversation=replace(session.conversation, status=ConversationStatus.ENDED))
