"""What each type of message may hold.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playground.services.whatsapp.bodies import check_length
from playground.services.whatsapp.errors import RefusedCall, invalid
from playground.services.whatsapp.interactive import check_interactive
from playground.services.whatsapp.media_rules import check_media_type, check_voice
from playground.services.whatsapp.records import MEDIA_TYPES, Json, Media, Number
from playground.services.whatsapp.schema import MESSAGE_TYPES
from playground.services.whatsapp.state import State

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
_MOST_CONTACTS = 257
_LONGEST_TRACKER = 512
_NAMES = {"first_name", "last_name", "middle_name", "suffix", "prefix"}


class Contents:
    def __init__(self, state: State) -> None:
        self._state = state
        self._checks: Mapping[str, Callable[[Number, Json], None]] = {
            "text": lambda _, body: check_length(body["text"]["body"], LONGEST_TEXT, "text['body']", 1),
            "location": lambda _, body: check_place(body["location"]),
            "contacts": lambda _, body: check_contacts(body["contacts"]),
            "reaction": lambda _, body: check_length(body["reaction"]["emoji"], 30, "reaction['emoji']"),
            "interactive": self._check_interactive,
            **dict.fromkeys(MEDIA_TYPES, self._check_medium),
        }

    def check(self, number: Number, body: Json) -> str:
        """Returns the type of the message. Raises RefusedCall."""
        kind = str(body.get("type", "text"))
        if kind not in MESSAGE_TYPES:
            words = ", ".join(sorted(MESSAGE_TYPES)).upper()
            raise RefusedCall(100, title=f"Param type must be one of {{{words}}} - got {kind[:40]!r}.")
        if kind not in body:
            raise RefusedCall(131008, f"Parameter '{kind}' is mandatory for type '{kind}'")
        if others := sorted(MESSAGE_TYPES & body.keys() - {kind}):
            raise RefusedCall(100, title=f'Unexpected key "{others[0]}" for a message of the type {kind}.')
        if body.get("recipient_type", "individual") != "individual":
            raise RefusedCall(100, title="Param recipient_type must be one of {INDIVIDUAL}.")
        check_length(str(body.get("biz_opaque_callback_data", "")), _LONGEST_TRACKER, "biz_opaque_callback_data")
        if "context" in body and kind in {"template", "reaction"}:
            raise RefusedCall(100, title=f'Unexpected key "context" for a message of the type {kind}.')
        if "category" in body or "ttl" in body:
            raise RefusedCall(100, "The account is not eligible for Direct Send")
        if kind in self._checks:
            self._checks[kind](number, body)
        return kind

    def _check_medium(self, number: Number, body: Json) -> None:
        kind = body.get("type", "text")
        check_length(str(body[kind].get("caption", "")), LONGEST_CAPTION, f"{kind}['caption']")
        media = self.find_medium(number, kind, body[kind])
        if media is not None and body[kind].get("voice"):
            check_voice(media.content_type)

    def _check_interactive(self, number: Number, body: Json) -> None:
        check_interactive(body["interactive"])
        header = body["interactive"].get("header", {})
        if header.get("type") in MEDIA_TYPES:
            self.find_medium(number, header["type"], header[header["type"]])

    def find_medium(self, number: Number, kind: str, given: Json) -> Media | None:
        """The file that was uploaded; None for one that is to be fetched from an address. Raises RefusedCall."""
        if not given.get("id") and not given.get("link"):
            raise RefusedCall(131008, f"Parameter '{kind}' needs an 'id' or a 'link'")
        if given.get("id") and given.get("link"):
            raise invalid(f"Parameter '{kind}' must have either an 'id' or a 'link'")
        if link := given.get("link"):
            if not str(link).startswith(("http://", "https://")) or any(sign.isspace() for sign in link):
                raise invalid(f"{kind}['link'] is not a valid URI.")
            return None
        media = self._state.media.get(given["id"])
        now = self._state.timeline.now()
        owner = self._state.numbers[media.number].account if media else ""
        if media is None or owner != number.account or now >= media.expires_at:
            raise RefusedCall(100, f"{kind}['id'] is not a valid whatsapp business account media attachment ID")
        check_media_type(kind, media.content_type, len(media.content))
        return media


def check_place(place: Json) -> None:
    latitude, longitude = float(place["latitude"]), float(place["longitude"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise invalid("Location latitude or longitude is out of range")
    if place.get("address") and not place.get("name"):
        raise invalid("Location address needs a name")


def check_contacts(contacts: list[Json]) -> None:
    if not 1 <= len(contacts) <= _MOST_CONTACTS:
        raise invalid(f"Contacts must be 1 to {_MOST_CONTACTS}")
    for contact in contacts:
        if not _NAMES & contact["name"].keys():
            raise RefusedCall(131008, "A contact's name needs one of its parts beside formatted_name")
