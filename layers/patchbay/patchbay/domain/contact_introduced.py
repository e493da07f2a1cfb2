"""Somebody who has never written is made known to the agents of a platform, so that these can write first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from patchbay.domain.event_base import Parsed
from patchbay.domain.model import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactIntroduced(Parsed):
    """The owner introduces a contact of the messenger to the platform that it is linked to. Nothing is sent to them."""

    kind: Literal["introduction"] = "introduction"
    contact: Contact
