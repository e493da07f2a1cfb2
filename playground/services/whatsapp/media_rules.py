"""Which files may be sent as what.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
"""

from __future__ import annotations

from collections.abc import Mapping

from playground.services.whatsapp.errors import RefusedCall

KILO, MEGA = 1024, 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."

DOCUMENTS = frozenset(
    {
        "text/plain",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        f"{_OFFICE}wordprocessingml.document",
        f"{_OFFICE}spreadsheetml.sheet",
        f"{_OFFICE}presentationml.presentation",
    }
)
KINDS: Mapping[str, frozenset[str]] = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
    "sticker": frozenset({"image/webp"}),
    "document": DOCUMENTS,
}
MOST: Mapping[str, int] = {
    "image": 5 * MEGA,
    "video": 16 * MEGA,
    "audio": 16 * MEGA,
    "sticker": 500 * KILO,  # animated; 100 KB of one that is not
    "document": 100 * MEGA,
}
_MOST_STILL = 100 * KILO


def plain_type(content_type: str) -> str:
    """Without parameters such as codecs."""
    return content_type.partition(";")[0].strip().lower()


def check_upload(content_type: str, size: int) -> None:
    """Raises RefusedCall for what cannot be uploaded at all."""
    kinds = [kind for kind, types in KINDS.items() if plain_type(content_type) in types]
    if plain_type(content_type) == "audio/opus":
        raise RefusedCall(131053, "Unsupported Audio mime type audio/opus. Please use audio/ogg; codecs=opus")
    if not kinds:
        known = ", ".join(sorted({each for types in KINDS.values() for each in types}))
        raise RefusedCall(
            100, title=f"Param file must be a file with one of the following types: {known}. Received {content_type}"
        )
    if not size:
        raise RefusedCall(131053, "The file is empty")
    if size > max(MOST[kind] for kind in kinds):
        raise RefusedCall(131053, f"Media size {size} is too large")


def check_media_type(kind: str, content_type: str, size: int) -> None:
    """Raises RefusedCall for a file that is not what the message says."""
    if fault := find_fault(kind, content_type, size):
        raise RefusedCall(131053, fault)


def find_fault(kind: str, content_type: str, size: int) -> str:
    """Why a file cannot be sent as this; "" if it can. Documents may be of any type."""
    plain = plain_type(content_type)
    if kind != "document" and plain not in KINDS[kind]:
        return f"Media of the type {content_type} cannot be sent as {kind}"
    if plain == "audio/ogg" and kind == "audio" and "opus" not in content_type and ";" in content_type:
        return "Only audio/ogg with the codec opus is supported"
    if size > MOST[kind]:
        return f"Media size {size} is above {MOST[kind]}"
    return ""


def check_voice(content_type: str) -> None:
    """Raises RefusedCall for what is no voice note."""
    if plain_type(content_type) != "audio/ogg" or "opus" not in content_type:
        raise RefusedCall(131053, f"A voice note is audio/ogg; codecs=opus, not {content_type}")


def is_still_too_large(content: bytes) -> bool:
    """Whether a sticker that does not move is above its own limit."""
    return b"ANIM" not in content[:64] and len(content) > _MOST_STILL
