"""What the owner of the business does elsewhere, and what Meta does to the account.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from playground.services.whatsapp.errors import show_failure
from playground.services.whatsapp.events import Events
from playground.services.whatsapp.records import Account, Json, Message, Number, Person
from playground.services.whatsapp.routing import Routing
from playground.services.whatsapp.serializers import make_value, seconds, show_contact, shows_phone
from playground.services.whatsapp.state import State


class Business:
    """These may be called at any time, from any thread. Without an account or a number it is the first one."""

    def __init__(self, state: State, events: Events, routing: Routing) -> None:
        self._state = state
        self._events = events
        self._routing = routing

    def _number(self, number: str) -> Number:
        return self._state.numbers[number] if number else next(iter(self._state.numbers.values()))

    def _account(self, account: str = "") -> Account:
        return self._state.accounts[account] if account else next(iter(self._state.accounts.values()))

    # --- the owner ---------------------------------------------------------------------------------------------------

    def write_by_phone(self, person: Person, text: str, *, number: str = "") -> Message:
        """In the WhatsApp Business app, which has the same number. It opens no window."""
        with self._state.lock:
            its_number = self._number(number)
            its_number.is_on_phone = True
            message = Message(
                id=self._state.make_message_id(),
                number=its_number.id,
                person=person.id,
                is_ours=True,
                at=self._state.timeline.now(),
                type="text",
                content={"body": text},
                status="sent",
                by_phone=True,
            )
            self._state.add_message(message)
            self._report_echo(its_number, person, message)
            return message

    def _report_echo(self, number: Number, person: Person, message: Message) -> None:
        phone = shows_phone(person)
        to: Json = {"to": person.phone} if phone else {}
        echo: Json = {"from": number.display, **to, "to_user_id": person.user_id, "id": message.id}
        echo |= {"timestamp": seconds(message.at), "type": message.type, message.type: message.content}
        value = make_value(number, contacts=[show_contact(person, phone=phone)], message_echoes=[echo])
        self._events.push(number, "smb_message_echoes", value, group=person.id, note="echo of the owner's phone")

    def pass_to_us(self, person: Person, *, number: str = "") -> None:
        """Another responder gives us the chat (conversation routing)."""
        with self._state.lock:
            self._routing.pass_to_us(self._number(number), person)

    def take_from_us(self, person: Person, *, number: str = "") -> None:
        with self._state.lock:
            self._routing.take_from_us(self._number(number), person)

    def set_primary(self, *, us: bool) -> None:
        """Who gets new chats while `quirks.routing` is on."""
        with self._state.lock:
            self._routing.primary = "us" if us else "other"

    # --- Meta --------------------------------------------------------------------------------------------------------

    def change_quality(self, quality: str, event: str, limit: str = "", *, number: str = "") -> None:
        """`quality` is GREEN, YELLOW or RED; `event` FLAGGED, UNFLAGGED, UPGRADE, DOWNGRADE, ONBOARDING ..."""
        with self._state.lock:
            its_number = self._number(number)
            account = self._account(its_number.account)
            old, account.limit = account.limit, limit or account.limit
            its_number.quality = quality
            value: Json = {"display_phone_number": its_number.display, "event": event, "current_limit": old}
            value["max_daily_conversations_per_business"] = account.limit
            self._events.push_account(account, "phone_number_quality_update", value)

    def update_account(self, event: str, details: Mapping[str, object] | None = None, *, account: str = "") -> None:
        """account_update: ACCOUNT_VIOLATION, DISABLED_UPDATE, ACCOUNT_RESTRICTION, PARTNER_REMOVED ..."""
        with self._state.lock:
            self._events.push_account(self._account(account), "account_update", {**(details or {}), "event": event})

    def alert(self, kind: str, severity: str = "WARNING", description: str = "", *, account: str = "") -> None:
        """account_alerts; `kind` as in OBA_APPROVED, INCREASED_CAPABILITIES_ELIGIBILITY_FAILED ..."""
        with self._state.lock:
            its_account = self._account(account)
            alert: Json = {"alert_type": kind, "alert_severity": severity, "alert_status": "ACTIVE"}
            value: Json = {"entity_type": "WABA", "entity_id": its_account.id}
            self._events.push_account(
                its_account, "account_alerts", {**value, "alert_info": {**alert, "alert_description": description}}
            )

    def report_error(self, code: int, details: str = "", *, number: str = "") -> None:
        """Trouble of a number that belongs to no message."""
        with self._state.lock:
            its_number = self._number(number)
            value = make_value(its_number, errors=[show_failure(code, details)])
            self._events.push(its_number, "messages", value, group=its_number.id, note=f"error {code}")

    def report(self, field: str, value: Mapping[str, object], *, account: str = "") -> None:
        """Any other news of an account, such as business_capability_update or what comes next year."""
        with self._state.lock:
            self._events.push_account(self._account(account), field, dict(value))

    def review_name(self, decision: str = "APPROVED", reason: str = "NONE", *, number: str = "") -> None:
        with self._state.lock:
            its_number = self._number(number)
            its_number.name_status = "APPROVED" if decision == "APPROVED" else "DECLINED"
            value: Json = {"display_phone_number": its_number.display, "decision": decision}
            value |= {"requested_verified_name": its_number.name, "rejection_reason": reason}
            self._events.push_account(self._account(its_number.account), "phone_number_name_update", value)

    def restrict(self, code: int, description: str, solution: str = "", *, account: str = "") -> None:
        """From now on every message is refused with this code, and health_status says why. 0 ends it."""
        with self._state.lock:
            trouble: Json = {"error_code": code, "error_description": description, "possible_solution": solution}
            self._account(account).trouble = trouble if code else None

    def unregister(self, *, number: str = "") -> None:
        """The number has to be registered again, with its PIN."""
        with self._state.lock:
            self._number(number).is_registered = False

    def expire_token(self, value: str, seconds_left: float = 0) -> None:
        with self._state.lock:
            self._state.tokens[value].expires_at = self._state.timeline.now() + timedelta(seconds=seconds_left)

    def revoke_token(self, value: str) -> None:
        with self._state.lock:
            self._state.tokens[value].is_valid = False
