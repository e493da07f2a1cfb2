"""What becomes of an accepted message: sent, delivered, read, played, or failed; and what it costs."""

from __future__ import annotations

from playground.services.whatsapp import windows
from playground.services.whatsapp.errors import TITLES, show_failure
from playground.services.whatsapp.events import Events
from playground.services.whatsapp.records import Json, Message, Number, Person
from playground.services.whatsapp.serializers import make_value, seconds, show_contact, show_status, shows_phone
from playground.services.whatsapp.state import State

_RANKS = ("", "sent", "delivered", "read", "played")
_SEEN = {"delivered", "read", "played"}


class Delivery:
    """Call these under the lock."""

    def __init__(self, state: State, events: Events) -> None:
        self._state = state
        self._events = events

    def begin(self, number: Number, person: Person, message: Message) -> None:
        self.report(number, person, message, "sent")
        if self._state.quirks.delivers:
            self._state.later(self._state.quirks.delivery_seconds, lambda: self.arrive(number, person, message))

    def arrive(self, number: Number, person: Person, message: Message) -> None:
        """On the phone, if it is on. Who looks at once skips `delivered`."""
        if message.status == "failed" or not person.online or person.blocked & {number.id}:
            return
        self.report(number, person, message, "read" if person.reads_at_once else "delivered")

    def report(self, number: Number, person: Person, message: Message, status: str) -> None:
        """The next state of a message, if it is one."""
        if message.status == "failed" or _RANKS.index(status) <= _RANKS.index(message.status):
            return
        message.status = status
        now, phone = self._state.timeline.now(), shows_phone(person) or message.to_phone
        shown = show_status(person, message, status, now, phone=phone)
        shown |= self._show_price(person, message, status)
        contact = show_contact(person, phone=phone, username=status != "sent")
        value = make_value(number, contacts=[contact], statuses=[shown])
        self._events.push(number, "messages", value, group=person.id, note=status)

    def fail(self, number: Number, person: Person | None, message: Message, code: int, details: str = "") -> None:
        """`contacts` are absent. A person who is not known has no ids."""
        message.status, message.error = "failed", f"{code} {TITLES.get(code, '')}".strip()
        now = self._state.timeline.now()
        if person is None:
            shown: Json = {"id": message.id, "status": "failed", "timestamp": seconds(now)}
            shown |= {"recipient_id": message.person} if message.person.isdecimal() else {}
            shown |= {"biz_opaque_callback_data": message.tracker} if message.tracker else {}
        else:
            shown = show_status(person, message, "failed", now, phone=shows_phone(person) or message.to_phone)
        value = make_value(number, statuses=[{**shown, "errors": [show_failure(code, details)]}])
        self._events.push(number, "messages", value, group=message.person, note=f"failed {code}")

    def _show_price(self, person: Person, message: Message, status: str) -> Json:
        """On `sent`, and on the first that says that the message arrived."""
        if status in _SEEN:
            if message.is_priced:
                return {}
            message.is_priced = True
        kind = self._find_price_type(person, message)
        category = "referral_conversion" if kind == "free_entry_point" else message.category
        price: Json = {
            "billable": kind == "regular",
            "pricing_model": "PMP",
            "type": kind,
            "category": category,
        }
        if kind != "free_entry_point" or person.entry_until is None:
            return {"pricing": price}
        conversation: Json = {"id": f"{int(person.entry_until.timestamp()):032x}", "origin": {"type": category}}
        if status == "sent":
            conversation["expiration_timestamp"] = seconds(person.entry_until)
        return {"conversation": conversation, "pricing": price}

    def _find_price_type(self, person: Person, message: Message) -> str:
        if windows.is_free_entry(person, message.at):
            return "free_entry_point"
        is_open = windows.is_open(person, message.at, with_entry=False)
        is_free = message.category == "service" or (message.category == "utility" and is_open)
        return "free_customer_service" if is_free else "regular"
