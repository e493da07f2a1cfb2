"""What the messenger charges, as its receipts say: counted for the owner, by day and category."""

from __future__ import annotations

from patchbay.bridge.context import Context
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Conflict, Transient
from patchbay.domain.events import ReceiptReceived
from patchbay.domain.model import ReceiptState

_DELIVERED = {ReceiptState.DELIVERED, ReceiptState.READ}  #: a message costs something when it has arrived


def count_price(context: Context, event: ReceiptReceived, messenger: Connection) -> None:
    """Once for each message, however many of its receipts name a price. Raises Transient."""
    price = event.price
    if price is None or event.state not in _DELIVERED:
        return
    key = f"{event.thread_group}#{event.message_id or event.id}"
    try:
        context.open_costs().count(messenger.id, event.occurred_at.date(), price.category, price.billable, key)
    except Conflict as conflict:
        raise Transient(str(conflict)) from None
