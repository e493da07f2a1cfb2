"""Freshchat names a conversation in several ways; here they become one, so that a session is found by any of them."""

from __future__ import annotations

import re

_BARE_GUID = re.compile(r"[0-9a-f]{32}")


def normalize_id(text: str) -> str:
    """GUIDs in lower case with dashes, whichever way they came; every other id as it is.

    The API writes GUIDs with dashes, webhooks have been seen to leave them out.
    """
    stripped = text.strip()
    bare = stripped.lower().replace("-", "")
    if not _BARE_GUID.fullmatch(bare):
        return stripped
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))


def name_thread(*ids: str) -> tuple[str, tuple[str, ...]]:
    """The normal form of the first id that is there, and those of the others as aliases."""
    known = list(dict.fromkeys(normalize_id(text) for text in ids if text.strip()))
    return (known[0], tuple(known[1:])) if known else ("", ())


def same_id(one: str, other: str) -> bool:
    return normalize_id(one) == normalize_id(other)


def name_channels(*ids: str) -> tuple[str, ...]:
    """The normal forms of the ids that are there, each once."""
    return tuple(dict.fromkeys(normalize_id(text) for text in ids if text.strip()))
