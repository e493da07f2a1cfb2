"""Puts dead letters into the queue as the dispatcher does, and looks at what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from patchbay.aws.api.boto import BotoApi
from patchbay.aws.stores.queue import LargeBodies, SqsConsumer
from patchbay.bridge.ledger import Cause, Ledger, Outcome
from patchbay.bridge.ports import Envelope
from patchbay.domain.events import MessageReceived, Origin, decode, encode, make_event_id
from patchbay.domain.model import Contact, Delivered, Message, Role, Sender, Text
from patchbay_cli.deployment import Deployment
from tests.harness.fakes.telemetry import MemoryTelemetry

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET_TEXT = "my knee hurts"
NOTHING: dict[str, list[str]] = {"redriven": [], "earlier": [], "done_before": [], "left_uncertain": []}


def write(thread: str, number: int, text: str = SECRET_TEXT) -> MessageReceived:
    origin = Origin(service="pigeon", endpoint="loft")
    return MessageReceived(
        id=make_event_id("message", origin, thread, str(number)),
        origin=origin,
        thread=thread,
        occurred_at=NOW,
        message=Message(
            external_id=f"m-{number}",
            sender=Sender(role=Role.CONTACT, external_id=thread, name="Ann Private"),
            content=(Text(text=text),),
            sent_at=NOW,
        ),
        contact=Contact(external_id=thread, name="Ann Private"),
    )


class DlqHarness:
    """The queues and the ledger beside a dispatcher that fails."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._sqs = deployment.session.client("sqs")
        large = LargeBodies(lambda: deployment.session.client("s3"), deployment.stack.bucket)
        self._consumer = SqsConsumer(
            BotoApi(self._sqs),
            deployment.stack.queue_url,
            deployment.stack.dead_letter_queue_url,
            large,
            MemoryTelemetry(),
        )

    @property
    def ledger(self) -> Ledger:
        return self.deployment.ledger

    def add(
        self,
        event: MessageReceived,
        reason: str = "the service was away for a day",
        cause: Cause = Cause.RETRIES_EXHAUSTED,
    ) -> None:
        entry, _ = self.ledger.claim(event.ledger_key, NOW)
        parts = (Delivered(external_id="out-1"),)
        ended = replace(entry, in_flight=False, attempts=40, parts=parts, reason=reason)
        self.ledger.save(replace(ended, outcome=Outcome.DEAD_LETTERED, cause=cause))
        envelope = Envelope(id=event.id, receipt_handle="-", group=event.group, body=encode(event), enqueued_at=NOW)
        self._consumer.dead_letter(envelope, reason, cause)

    def sent_back(self) -> list[str]:
        """The ids of the events on the queue again, in order, taken off it."""
        found: list[str] = []
        url = self.deployment.stack.queue_url
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                found.append(decode(message["Body"]).id)
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def outcome(self, event: MessageReceived) -> Outcome | None:
        return self.ledger.claim(event.ledger_key, NOW)[0].outcome
