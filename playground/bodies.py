"""Bodies of webhooks as services write them."""

from __future__ import annotations

import json


def write_json(value: object, *, spaced: bool = False) -> bytes:
    """`value` as JSON in UTF-8; `spaced` has blanks after commas and colons.

    Half an emoji, as services that count in UTF-16 units cut it, has no UTF-8: it travels as an escape.
    """
    separators = (", ", ": ") if spaced else (",", ":")
    return json.dumps(value, ensure_ascii=False, separators=separators).encode("utf-8", "backslashreplace")
