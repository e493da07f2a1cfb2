"""The conversation that a customer's message goes to: the present one, activated if it sleeps, or a new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Route
from patchbay.bridge.context import Context
from patchbay.bridge.identity import Identity
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.session_writer import SessionWriter
from patchbay.domain.errors import Conflict, ContactGone, DeliveryError, NotYet, Rejected, Transient
from patchbay.domain.model import Contact, Conversation, ConversationStatus, Part, Session
from patchbay.kit.abilities import ActivatesConversations, Opened, OpensConversations


class ConversationOpener:
    def __init__(self, context: Context, identity: Identity, calls: ServiceCalls, writer: SessionWriter) -> None:
        self._context = context
        self._identity = identity
        self._calls = calls
        self._writer = writer

    def find(self, route: Route, part: Part) -> Opened:
        """A conversation that takes messages; with the delivery when opening it carried the part along.

        Raises NotYet while the platform has not made it active.
        """
        conversation, profile_error = route.session.conversation, ""
        if conversation is None or not self.can_go_on(conversation, route):
            opened = self._open(route, part)
            if opened.delivered is not None:
                return opened
            conversation, profile_error = opened.conversation, opened.profile_error
        return Opened(conversation=self._wake(conversation, route), profile_error=profile_error)

    def can_go_on(self, conversation: Conversation, route: Route) -> bool:
        """Whether a message can go to it, be it after waking it; else it goes to a new one."""
        connector = self._context.connector(route.target)
        wakes = isinstance(connector, ActivatesConversations) or connector.behavior.reopens_conversations
        return conversation.status is not ConversationStatus.ENDED or wakes

    # --- waking ------------------------------------------------------------------------------------------------------

    def _wake(self, conversation: Conversation, route: Route) -> Conversation:
        connector = self._context.connector(route.target)
        if conversation.status is ConversationStatus.ACTIVE:
            return conversation
        if isinstance(connector, ActivatesConversations):
            return self._activate(conversation, route, connector)
        if conversation.status is ConversationStatus.PENDING:
            raise NotYet("the conversation is not active yet")
        return conversation

    def _activate(self, conversation: Conversation, route: Route, connector: ActivatesConversations) -> Conversation:
        """Asks for it, and again when no answer came for a while: the webhook with the answer may be lost."""
        self._claim(route, conversation)
        self._note_thread(route, conversation)
        try:
            with self._calls.calling(route.target, route.session) as http:
                status = connector.activate_conversation(conversation, route.target, http)
        except DeliveryError:
            self._release(route)
            raise
        until = self._context.clock.now() + timedelta(seconds=retry_policy.ACTIVATION)
        route.session = self._writer.revise(
            route.session, lambda session: _note_status(session, conversation, status, until)
        )
        known = route.session.conversation
        if known is None or known.status is not ConversationStatus.ACTIVE:
            raise NotYet("the conversation is not active yet", after=1.0)
        return known

    # --- opening -----------------------------------------------------------------------------------------------------

    def _open(self, route: Route, part: Part) -> Opened:
        """Exactly one conversation, even in a race: a conditional write decides who opens it, the others wait."""
        connector = self._context.connector(route.target)
        if not isinstance(connector, OpensConversations):
            raise Rejected(f"{connector.title} has no conversation to reply in")
        self._calls.book_opening(route.target, route.session)
        self._claim(route, None)
        if connector.behavior.webhooks_omit_account:  # its webhook may come before its answer
            self._context.connections.await_thread(route.target.endpoint_id)
        try:
            opened = self._open_for_contact(route, part, connector)
        except DeliveryError:
            self._release(route)
            raise
        now = self._context.clock.now()
        route.session = self._writer.revise(
            route.session,
            lambda session: replace(
                session,
                conversation=opened.conversation,
                opening_until=None,
                opened_at=now,
                contact=_forget_profile(session.contact) if opened.profile_error else session.contact,
            ),
        )
        self._note_thread(route, opened.conversation)
        return opened

    def _note_thread(self, route: Route, conversation: Conversation) -> None:
        """For webhooks that name it and not its account. Those that came before wait for this."""
        if self._context.connector(route.target).behavior.webhooks_omit_account:
            self._context.connections.note_thread(route.target, conversation.external_id)

    def _open_for_contact(self, route: Route, part: Part, connector: OpensConversations) -> Opened:
        try:
            return self._open_identified(route, part, connector)
        except ContactGone:
            route.session = self._identity.forget(route.session, route.target)
        try:
            return self._open_identified(route, part, connector)
        except ContactGone as gone:
            raise Transient(f"the contact no longer exists, even after it was created again: {gone}") from None

    def _open_identified(self, route: Route, part: Part, connector: OpensConversations) -> Opened:
        with self._calls.reading(route.target, route.session) as http:
            route.session = self._identity.identify(route.session, route.target, http)
        key = self._identity.reference(route.session, route.target)
        with self._calls.calling(route.target, route.session) as http:
            return connector.open_conversation(key, route.session.contact, part, route.target, http)

    # --- one at a time -----------------------------------------------------------------------------------------------

    def _claim(self, route: Route, conversation: Conversation | None) -> None:
        """Takes the conversation for opening or waking. Raises NotYet when another message is at it."""
        now = self._context.clock.now()
        until = route.session.opening_until
        if until is not None and until > now:
            raise NotYet("the conversation is being opened", after=1.0)
        lease = now + timedelta(seconds=retry_policy.OPENING)
        try:
            route.session = self._writer.save(replace(route.session, conversation=conversation, opening_until=lease))
        except Conflict:
            raise NotYet("the conversation is being opened", after=1.0) from None

    def _release(self, route: Route) -> None:
        route.session = self._writer.revise(route.session, lambda session: replace(session, opening_until=None))


def _forget_profile(contact: Contact) -> Contact:
    """What is not shown is not kept, so that it is still news when it is tried again."""
    return replace(contact, name=None, phone="", email="", language="", reference="")


def _note_status(session: Session, asked: Conversation, status: ConversationStatus, until: datetime) -> Session:
    """The session with the platform's answer; a webhook that called the conversation active meanwhile is newer."""
    known = session.conversation
    if known is None or known.external_id != asked.external_id:
        return session
    if ConversationStatus.ACTIVE in {known.status, status}:
        return replace(session, conversation=replace(known, status=ConversationStatus.ACTIVE), opening_until=None)
    return replace(session, conversation=replace(known, status=status), opening_until=until)
