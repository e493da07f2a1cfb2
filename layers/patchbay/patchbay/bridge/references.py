"""References: what a platform keeps of a contact, signed so that it can only bring back what it was given.

Whoever administers a platform can write any reference there. So each one carries a short signature (HMAC) over the
platform's connection and the contact, made with a key that the connection has of its own and that never leaves us.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets as randomness
from collections.abc import Mapping
from dataclasses import replace

from patchbay.domain.accounts import REFERENCE_KEY, Connection, Secrets
from patchbay.domain.model import ContactKey, Side

_KEY_BYTES = 32
#: Of base 32: 60 bits. A guess costs a webhook, and is counted. All services take these characters.
_SIGNATURE = 12


def sign_reference(key: ContactKey, platform: Connection) -> ContactKey:
    """The key as this platform's connection is given it. Unsigned where the connection has lost its secrets."""
    return replace(key, signature=_sign(key, platform))


def is_own_reference(key: ContactKey, platform: Connection) -> bool:
    """Whether this platform's connection was given the key by us."""
    expected = _sign(key, platform)
    given = key.signature.encode("utf-8", "surrogateescape")
    return bool(expected) and hmac.compare_digest(given, expected.encode())


def keep_reference_key(connection: Connection, stored: Mapping[str, str]) -> Secrets:
    """The secrets of a connection as they are to be stored: with its reference key, that of `stored` if it has one.

    Only platforms have one. It is made once, and stays when credentials change: otherwise no reference would be known.
    """
    values = dict(connection.secrets.values)
    key = stored.get(REFERENCE_KEY) or values.get(REFERENCE_KEY) or randomness.token_urlsafe(_KEY_BYTES)
    values.pop(REFERENCE_KEY, None)
    if connection.side is Side.PLATFORM:
        values[REFERENCE_KEY] = key
    return replace(connection.secrets, values=values)


def _sign(key: ContactKey, platform: Connection) -> str:
    """The length of each word is part of what is signed, so that no two contacts have the same text."""
    secret = platform.secrets.get(REFERENCE_KEY)
    if not secret:
        return ""
    words = (platform.id, key.service, key.connection_id, key.contact_id)
    text = "".join(f"{len(word)}:{word}" for word in words).encode("utf-8", "surrogatepass")
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:_SIGNATURE]
