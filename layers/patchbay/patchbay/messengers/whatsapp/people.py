"""Who a webhook is about: one person with several ids, of which each webhook may have other ones.

A person is known by Meta's own id (BSUID), which every webhook has had since March 2026, and else by the digits of
their number. A number comes and goes: who hides it behind a username has none.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patchbay.domain.model import Contact
from patchbay.messengers.whatsapp.schemas import IncomingMessage, Person

_DIGITS = range(5, 16)  #: of a telephone number with its country code


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that a webhook says about who has written, or is written to."""

    user_id: str = ""
    parent_id: str = ""
    digits: str = ""
    name: str = ""

    @property
    def thread(self) -> str:
        """ "" for nobody."""
        return self.user_id or self.digits

    @property
    def aliases(self) -> tuple[str, ...]:
        """The person's other ids, by which an earlier webhook may have named them."""
        return tuple(one for one in (self.digits, self.parent_id) if one and one != self.thread)

    def describe(self) -> Contact:
        phone = f"+{self.digits}" if is_number(self.digits) else ""
        return Contact(external_id=self.thread, name=self.name or None, phone=phone)


def find_writer(message: IncomingMessage, people: Sequence[Person]) -> Known:
    return find_person(message.from_user_id, message.sender, people, message.from_parent_user_id)


def find_person(user_id: str, number: str, people: Sequence[Person], parent_id: str = "") -> Known:
    """With what the webhook says about them beside the message: each place may have an id that the other lacks.

    Some partners write Meta's own id where a number should be.
    """
    digits = _read_digits(number)
    user_id = user_id or ("" if digits else number)
    person = next((one for one in people if _is_same(one, user_id, digits)), Person())
    return Known(
        user_id=user_id or person.user_id,
        parent_id=parent_id or person.parent_user_id,
        digits=digits or _read_digits(person.wa_id),
        name=person.profile.name or person.profile.username,
    )


def is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) in _DIGITS


def _is_same(person: Person, user_id: str, digits: str) -> bool:
    return bool((user_id and person.user_id == user_id) or (digits and person.wa_id == digits))


def _read_digits(text: str) -> str:
    digits = text.removeprefix("+")
    return digits if is_number(digits) else ""
