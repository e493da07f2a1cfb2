"""Calls in a customer's name: on some platforms every customer has an identity, and a token that is renewed.

The secret that makes a customer the same person for good is stored before the token is used for anything. Tokens are
kept only in the container: another one asks for its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from patchbay.bridge.people import People, Person
from patchbay.bridge.ports import Clock
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import ContactGone, Uncertain
from patchbay.domain.model import Contact
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.rest import as_transient
from patchbay.kit.token_abilities import AuthenticatesContacts, ContactToken

_MARGIN = timedelta(seconds=60)  #: a token is not used in the last minute of its time
_MOST = 4096  #: customers whose tokens are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """For whom a call is made: `person` is our key of them, `contact` the encoded key of the thread they write in."""

    person: str
    contact_key: str
    contact: Contact


class ContactTokens:
    def __init__(self, people: People, clock: Clock) -> None:
        self._people = people
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[datetime, str]] = {}
        self._lock = Lock()

    def identify(self, customer: Customer, connector: AuthenticatesContacts, connection: Connection, http: Http) -> str:
        """The platform's id of the customer, who is made known there when they are new.

        Of a person's threads, the one that is being opened now is remembered: messages that an agent begins go there.
        """
        person = self._people.find(connection.id, customer.person)
        if person is None:
            return self._renew(customer, connector, connection, http)[0].platform_id
        if person.contact != customer.contact_key:
            self._people.move(person, customer.contact_key)
        return person.platform_id

    def forget(self, customer: Customer, connection: Connection) -> None:
        """The platform does not know them any more: they will be registered again."""
        with self._lock:
            self._kept.pop((connection.id, customer.person), None)
        person = self._people.find(connection.id, customer.person)
        if person is not None:
            self._people.forget(person)

    def wrap(self, http: Http, customer: Customer, connector: AuthenticatesContacts, connection: Connection) -> Http:
        """`http` that adds the customer's token to what is sent in their name."""
        return _ContactHttp(self, http, customer, connector, connection)

    def authorization(
        self, customer: Customer, connector: AuthenticatesContacts, connection: Connection, http: Http
    ) -> str:
        with self._lock:
            kept = self._kept.get((connection.id, customer.person))
        if kept and self._clock.now() < kept[0]:
            return kept[1]
        return self._renew(customer, connector, connection, http)[1]

    def drop(self, customer: Customer, connection: Connection) -> None:
        with self._lock:
            self._kept.pop((connection.id, customer.person), None)

    def _renew(
        self, customer: Customer, connector: AuthenticatesContacts, connection: Connection, http: Http
    ) -> tuple[Person, str]:
        known = self._people.find(connection.id, customer.person)
        try:
            granted = _ask(known.secret if known else "", customer, connector, connection, http)
        except ContactGone:
            if known is None:
                raise
            self._people.forget(known)
            known, granted = None, _ask("", customer, connector, connection, http)
        person = known or self._keep(customer, connection, granted)
        if person.secret != granted.secret:  # another container has made them known in the same moment
            granted = _ask(person.secret, customer, connector, connection, http)
        until = self._clock.now() + timedelta(seconds=granted.seconds) - _MARGIN
        with self._lock:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[connection.id, customer.person] = (until, granted.authorization)
        return person, granted.authorization

    def _keep(self, customer: Customer, connection: Connection, granted: ContactToken) -> Person:
        return self._people.add(
            Person(
                platform_connection=connection.id,
                key=customer.person,
                platform_id=granted.platform_id,
                secret=granted.secret,
                contact=customer.contact_key,
            )
        )


def _ask(
    secret: str, customer: Customer, connector: AuthenticatesContacts, connection: Connection, http: Http
) -> ContactToken:
    """No message goes out here, so a lost answer is no uncertain delivery."""
    try:
        return connector.authenticate_contact(secret, customer.contact, connection, http)
    except Uncertain as failure:
        raise as_transient(failure) from None


class _ContactHttp:
    def __init__(
        self,
        contact_tokens: ContactTokens,
        http: Http,
        customer: Customer,
        connector: AuthenticatesContacts,
        connection: Connection,
    ) -> None:
        self._contact_tokens = contact_tokens
        self._http = http
        self._customer = customer
        self._connector = connector
        self._connection = connection

    def send(self, request: HttpRequest) -> HttpResponse:
        """A token that is refused before its time is renewed, once."""
        if not request.as_contact:
            return self._http.send(request)
        answer = self._send(request)
        if answer.status != 401:
            return answer
        self._contact_tokens.drop(self._customer, self._connection)
        return self._send(request)

    def _send(self, request: HttpRequest) -> HttpResponse:
        authorization = self._contact_tokens.authorization(
            self._customer, self._connector, self._connection, self._http
        )
        return self._http.send(replace(request, headers={**request.headers, "authorization": authorization}))
