"""What one message says about another: an answer that quotes it, a correction, a reaction, a deletion."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another message, by its id on the service where this one was written.

    `event_id` is the ledger's id of that message's event, where it may have come from there itself. `excerpt` is how
    it begins, if the same webhook says so: it is looked up nowhere, and nothing is stored for it.
    """

    message_id: str
    event_id: str = ""
    excerpt: str = ""
