"""Who a contact is on a platform: one strategy for each way in which platforms know people.

A connector names its strategy once (`ContactIdentity`). Everything that depends on it is here: how a contact becomes
known, in whose name calls are made, what is forgotten, and whose a conversation is that we have no session for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from patchbay.bridge.contact_tokens import ContactTokens, Customer
from patchbay.bridge.context import Context
from patchbay.bridge.people import Person
from patchbay.bridge.references import is_own_reference, sign_reference
from patchbay.bridge.session_writer import SessionWriter
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Transient
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import ContactKey, Session
from patchbay.kit.abilities import PERSON_ID, FindsContacts, FindsPlatformIds, IdentifiesContacts
from patchbay.kit.behavior import ContactIdentity
from patchbay.kit.contract import Http
from patchbay.kit.token_abilities import AuthenticatesContacts

_MOST_UNMAPPED = 4096  #: conversations that a container remembers not to be ours


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose conversation it is, as the platform says; `trusted` when a record or a signature of ours confirms it."""

    key: ContactKey
    trusted: bool
    state: Mapping[str, str] = field(default_factory=dict)  #: what the conversation is to remember of it


class Identity:
    """Of one container. Threads share it."""

    def __init__(self, context: Context, writer: SessionWriter) -> None:
        self._context = context
        self._writer = writer
        self._strategies: Mapping[ContactIdentity, _ByReference] = {
            ContactIdentity.REFERENCE: _ByReference(context, writer),
            ContactIdentity.LOOKED_UP: _LookedUp(context, writer),
            ContactIdentity.NUMBERED: _Numbered(context, writer),
            ContactIdentity.AUTHENTICATED: _Authenticated(context, writer),
        }

    def identify(self, session: Session, platform: Connection, http: Http) -> Session:
        """The session with the id by which the platform knows its contact, who is made known there when they are new.

        The id is kept before it is used: whatever fails next, the contact is not made twice.
        """
        return self._strategy(platform).identify(session, platform, http)

    def forget(self, session: Session, platform: Connection) -> Session:
        """The session without that id: the platform does not know it any more."""
        return self._strategy(platform).forget(session, platform)

    def authenticate(self, http: Http, session: Session, connection: Connection) -> Http:
        """`http` for calls in the contact's name, where the service has an identity for each; else `http` itself."""
        return self._strategy(connection).authenticate(http, session, connection)

    def recover(self, event: MessageReceived, platform: Connection, http: Http) -> Claim | None:
        """Whose conversation it is, as the platform says; None for one that is not ours."""
        return self._strategy(platform).recover(event, platform, http)

    def reference(self, session: Session, platform: Connection) -> ContactKey:
        """What the platform is given as its reference to the contact. Raises Transient as `_key_of` does."""
        return sign_reference(_key_of(session, self._context), platform)

    def may_talk_elsewhere(self, platform: Connection) -> bool:
        """Whether a person may have conversations on the platform that were not opened by us."""
        return self._identity_of(platform) is ContactIdentity.AUTHENTICATED

    def keep(self, session: Session) -> None:
        """Renews the time for which a contact who writes, or is written to, is kept. On most days that is no write.

        It comes after the message, and so raises no DeliveryError.
        """
        messenger = self._context.connections.connection(session.messenger_connection)
        if not self._writer.keep(session) or messenger is None:
            return
        key = _key_on(messenger, session)
        for contact_id in dict.fromkeys((key.contact_id, session.contact.person)):
            if contact_id:
                self._context.people.keep(session.platform_connection, replace(key, contact_id=contact_id).encode())

    def _strategy(self, platform: Connection) -> _ByReference:
        return self._strategies[self._identity_of(platform)]

    def _identity_of(self, platform: Connection) -> ContactIdentity:
        return self._context.connector(platform).behavior.contact_identity


class _ByReference:
    """The platform has no id of its own for a contact. The other strategies change what is different with them."""

    def __init__(self, context: Context, writer: SessionWriter) -> None:
        self._context = context
        self._writer = writer

    def identify(self, session: Session, platform: Connection, http: Http) -> Session:  # noqa: ARG002 - others need it
        return session

    def forget(self, session: Session, platform: Connection) -> Session:  # noqa: ARG002 - the same
        return self._keep_id(session, "")

    def authenticate(self, http: Http, session: Session, connection: Connection) -> Http:  # noqa: ARG002 - the same
        return http

    def recover(self, event: MessageReceived, platform: Connection, http: Http) -> Claim | None:
        connector = self._context.connector(platform)
        if not isinstance(connector, FindsContacts):
            return None
        key = connector.find_contact(event, platform, http)
        return Claim(key, trusted=is_own_reference(key, platform)) if key else None

    def _keep_id(self, session: Session, platform_id: str) -> Session:
        return self._writer.revise(session, lambda session: _with_id(session, platform_id))


