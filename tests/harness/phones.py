"""What people read on a phone, apart from whose words they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SIGNED = re.compile(r"\*[^*\n]+:\*(?:\n|\Z)")
_JOINER = "\u2060"  #: behind a sign that is no markup
_BOLD = re.compile(rf"(?<![^\W_])\*(?![\s{_JOINER}])([^*\n]+)(?<!\s)\*(?!{_JOINER}|[^\W_])")


def read_words(line: Mapping[str, Any]) -> str:
    """The words of a line. Where a messenger has no place for an author, their name stands above them in bold."""
    text, marks = str(line["text"]), line.get("entities") or ()
    if "by_phone" in line:  # WhatsApp: it marks nothing apart from the words themselves
        return _BOLD.sub(r"\1", _SIGNED.sub("", text, count=1)).replace(_JOINER, "")
    first = marks[0] if marks else {}
    if first.get("type") != "bold" or first["offset"] != 0:
        return text
    units = text.encode("utf-16-le")[2 * first["length"] :]
    return units.decode("utf-16-le").removeprefix("\n")
