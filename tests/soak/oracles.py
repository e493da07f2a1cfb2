"""Was anything lost, doubled, out of order or stuck? Answered from what people wrote and what people were shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from patchbay.domain.model import ReceiptState, Side
from patchbay.domain.receipts import advances
from tests.soak.books import Books, Written, words_of
from tests.soak.queues import SoakQueue
from tests.soak.servers import Server, Shown

type Word = tuple[str, int]  #: a message, and the number of the word in it


@dataclass(slots=True)
class Findings:
    """Messages by their ids. What must be empty is first; the rest is allowed, and counted."""

    lost: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)  #: without a mark
    stuck: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)  #: shown to someone else
    silent: list[str] = field(default_factory=list)  #: dead letters without a reason or a cause
    receded: list[str] = field(default_factory=list)  #: whose author read a receipt that goes back
    marked: list[str] = field(default_factory=list)  #: doubled, and marked
    overtaken: list[str] = field(default_factory=list)  #: queued the wrong way round, sent from different batches
    reported: list[str] = field(default_factory=list)  #: not shown, and the author was told
    dead: Counter[str] = field(default_factory=Counter)  #: not shown, in the dead-letter queue, by cause
    unreported: list[str] = field(default_factory=list)  #: not shown, the author cannot be told, and the log says so

    @property
    def problems(self) -> Mapping[str, Sequence[str]]:
        """By the words of the report."""
        return {
            "lost": self.lost,
            "out of order": self.disordered,
            "duplicated unmarked": self.doubled,
            "stuck": self.stuck,
            "shown to someone else": self.misplaced,
            "dead letters without a reason": self.silent,
            "receipts that go back": self.receded,
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of events: which were dead letters at any time, and which the log and the ledger say are uncertain.

    `unreported` are the receipts of a failure that nobody could be told of, as the log says.
    """

    books: Books
    servers: Mapping[str, Server]
    queue: SoakQueue
    dead: frozenset[str]
    marked: frozenset[str]
    unreported: frozenset[str]

    def showings(self) -> Iterator[tuple[Word, Shown]]:
        for server in self.servers.values():
            for shown in server.shown:
                for word in words_of(shown.text):
                    yield word, shown


def judge(evidence: Evidence) -> Findings:
    findings = Findings()
    first: dict[Word, tuple[int, Shown]] = {}
    times: Counter[Word] = Counter()
    for place, (word, shown) in enumerate(evidence.showings()):
        first.setdefault(word, (place, shown))
        times[word] += 1
        if not _belongs(evidence, word, shown):
            findings.misplaced.append(word[0])
    _find_lost(evidence, first, findings)
    _find_doubled(evidence, times, findings)
    _find_disordered(evidence, first, findings)
    _find_stuck(evidence, findings)
    _find_receded(evidence, findings)
    return findings


def _belongs(evidence: Evidence, word: Word, shown: Shown) -> bool:
    message = evidence.books.written[word[0]]
    if message.side is Side.PLATFORM:
        return (shown.account, shown.thread) == (message.pair.messenger, message.pair.contact)
    room = evidence.servers[shown.service].rooms[shown.thread]
    return (room.account, room.customer) == (message.pair.platform, message.pair.reference)


# --- lost ------------------------------------------------------------------------------------------------------------


def _find_lost(evidence: Evidence, first: Mapping[Word, object], findings: Findings) -> None:
    causes = {}
    for letter in evidence.queue.dead.messages:
        event, cause = evidence.queue.event_of(letter), evidence.queue.cause_of(letter)
        causes[event] = cause
        if not cause or not evidence.queue.reason_of(letter):
            findings.silent.append(event)
    for message in evidence.books.written.values():
        if all((message.id, number) in first for number in range(message.words)):
            continue
        if causes.get(message.event):
            findings.dead[causes[message.event]] += 1
        elif ReceiptState.FAILED in _reports(evidence, message):
            findings.reported.append(message.id)
        elif evidence.books.failures.get(message.id, set()) & evidence.unreported:
            findings.unreported.append(message.id)
        else:
            findings.lost.append(message.id)


def _reports(evidence: Evidence, message: Written) -> list[str]:
    return evidence.servers[message.service].reports.get(message.id, [])


# --- doubled ---------------------------------------------------------------------------------------------------------


def _find_doubled(evidence: Evidence, times: Counter[Word], findings: Findings) -> None:
    for message_id in dict.fromkeys(message_id for (message_id, _), number in times.items() if number > 1):
        event = evidence.books.written[message_id].event
        (findings.marked if event in evidence.marked else findings.doubled).append(message_id)


# --- order -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Heard:
    """Where in all that was shown a message begins and ends, and the invocation that began it."""

    message: Written
    begin: int
    end: int
    at: datetime
    invocation: int


def _find_disordered(evidence: Evidence, first: Mapping[Word, tuple[int, Shown]], findings: Findings) -> None:
    threads: dict[tuple[str, str], list[_Heard]] = defaultdict(list)
    for message in evidence.books.written.values():
        places = [first[message.id, number] for number in range(message.words) if (message.id, number) in first]
        if not places or message.event in evidence.dead:
            continue
        numbers = [place for place, _ in places]
        if numbers != sorted(numbers):
            findings.disordered.append(message.id)
        heard = _Heard(message, numbers[0], numbers[-1], places[0][1].at, places[0][1].invocation)
        threads[message.service, message.thread].append(heard)
    for heard_in_thread in threads.values():
        _check_thread(evidence, sorted(heard_in_thread, key=lambda one: one.message.at), findings)


def _check_thread(evidence: Evidence, thread: Sequence[_Heard], findings: Findings) -> None:
    """In the order of writing, each must begin after the one before has ended."""
    if all(one.end < two.begin for one, two in pairwise(thread)):
        return
    for place, later in enumerate(thread):
        for earlier in thread[:place]:
            if later.begin > earlier.end:
                continue
            pair = f"{later.message.id} before {earlier.message.id}"
            (findings.overtaken if _is_excused(evidence, earlier, later) else findings.disordered).append(pair)


def _is_excused(evidence: Evidence, earlier: _Heard, later: _Heard) -> bool:
    """The webhooks came the wrong way round, and the queue handed them out in different batches.

    An invocation may get a message several times: it gives it back, and takes it again. The last time counts.
    """
    places = evidence.queue.watched.places
    came_swapped = places[later.message.event] < places[earlier.message.event]
    known = (batch for at, batch in evidence.queue.batches.get(later.invocation, ()) if at <= later.at)
    received_in = [batch for batch in known if later.message.event in batch]
    return came_swapped and not (received_in and earlier.message.event in received_in[-1])


# --- stuck, and receipts ---------------------------------------------------------------------------------------------


def _find_stuck(evidence: Evidence, findings: Findings) -> None:
    queue = evidence.queue
    findings.stuck += [queue.watched.events[message.id] for message in queue.main.messages]
    findings.lost += [queue.watched.events[message.id] for message in queue.main.expired]
    findings.silent += [queue.watched.events[message.id] for message in queue.main.redriven]


def _find_receded(evidence: Evidence, findings: Findings) -> None:
    """Twice the same is no harm: it is passed on before it is recorded. What is sent again begins anew.

    Nor can we help it when a service does what we had given up waiting for.
    """
    for server in evidence.servers.values():
        for message_id, states in server.reports.items():
            excused = evidence.books.written[message_id].event in evidence.dead | evidence.marked
            if excused or message_id in server.reported_late:
                continue
            for known, told in pairwise(states):
                if known != told and not advances(ReceiptState(known), ReceiptState(told)):
                    findings.receded.append(message_id)