class _LookedUp(_ByReference):
    """The platform knows people by ids of its own: the connector finds the contact there, or makes them."""

    def identify(self, session: Session, platform: Connection, http: Http) -> Session:
        connector = self._context.connector(platform)
        if session.contact.platform_id or not isinstance(connector, IdentifiesContacts):
            return session
        reference = sign_reference(_key_of(session, self._context), platform)
        return self._keep_id(session, connector.identify_contact(reference, session.contact, platform, http))


class _Numbered(_ByReference):
    """The platform wants a whole number for each contact: we choose it."""

    def identify(self, session: Session, platform: Connection, http: Http) -> Session:  # noqa: ARG002 - the same
        """The contact has the same number from the first time on, whatever they were linked to meanwhile."""
        people, key = self._context.people, _key_of(session, self._context).encode()
        known = people.find(platform.id, key)
        if known is None:
            number = str(people.take_number(platform.id))
            known = people.add(Person(platform_connection=platform.id, key=key, platform_id=number, contact=key))
        return _with_id(session, known.platform_id)


class _Authenticated(_ByReference):
    """Each person has an identity and a token of their own, and webhooks report everybody's conversations."""

    def __init__(self, context: Context, writer: SessionWriter) -> None:
        super().__init__(context, writer)
        self._tokens = ContactTokens(context.people, context.clock)
        self._unmapped: set[tuple[str, str]] = set()

    def identify(self, session: Session, platform: Connection, http: Http) -> Session:
        """People's ids are stored for themselves, so the session need not be written for it."""
        connector = self._context.connector(platform)
        if not isinstance(connector, AuthenticatesContacts):
            return session
        return _with_id(session, self._tokens.identify(self._customer(session), connector, platform, http))

    def forget(self, session: Session, platform: Connection) -> Session:
        self._tokens.forget(self._customer(session), platform)
        return super().forget(session, platform)

    def authenticate(self, http: Http, session: Session, connection: Connection) -> Http:
        connector = self._context.connector(connection)
        if not isinstance(connector, AuthenticatesContacts):
            return http
        return self._tokens.wrap(http, self._customer(session), connector, connection)

    def recover(self, event: MessageReceived, platform: Connection, http: Http) -> Claim | None:
        """The platform is asked once for each conversation that is not ours."""
        people, conversation = self._context.people, (platform.id, event.thread)
        connector = self._context.connector(platform)
        if (
            conversation in self._unmapped
            or people.is_unmapped(*conversation)
            or not isinstance(connector, FindsPlatformIds)
        ):
            return None
        platform_id = connector.find_platform_id(event, platform, http)
        person = people.by_platform_id(platform.id, platform_id) if platform_id else None
        if person is None:
            self._remember_unmapped(conversation)
            return None
        key = ContactKey.decode(person.contact)
        # Our own record of the person names this platform.
        return Claim(key, trusted=True, state={PERSON_ID: person.platform_id}) if key else None

    def _remember_unmapped(self, conversation: tuple[str, str]) -> None:
        self._context.people.note_unmapped(*conversation)
        if len(self._unmapped) >= _MOST_UNMAPPED:
            self._unmapped.clear()
        self._unmapped.add(conversation)

    def _customer(self, session: Session) -> Customer:
        key, contact = _key_of(session, self._context), session.contact
        person = replace(key, contact_id=contact.person or contact.external_id)
        return Customer(person=person.encode(), contact_key=key.encode(), contact=contact)


def _key_of(session: Session, context: Context) -> ContactKey:
    """Our own key of the contact. Raises Transient when the messenger's connection cannot be found just now."""
    messenger = context.connections.connection(session.messenger_connection)
    if messenger is None:
        raise Transient(f"the connection {session.messenger_connection} was not found: connect it again")
    return _key_on(messenger, session)


def _key_on(messenger: Connection, session: Session) -> ContactKey:
    return ContactKey(service=messenger.service, connection_id=messenger.id, contact_id=session.contact.external_id)


def _with_id(session: Session, platform_id: str) -> Session:
    return replace(session, contact=replace(session.contact, platform_id=platform_id))
