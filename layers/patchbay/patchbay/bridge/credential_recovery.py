"""Use case: a connection whose credentials were refused works again by itself, once the service takes them again.

A service that restarts refuses everybody for a moment. Nothing is sent to a connection that needs authorization, so
only an attempt can show that the moment is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from patchbay.bridge.audit import Auditor
from patchbay.bridge.configuration import Configuration
from patchbay.bridge.ports import Authorizations, Clock, Telemetry
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, describe_problem
from patchbay.kit.account_setup import ChecksCredentials
from patchbay.kit.contract import Connector, Http

FIRST_PAUSE = timedelta(minutes=5)  #: after the first attempt, which is made at once
LONGEST_PAUSE = timedelta(hours=6)
STABLE = timedelta(days=1)  #: refused again after so long, it is a new story: pauses are short again
_EARLY = timedelta(minutes=1)  #: rounds come give or take some seconds; none is skipped for that
_AT_ONCE = 10  #: calls side by side, so that services that do not answer keep few others waiting


def pause_after(checks: int) -> timedelta:
    """How long to wait before the next attempt at a service that has refused `checks` of them (1 or more)."""
    doublings = min(max(checks - 1, 0), 16)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether it is time for another attempt with the stored credentials."""
    if connection.checked_at is None or connection.checks == 0:
        return True
    return now >= connection.checked_at + pause_after(connection.checks) - _EARLY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    connector: ChecksCredentials
    connection: Connection


class Recovery:
    def __init__(
        self,
        *,
        connector_of: Callable[[str], Connector],
        registry: Configuration,
        authorizations: Authorizations,
        http: Http,
        clock: Clock,
        telemetry: Telemetry,
        auditor: Auditor | None = None,
    ) -> None:
        self._auditor = auditor
        self._connector_of = connector_of
        self._configuration = registry
        self._authorizations = authorizations
        self._http = http
        self._clock = clock
        self._telemetry = telemetry

    def restore_all(self, connections: Sequence[Connection]) -> int:
        """Tries those that need authorization and are due; the answer is how many still need it."""
        refused = [one for one in connections if one.status is ConnectionStatus.NEEDS_AUTHORIZATION]
        attempts = [attempt for one in refused for attempt in self._plan(_forget_old_checks(one))]
        if not attempts:
            return len(refused)
        with ThreadPoolExecutor(max_workers=min(len(attempts), _AT_ONCE)) as pool:
            return len(refused) - sum(pool.map(self._restore, attempts))

    def _plan(self, known: Connection) -> Sequence[_Attempt]:
        """One attempt, or none. It counts before it is made: should it end the function, the next is no sooner."""
        now = self._clock.now()
        try:
            connector = self._connector_of(known.service)
        except Misconfigured:
            return ()  # its service has been removed since; `patchbay doctor` reports it
        if not isinstance(connector, ChecksCredentials) or not is_due(known, now):
            return ()
        connection = self._configuration.connection(known.id)
        if connection is None or connection.changed_at != known.changed_at:
            return ()  # it was disconnected or connected again this moment
        self._authorizations.note_check(known, now)
        return (_Attempt(connector=connector, connection=connection),)

    def _restore(self, attempt: _Attempt) -> bool:
        connection = attempt.connection
        try:
            attempt.connector.check_credentials(connection, self._http)
        except (AuthorizationNeeded, Misconfigured) as refusal:
            self._telemetry.warning("authorization still refused", reason=str(refusal), **_name(connection))
            return False
        except Exception as problem:  # noqa: BLE001 - the boundary: whatever it is must not stop the other attempts
            self._telemetry.warning("authorization not checked", reason=describe_problem(problem), **_name(connection))
            return False
        if not self._authorizations.restore(connection, self._clock.now()):
            return False
        self._telemetry.info("authorization restored", **_name(connection))
        self._telemetry.count("AuthorizationRestored", connection.service)
        if self._auditor:
            self._auditor.note("authorization restored", [connection.id])
        return True


def _name(connection: Connection) -> dict[str, str]:
    return {"service": connection.service, "connection": connection.id}


def _forget_old_checks(connection: Connection) -> Connection:
    """Attempts of an earlier story do not count; those of one that has only paused do, or it would never slow down."""
    if connection.checked_at is None or connection.changed_at is None:
        return connection
    is_new = connection.changed_at - connection.checked_at > STABLE
    return replace(connection, checks=0) if is_new else connection
