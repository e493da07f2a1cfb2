"""`patchbay dlq`: the messages that were given up, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from patchbay.deliveries import Outcome
from patchbay.errors import Misconfigured
from patchbay_cli.dead_letters.queue import Holding, Parked, in_order
from patchbay_cli.dead_letters.redrive import Redriven, redrive_all, redrive_named
from patchbay_cli.dead_letters.reports import (
    ROW,
    Case,
    describe,
    describe_age,
    describe_case,
    describe_doubt,
    describe_lines,
    describe_row,
    event_json,
    open_cases,
)
from patchbay_cli.dead_letters.scan import sweep
from patchbay_cli.dead_letters.selection import find
from patchbay_cli.deployment import Bridge
from patchbay_cli.options import pass_bridge, with_json, yes_option

_NOTHING = "The dead-letter queue is empty."
_SHOWN = 20  #: messages in one question

_ids = click.argument("ids", nargs=-1, metavar="ID...")
_all = click.option("--all", "everything", is_flag=True, help="All that is in the dead-letter queue now.")


@click.group()
def dlq() -> None:
    """The dead-letter queue: messages that were given up. List them, look at them, send them again or settle them."""


@dlq.command("list")
@with_json
@pass_bridge
def list_letters(bridge: Bridge) -> None:
    """List the dead letters, in order within each conversation, with the cause of each."""
    with bridge.terminal.working("Looking into the dead-letter queue"), bridge.parked_queue.look() as holding:
        messages = in_order(holding.messages)
        hidden = max(0, bridge.parked_queue.count_parked() - len(messages))
    cases = open_cases(bridge, messages)
    if bridge.terminal.as_json:
        bridge.terminal.report({"dead_letters": [describe(case) for case in cases], "hidden": hidden})
        return
    if not cases:
        bridge.terminal.show(_NOTHING, style="green")
        return
    bridge.terminal.show_table(ROW, [describe_row(case) for case in cases])
    if hidden:
        bridge.terminal.show(f"About {hidden} more wait behind these, in the same conversations.")
    bridge.terminal.show("See what happened to one, and what can be done: patchbay dlq show ID")


@dlq.command("show")
@click.argument("id")
@click.option("--show-content", is_flag=True, help="With what the customer or the agent wrote.")
@with_json
@pass_bridge
def show_letter(bridge: Bridge, id: str, show_content: bool) -> None:  # noqa: A002 - the word in the help
    """Show the case of one dead letter. What people wrote stays hidden unless asked for."""
    with bridge.parked_queue.look(lambda held: _is_there(id, held)) as holding:
        message = find(holding.messages, [id])[0]
    (case,) = open_cases(bridge, [message])
    facts = describe_case(bridge, case)
    content = {"event": event_json(case)} if show_content else {}
    if bridge.terminal.as_json:
        bridge.terminal.report({**facts, **content})
        return
    lines = describe_lines(facts, describe_age(case))
    if content:
        lines += ["", *json.dumps(content["event"], ensure_ascii=False, indent=2).splitlines()]
    bridge.terminal.show_block(message.id, lines, style="yellow")


@dlq.command("redrive")
@_ids
@_all
@click.option("--include-uncertain", is_flag=True, help="Those too that may have arrived already.")
@yes_option
@with_json
@pass_bridge
def redrive(bridge: Bridge, ids: tuple[str, ...], everything: bool, include_uncertain: bool, yes: bool) -> None:
    """Send dead letters again, in their order. What had gone out before is not sent twice.

    --all leaves out what may have arrived. Messages of the same conversation that were written before the one you name
    go first, but for those that may have arrived.
    """
    _check_choice(ids, everything)

    def ask(cases: Sequence[Case]) -> None:
        _ask_about_doubt(bridge, cases, yes=yes)

    if everything and _is_empty(bridge, Redriven().describe()):
        return
    if everything:
        result = redrive_all(bridge, ask, include_uncertain=include_uncertain)
    else:
        result = redrive_named(bridge, ids, ask, include_uncertain=include_uncertain)
    _tell(bridge, result)


@dlq.command("resolve")
@click.argument("ids", nargs=-1, metavar="ID...", required=True)
@with_json
@pass_bridge
def resolve(bridge: Bridge, ids: tuple[str, ...]) -> None:
    """Note that a dead letter has arrived: it leaves the queue and counts as delivered."""
    with bridge.parked_queue.look(lambda held: all(_is_there(one, held) for one in ids)) as holding:
        chosen = find(holding.messages, ids)
        unreadable = [message.id for message in chosen if message.event is None]
        if unreadable:
            raise Misconfigured(f"cannot be read: {', '.join(unreadable)}. Run `patchbay dlq discard ID` instead")
        _close(bridge, holding, chosen, Outcome.DELIVERED, "it arrived, says the owner")
    if bridge.terminal.as_json:
        bridge.terminal.report({"resolved": [message.id for message in chosen]})
        return
    bridge.terminal.show(f"{_count(len(chosen))} counted as delivered.", style="green")


@dlq.command("discard")
@_ids
@_all
@yes_option
@with_json
@pass_bridge
def discard(bridge: Bridge, ids: tuple[str, ...], everything: bool, yes: bool) -> None:
    """Take dead letters off the queue for good: nobody will get them."""
    _check_choice(ids, everything)
    if everything and _is_empty(bridge, {"discarded": []}):
        return
    amount = f"all {bridge.parked_queue.count_parked()} dead letters" if everything else f"{len(ids)} dead letters"
    bridge.terminal.confirm(f"Nobody will ever get {amount}. Discard them?", yes=yes)
    discarded = _discard_all(bridge) if everything else _discard_named(bridge, ids)
    if bridge.terminal.as_json:
        bridge.terminal.report({"discarded": discarded})
        return
    bridge.terminal.show(f"{_count(len(discarded))} discarded.", style="green")


# --- ends ------------------------------------------------------------------------------------------------------------


def _discard_named(bridge: Bridge, ids: Sequence[str]) -> list[str]:
    with bridge.parked_queue.look(lambda held: all(_is_there(one, held) for one in ids)) as holding:
        chosen = find(holding.messages, ids)
        _discard(bridge, holding, chosen)
    return [message.id for message in chosen]


def _discard_all(bridge: Bridge) -> list[str]:
    before = datetime.now(UTC)
    discarded: list[str] = []

    def handle(holding: Holding, messages: Sequence[Parked]) -> None:
        chosen = [message for message in messages if message.parked_at <= before]
        _discard(bridge, holding, chosen)
        discarded.extend(message.id for message in chosen)

    sweep(bridge.parked_queue, handle)
    return discarded


def _discard(bridge: Bridge, holding: Holding, chosen: Sequence[Parked]) -> None:
    _close(bridge, holding, chosen, Outcome.DROPPED, "discarded from the dead-letter queue")


def _close(bridge: Bridge, holding: Holding, chosen: Sequence[Parked], outcome: Outcome, reason: str) -> None:
    ids = [message.event.ledger_key for message in chosen if message.event]
    bridge.concern([message.id for message in chosen])
    bridge.entries.close(ids, outcome, reason, datetime.now(UTC))
    holding.remove(chosen)


# --- asking and telling ----------------------------------------------------------------------------------------------


def _check_choice(ids: Sequence[str], everything: bool) -> None:
    if bool(ids) == everything:
        raise click.UsageError("Name the messages by their ids, or give --all.")


def _is_empty(bridge: Bridge, answer: object) -> bool:
    """Whether there are no dead letters, which is then said, with `answer` for programs."""
    if bridge.parked_queue.count_parked():
        return False
    with bridge.parked_queue.look(bool) as holding:  # SQS counts about: what came just now may be left out
        if holding.messages:
            return False
    if bridge.terminal.as_json:
        bridge.terminal.report(answer)
    else:
        bridge.terminal.show(_NOTHING, style="green")
    return True


def _ask_about_doubt(bridge: Bridge, cases: Sequence[Case], *, yes: bool) -> None:
    if yes:
        return
    details = describe_doubt(bridge, cases[:_SHOWN])
    if len(cases) > _SHOWN:
        details.append(f"and {len(cases) - _SHOWN} more")
    what = "This message" if len(cases) == 1 else f"These {len(cases)} messages"
    question = f"{what} may have arrived already. Send again what may then be there twice?"
    bridge.terminal.confirm(question, yes=False, details=details)


def _tell(bridge: Bridge, result: Redriven) -> None:
    bridge.concern([*result.sent, *result.done_before])
    if bridge.terminal.as_json:
        bridge.terminal.report(result.describe())
        return
    bridge.terminal.show(f"{_count(len(result.sent))} on the way again.", style="green")
    if result.earlier:
        bridge.terminal.show(f"{len(result.earlier)} of them were written before yours in the same conversation.")
    if result.done_before:
        bridge.terminal.show(f"{len(result.done_before)} had an outcome already: they were only taken off the queue.")
    if result.uncertain:
        bridge.terminal.show(
            f"{len(result.uncertain)} may have arrived and stay in the queue: see "
            "`patchbay dlq list`, then run `patchbay dlq resolve ID` for those that did, and "
            "`patchbay dlq redrive ID` for those that did not.",
            style="yellow",
        )


def _count(amount: int) -> str:
    return "1 message is" if amount == 1 else f"{amount} messages are"


def _is_there(one: str, held: Sequence[Parked]) -> bool:
    return any(one in (message.id, message.message_id) for message in held)
