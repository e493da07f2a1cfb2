"""What an agent corrects or deletes while it is held: the customer never sees what it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patchbay.bridge.attempt import Attempt
from patchbay.bridge.context import Context
from patchbay.bridge.delivery_states import DeliveryProgress
from patchbay.bridge.held import Held
from patchbay.bridge.ledger import Outcome
from patchbay.domain.references import ChangeKind


class HeldChanges:
    def __init__(self, context: Context) -> None:
        self._context = context

    def apply(self, attempt: Attempt, held: Sequence[Held]) -> bool:
        """Whether the change was about a message that is held, of which nothing is out."""
        message = attempt.event.message
        change = message.change
        if change is None:
            return False
        target = change.target
        meant = next((one for one in held if _is_meant(one, target.event_id, target.message_id)), None)
        if meant is None or self._is_begun(meant):
            return False
        match change.kind:
            case ChangeKind.EDIT:
                corrected = replace(meant.event.message, content=message.content)
                self._context.held.change(replace(meant, event=replace(meant.event, message=corrected)))
            case ChangeKind.DELETION:
                self.discard(meant, "its author deleted it before it was sent")
            case _:
                pass  # a reaction of the agents' on their own message, which the customer has not seen
        return True

    def discard(self, held: Held, reason: str) -> None:
        """It is never sent. What was copied of its files is deleted."""
        entry = self._context.ledger.find(held.event.ledger_key)
        for copy in entry.files if entry else ():
            self._context.media.erase(copy.token)
        self.end(held, Outcome.SKIPPED, reason)

    def end(self, held: Held, outcome: Outcome, reason: str) -> None:
        """Without sending it. Where its copy on the queue was faster, what became of that stands."""
        now = self._context.clock.now()
        delivery, in_flight = self._context.ledger.claim(held.event.ledger_key, now, counted=False)
        if delivery.outcome is None:
            progress = DeliveryProgress(delivery, was_in_flight=in_flight)
            progress.end(outcome, reason)
            self._context.ledger.save(progress.record)
        self._context.held.remove(held)

    def _is_begun(self, held: Held) -> bool:
        """Whether some of it may be out: of one that was sent in part before the window closed."""
        entry = self._context.ledger.find(held.event.ledger_key)
        return entry is not None and (entry.outcome is not None or bool(entry.parts))


def _is_meant(held: Held, event_id: str, message_id: str) -> bool:
    if event_id:
        return held.event.ledger_id == event_id
    return bool(message_id) and held.event.message.external_id == message_id
