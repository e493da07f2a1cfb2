"""Names that travel to UChat and come back."""

from __future__ import annotations

import hashlib

from patchbay.domain.model import ContactKey

_LONGEST_SENDER = 64
_SEPARATOR = "\u2063"  #: shows nothing, and is no control character: it travels as it is


def name_sender(key: ContactKey) -> str:
    """The `sender.id` of a contact: our key, or where that is too long a digest that stands for it."""
    name = key.encode()
    if len(name) <= _LONGEST_SENDER:
        return name
    return f"{key.service}:{hashlib.sha256(name.encode()).hexdigest()[:40]}"


def write_choice(title: str, payload: str) -> str:
    """The payload of a button that is shown under another label than its own title."""
    return f"{title}{_SEPARATOR}{payload}"


def read_choice(label: str, payload: str) -> tuple[str, str]:
    """Title and payload of a tapped button, as UChat knows it."""
    title, separator, rest = payload.partition(_SEPARATOR)
    return (title, rest) if separator else (label, payload)
