"""The strict check of messages that bots send. Limits are those of Viber's pages, and of its own libraries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from playground.services.viber.errors import RefusedCall, bad_data
from playground.services.viber.records import Json

MEGABYTE = 1024 * 1024

_FORBIDDEN_NAMES = (
    "action apk app bat bin cmd com command cpl csh exe gadget inf1 ins inx ipa isu job jse ksh lnk msc msi msp mst "
    "osx out paf pif prg ps1 reg rgs run sct shb shs u3p vb vbe vbs vbscript workflow ws wsf"
)
_FORBIDDEN_EXTENSIONS = frozenset(f".{name}" for name in _FORBIDDEN_NAMES.split())
_IMAGES = frozenset({".jpeg", ".jpg", ".png", ".gif"})


def need[T](values: Mapping[str, object], key: str, kind: type[T]) -> T:
    """The required field `key`. Raises RefusedCall 4 when it is missing, 3 when it is something else."""
    value = values.get(key)
    if value is None or value == "":
        raise RefusedCall(4, f"missingData: {key}")
    if not isinstance(value, kind) or isinstance(value, bool):
        raise bad_data(key)
    return value


def check_message(message: Json) -> None:
    """Raises RefusedCall for what Viber accepts from no bot."""
    _check_sender(message)
    if message.get("tracking_data", "") is None or len(str(message.get("tracking_data", ""))) > 4000:
        raise bad_data("tracking_data")
    version = message.get("min_api_version", 1)
    if not isinstance(version, int) or version < 1:
        raise bad_data("min_api_version")
    if "type" not in message and message.get("keyboard"):
        return
    check = _TYPES.get(need(message, "type", str))
    if check is None:
        raise bad_data("type")
    check(message)
    if needed_version(message) > version:
        raise RefusedCall(14, "incompatibleWithVersion")


def needed_version(message: Json) -> int:
    """The API version that a phone must have for what the message holds."""
    needed = 2 if message.get("type") == "rich_media" else 1
    keyboard = message.get("keyboard")
    if isinstance(keyboard, dict):
        if "InputFieldState" in keyboard:
            needed = max(needed, 4)
        buttons = keyboard.get("Buttons")
        for button in buttons if isinstance(buttons, list) else ():
            if isinstance(button, dict) and button.get("ActionType") in {"location-picker", "share-phone"}:
                needed = max(needed, 3)
    return needed


def _check_sender(message: Json) -> None:
    sender = need(message, "sender", dict)
    if len(need(sender, "name", str)) > 28:
        raise bad_data("sender.name")
    if sender.get("avatar"):
        _check_address(sender["avatar"], "sender.avatar")


# --- by type ---------------------------------------------------------------------------------------------------------


def _text(message: Json) -> None:
    if len(need(message, "text", str)) > 7000:
        raise bad_data("text")


def _picture(message: Json) -> None:
    _check_media(message, _IMAGES)
    if not isinstance(message.get("text"), str):
        raise RefusedCall(4, "missingData: text")
    _check_caption(message)


def _video(message: Json) -> None:
    _check_media(message, frozenset({".mp4"}))
    _check_size(message, 26 * MEGABYTE)
    _check_caption(message)
    duration = message.get("duration")
    if duration is not None and not (isinstance(duration, int) and 0 <= duration <= 180):
        raise bad_data("duration")


def _file(message: Json) -> None:
    _check_media(message, None)
    _check_size(message, 50 * MEGABYTE)
    name = need(message, "file_name", str)
    if len(name) > 256 or not PurePosixPath(name).suffix:
        raise bad_data("file_name")
    if PurePosixPath(name).suffix.lower() in _FORBIDDEN_EXTENSIONS:
        raise bad_data("file_name has a forbidden extension")


def _contact(message: Json) -> None:
    contact = need(message, "contact", dict)
    if len(need(contact, "name", str)) > 28:
        raise bad_data("contact.name")
    if not re.fullmatch(r"\+?[0-9]{1,17}", need(contact, "phone_number", str)):
        raise bad_data("contact.phone_number")


def _location(message: Json) -> None:
    location = need(message, "location", dict)
    for key, bound in (("lat", 90), ("lon", 180)):
        value = location.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise RefusedCall(4, f"missingData: location.{key}")
        if abs(value) > bound:
            raise bad_data(f"location.{key}")


def _url(message: Json) -> None:
    _check_address(need(message, "media", str), "media")


def _sticker(message: Json) -> None:
    if not str(message.get("sticker_id") or "").isdecimal():
        raise RefusedCall(4, "missingData: sticker_id")


def _rich_media(message: Json) -> None:
    need(message, "rich_media", dict)
    if len(str(message.get("alt_text") or "")) > 7000:
        raise bad_data("alt_text")


_TYPES: dict[str, Callable[[Json], None]] = {
    "text": _text,
    "picture": _picture,
    "video": _video,
    "file": _file,
    "contact": _contact,
    "location": _location,
    "url": _url,
    "sticker": _sticker,
    "rich_media": _rich_media,
}


# --- pieces ----------------------------------------------------------------------------------------------------------


def _check_media(message: Json, extensions: frozenset[str] | None) -> None:
    """The last path segment must end with an extension that the type allows (None: any)."""
    media = need(message, "media", str)
    _check_address(media, "media")
    extension = PurePosixPath(urlsplit(media).path.rpartition("/")[2]).suffix.lower()
    if not extension or (extensions is not None and extension not in extensions):
        raise bad_data("media extension")


def _check_caption(message: Json) -> None:
    if len(str(message.get("text") or "")) > 768:
        raise bad_data("text")


def _check_size(message: Json, limit: int) -> None:
    if not 0 < need(message, "size", int) <= limit:
        raise bad_data("size")


def _check_address(value: object, key: str) -> None:
    if not isinstance(value, str) or len(value) > 2000 or urlsplit(value).scheme not in {"https", "http"}:
        raise bad_data(key)
