"""Dead letters on their way again: which of them, in which order, and what the ledger must know first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from patchbay_cli.dead_letters.queue import Holding, Parked
from patchbay_cli.dead_letters.reports import Case, may_be_uncertain, open_cases
from patchbay_cli.dead_letters.scan import sweep
from patchbay_cli.dead_letters.selection import find, is_named, with_earlier
from patchbay_cli.deployment import Bridge

#: Asks the owner about messages that may have arrived. Raises when they shall not go.
Ask = Callable[[Sequence[Case]], None]


@dataclass(slots=True)
class Redriven:
    """The ids of what was sent, what of it stood before the named ones, what had an outcome, what was left out."""

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


def redrive_named(bridge: Bridge, ids: Sequence[str], ask: Ask, *, include_uncertain: bool) -> Redriven:
    """The named messages, after those that were written before them in their conversations.

    Of these, what may have arrived goes only where it is named too, or `include_uncertain`.
    """
    result = Redriven()
    agreed: set[str] = set()
    while True:
        with bridge.parked_queue.look(lambda held: _all_there(ids, held)) as holding:
            chosen = with_earlier(holding.messages, find(holding.messages, ids))
            doubtful = {case.message.message_id: case for case in find_doubtful(bridge, chosen)}
            for message in chosen:
                if message.message_id in doubtful and not (include_uncertain or is_named(message, ids)):
                    result.uncertain[message.message_id] = message.id
            chosen = [message for message in chosen if message.message_id not in result.uncertain]
            asked = [doubtful[one.message_id] for one in chosen if one.message_id in doubtful.keys() - agreed]
            if not asked:
                _send(bridge, holding, chosen, result)
                result.earlier += [message.id for message in chosen if not is_named(message, ids)]
                return result
        # Nothing is held while somebody thinks: a hold does not last long.
        ask(asked)
        agreed |= {case.message.message_id for case in asked}


def redrive_all(bridge: Bridge, ask: Ask, *, include_uncertain: bool) -> Redriven:
    """All that was given up before now; what may have arrived only where it is included, and agreed to."""
    result = Redriven()
    before = datetime.now(UTC)
    agreed: set[str] = set()
    if include_uncertain:
        with bridge.parked_queue.look() as holding:
            doubtful = find_doubtful(bridge, holding.messages)
        agreed |= _ask_about(doubtful, ask)
    while True:
        found = _sweep_once(bridge, before, agreed, result)
        if not (include_uncertain and found):
            return result
        agreed |= _ask_about(list(found.values()), ask)
        result.uncertain.clear()


def _sweep_once(bridge: Bridge, before: datetime, agreed: Collection[str], result: Redriven) -> dict[str, Case]:
    """The answer: what may have arrived, and was not agreed to."""
    left: dict[str, Case] = {}

    def handle(holding: Holding, messages: Sequence[Parked]) -> None:
        # Without what has been given up again since the command began, or it would never end.
        known = [message for message in messages if message.parked_at <= before]
        doubtful = {case.message.message_id: case for case in find_doubtful(bridge, known)}
        left.update({one: case for one, case in doubtful.items() if one not in agreed})
        _send(bridge, holding, [message for message in known if message.message_id not in left], result)
        if result.sent:
            bridge.terminal.note(f"{len(result.sent)} sent ...")

    sweep(bridge.parked_queue, handle)
    result.uncertain |= {one: case.message.id for one, case in left.items()}
    return left


def _ask_about(cases: Sequence[Case], ask: Ask) -> set[str]:
    if cases:
        ask(cases)
    return {case.message.message_id for case in cases}


def find_doubtful(bridge: Bridge, messages: Sequence[Parked]) -> list[Case]:
    """Those that may have arrived. Only where a message's cause leaves it open, the ledger is read."""
    suspects = [message for message in messages if may_be_uncertain(message)]
    return [case for case in open_cases(bridge, suspects) if case.is_uncertain] if suspects else []


def _send(bridge: Bridge, holding: Holding, messages: Sequence[Parked], result: Redriven) -> None:
    """The ledger first: the dispatcher would pass over an event whose outcome is still there.

    The copies in the dead-letter queue go last. Whatever breaks off between, the command can be run again: the ledger
    lets go out what is not out yet, once.
    """
    if not messages:
        return
    ids = {message.message_id: message.event.ledger_key for message in messages if message.event}
    ended = bridge.entries.reopen(ids.values(), datetime.now(UTC))
    going = [message for message in messages if ids.get(message.message_id) not in ended]
    bridge.parked_queue.send_back(going)
    holding.remove(messages)
    result.sent += [message.id for message in going]
    result.done_before += [message.id for message in messages if ids.get(message.message_id) in ended]


def _all_there(ids: Sequence[str], held: Sequence[Parked]) -> bool:
    return all(any(is_named(message, [one]) for message in held) for one in ids)
