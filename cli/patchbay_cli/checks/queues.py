"""Checks of the two queues: how many messages wait, and which could not be delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from patchbay.bridge.ledger import Cause
from patchbay.domain.accounts import Connection
from patchbay_cli.checks.results import CheckResult, Level, count_messages, describe_time
from patchbay_cli.dead_letters.reports import find_connection
from patchbay_cli.deployment import Deployment

KEPT = timedelta(days=14)  #: how long the dead-letter queue keeps a message


@dataclass(frozen=True, slots=True)
class DeadLetterCounts:
    """As many dead letters as can be seen at once: their causes by connection ("" where it is unknown)."""

    by_connection: Mapping[str, Counter[Cause | None]] = field(default_factory=dict)
    oldest: datetime | None = None

    def of(self, connection_id: str) -> Counter[Cause | None]:
        return self.by_connection.get(connection_id, Counter())


def count_dead_letters(deployment: Deployment, connections: Sequence[Connection]) -> DeadLetterCounts:
    counts: dict[str, Counter[Cause | None]] = {}
    queue = deployment.dead_letter_queue
    if queue.count_dead_letters() == 0:
        return DeadLetterCounts()
    with deployment.terminal.working("Reading the dead-letter queue"), queue.look() as holding:
        for message in holding.messages:
            counts.setdefault(find_connection(message, connections), Counter())[message.cause] += 1
        oldest = min((message.dead_lettered_at for message in holding.messages), default=None)
        return DeadLetterCounts(counts, oldest)


def check_queues(deployment: Deployment, counts: DeadLetterCounts) -> Iterator[CheckResult]:
    queue = deployment.dead_letter_queue
    waiting, dead = queue.count_waiting(), queue.count_dead_letters()
    yield CheckResult(check="events queue", level=Level.OK, found=f"{count_messages(waiting)} queued or being retried")
    if not dead:
        yield CheckResult(check="dead letters", level=Level.OK, found="none")
        return
    others = dead - sum(causes.total() for owner, causes in counts.by_connection.items() if owner)
    elsewhere = f" ({others} of them of connections not listed here)" if others > 0 else ""
    yield CheckResult(
        check="dead letters",
        level=Level.PROBLEM,
        found=f"{count_messages(dead)} could not be delivered{elsewhere}{describe_oldest(counts.oldest)}",
        advice="run `patchbay dlq list`",
    )


def describe_oldest(dead_lettered_at: datetime | None) -> str:
    """How old the oldest dead letter is, and when it is deleted, as the end of a sentence."""
    if dead_lettered_at is None:
        return ""
    age = datetime.now(UTC) - dead_lettered_at
    left = describe_time(max(KEPT - age, timedelta()))
    return f"; the oldest arrived {describe_time(age)} ago and is deleted in {left}"
