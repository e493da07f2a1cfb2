"""Sending: headers and signatures, the check of answers, failures, and receivers that are switched off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from playground.services.unblu.answers import Unfit, read_answer, sign
from playground.services.unblu.records import Channel, Json, Receiver
from playground.simulator import Webhook, WebhookAnswer

if TYPE_CHECKING:
    from playground.services.unblu.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged(WebhookAnswer):
    """An answer with what Unblu thinks of it. `problem` is "" for a good one, `again` asks for a repetition."""

    content: Json = field(default_factory=dict)
    problem: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing(Webhook):
    """`answers` are the models that a right answer may have; events have none, any 2xx will do."""

    receiver: Receiver
    answers: frozenset[str] = frozenset()
    ping_id: str = ""
    is_ping: bool = False
    retry: int = 0
    on_judged: Callable[[Judged], None] | None = None

    @property
    def name(self) -> str:
        return self.headers.get("X-Unblu-Service-Name") or self.headers["X-Unblu-Event"]


class Outbox:
    """Makes no call under the world's lock: our side may call the API before it answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._held: list[Outgoing] = []

    def call(self, outgoing: Outgoing, send: Callable[[Webhook], WebhookAnswer]) -> Judged:
        world = self._world
        with world.lock:
            if not self._may_send(outgoing):
                return self._finish(outgoing, Judged(status=0, problem="the receiver is switched off"))
            addressed = self._address(outgoing)
        started = world.timeline.now()
        answer = send(addressed)
        took = (world.timeline.now() - started).total_seconds()
        with world.lock:
            judged = self._judge(outgoing, answer, took)
            self._count(outgoing, judged)
            return self._finish(outgoing, judged)

    def resume(self, receiver: Receiver) -> None:
        """The receiver is active again."""
        receiver.failures = 0
        waiting = [one for one in self._held if one.receiver is receiver]
        self._held = [one for one in self._held if one.receiver is not receiver]
        for outgoing in waiting:
            self._world.send_webhook(outgoing)

    def _may_send(self, outgoing: Outgoing) -> bool:
        receiver = outgoing.receiver
        known = receiver in self._world.channels or receiver in self._world.registrations
        if outgoing.is_ping or (known and receiver.status == "ACTIVE"):
            return True
        if known and self._world.habits.resumes:
            self._held.append(outgoing)
        return False

    def _address(self, outgoing: Outgoing) -> Outgoing:
        """As the receiver is configured now, which may be otherwise than when the thing happened."""
        receiver, body = outgoing.receiver, outgoing.body
        headers = {
            **outgoing.headers,
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Unblu-Hookshot",
            "Accept-Encoding": "gzip",
            "X-Unblu-Delivery": self._world.make_id(),
            "X-Unblu-Retry-No": str(outgoing.retry),
        }
        signatures = self._world.habits.signatures if receiver.secret else "none"
        if signatures in {"sha1", "both"}:
            headers["X-Unblu-Signature"] = sign(receiver.secret, body, "sha1")
        if signatures in {"sha256", "both"}:
            headers["X-Unblu-Signature-256"] = sign(receiver.secret, body, "sha256")
        return replace(outgoing, url=receiver.endpoint, headers=headers)

    # --- judging -----------------------------------------------------------------------------------------------------

    def _judge(self, outgoing: Outgoing, answer: WebhookAnswer, took: float) -> Judged:
        given = Judged(status=answer.status, body=answer.body, headers=answer.headers)
        try:
            content = self._read(outgoing, answer, took)
        except Unfit as unfit:
            again = not outgoing.is_ping and (not outgoing.answers or self._world.habits.retries_outbound)
            return replace(given, problem=str(unfit), again=again)
        return replace(given, content=content)

    def _read(self, outgoing: Outgoing, answer: WebhookAnswer, took: float) -> Json:
        """Raises Unfit."""
        if not outgoing.answers:
            if not 200 <= answer.status < 300:
                raise Unfit(f"status {answer.status}" if answer.status else "no answer")
            return {}
        self._check_time(outgoing.receiver, took)
        secret = outgoing.receiver.secret if self._world.habits.checks_signatures else ""
        return read_answer(answer, outgoing.answers, secret=secret, ping_id=outgoing.ping_id)

    def _check_time(self, receiver: Receiver, took: float) -> None:
        habits = self._world.habits
        late = isinstance(receiver, Channel) and took > receiver.timeout
        if habits.slow_answers:
            habits.slow_answers -= 1
            late = True
        if late:
            raise Unfit("the answer came too late")

    def _count(self, outgoing: Outgoing, judged: Judged) -> None:
        receiver = outgoing.receiver
        if not judged.problem:
            receiver.failures = 0
            return
        self._world.complaints.append(f"{outgoing.name}: {judged.problem}")
        receiver.failures += 1
        if receiver.failures >= self._world.habits.most_failures and receiver.status == "ACTIVE":
            receiver.fields[receiver.STATUS] = "INACTIVE_UNAVAILABLE"
            receiver.version += 1

    def _finish(self, outgoing: Outgoing, judged: Judged) -> Judged:
        if outgoing.on_judged:
            outgoing.on_judged(judged)
        return judged
