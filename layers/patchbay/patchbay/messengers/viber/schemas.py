"""What Viber posts to a webhook, as far as the bridge reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from patchbay.kit.schemas import Address, Id, Size, Wire

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]  # up to the year 9999, the last that Python knows


class Callback(Wire):
    """What every callback has, those of a future API too."""

    event: str


class Stamp(Wire):
    """When it happened. Viber repeats a callback with the same time."""

    timestamp: Milliseconds | None = None

    @property
    def at(self) -> datetime | None:
        return None if self.timestamp is None else _EPOCH + timedelta(milliseconds=self.timestamp)


class _Dated(Stamp):
    message_token: Id  # a 64-bit number: kept as the string of its digits, a float would corrupt it

    def date(self, otherwise: datetime) -> datetime:
        """When it happened; `otherwise` when Viber does not say."""
        return self.at or otherwise


class Profile(Wire):
    """A user as they let the bot see them. Name and avatar are missing or stand-ins without their consent."""

    id: Id
    name: str | None = None
    avatar: str | None = None
    language: str | None = None
    country: str | None = None


class ContactData(Wire):
    name: str | None = None
    phone_number: str | None = None


class LocationData(Wire):
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    address: str | None = None


class IncomingMessage(Wire):
    """One message; which fields are set depends on its type."""

    type: str = ""
    text: str | None = None
    media: Address | None = None
    file_name: str | None = None
    size: Size = None
    sticker_id: str | None = None  # a number in the documentation's examples, a string in its tables
    contact: ContactData | None = None
    location: LocationData | None = None


class MessageCallback(_Dated):
    sender: Profile
    message: IncomingMessage


class ProfileCallback(_Dated):
    """`conversation_started` (only this one has `subscribed`) and `subscribed`."""

    user: Profile
    subscribed: bool = False


class UserCallback(_Dated):
    """`unsubscribed`, `delivered`, `seen` and `failed`; only the last has `desc`."""

    user_id: Id
    desc: str | None = None
