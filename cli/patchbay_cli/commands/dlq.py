"""`patchbay dlq`: the messages that could not be delivered, and what to do with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from patchbay.bridge.ledger import Outcome
from patchbay.domain.errors import Misconfigured
from patchbay_cli.dead_letters.queue import DeadLetter, Holding, in_order
from patchbay_cli.dead_letters.redrive import RedriveResult, redrive_all, redrive_named
from patchbay_cli.dead_letters.reports import (
    ROW,
    DeadLetterReport,
    describe,
    describe_age,
    describe_in_full,
    describe_lines,
    describe_row,
    describe_uncertain,
    event_json,
    load_reports,
)
from patchbay_cli.dead_letters.scan import scan_queue
from patchbay_cli.dead_letters.selection import find
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json, yes_option

_NOTHING = "The dead-letter queue is empty."
_SHOWN = 20  #: messages in one question

_ids = click.argument("ids", nargs=-1, metavar="ID...")
_all = click.option("--all", "everything", is_flag=True, help="All messages that are in the dead-letter queue now.")


@click.group(short_help="Handle messages that were not delivered.")
def dlq() -> None:
    """List, inspect, redrive, resolve or discard messages that could not be delivered (dead letters)."""


@dlq.command("list", short_help="List the dead letters.")
@with_json
@pass_deployment
def list_dead_letters(deployment: Deployment) -> None:
    """List the dead letters with the cause of each, in order within each conversation."""
    with (
        deployment.terminal.working("Reading the dead-letter queue"),
        deployment.dead_letter_queue.look() as holding,
    ):
        messages = in_order(holding.messages)
        hidden = max(0, deployment.dead_letter_queue.count_dead_letters() - len(messages))
    reports = load_reports(deployment, messages)
    if deployment.terminal.as_json:
        deployment.terminal.report({"dead_letters": [describe(report) for report in reports], "hidden": hidden})
        return
    if not reports:
        deployment.terminal.show(_NOTHING, style="green")
        return
    deployment.terminal.show_table(ROW, [describe_row(report) for report in reports])
    if hidden:
        deployment.terminal.show(f"About {hidden} more are queued behind these in the same conversations.")
    deployment.terminal.show("To see what happened to a message, and your options: patchbay dlq show ID")


@dlq.command("show", short_help="Show one dead letter.")
@click.argument("id")
@click.option("--show-content", is_flag=True, help="Also show what the customer or the agent wrote.")
@with_json
@pass_deployment
def show_dead_letter(deployment: Deployment, id: str, show_content: bool) -> None:  # noqa: A002 - the word in the help
    """Show one dead letter: its cause, attempts and your options. Its content stays hidden unless you ask for it."""
    with deployment.dead_letter_queue.look(lambda held: _is_there(id, held)) as holding:
        message = find(holding.messages, [id])[0]
    (report,) = load_reports(deployment, [message])
    facts = describe_in_full(deployment, report)
    content = {"event": event_json(report)} if show_content else {}
    if deployment.terminal.as_json:
        deployment.terminal.report({**facts, **content})
        return
    lines = describe_lines(facts, describe_age(report))
    if content:
        lines += ["", *json.dumps(content["event"], ensure_ascii=False, indent=2).splitlines()]
    deployment.terminal.show_block(message.id, lines, style="yellow")


@dlq.command("redrive")
@_ids
@_all
@click.option("--include-uncertain", is_flag=True, help="Also redrive messages that may have been delivered already.")
@yes_option
@with_json
@pass_deployment
def redrive(deployment: Deployment, ids: tuple[str, ...], everything: bool, include_uncertain: bool, yes: bool) -> None:
    """Send dead letters again, in order. Parts of a message that were delivered before are not sent twice.

    --all skips messages that may have been delivered already. If you name a message, earlier dead letters of the same
    conversation are sent first, except those that may have been delivered already.
    """
    _check_choice(ids, everything)

    def ask(reports: Sequence[DeadLetterReport]) -> None:
        _confirm_uncertain(deployment, reports, yes=yes)

    if everything and _is_empty(deployment, RedriveResult().describe()):
        return
    if everything:
        result = redrive_all(deployment, ask, include_uncertain=include_uncertain)
    else:
        result = redrive_named(deployment, ids, ask, include_uncertain=include_uncertain)
    _show_result(deployment, result)


@dlq.command("resolve", short_help="Record dead letters as delivered.")
@click.argument("ids", nargs=-1, metavar="ID...", required=True)
@with_json
@pass_deployment
def resolve(deployment: Deployment, ids: tuple[str, ...]) -> None:
    """Record that dead letters were delivered, and remove them from the queue."""
    with deployment.dead_letter_queue.look(lambda held: all(_is_there(one, held) for one in ids)) as holding:
        chosen = find(holding.messages, ids)
        unreadable = [message.id for message in chosen if message.event is None]
        if unreadable:
            raise Misconfigured(
                f"these messages cannot be read: {', '.join(unreadable)}. Run `patchbay dlq discard ID` instead"
            )
        _close(deployment, holding, chosen, Outcome.DELIVERED, "the owner confirmed the delivery")
    if deployment.terminal.as_json:
        deployment.terminal.report({"resolved": [message.id for message in chosen]})
        return
    deployment.terminal.show(f"{_count(len(chosen))} recorded as delivered.", style="green")


@dlq.command("discard")
@_ids
@_all
@yes_option
@with_json
@pass_deployment
def discard(deployment: Deployment, ids: tuple[str, ...], everything: bool, yes: bool) -> None:
    """Delete dead letters. They will not be delivered."""
    _check_choice(ids, everything)
    if everything and _is_empty(deployment, {"discarded": []}):
        return
    amount = f"all {_amount(deployment.dead_letter_queue.count_dead_letters())}" if everything else _amount(len(ids))
    deployment.terminal.confirm(f"Discard {amount}? They will never be delivered, and this cannot be undone.", yes=yes)
    discarded = _discard_all(deployment) if everything else _discard_named(deployment, ids)
    if deployment.terminal.as_json:
        deployment.terminal.report({"discarded": discarded})
        return
    deployment.terminal.show(f"{_count(len(discarded))} discarded.", style="green")


# --- ends ------------------------------------------------------------------------------------------------------------


def _discard_named(deployment: Deployment, ids: Sequence[str]) -> list[str]:
    with deployment.dead_letter_queue.look(lambda held: all(_is_there(one, held) for one in ids)) as holding:
        chosen = find(holding.messages, ids)
        _discard(deployment, holding, chosen)
    return [message.id for message in chosen]


def _discard_all(deployment: Deployment) -> list[str]:
    before = datetime.now(UTC)
    discarded: list[str] = []

    def handle(holding: Holding, messages: Sequence[DeadLetter]) -> None:
        chosen = [message for message in messages if message.dead_lettered_at <= before]
        _discard(deployment, holding, chosen)
        discarded.extend(message.id for message in chosen)

    scan_queue(deployment.dead_letter_queue, handle)
    return discarded


def _discard(deployment: Deployment, holding: Holding, chosen: Sequence[DeadLetter]) -> None:
    _close(deployment, holding, chosen, Outcome.SKIPPED, "discarded from the dead-letter queue")


def _close(
    deployment: Deployment, holding: Holding, chosen: Sequence[DeadLetter], outcome: Outcome, reason: str
) -> None:
    ids = [message.event.ledger_key for message in chosen if message.event]
    deployment.add_audit_targets([message.id for message in chosen])
    deployment.ledger_entries.close(ids, outcome, reason, datetime.now(UTC))
    holding.remove(chosen)


# --- questions and output --------------------------------------------------------------------------------------------


def _check_choice(ids: Sequence[str], everything: bool) -> None:
    if bool(ids) == everything:
        raise click.UsageError("Give the ids of the messages, or --all.")


def _is_empty(deployment: Deployment, answer: object) -> bool:
    """Whether there are no dead letters. If so, prints that, or `answer` as JSON."""
    if deployment.dead_letter_queue.count_dead_letters():
        return False
    with deployment.dead_letter_queue.look(bool) as holding:  # the count of SQS is approximate, and may miss the newest
        if holding.messages:
            return False
    if deployment.terminal.as_json:
        deployment.terminal.report(answer)
    else:
        deployment.terminal.show(_NOTHING, style="green")
    return True


def _confirm_uncertain(deployment: Deployment, reports: Sequence[DeadLetterReport], *, yes: bool) -> None:
    if yes:
        return
    details = describe_uncertain(deployment, reports[:_SHOWN])
    if len(reports) > _SHOWN:
        details.append(f"and {len(reports) - _SHOWN} more")
    what = "This message" if len(reports) == 1 else f"These {len(reports)} messages"
    it = "it" if len(reports) == 1 else "them"
    question = f"{what} may have been delivered already. Send {it} again, at the risk of duplicates?"
    deployment.terminal.confirm(question, yes=False, details=details)


def _show_result(deployment: Deployment, result: RedriveResult) -> None:
    deployment.add_audit_targets([*result.sent, *result.done_before])
    if deployment.terminal.as_json:
        deployment.terminal.report(result.describe())
        return
    deployment.terminal.show(f"{_count(len(result.sent))} queued for delivery again.", style="green")
    if result.earlier:
        deployment.terminal.show(f"{len(result.earlier)} of them are earlier messages of the same conversations.")
    if result.done_before:
        deployment.terminal.show(
            f"{len(result.done_before)} had been settled already, and were only removed from the queue."
        )
    if result.uncertain:
        deployment.terminal.show(
            f"{len(result.uncertain)} may have been delivered already and stay in the queue. Check each one with "
            "`patchbay dlq list`: run `patchbay dlq resolve ID` if it was delivered, and `patchbay dlq redrive ID` "
            "if it was not.",
            style="yellow",
        )


def _count(amount: int) -> str:
    return f"{amount} message{'' if amount == 1 else 's'}"


def _amount(count: int) -> str:
    return f"{count} dead letter{'' if count == 1 else 's'}"


def _is_there(one: str, held: Sequence[DeadLetter]) -> bool:
    return any(one in (message.id, message.message_id) for message in held)
