"""What an examination finds, and how it is put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit


class Level(StrEnum):
    OK = "ok"
    NOTICE = "notice"  #: may be as it should be
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One thing that was looked at. `advice` is what to do about it, "" when there is nothing to do.

    `fixed` says that the command has just put it right.
    """

    check: str
    level: Level
    found: str
    advice: str = ""
    fixed: bool = False


def describe_time(time: timedelta) -> str:
    """In the largest unit that fits: "12 minutes", "1 hour", "3 days"."""
    minutes = int(time.total_seconds() // 60)
    for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= length:
            amount = minutes // length
            return f"{amount} {unit}{'' if amount == 1 else 's'}"
    return "less than a minute"


def describe_host(address: str) -> str:
    """The host of a webhook address that is not ours. The rest of it may be what keeps strangers out."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return f"at {host}" if host else "at a place that is no address"
