"""People who stop or resume marketing messages: by WhatsApp's own button, or as the reason why one did not arrive.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from patchbay.domain.characters import quote_name
from patchbay.domain.events import Event, Ignored, MarketingChosen, Origin, ReceiptReceived, make_event_id
from patchbay.messengers.whatsapp.errors import MARKETING_STOPPED
from patchbay.messengers.whatsapp.people import find_person
from patchbay.messengers.whatsapp.schemas import Person, Preference, Status

_CATEGORY = "marketing_messages"
_WANTED = {"stop": False, "resume": True}


def read_preference(
    preference: Preference, people: tuple[Person, ...], received_at: datetime, origin: Origin
) -> Event | Ignored:
    person = find_person(preference.user_id, preference.wa_id, people)
    if preference.category != _CATEGORY or preference.value not in _WANTED or not person.thread:
        chosen = f"{quote_name(preference.category)}, {quote_name(preference.value)}"
        return Ignored(reason=f"a customer's choice of an unknown kind: {chosen}")
    at = preference.when(received_at)
    return MarketingChosen(
        id=make_event_id("marketing", origin, person.thread, preference.value, f"{at:%Y-%m-%dT%H:%M:%S}"),
        origin=origin,
        thread=person.thread,
        occurred_at=at,
        wanted=_WANTED[preference.value],
        aliases=person.aliases,
    )


def find_refusal(status: Status, receipt: ReceiptReceived) -> Iterator[MarketingChosen]:
    """A message that failed because they have stopped marketing says so as the button does."""
    if any(problem.code == MARKETING_STOPPED for problem in status.errors):
        yield MarketingChosen(
            id=make_event_id("marketing", receipt.origin, receipt.message_id),
            origin=receipt.origin,
            thread=receipt.thread,
            occurred_at=receipt.occurred_at,
            wanted=False,
        )
