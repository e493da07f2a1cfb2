"""When a webhook was written: none is signed with a time of its own, but almost all that is in one has a time."""

from __future__ import annotations

from datetime import UTC, datetime

from patchbay.domain.errors import Unreadable
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.schemas import read_wire
from patchbay.messengers.whatsapp.schemas import Dated, Entry, Webhook


def read_timestamp(request: WebhookRequest) -> datetime | None:
    """The newest time in it: Meta sends again for a week what it got no 200 for, and never writes it anew."""
    try:
        webhook = read_wire(Webhook, request.body)
    except Unreadable:
        return None
    times = [second for entry in webhook.entry for second in _list_seconds(entry)]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _list_seconds(entry: Entry) -> list[int]:
    dated: list[Dated] = [entry]
    for change in entry.changes:
        value = change.value
        dated += value.messages
        dated += value.statuses
        dated += value.message_echoes
        dated += value.user_preferences
        dated += value.user_id_update
    return [one.timestamp for one in dated if one.timestamp]
