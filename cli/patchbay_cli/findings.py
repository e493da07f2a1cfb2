"""What an examination finds, and how it is put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    NOTICE = "notice"  #: may be as it should be
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `advice` is what to do about it, "" when there is nothing to do."""

    check: str
    level: Level
    found: str
    advice: str = ""


def describe_time(time: timedelta) -> str:
    """In the largest unit that fits: "12 minutes", "1 hour", "3 days"."""
    minutes = int(time.total_seconds() // 60)
    for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= length:
            amount = minutes // length
            return f"{amount} {unit}{'' if amount == 1 else 's'}"
    return "less than a minute"
