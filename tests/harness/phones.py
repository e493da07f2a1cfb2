"""What people read on a phone, apart from whose words they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def read_words(line: Mapping[str, Any]) -> str:
    """The words of a line. Where a messenger has no place for an author, their name stands above them in bold."""
    text, marks = str(line["text"]), line.get("entities") or ()
    first = marks[0] if marks else {}
    if first.get("type") != "bold" or first["offset"] != 0:
        return text
    units = text.encode("utf-16-le")[2 * first["length"] :]
    return units.decode("utf-16-le").removeprefix("\n")
