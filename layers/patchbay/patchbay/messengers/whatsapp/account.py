"""Connecting a number through either door: what of its settings is checked before anything is asked for."""

from __future__ import annotations

import re

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.messengers.whatsapp import spec

_CHOICES = {
    "door": (spec.META, spec.AWS),
    "read_receipts": (spec.NEVER, spec.ON_OPEN, spec.ON_REPLY),
}
_PIN = re.compile(r"[0-9]{6}")


def check_settings(connection: Connection) -> None:
    """Raises Misconfigured for a value that cannot be used."""
    for name, known in _CHOICES.items():
        if connection.setting(name, known[0]) not in known:
            raise Misconfigured(f"{name} must be one of {', '.join(known)}")
    pin = connection.secrets.get("pin")
    if pin and not _PIN.fullmatch(pin):
        raise Misconfigured("pin must be six digits: the two-step verification PIN of the number")
