"""Reads what the page's buttons send to a simulator's `act`."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenFile:
    """A file that a person attaches on the page."""

    name: str
    content_type: str
    data: bytes = field(repr=False)
    caption: str = ""


def read_file(arguments: Mapping[str, str]) -> ChosenFile:
    return ChosenFile(
        name=arguments["name"],
        content_type=arguments["content_type"],
        data=base64.b64decode(arguments["data"]),
        caption=arguments.get("caption", ""),
    )


def read_lines(arguments: Mapping[str, str], name: str = "labels") -> list[str]:
    """The lines of a text field that are not blank."""
    return [line.strip() for line in arguments.get(name, "").splitlines() if line.strip()]
