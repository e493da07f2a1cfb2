"""Use case 2: events from the queue reach the other side, in order, once.

A batch is split by ordering group. Groups run side by side, so that ten conversations cost the wait of one; inside a
group strictly in order, and when one event has to wait, the rest of its group waits behind it. Waiting is done by the
queue: attempts are counted in the ledger, because every receive of a batch raises the receive count of all its
messages, tried or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random, SystemRandom

from patchbay import schedule
from patchbay.accounts import Connection
from patchbay.bridge import MessageBridge
from patchbay.contract import Connector
from patchbay.deliveries import Cause
from patchbay.erasing import Eraser
from patchbay.errors import PatchbayError, Unreadable
from patchbay.events import (
    ConnectionChanged,
    ContactChanged,
    ContentErased,
    ConversationChanged,
    Event,
    MessageReceived,
    ReceiptReceived,
    TypingChanged,
    decode,
)
from patchbay.feedback import Feedback
from patchbay.pace import Pacer
from patchbay.passes import Passes
from patchbay.ports import Clock, Connections, Envelope, Http, Inbox, Journal, Ledger, Media, Outbox, People, Sessions
from patchbay.profiles import Profiles
from patchbay.verdicts import DONE, Park, Verdict, Wait
from patchbay.workbench import Workbench

_UNEXPECTED = 30.0  #: seconds until an event is tried again when one of our own stores failed


class Dispatcher:
    def __init__(  # noqa: PLR0913 - every port of the bridge meets here, and nowhere else
        self,
        *,
        connector_of: Callable[[str], Connector],
        connections: Connections,
        sessions: Sessions,
        people: People,
        ledger: Ledger,
        inbox: Inbox,
        outbox: Outbox,
        media: Media,
        http: Http,
        clock: Clock,
        journal: Journal,
        random: Random | None = None,
    ) -> None:
        chance = random or SystemRandom()
        bench = Workbench(
            connector_of=connector_of,
            connections=connections,
            sessions=sessions,
            people=people,
            ledger=ledger,
            media=media,
            outbox=outbox,
            network=http,
            clock=clock,
            journal=journal,
            random=chance,
            pacer=Pacer(clock, chance),
            passes=Passes(people, clock),
        )
        self._bench = bench
        self._inbox = inbox
        self._messages = MessageBridge(bench)
        self._feedback = Feedback(bench)
        self._profiles = Profiles(bench)
        self._eraser = Eraser(bench)

    def dispatch(self, envelopes: Sequence[Envelope]) -> Sequence[str]:
        """Handles a batch. Returns the ids of the messages that stay on the queue."""
        groups: dict[str, list[Envelope]] = {}
        for envelope in envelopes:
            groups.setdefault(envelope.group, []).append(envelope)
        if len(groups) <= 1:
            return [kept for group in groups.values() for kept in self._run_group(group)]
        with ThreadPoolExecutor(max_workers=len(groups)) as pool:
            return [kept for group in pool.map(self._run_group, groups.values()) for kept in group]

    def _run_group(self, group: list[Envelope]) -> list[str]:
        """In order. A group stays locked while any of its messages is invisible, so the rest is given back at once."""
        letters = sort_letters([self._open(envelope) for envelope in group])
        for position, letter in enumerate(letters):
            verdict = self._judge(letter)
            if isinstance(verdict, Wait):
                return self._keep(letters[position:], verdict.seconds)
            if isinstance(verdict, Park) and not self._park(letter, verdict):
                return self._keep(letters[position:], _UNEXPECTED)
        return []

    def _keep(self, letters: Sequence[Letter], seconds: float) -> list[str]:
        """What stays on the queue. When the queue cannot be told when, it hands them out again in its own time."""
        for position, letter in enumerate(letters):
            try:
                self._inbox.put_off(letter.envelope, 0 if position else seconds)
            except Exception as problem:  # noqa: BLE001 - the boundary: what other groups have done must not be undone
                self._bench.journal.record("event not put off", group=letter.envelope.group, reason=_describe(problem))
        return [letter.envelope.id for letter in letters]

    def _park(self, letter: Letter, verdict: Park) -> bool:
        try:
            self._inbox.park(letter.envelope, verdict.reason, verdict.cause)
        except Exception as problem:  # noqa: BLE001 - the same
            self._bench.journal.record("event not parked", group=letter.envelope.group, reason=_describe(problem))
            return False
        return True

    def _open(self, envelope: Envelope) -> Letter:
        try:
            return Letter(envelope, decode(envelope.body))
        except Unreadable as problem:
            return Letter(envelope, None, str(problem))

    def _judge(self, letter: Letter) -> Verdict:
        """What becomes of one message. Whatever goes wrong, it is never lost: it waits, or it is parked."""
        if letter.event is None:
            self._bench.journal.record("event unreadable", reason=letter.problem)
            self._bench.journal.count("Parked", "unknown")
            return Park(letter.problem, Cause.UNREADABLE)
        started = self._bench.clock.now()
        try:
            verdict = self._handle(letter.event, letter.envelope)
        except Exception as problem:  # noqa: BLE001 - the boundary: a bug or a failing store must not stop other groups
            self._bench.journal.record(
                "event crashed",
                event=letter.event.id,
                kind=letter.event.kind,
                reason=_describe(problem),
            )
            self._bench.journal.count("Crashed", letter.event.origin.service)
            return Wait(_UNEXPECTED)
        self._note(letter.event, verdict, started.timestamp())
        return verdict

    def _handle(self, event: Event, envelope: Envelope) -> Verdict:
        source = self._bench.connections.connection_of(event.origin.endpoint, event.origin.account)
        if source is None:
            return self._await_connection(event, envelope)
        return self._route(event, source, envelope)

    def _await_connection(self, event: Event, envelope: Envelope) -> Verdict:
        """A new connection may not be seen yet; one that is gone must not take its messages along.

        The news that an account is active can be faster than the answer to the call that made it.
        """
        reason = "no connection for this account: connect it again, then `patchbay dlq redrive --all`"
        age = (self._bench.clock.now() - envelope.enqueued_at).total_seconds()
        if isinstance(event, ConnectionChanged) and age < schedule.UNKNOWN_CONNECTION:
            return Wait(max(age, 1.0), reason)
        if not isinstance(event, MessageReceived):
            self._bench.skip(event, "no connection for this account")
            return DONE
        if age < schedule.UNKNOWN_CONNECTION:
            return Wait(schedule.UNKNOWN_CONNECTION / 2, reason)
        self._bench.journal.record("event parked", event=event.id, service=event.origin.service, reason=reason)
        self._bench.journal.count("Parked", event.origin.service)
        return Park(reason, Cause.NO_CONNECTION)

    def _route(self, event: Event, source: Connection, envelope: Envelope) -> Verdict:
        match event:
            case MessageReceived():
                return self._messages.carry(event, source)
            case ReceiptReceived():
                return self._feedback.carry_receipt(event, source, envelope.enqueued_at)
            case TypingChanged():
                return self._feedback.carry_typing(event, source)
            case ConversationChanged():
                return self._profiles.change_conversation(event, source)
            case ContentErased():
                return self._eraser.erase(event, source)
            case ContactChanged():
                return self._profiles.change_contact(event, source)
            case ConnectionChanged():
                return self._profiles.change_connection(event, source)

    def _note(self, event: Event, verdict: Verdict, started: float) -> None:
        """One line for each event: how a message ended has been said, and counted, where that was decided."""
        if isinstance(event, MessageReceived) and not isinstance(verdict, Wait):
            return
        took = round((self._bench.clock.now().timestamp() - started) * 1000, 1)
        self._bench.journal.record(
            "event put off" if isinstance(verdict, Wait) else "event done",
            event=event.id,
            kind=event.kind,
            service=event.origin.service,
            connection=event.origin.endpoint,
            group=event.group,
            milliseconds=took,
            seconds=round(verdict.seconds, 1) if isinstance(verdict, Wait) else None,
            reason=verdict.reason or None,
        )


def _describe(problem: Exception) -> str:
    """Our own failures explain themselves; others may quote a message, so only their kind is told."""
    kind = type(problem).__name__
    return f"{kind}: {problem}" if isinstance(problem, PatchbayError) else kind


@dataclass(frozen=True, slots=True)
class Letter:
    """An envelope with its event inside; None and the problem when it is not readable."""

    envelope: Envelope
    event: Event | None
    problem: str = ""


def sort_letters(letters: list[Letter]) -> list[Letter]:
    """The letters of one group in the order in which things happened.

    Services send webhooks in parallel, so two that left a moment apart may be queued the wrong way round. Unreadable
    ones go first: they are parked without being handled.
    """
    return sorted(letters, key=lambda letter: letter.event.occurred_at.timestamp() if letter.event else 0.0)
