"""Checks of where messages go: the link, conversations that wait, dead letters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from patchbay.domain.model import Side
from patchbay_cli.checks.account import PATIENCE
from patchbay_cli.checks.context import CheckContext
from patchbay_cli.checks.results import CheckResult, Level, count_messages, describe_time
from patchbay_cli.dead_letters.explanations import explain_cause, name_of


def check_link(context: CheckContext) -> Iterator[CheckResult]:
    connection = context.connection
    if context.is_app:
        return
    known = {other.id: other for other in context.deployment.configuration.connections()}
    if connection.side is Side.PLATFORM:
        linked = [other.id for other in known.values() if other.link == connection.id]
        level = Level.OK if linked else Level.NOTICE
        found = f"linked from {', '.join(linked)}" if linked else "no messenger is linked to it"
        advice = "" if linked else f"run `patchbay link MESSENGER_ID {connection.id}`"
        yield CheckResult(check="link", level=level, found=found, advice=advice)
    elif connection.link is None or connection.link not in known:
        yield CheckResult(
            check="link",
            level=Level.PROBLEM,
            found="not linked: customers' messages are not forwarded",
            advice=f"run `patchbay link {connection.id} PLATFORM_ID`",
        )
    else:
        yield CheckResult(check="link", level=Level.OK, found=f"linked to {connection.link}")


def check_conversations(context: CheckContext) -> Iterator[CheckResult]:
    waited = [datetime.now(UTC) - since for since in context.inputs.pending_since]
    stuck = [time for time in waited if time >= PATIENCE]
    if stuck:
        yield CheckResult(
            check="conversations",
            level=Level.PROBLEM,
            found=f"{len(stuck)} not activated by the service, the oldest for {describe_time(max(stuck))}",
            advice="run `patchbay sessions` to list them, and ask the service why it does not activate them. Their "
            "queued messages are delivered as soon as it does",
        )
    elif waited:
        yield CheckResult(
            check="conversations", level=Level.NOTICE, found=f"{len(waited)} waiting for the service to activate them"
        )


def check_dead_letters(context: CheckContext) -> Iterator[CheckResult]:
    for cause, amount in context.inputs.dead_letters.items():
        explanation = explain_cause(cause)
        yield CheckResult(
            check="dead letters",
            level=Level.PROBLEM,
            found=f"{count_messages(amount)}: {name_of(cause)} ({explanation.meaning})",
            advice=explanation.advice,
        )
