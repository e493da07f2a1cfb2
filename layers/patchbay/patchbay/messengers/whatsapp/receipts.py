"""What became of our messages: how far each got, and why one did not arrive.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from patchbay.domain.characters import quote_name
from patchbay.domain.events import Event, Ignored, Origin, ReceiptReceived, make_event_id
from patchbay.domain.model import ReceiptState
from patchbay.domain.prices import Price
from patchbay.messengers.whatsapp import spec
from patchbay.messengers.whatsapp.errors import describe
from patchbay.messengers.whatsapp.people import find_person
from patchbay.messengers.whatsapp.schemas import Person, Pricing, Status

_STATES: Mapping[str, ReceiptState] = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "played": ReceiptState.READ,  # a voice note
    "failed": ReceiptState.FAILED,
}
_GROUP = "group"


def write_tracker(key: str, thread: str) -> str:
    """What a message carries and its statuses bring back. What is too long for it is left out whole."""
    tracker = f"{key} {thread}"
    return tracker if len(tracker) <= spec.CALLBACK_BYTES else ""


def _read_tracker(text: str) -> tuple[str, str]:
    """The part's key and the thread; two times "" for what we did not write."""
    key, space, thread = text.partition(" ")
    return (key, thread) if space and thread else ("", "")


def read_status(status: Status, people: tuple[Person, ...], received_at: datetime, origin: Origin) -> Event | Ignored:
    """Meta may leave `delivered` out, and reports in any order: the core never goes back."""
    part_key, sent_to = _read_tracker(status.biz_opaque_callback_data)
    thread = sent_to or find_person(status.recipient_user_id, status.recipient_id, people).thread
    if status.recipient_type == _GROUP:
        return Ignored(reason="a status in a group, and groups are not carried")
    if status.status not in _STATES:
        return Ignored(reason=f"a status of an unknown kind: {quote_name(status.status)}")
    if not status.id or not thread:
        return Ignored(reason="a status of a message that it does not name")
    state = _STATES[status.status]
    return ReceiptReceived(
        id=make_event_id("receipt", origin, status.id, status.status),
        origin=origin,
        thread=thread,
        occurred_at=status.when(received_at),
        message_id=status.id,
        state=state,
        reason=_explain(status) if state is ReceiptState.FAILED else "",
        price=_read_price(status.pricing),
        part_key=part_key,
    )


def _read_price(pricing: Pricing | None) -> Price | None:
    """Only templates cost something. Some versions say only why a message is free, and not that it is."""
    if pricing is None or not pricing.category:
        return None
    free_as = pricing.type.lower() if pricing.type.lower().startswith("free") else ""
    billable = pricing.billable if pricing.billable is not None else not free_as if pricing.type else None
    return Price(
        category=pricing.category.lower(), model=pricing.pricing_model.lower(), billable=billable, free_as=free_as
    )


def _explain(status: Status) -> str:
    codes = [problem.code for problem in status.errors if problem.code]
    known = next(filter(None, map(describe, codes)), "")
    if known:
        return known
    return f"WhatsApp could not deliver it (code {codes[0]})" if codes else "WhatsApp could not deliver it"
