"""The conversation that a customer's message goes to: the one there is, woken when it sleeps, or a new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Route
from patchbay.bridge.context import Workbench
from patchbay.bridge.ports import Person
from patchbay.domain.errors import Conflict, ContactGone, DeliveryError, NotYet, Rejected, Transient
from patchbay.domain.model import Contact, Conversation, ConversationStatus, Part, Session
from patchbay.kit.abilities import (
    ActivatesConversations,
    AuthenticatesContacts,
    IdentifiesContacts,
    Opened,
    OpensConversations,
)


class Opener:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

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
        connector = self._bench.connector(route.target)
        wakes = isinstance(connector, ActivatesConversations) or connector.behavior.reopens_conversations
        return conversation.status is not ConversationStatus.ENDED or wakes

    # --- waking ------------------------------------------------------------------------------------------------------

    def _wake(self, conversation: Conversation, route: Route) -> Conversation:
        connector = self._bench.connector(route.target)
        if conversation.status is ConversationStatus.ACTIVE:
            return conversation
        if isinstance(connector, ActivatesConversations):
            return self._activate(conversation, route, connector)
        if conversation.status is ConversationStatus.PENDING:
            raise NotYet("the conversation is not active yet")
        return conversation

    def _activate(self, conversation: Conversation, route: Route, connector: ActivatesConversations) -> Conversation:
        """Asks for it, and again when nothing was heard for a while: the webhook with the answer may be lost."""
        self._claim(route, conversation)
        self._note_thread(route, conversation)
        try:
            with self._bench.calling(route.target, route.session) as http:
                status = connector.activate_conversation(conversation, route.target, http)
        except DeliveryError:
            self._release(route)
            raise
        until = self._bench.clock.now() + timedelta(seconds=retry_policy.ACTIVATION)
        route.session = self._bench.revise_session(
            route.session, lambda session: _note_status(session, conversation, status, until)
        )
        known = route.session.conversation
        if known is None or known.status is not ConversationStatus.ACTIVE:
            raise NotYet("the conversation is not active yet", after=1.0)
        return known

    # --- opening -----------------------------------------------------------------------------------------------------

    def _open(self, route: Route, part: Part) -> Opened:
        """Exactly one conversation, even in a race: a conditional write decides who opens it, the others wait."""
        connector = self._bench.connector(route.target)
        if not isinstance(connector, OpensConversations):
            raise Rejected(f"{connector.title} has no conversation to answer in")
        self._bench.book_opening(route.target, route.session)
        self._claim(route, None)
        if connector.behavior.webhooks_omit_account:  # the platform may tell of it before it has answered
            self._bench.connections.await_thread(route.target.endpoint_id)
        try:
            opened = self._open_for_contact(route, part, connector)
        except DeliveryError:
            self._release(route)
            raise
        now = self._bench.clock.now()
        route.session = self._bench.revise_session(
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
        """For webhooks that name it and not its account. The news that came before wait for this."""
        if self._bench.connector(route.target).behavior.webhooks_omit_account:
            self._bench.connections.note_thread(route.target, conversation.external_id)

    def _open_for_contact(self, route: Route, part: Part, connector: OpensConversations) -> Opened:
        try:
            return self._open_identified(route, part, connector)
        except ContactGone:
            self._forget_person(route)
        try:
            return self._open_identified(route, part, connector)
        except ContactGone as gone:
            raise Transient(f"the contact was gone again: {gone}") from None

    def _open_identified(self, route: Route, part: Part, connector: OpensConversations) -> Opened:
        self._identify(route, connector)
        key = self._bench.reference(route.session, route.target)
        with self._bench.calling(route.target, route.session) as http:
            return connector.open_conversation(key, route.session.contact, part, route.target, http)

    # --- who it is ---------------------------------------------------------------------------------------------------

    def _identify(self, route: Route, connector: OpensConversations) -> None:
        """The contact's id is kept before it is used: whatever fails next, the contact is not made twice."""
        if self._bench.connector(route.target).behavior.numeric_contact_ids:
            self._set_platform_id(route, self._number(route))
        elif isinstance(connector, AuthenticatesContacts):
            customer = self._bench.customer(route.session)
            with self._bench.reading(route.target, route.session) as http:
                platform_id = self._bench.passes.identify(customer, connector, route.target, http)
            self._set_platform_id(route, platform_id)
        elif isinstance(connector, IdentifiesContacts) and not route.session.contact.platform_id:
            key = self._bench.reference(route.session, route.target)
            with self._bench.reading(route.target, route.session) as http:
                platform_id = connector.identify_contact(key, route.session.contact, route.target, http)
            route.session = self._keep_platform_id(route.session, platform_id)

    def _number(self, route: Route) -> str:
        """The contact's number at this platform, from the first time on, whatever they were linked to meanwhile."""
        people, platform = self._bench.people, route.target.id
        key = self._bench.contact_key(route.session).encode()
        known = people.find(platform, key)
        if known is None:
            number = str(people.take_number(platform))
            known = people.add(Person(platform_connection=platform, key=key, platform_id=number, contact=key))
        return known.platform_id

    def _set_platform_id(self, route: Route, platform_id: str) -> None:
        """People's ids are stored for themselves, so the session need not be written for it."""
        route.session = replace(route.session, contact=replace(route.session.contact, platform_id=platform_id))

    def _forget_person(self, route: Route) -> None:
        if isinstance(self._bench.connector(route.target), AuthenticatesContacts):
            self._bench.passes.forget(self._bench.customer(route.session), route.target)
        route.session = self._keep_platform_id(route.session, "")

    def _keep_platform_id(self, session: Session, platform_id: str) -> Session:
        return self._bench.revise_session(
            session, lambda session: replace(session, contact=replace(session.contact, platform_id=platform_id))
        )

    # --- one at a time -----------------------------------------------------------------------------------------------

    def _claim(self, route: Route, conversation: Conversation | None) -> None:
        """Takes the conversation for opening or waking. Raises NotYet when another message is at it."""
        now = self._bench.clock.now()
        until = route.session.opening_until
        if until is not None and until > now:
            raise NotYet("the conversation is being opened", after=1.0)
        lease = now + timedelta(seconds=retry_policy.OPENING)
        try:
            route.session = self._bench.save_session(
                replace(route.session, conversation=conversation, opening_until=lease)
            )
        except Conflict:
            raise NotYet("the conversation is being opened", after=1.0) from None

    def _release(self, route: Route) -> None:
        route.session = self._bench.revise_session(route.session, lambda session: replace(session, opening_until=None))


def _forget_profile(contact: Contact) -> Contact:
    """What is not shown is not kept, so that it is still news when it is tried again."""
    return replace(contact, name=None, phone="", email="", language="")


def _note_status(session: Session, asked: Conversation, status: ConversationStatus, until: datetime) -> Session:
    """The session with the platform's answer; a webhook that called the conversation active meanwhile is newer."""
    known = session.conversation
    if known is None or known.external_id != asked.external_id:
        return session
    if ConversationStatus.ACTIVE in {known.status, status}:
        return replace(session, conversation=replace(known, status=ConversationStatus.ACTIVE), opening_until=None)
    return replace(session, conversation=replace(known, status=status), opening_until=until)
