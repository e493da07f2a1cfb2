"""Makes the content of a bot's message from a call: texts with entities, files, places and people."""

from __future__ import annotations

import re
from collections.abc import Callable

from playground.services.telegram.bodies import Arguments
from playground.services.telegram.entities import find_entities
from playground.services.telegram.errors import bad_request
from playground.services.telegram.files import Files
from playground.services.telegram.markup import LONGEST_CAPTION, LONGEST_TEXT, length, parse_html, trim
from playground.services.telegram.media import make_content
from playground.services.telegram.records import Json
from playground.services.telegram.state import State

_LONGEST_MARKUP = 1 << 15  #: bytes
_LONGEST_VCARD = 2048  #: bytes
_LIVE_PERIODS = (60, 86_400)
_FOREVER = 0x7FFFFFFF
_ENTITIES_NAMES = (
    "mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough spoiler "
    "blockquote expandable_blockquote code pre text_link text_mention custom_emoji date_time"
)
_ENTITIES = frozenset(_ENTITIES_NAMES.split())


class Contents:
    def __init__(self, state: State, files: Files) -> None:
        self._state = state
        self._files = files

    # --- texts -------------------------------------------------------------------------------------------------------

    def format(self, values: Json, text: str, mode: str, entities: str) -> tuple[str, list[Json]]:
        """The text of a field as people see it, and its entities. Raises RefusedCall."""
        raw, parse_mode = str(values.get(text) or ""), str(values.get(mode) or "").lower()
        if len(raw.encode("utf-8", "replace")) > _LONGEST_MARKUP:
            raise bad_request("text is too long")
        if parse_mode not in {"", "html"}:
            raise bad_request(f"unsupported parse_mode: the simulator reads HTML, and not {values[mode]!r}")
        if parse_mode:
            return trim(*parse_html(raw))
        given = values.get(entities) or []
        for entity in given:
            _check_entity(entity, length(raw))
        return trim(raw, given)

    def format_text(self, values: Json) -> Json:
        text, entities = self.format(values, "text", "parse_mode", "entities")
        if not text:
            raise bad_request("message text is empty")
        if length(text) > LONGEST_TEXT:
            raise bad_request("message is too long")
        entities = _add_found(text, entities)
        return {"text": text, **({"entities": entities} if entities else {})}

    def format_caption(self, values: Json) -> Json:
        text, entities = self.format(values, "caption", "parse_mode", "caption_entities")
        if length(text) > LONGEST_CAPTION:
            raise bad_request("message caption is too long")
        if not text:
            return {}
        entities = _add_found(text, entities)
        above: Json = {"show_caption_above_media": True} if values.get("show_caption_above_media") else {}
        return {"caption": text, **({"caption_entities": entities} if entities else {}), **above}

    def make_text(self, arguments: Arguments) -> Json:
        content = self.format_text(arguments.values)
        preview = arguments.values.get("link_preview_options")
        return {**content, **({"link_preview_options": preview} if preview else {})}

    # --- files -------------------------------------------------------------------------------------------------------

    def make_file(self, kind: str) -> Callable[[Arguments], Json]:
        def make(arguments: Arguments) -> Json:
            values = arguments.values
            caption = self.format_caption(values)
            file = self._files.find(kind, values[kind], arguments.uploads)
            shown_as = self._files.settle_kind(kind, file)
            return {**make_content(self._state, shown_as, file, values), **caption}

        return make

    def make_medium(self, medium: Json, arguments: Arguments) -> Json:
        """One file of an album, which is of the kind that the call says, or refused."""
        kind = str(medium["type"])
        caption = self.format_caption(medium)
        file = self._files.find(kind, medium["media"], arguments.uploads)
        if self._files.settle_kind(kind, file) != kind:
            raise bad_request("can't use the media of the specified type in the album")
        return {**make_content(self._state, kind, file, medium), **caption}

    # --- places and people -------------------------------------------------------------------------------------------

    def make_location(self, arguments: Arguments) -> Json:
        period = arguments.values.get("live_period", 0)
        if period and not _LIVE_PERIODS[0] <= period <= _LIVE_PERIODS[1] and period != _FOREVER:
            raise bad_request("wrong live period specified")
        live: Json = {"live_period": period} if period else {}
        return {"location": {**_read_place(arguments.values), **live}}

    def make_venue(self, arguments: Arguments) -> Json:
        values, place = arguments.values, _read_place(arguments.values)
        optional = ("foursquare_id", "foursquare_type", "google_place_id", "google_place_type")
        more = {name: values[name] for name in optional if name in values}
        venue: Json = {"location": place, "title": values["title"], "address": values["address"], **more}
        return {"location": place, "venue": venue}

    def make_contact(self, arguments: Arguments) -> Json:
        values = arguments.values
        if not re.search(r"\d", str(values["phone_number"])):
            raise bad_request("PHONE_NUMBER_INVALID")
        if len(str(values.get("vcard", "")).encode()) > _LONGEST_VCARD:
            raise bad_request("CONTACT_VCARD_TOO_LONG")
        fields = ("phone_number", "first_name", "last_name", "vcard")
        return {"contact": {name: values[name] for name in fields if values.get(name)}}


def _check_entity(entity: Json, size: int) -> None:
    offset, its_length, kind = entity["offset"], entity["length"], entity["type"]
    if kind not in _ENTITIES:
        raise bad_request(f"can't parse MessageEntity: unsupported type {kind!r}")
    if offset < 0 or its_length <= 0 or offset + its_length > size:
        raise bad_request(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
    if kind == "text_link" and not entity.get("url"):
        raise bad_request("can't parse MessageEntity: can't find field \"url\"")


def _add_found(text: str, entities: list[Json]) -> list[Json]:
    """Telegram finds addresses and the like beside the entities that a bot gives."""
    taken = [(each["offset"], each["offset"] + each["length"]) for each in entities]
    found = [
        each
        for each in find_entities(text)
        if all(each["offset"] + each["length"] <= begin or each["offset"] >= end for begin, end in taken)
    ]
    return sorted([*entities, *found], key=lambda each: each["offset"])


def _read_place(values: Json) -> Json:
    latitude, longitude = values["latitude"], values["longitude"]
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad_request("wrong location specified")
    return {"latitude": latitude, "longitude": longitude}
