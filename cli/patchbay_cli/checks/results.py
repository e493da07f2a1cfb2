"""What a check finds, and how it is worded."""

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
    """The result of one check. `advice` is what to do about it, "" when there is nothing to do.

    `fixed` means that the command has just fixed it.
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


def count_messages(amount: int) -> str:
    return f"{amount} message{'' if amount == 1 else 's'}"


def describe_host(url: str) -> str:
    """The host of a webhook URL that is not ours. The rest of the URL may be a secret."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return f"at {host}" if host else "which is not a valid URL"
