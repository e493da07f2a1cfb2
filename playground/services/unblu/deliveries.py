"""How Unblu sends: headers and signatures, the check of answers, failures, and receivers that are switched off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from playground.services.unblu.answers import BadAnswer, read_answer, sign
from playground.services.unblu.records import Channel, Json, Receiver
from playground.services.unblu.state import State
from playground.simulator import Webhook, WebhookAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAnswer(WebhookAnswer):
    """An answer with the result of Unblu's check. `problem` is "" for a good one, `again` asks for a repetition."""

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
    on_checked: Callable[[CheckedAnswer], None] | None = None

    @property
    def name(self) -> str:
        return self.headers.get("X-Unblu-Service-Name") or self.headers["X-Unblu-Event"]


class Deliveries:
    """Makes no call under the lock: our side may call the API before it answers."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._held: list[Outgoing] = []

    def call(self, outgoing: Outgoing, send: Callable[[Webhook], WebhookAnswer]) -> CheckedAnswer:
        state = self._state
        with state.lock:
            if not self._may_send(outgoing):
                return self._finish(outgoing, CheckedAnswer(status=0, problem="the receiver is switched off"))
            addressed = self._address(outgoing)
        started = state.timeline.now()
        answer = send(addressed)
        took = (state.timeline.now() - started).total_seconds()
        with state.lock:
            checked = self._check(outgoing, answer, took)
            self._count(outgoing, checked)
            return self._finish(outgoing, checked)

    def resume(self, receiver: Receiver) -> None:
        """The receiver is active again."""
        receiver.failures = 0
        waiting = [one for one in self._held if one.receiver is receiver]
        self._held = [one for one in self._held if one.receiver is not receiver]
        for outgoing in waiting:
            self._state.send_webhook(outgoing)

    def _may_send(self, outgoing: Outgoing) -> bool:
        receiver = outgoing.receiver
        known = receiver in self._state.channels or receiver in self._state.registrations
        if outgoing.is_ping or (known and receiver.status == "ACTIVE"):
            return True
        if known and self._state.quirks.resumes:
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
            "X-Unblu-Delivery": self._state.make_id(),
            "X-Unblu-Retry-No": str(outgoing.retry),
        }
        signatures = self._state.quirks.signatures if receiver.secret else "none"
        if signatures in {"sha1", "both"}:
            headers["X-Unblu-Signature"] = sign(receiver.secret, body, "sha1")
        if signatures in {"sha256", "both"}:
            headers["X-Unblu-Signature-256"] = sign(receiver.secret, body, "sha256")
        return replace(outgoing, url=receiver.endpoint, headers=headers)

    # --- checking ----------------------------------------------------------------------------------------------------

    def _check(self, outgoing: Outgoing, answer: WebhookAnswer, took: float) -> CheckedAnswer:
        given = CheckedAnswer(status=answer.status, body=answer.body, headers=answer.headers)
        try:
            content = self._read(outgoing, answer, took)
        except BadAnswer as problem:
            again = not outgoing.is_ping and (not outgoing.answers or self._state.quirks.retries_outbound)
            return replace(given, problem=str(problem), again=again)
        return replace(given, content=content)

    def _read(self, outgoing: Outgoing, answer: WebhookAnswer, took: float) -> Json:
        """Raises BadAnswer."""
        if not outgoing.answers:
            if not 200 <= answer.status < 300:
                raise BadAnswer(f"status {answer.status}" if answer.status else "no answer")
            return {}
        self._check_time(outgoing.receiver, took)
        return read_answer(answer, outgoing.answers, secret=outgoing.receiver.secret, ping_id=outgoing.ping_id)

    def _check_time(self, receiver: Receiver, took: float) -> None:
        quirks = self._state.quirks
        late = isinstance(receiver, Channel) and took > receiver.timeout
        if quirks.slow_answers:
            quirks.slow_answers -= 1
            late = True
        if late:
            raise BadAnswer("the answer came too late")

    def _count(self, outgoing: Outgoing, checked: CheckedAnswer) -> None:
        receiver = outgoing.receiver
        if not checked.problem:
            receiver.failures = 0
            return
        self._state.complaints.append(f"{outgoing.name}: {checked.problem}")
        receiver.failures += 1
        if receiver.failures >= self._state.quirks.most_failures and receiver.status == "ACTIVE":
            receiver.fields[receiver.STATUS] = "INACTIVE_UNAVAILABLE"
            receiver.version += 1

    def _finish(self, outgoing: Outgoing, checked: CheckedAnswer) -> CheckedAnswer:
        if outgoing.on_checked:
            outgoing.on_checked(checked)
        return checked
