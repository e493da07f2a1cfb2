"""Whom a message is for: a phone number, or a business-scoped id.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from playground.services.whatsapp.errors import RefusedCall, missing
from playground.services.whatsapp.records import Json, Number, Person
from playground.services.whatsapp.state import State

_PHONE = re.compile(r"\+?[\d\s().-]{3,40}")
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """`person` is None where nobody has this phone or id (any more)."""

    given: str
    phone: str = ""  #: only digits, if addressed by phone
    person: Person | None = None

    def show(self) -> Json:
        """As the answer of a call has it."""
        shown: Json = {"input": self.given}
        if self.phone:
            return {**shown, "wa_id": self.phone}
        return {**shown, "user_id": self.person.user_id if self.person else self.given}


def find_recipient(state: State, number: Number, body: Json) -> Recipient:
    """If both are given, the phone wins. Raises RefusedCall for what is neither."""
    to, user_id = str(body.get("to") or ""), str(body.get("recipient") or "")
    if to:
        phone = read_phone(state, number, to)
        if phone == number.display:
            raise RefusedCall(131021, "Sender and recipient phone number is the same.")
        return Recipient(given=to, phone=phone, person=state.find_by_phone(phone))
    if not user_id:
        raise missing("to")
    if not _USER_ID.fullmatch(user_id):
        raise RefusedCall(100, title="Param recipient is not a business-scoped user id.")
    return Recipient(given=user_id, person=state.find_by_user_id(user_id))


def read_phone(state: State, number: Number, given: str) -> str:
    """Only digits. Without a plus sign the business's country code is put in front. Raises RefusedCall."""
    digits = re.sub(r"\D", "", given)
    if not _PHONE.fullmatch(given) or not 5 <= len(digits) <= 15:
        raise RefusedCall(100, title="Param to is not a valid phone number.")
    if given.startswith("+") or not state.quirks.adds_country_code:
        return digits
    return number.country_code + digits
