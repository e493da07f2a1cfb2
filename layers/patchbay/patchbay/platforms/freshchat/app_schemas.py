"""What the app that is installed in the account relays, as far as the bridge needs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator

from patchbay.kit.schemas import Wire
from patchbay.platforms.freshchat.schemas import ConversationWire, PersonWire

_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000


def _read_milliseconds(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST:
        raise ValueError("not a time in milliseconds")
    return datetime.fromtimestamp(value / 1000, UTC)


class AssociationsWire(Wire):
    user: PersonWire | None = None
    agent: PersonWire | None = None


class ModelChangesWire(Wire):
    """By the name of the field, what was before and what is now. A field that did not change is not there."""

    status: Sequence[str | None] = ()
    assigned_agent_id: Sequence[str | None] = ()
    reference_id: Sequence[str | None] = ()  #: of a user


class ChangesWire(Wire):
    model_changes: ModelChangesWire | None = None


class EventDataWire(Wire):
    """`message` and `conversation` are the same model: a conversation, with the messages that the event is about."""

    actor: PersonWire | None = None
    associations: AssociationsWire | None = None
    message: ConversationWire | None = None
    conversation: ConversationWire | None = None
    changes: ChangesWire | None = None


class RelayedEventWire(Wire):
    event: str = ""
    timestamp: Annotated[datetime | None, BeforeValidator(_read_milliseconds)] = None
    data: EventDataWire | None = None
