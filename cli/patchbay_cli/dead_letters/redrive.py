"""Redriving dead letters: which of them, in which order, and what the ledger must know first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from patchbay_cli.dead_letters.queue import DeadLetter, Holding
from patchbay_cli.dead_letters.reports import DeadLetterReport, load_reports, may_be_uncertain
from patchbay_cli.dead_letters.scan import scan_queue
from patchbay_cli.dead_letters.selection import find, is_named, with_earlier
from patchbay_cli.deployment import Deployment

#: Asks the owner about messages that may have been delivered already. Raises when they must not be sent.
Ask = Callable[[Sequence[DeadLetterReport]], None]


@dataclass(slots=True)
class RedriveResult:
    """The ids of messages: sent, earlier ones among them that were not named, already settled, left out."""

    sent: list[str] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)
    done_before: list[str] = field(default_factory=list)
    uncertain: dict[str, str] = field(default_factory=dict)  #: by the queue's id of the message

    def describe(self) -> dict[str, list[str]]:
        return {
            "redriven": self.sent,
            "earlier": self.earlier,
            "done_before": self.done_before,
            "left_uncertain": list(self.uncertain.values()),
        }


def redrive_named(deployment: Deployment, ids: Sequence[str], ask: Ask, *, include_uncertain: bool) -> RedriveResult:
    """The named messages, after earlier ones of their conversations.

    An earlier one that may have been delivered is only sent when it is named too, or with `include_uncertain`.
    """
    result = RedriveResult()
    agreed: set[str] = set()
    while True:
        with deployment.dead_letter_queue.look(lambda held: _all_there(ids, held)) as holding:
            chosen = with_earlier(holding.messages, find(holding.messages, ids))
            uncertain = {report.message.message_id: report for report in find_uncertain(deployment, chosen)}
            for message in chosen:
                if message.message_id in uncertain and not (include_uncertain or is_named(message, ids)):
                    result.uncertain[message.message_id] = message.id
            chosen = [message for message in chosen if message.message_id not in result.uncertain]
            asked = [uncertain[one.message_id] for one in chosen if one.message_id in uncertain.keys() - agreed]
            if not asked:
                _send(deployment, holding, chosen, result)
                result.earlier += [message.id for message in chosen if not is_named(message, ids)]
                return result
        # Nothing is held while a person thinks: a hold does not last long.
        ask(asked)
        agreed |= {report.message.message_id for report in asked}


def redrive_all(deployment: Deployment, ask: Ask, *, include_uncertain: bool) -> RedriveResult:
    """All dead letters from before now; those that may have been delivered only when included and confirmed."""
    result = RedriveResult()
    before = datetime.now(UTC)
    agreed: set[str] = set()
    if include_uncertain:
        with deployment.dead_letter_queue.look() as holding:
            uncertain = find_uncertain(deployment, holding.messages)
        agreed |= _ask_about(uncertain, ask)
    while True:
        found = _scan_once(deployment, before, agreed, result)
        if not (include_uncertain and found):
            return result
        agreed |= _ask_about(list(found.values()), ask)
        result.uncertain.clear()


def _scan_once(
    deployment: Deployment, before: datetime, agreed: Collection[str], result: RedriveResult
) -> dict[str, DeadLetterReport]:
    """The messages that may have been delivered, and were not confirmed."""
    left: dict[str, DeadLetterReport] = {}

    def handle(holding: Holding, messages: Sequence[DeadLetter]) -> None:
        # Without messages that have failed again since the command began, or it would never end.
        known = [message for message in messages if message.dead_lettered_at <= before]
        uncertain = {report.message.message_id: report for report in find_uncertain(deployment, known)}
        left.update({one: report for one, report in uncertain.items() if one not in agreed})
        _send(deployment, holding, [message for message in known if message.message_id not in left], result)
        if result.sent:
            deployment.terminal.notify(f"{len(result.sent)} queued ...")

    scan_queue(deployment.dead_letter_queue, handle)
    result.uncertain |= {one: report.message.id for one, report in left.items()}
    return left


def _ask_about(reports: Sequence[DeadLetterReport], ask: Ask) -> set[str]:
    if reports:
        ask(reports)
    return {report.message.message_id for report in reports}


def find_uncertain(deployment: Deployment, messages: Sequence[DeadLetter]) -> list[DeadLetterReport]:
    """Those that may have been delivered. The ledger is only read where the cause of a message leaves it open."""
    suspects = [message for message in messages if may_be_uncertain(message)]
    return [report for report in load_reports(deployment, suspects) if report.is_uncertain] if suspects else []


def _send(deployment: Deployment, holding: Holding, messages: Sequence[DeadLetter], result: RedriveResult) -> None:
    """Updates the ledger first: the dispatcher skips an event that still has an outcome.

    The copies in the dead-letter queue are deleted last. If the command is interrupted in between, it can be run again:
    with the ledger, what was not sent yet is sent once.
    """
    if not messages:
        return
    ids = {message.message_id: message.event.ledger_key for message in messages if message.event}
    ended = deployment.ledger_entries.reopen(ids.values(), datetime.now(UTC))
    going = [message for message in messages if ids.get(message.message_id) not in ended]
    deployment.dead_letter_queue.send_back(going)
    holding.remove(messages)
    result.sent += [message.id for message in going]
    result.done_before += [message.id for message in messages if ids.get(message.message_id) in ended]


def _all_there(ids: Sequence[str], held: Sequence[DeadLetter]) -> bool:
    return all(any(is_named(message, [one]) for message in held) for one in ids)
