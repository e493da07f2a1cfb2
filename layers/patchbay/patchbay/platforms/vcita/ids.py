"""The ids that we give to the messages we push: vcita takes each once per channel, and its webhooks quote them."""

from __future__ import annotations

import hashlib

_OURS = "pb-"  #: no hexadecimal id starts like this, and vcita's own message ids are such
_LONGEST = 255


def make_message_uid(key: str) -> str:
    """The same for the same part, however often it is sent."""
    uid = f"{_OURS}{key}"
    if len(uid) <= _LONGEST:
        return uid
    return _OURS + hashlib.sha256(key.encode()).hexdigest()


def is_own_message(message_uid: str) -> bool:
    """Whether a message is one that we pushed: vcita does not say that it keeps those from coming back."""
    return message_uid.startswith(_OURS)
