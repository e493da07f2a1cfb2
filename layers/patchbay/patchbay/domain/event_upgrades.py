"""From an event of an older version to the same of the version after it.

While a stack is updated, and when messages have waited, events of the version before are on the queue: a new VERSION
comes with the step that leads to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Fields = dict[str, Any]  #: of an event, as JSON has them


def _name_reference(fields: Fields) -> Fields:
    """Version 1 named the message that another one answers by its id, "" for none."""
    message = fields.get("message")
    if not message:
        return fields
    answered = message["reply_to"]
    return {**fields, "message": {**message, "reply_to": {"message_id": answered} if answered else None}}


def _keep(fields: Fields) -> Fields:
    """Version 3 only adds kinds of events, and fields that may be missing."""
    return fields


UPGRADES: Mapping[int, Callable[[Fields], Fields]] = {1: _name_reference, 2: _keep}
