"""What becomes of a message of the queue once it has been handled."""

from __future__ import annotations

from dataclasses import dataclass

from patchbay.bridge.delivery_states import DeliveryProgress
from patchbay.bridge.ledger import Cause
from patchbay.domain.errors import DeliveryError


@dataclass(frozen=True, slots=True)
class Done:
    """Delivered, failed with its author notified, or nothing to do: the message leaves the queue."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Defer:
    """It stays on the queue and is handed out again after `seconds`; its group waits behind it."""

    seconds: float
    reason: str = ""
    cause: Cause = Cause.RETRIES_EXHAUSTED  #: why it is a dead letter, if it waits too long


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """No more attempts: it goes to the dead-letter queue, where the owner decides."""

    reason: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Suspect:
    """An earlier attempt at it ended without a verdict: it has to be tried apart from others. It is claimed."""

    progress: DeliveryProgress


DONE = Done()

Disposition = Done | Defer | DeadLetter


class OutOfResends(DeliveryError):
    """An uncertain part was sent again as often as its service allows: a person must look."""


class ContactErased(DeliveryError):
    """Everything of the contact was erased after this was written: it is neither delivered nor kept."""


class OwnerNeeded(DeliveryError):
    """The account waits for its owner, who has been alerted: the message waits with it."""
