"""Connecting a number through either door: what of its settings is checked before anything is asked for."""

from __future__ import annotations

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.messengers.whatsapp import spec

_CHOICES = {
    "door": (spec.META, spec.AWS),
    "read_receipts": (spec.NEVER, spec.ON_OPEN, spec.ON_REPLY),
}


def check_settings(connection: Connection) -> None:
    """Raises Misconfigured for a value that cannot be used."""
    for name, known in _CHOICES.items():
        if connection.setting(name, known[0]) not in known:
            raise Misconfigured(f"{name} must be one of {', '.join(known)}")
