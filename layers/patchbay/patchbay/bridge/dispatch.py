"""Use case 2: events from the queue reach the other side, in order, once.

A batch is split by ordering group. Groups run side by side, so that ten conversations cost the wait of one; inside a
group strictly in order, and when one event has to wait, the rest of its group waits behind it. Waiting is done by the
queue: attempts are counted in the ledger, because every receive of a batch raises the receive count of all its
messages, tried or not.

Messages come first. What the function has died on before is tried apart from them, and feedback comes last. So a
message that kills the function takes no other message with it.

A batch that waits for a slow service takes more messages from the queue meanwhile. Otherwise the first seconds of a
service that hangs would fill all functions with its calls, and the messages of other services would find no free one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from patchbay.bridge import retry_policy
from patchbay.bridge.context import Context
from patchbay.bridge.event_processor import EventHandler
from patchbay.bridge.outcomes import DeadLetter, Defer, Disposition, Suspect
from patchbay.bridge.ports import Envelope, Isolation, QueueConsumer
from patchbay.bridge.queued_messages import QueuedMessage, is_superseded, open_batch
from patchbay.bridge.time_budget import CALL_SECONDS, TimeBudget
from patchbay.domain.errors import describe_problem

#: Seconds after which conversations that are finished, and those still on the queue, do not wait for unfinished ones.
_EARLY = 1.0
_BATCH = 10  #: messages at once, as the event source mapping takes them
_MOST_GROUPS = 20  #: conversations at once, of the batch and of what is taken besides

type _Group = Sequence[QueuedMessage]


class _InPlace:
    """For programs that nothing kills: a message that failed before is tried in the same process, after the others."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def handle(self, envelope: Envelope, seconds: float) -> Disposition | None:  # noqa: ARG002 - the port's signature
        return self._dispatcher.handle_apart(envelope)


@dataclass(frozen=True, slots=True)
class Paused:
    """A group whose first message must be tried apart from all others."""

    suspect: Suspect
    messages: _Group


@dataclass(slots=True)
class _Batch:
    """`receipts` are those of the messages that Lambda handed over, and takes off the queue itself when all is done.

    `feedback` waits until the messages are out.
    """

    receipts: frozenset[str]
    feedback: list[_Group]


