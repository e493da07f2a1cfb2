"""Which messengers are tried with which platforms by the tests that take long."""

from __future__ import annotations

from collections.abc import Sequence

#: These meet every platform.
THOROUGH = ("viber", "webchat")


def choose_pairs(messengers: Sequence[str], platforms: Sequence[str]) -> list[tuple[str, str]]:
    """Every platform with two messengers, and every other messenger with two platforms.

    What a connector does does not depend on the other side, so more pairs would find nothing more. Short journeys try
    each of them.
    """
    return [
        (messenger, platform)
        for messenger in messengers
        for platform in (platforms if messenger in THOROUGH else _spread(platforms))
    ]


def _spread(platforms: Sequence[str]) -> Sequence[str]:
    """The first and the last: of the present ones, one that takes files and one that takes none."""
    return platforms[:: max(len(platforms) - 1, 1)]
