"""A customer has said to the messenger whether they want advertising of the account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from patchbay.domain.event_base import Parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingChosen(Parsed):
    """Whether they take marketing messages from then on. Answers to what they ask are another matter.

    `aliases` are other ids of the contact: they may have been known by one of these only.
    """

    kind: Literal["marketing"] = "marketing"
    wanted: bool
    aliases: tuple[str, ...] = ()
