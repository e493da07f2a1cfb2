"""Calls to services. Each keeps to the rate limit, is made in the right name, and names the connection if refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from patchbay.bridge.bulkhead import Bulkhead
from patchbay.bridge.context import Context
from patchbay.bridge.identity import Identity
from patchbay.bridge.optional_calls import BriefHttp
from patchbay.bridge.rate_limit import RateLimiter
from patchbay.bridge.response_cache import ResponseCache
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Misconfigured, Uncertain
from patchbay.domain.model import Session
from patchbay.kit.contract import Http
from patchbay.kit.rest import as_transient


class AccountRefused(DeliveryError):
    """A service refused the credentials of `connection`."""

    def __init__(self, connection: Connection, reason: str) -> None:
        super().__init__(reason)
        self.connection = connection


class ServiceCalls:
    """Of one container. Threads share it."""

    def __init__(self, context: Context, identity: Identity) -> None:
        self._context = context
        self._identity = identity
        self._rate_limiter = RateLimiter(context.clock, context.random)
        self._bulkhead = Bulkhead(context.leases, context.clock, context.random)
        self._cache = ResponseCache()

    def admit(self, connection_id: str) -> None:
        """Before an attempt begins. Raises NotYet when the connection is slow and others are busy with it already."""
        self._bulkhead.admit(connection_id)

    def book_opening(self, connection: Connection, session: Session) -> None:
        """Before a new customer's first call: reserves all that it takes. Raises NotYet while there is no room."""
        behavior = self._context.connector(connection).behavior
        self._rate_limiter.book(connection, behavior.rate, _name_contact(session), behavior.first_message_calls)

    @contextmanager
    def calling(self, connection: Connection, session: Session | None = None) -> Iterator[Http]:
        """Around every call to a service. Raises AccountRefused when the owner has to change the connection.

        `session` says in whose name a call may be made.
        """
        try:
            http = self.http_of(connection, session)
            yield self._identity.authenticate(http, session, connection) if session else http
        except (AuthorizationNeeded, Misconfigured) as problem:
            raise AccountRefused(connection, str(problem)) from None

    @contextmanager
    def reading(self, connection: Connection, session: Session | None = None) -> Iterator[Http]:
        """Around calls that send nothing to people: a lost answer is no uncertain delivery, just another try."""
        try:
            with self.calling(connection, session) as http:
                yield http
        except Uncertain as failure:
            raise as_transient(failure) from None

    @contextmanager
    def reading_briefly(self, connection: Connection, session: Session | None = None) -> Iterator[Http]:
        """Around calls that a message can do without: it waits a few seconds for all of them at most."""
        with self.reading(connection, session) as http:
            yield BriefHttp(http, self._context.clock)

    def http_of(self, connection: Connection, session: Session | None = None) -> Http:
        """The way to the connection's service, at the rate that the service allows."""
        rate = self._context.connector(connection).behavior.rate
        measured = self._bulkhead.measure(self._context.http, connection.id)
        limited = self._rate_limiter.limit(measured, connection, rate, _name_contact(session))
        return self._cache.remember(limited, connection, self._context.clock)


def _name_contact(session: Session | None) -> tuple[str, str] | None:
    """For whom calls are made."""
    return (session.messenger_connection, session.contact.external_id) if session else None