class Dispatcher:
    def __init__(
        self,
        context: Context,
        *,
        consumer: QueueConsumer,
        isolation: Isolation | None = None,
        is_outage: Callable[[Exception], bool] = lambda problem: isinstance(problem, OSError),
    ) -> None:
        """`is_outage` says whether an exception means that a store of our own does not answer."""
        self._budget = TimeBudget(context.deadline, context.clock)
        self._telemetry = context.telemetry
        self._consumer = consumer
        self._isolation = isolation or _InPlace(self)
        self._handler = EventHandler(context, self._budget, is_outage)

    def dispatch(self, envelopes: Sequence[Envelope]) -> Sequence[str]:
        """Handles a batch. Returns the ids of the messages that stay on the queue."""
        self._budget.begin()
        messages, feedback = _split(open_batch(envelopes))
        batch = _Batch(frozenset(one.receipt_handle for one in envelopes), feedback)
        kept = self._run(messages, batch)
        while batch.feedback:
            feedback, batch.feedback = batch.feedback, []
            kept += self._run(feedback, batch)
        # Lambda takes what is done off the queue, but does not know of bodies that are stored elsewhere.
        self._remove([one for one in envelopes if one.stored and one.id not in kept])
        return [one.id for one in envelopes if one.id in kept]

    def handle_apart(self, envelope: Envelope) -> Disposition:
        """The verdict on a single message, for the process in which it is tried apart."""
        self._budget.begin()
        [[message]] = open_batch([envelope])
        return self._handler.judge_apart(message)

    # --- groups ------------------------------------------------------------------------------------------------------

    def _run(self, groups: Sequence[_Group], batch: _Batch) -> list[str]:
        """Side by side. Returns the ids that stay on the queue."""
        results = self._run_side_by_side(groups, batch)
        kept = [one for result in results if not isinstance(result, Paused) for one in result]
        return kept + self._run_apart([result for result in results if isinstance(result, Paused)])

    def _run_side_by_side(self, groups: Sequence[_Group], batch: _Batch) -> Sequence[list[str] | Paused]:
        """With what is taken from the queue besides, while some of them take their time."""
        ended: list[Future[list[str] | Paused]] = []
        with ThreadPoolExecutor(max_workers=_MOST_GROUPS) as pool:
            running = {pool.submit(self._run_group, group): group for group in groups}
            while running:
                done, _ = wait(running, timeout=_EARLY)
                ended += done
                finished = [one for future in done for one in _done(future, running.pop(future))]
                self._take_off(
                    [one for one in finished if running or one.envelope.receipt_handle not in batch.receipts]
                )
                if running and len(running) + _BATCH <= _MOST_GROUPS:
                    more = self._take_more(batch)
                    running |= {pool.submit(self._run_group, group): group for group in more}
        return [future.result() for future in ended]

    def _take_more(self, batch: _Batch) -> Sequence[_Group]:
        """Messages from the queue, for a batch that has to wait anyway.

        As many as Lambda hands over: fewer would part messages that are queued the wrong way round, and only together
        they can be put right.
        """
        if self._budget.is_spent:
            return []
        try:
            envelopes = self._consumer.take_more(_BATCH)
        except Exception as problem:  # noqa: BLE001 - the boundary: what other groups have done must not be undone
            self._telemetry.warning("no more events taken", reason=describe_problem(problem))
            return []
        messages, feedback = _split(open_batch(envelopes))
        batch.feedback += feedback
        return messages

    def _run_group(self, group: _Group) -> list[str] | Paused:
        """In order, until one of them has to wait. Returns the ids that stay on the queue."""
        group = self._leave_out_superseded(group)
        for position, message in enumerate(group):
            if self._budget.is_spent:
                return self._keep(group[position:], 0)
            verdict = self._handler.judge(message)
            if isinstance(verdict, Suspect):
                return Paused(verdict, group[position:])
            kept = self._settle(verdict, group[position:])
            if kept:
                return kept
        return []

    def _leave_out_superseded(self, group: _Group) -> _Group:
        """What is left when receipts, and reports of typing, that later ones make needless are off the queue.

        They go before a later one is tried. The service may show that one without an answer: if an earlier one came
        again while it waits, its author would see a receipt go back. All are handled when they cannot be taken off.
        """
        needless = [message for position, message in enumerate(group) if is_superseded(position, group)]
        if not needless or self._budget.is_spent or not self._take_off(needless):
            return group
        for message in needless:
            self._handler.skip(message, "a later one says all that it does")
        return [message for message in group if message not in needless]

    def _run_apart(self, paused: Sequence[Paused]) -> list[str]:
        """One after the other, each with its share of the time that the function has left."""
        kept: list[str] = []
        for number, one in enumerate(paused):
            staying = self._try_apart(one, share=1 / (len(paused) - number))
            self._take_off([message for message in one.messages if message.envelope.id not in staying])
            kept += staying
        return kept

    def _try_apart(self, paused: Paused, share: float) -> list[str]:
        seconds = (self._budget.seconds_left() - CALL_SECONDS) * share
        if seconds < CALL_SECONDS / 3:
            self._handler.release(paused.suspect)
            return self._keep(paused.messages, 0)
        message = paused.messages[0]
        verdict = self._isolation.handle(message.envelope, seconds) or self._handler.note_death(message)
        kept = self._settle(verdict, paused.messages)
        if kept or len(paused.messages) == 1:
            return kept
        rest = self._run_group(paused.messages[1:])
        return self._try_apart(rest, share) if isinstance(rest, Paused) else rest

    # --- the queue ---------------------------------------------------------------------------------------------------

    def _settle(self, verdict: Disposition, messages: Sequence[QueuedMessage]) -> list[str]:
        """Does what the verdict on the first of `messages` asks for. Returns the ids that stay on the queue."""
        match verdict:
            case Defer():
                return self._keep(messages, verdict.seconds)
            case DeadLetter():
                return [] if self._dead_letter(messages[0], verdict) else self._keep(messages, retry_policy.CRASHED)
            case _:
                return []

    def _keep(self, messages: Sequence[QueuedMessage], seconds: float) -> list[str]:
        """What stays on the queue: hidden for `seconds`.

        SQS hands out a group's messages up to the first hidden one. So the one that is first in the queue's own order
        is hidden for all of them, and all come again together. It is changed last: wherever the queue fails meanwhile,
        it stays hidden as it is, with all behind it, and they come again together in the queue's own time.
        """
        first, *others = [one.envelope for one in sorted(messages, key=lambda one: one.position)]
        try:
            if others:
                self._consumer.release(others)
            self._consumer.put_off(first, seconds)
        except Exception as problem:  # noqa: BLE001 - the boundary: what other groups have done must not be undone
            self._telemetry.error("event not deferred", group=first.group, reason=describe_problem(problem))
        return [message.envelope.id for message in messages]

    def _dead_letter(self, message: QueuedMessage, verdict: DeadLetter) -> bool:
        """Removed from the queue at once. If the function were killed first, it would become two dead letters."""
        try:
            self._consumer.dead_letter(message.envelope, verdict.reason, verdict.cause)
        except Exception as problem:  # noqa: BLE001 - the same
            self._telemetry.error(
                "event not dead-lettered", group=message.envelope.group, reason=describe_problem(problem)
            )
            return False
        self._take_off([message])
        return True

    def _take_off(self, messages: Sequence[QueuedMessage]) -> bool:
        return self._remove([message.envelope for message in messages])

    def _remove(self, envelopes: Sequence[Envelope]) -> bool:
        """Whether all are off the queue. One that could not be taken off comes again, and is found to be done."""
        try:
            self._consumer.complete_early(envelopes)
        except Exception as problem:  # noqa: BLE001 - the same
            self._telemetry.warning("event not completed early", reason=describe_problem(problem))
            return False
        return True


def _split(groups: Sequence[_Group]) -> tuple[list[_Group], list[_Group]]:
    """Those of messages, and those of feedback."""
    return [one for one in groups if not one[0].is_feedback], [one for one in groups if one[0].is_feedback]


def _done(future: Future[list[str] | Paused], group: _Group) -> list[QueuedMessage]:
    """The messages of a finished group that do not stay on the queue. A killed one has none."""
    if future.exception() is not None:
        return []
    result = future.result()
    staying = {one.envelope.id for one in result.messages} if isinstance(result, Paused) else set(result)
    return [message for message in group if message.envelope.id not in staying]
