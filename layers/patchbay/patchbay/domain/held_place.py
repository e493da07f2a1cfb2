"""Where a message of an agent is held until the customer writes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPlace:
    """`contact` is the id that the contact had then. Of one contact, lower positions were written earlier."""

    messenger_connection: str
    contact: str
    position: int
