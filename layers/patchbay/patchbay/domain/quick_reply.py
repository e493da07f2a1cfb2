"""A choice that was offered to a customer, as their session keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickReply:
    """A button as the customer saw it, kept on the session so that a tap, a typed label or number finds its payload.

    Without a label it is a question that is answered in other words. `lasting`: a card's, which stays on the screen.
    `ended_at`: what was written from then on does not pick it.
    """

    number: int
    label: str
    payload: str
    offered_at: datetime
    lasting: bool = False
    ended_at: datetime | None = None
