"""vcita, simulated."""

from __future__ import annotations

from playground.services.vcita.demo import (
    DEMO_APP,
    DEMO_BUSINESS,
    DEMO_DIRECTORY_TOKEN,
    DEMO_STAFF,
    DEMO_TOKEN,
    OTHER_BUSINESS,
    OTHER_STAFF,
    SECOND_STAFF,
)
from playground.services.vcita.simulator import Vcita

__all__ = [
    "DEMO_APP",
    "DEMO_BUSINESS",
    "DEMO_DIRECTORY_TOKEN",
    "DEMO_STAFF",
    "DEMO_TOKEN",
    "OTHER_BUSINESS",
    "OTHER_STAFF",
    "SECOND_STAFF",
    "SIMULATOR",
    "Vcita",
]

SIMULATOR = Vcita
