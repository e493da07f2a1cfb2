"""What lasts: outages, tokens that are refused, desks that are closed. And the owner, who repairs it in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from patchbay.bridge.delivery_states import reopen_entry
from patchbay.bridge.ledger import Cause, Outcome
from patchbay.domain.accounts import ConnectionStatus, Secrets
from patchbay.domain.errors import Unreadable
from patchbay.domain.events import decode
from tests.harness.fakes.stores import MemoryConnections, MemoryLedger
from tests.soak.faults import Fault, Faults
from tests.soak.loop import Loop
from tests.soak.queues import SoakQueue
from tests.soak.servers import Account, Server
from tests.soak.stores import Line

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
LONGEST = 10.5 * _DAY  #: after the traffic's end everything has been repaired


@dataclass(frozen=True, slots=True)
class Estate:
    """What can fail, and what the owner can reach."""

    loop: Loop
    faults: Faults
    servers: Mapping[str, Server]
    connections: MemoryConnections
    ledger: MemoryLedger
    queue: SoakQueue
    table: Line


class Incidents:
    """`plan` puts everything on the calendar of a soak whose traffic takes so many seconds."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._tokens = count(1)

    def plan(self, seconds: float) -> None:
        self._plan_stores(seconds)
        self._plan_services(seconds)
        self._plan_tokens(seconds)
        self._plan_long(seconds)

    def _plan_stores(self, seconds: float) -> None:
        estate = self._estate
        for share in (0.15, 0.55):
            self._last(
                Fault.QUEUE_AWAY, share * seconds, min(10 * _MINUTE, seconds / 20), self._away(estate.queue.line)
            )
        for share in (0.25, 0.65):
            self._last(Fault.TABLE_AWAY, share * seconds, min(10 * _MINUTE, seconds / 20), self._away(estate.table))

    def _plan_services(self, seconds: float) -> None:
        hour = min(_HOUR, seconds / 8)
        for share, name in ((0.1, "office-1"), (0.3, "bureau-1"), (0.45, "lodge-1"), (0.6, "pigeon-1")):
            self._last(Fault.SERVICE_AWAY, share * seconds, hour, self._trouble(name, Fault.SERVICE_AWAY))
        for share, name in ((0.5, "bureau-1"), (0.75, "office-1"), (0.85, "pigeon-2")):
            self._last(Fault.SERVICE_SLOW, share * seconds, hour / 2, self._trouble(name, Fault.SERVICE_SLOW))
        self._last(Fault.UNLINKED, 0.7 * seconds, hour, self._unlink("pigeon-3"))

    def _plan_tokens(self, seconds: float) -> None:
        for share in (0.05, 0.2, 0.4, 0.6, 0.8, 0.95):
            self._at(share * seconds, lambda: self._replace_token("office-1"))
        for share, name in ((0.35, "pigeon-2"), (0.7, "bureau-1"), (0.8, "lodge-1")):
            self._last(Fault.TOKEN_REVOKED, share * seconds, min(3 * _HOUR, seconds / 6), self._revoke(name))

    def _plan_long(self, seconds: float) -> None:
        self._last(Fault.TOKEN_REVOKED_LONG, 0.3 * seconds, 10 * _DAY, self._revoke("office-2"))
        away = self._trouble("bureau-2", Fault.SERVICE_AWAY_LONG)
        self._last(Fault.SERVICE_AWAY_LONG, 0.3 * seconds, 30 * _HOUR, away)
        self._last(Fault.CLOSED, 0.3 * seconds, 5 * _DAY, self._trouble("office-3", Fault.CLOSED))

    # --- the calendar ------------------------------------------------------------------------------------------------

    def _at(self, seconds: float, action: Callable[[], None]) -> None:
        self._estate.loop.time.later(seconds, action)

    def _last(self, fault: Fault, begin: float, seconds: float, switch: Callable[[bool], None]) -> None:
        def start() -> None:
            self._estate.faults.note(fault)
            switch(True)

        self._at(begin, start)
        self._at(begin + seconds, lambda: switch(False))

    # --- what fails --------------------------------------------------------------------------------------------------

    def _away(self, line: Line) -> Callable[[bool], None]:
        def switch(on: bool) -> None:
            line.is_away = on
            if not on:
                self._estate.queue.watched.on_send()

        return switch

    def _trouble(self, name: str, fault: Fault) -> Callable[[bool], None]:
        def switch(on: bool) -> None:
            self._account(name).trouble = fault if on else None

        return switch

    def _unlink(self, messenger: str) -> Callable[[bool], None]:
        link = self._estate.connections.connections[messenger].link

        def switch(on: bool) -> None:
            self._estate.connections.change(messenger, link=None if on else link)

        return switch

    def _account(self, name: str) -> Account:
        return self._estate.servers[name.partition("-")[0]].accounts[name]

    def _replace_token(self, name: str) -> None:
        """The service takes only a new token, which the owner has stored: containers still have the old one."""
        account = self._account(name)
        account.token = f"token {next(self._tokens)}"
        self._reconnect(name, account)
        self._estate.faults.note(Fault.TOKEN_REPLACED)

    def _revoke(self, name: str) -> Callable[[bool], None]:
        def switch(on: bool) -> None:
            account = self._account(name)
            if on:
                account.token = f"token {next(self._tokens)}"
            else:
                self._reconnect(name, account)

        return switch

    def _reconnect(self, name: str, account: Account) -> None:
        """The owner gives the new token, as the command does it."""
        connections = self._estate.connections
        known = connections.connections[name].secrets
        values = {**known.values, "token": account.token}
        fresh = Secrets(values=values, version=str(int(known.version) + 1))
        connections.change(name, secrets=fresh, status=ConnectionStatus.ACTIVE, status_reason="")


class Owner:
    """Puts dead letters back."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._numbers = count(1)

    def redrive(self, *causes: Cause) -> int:
        """Those with one of the causes, in their order, each with fresh attempts. How many they were."""
        queue = self._estate.queue
        chosen = [message for message in queue.dead.messages if queue.cause_of(message) in causes]
        for message in chosen:
            self._reopen(queue.body_of(message))
            queue.main.send(message.group, f"{next(self._numbers)}|{queue.event_of(message)}", message.body)
            queue.dead.discard(message)
        return len(chosen)

    def _reopen(self, body: str) -> None:
        try:
            event = decode(body)
        except Unreadable:
            return
        ledger, now = self._estate.ledger, self._estate.loop.time.now()
        known = ledger.deliveries.get(event.ledger_key)
        if known is not None and known.outcome is Outcome.DEAD_LETTERED:
            ledger.save(reopen_entry(known, now))
