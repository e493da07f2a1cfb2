"""Files in messages: what the API says of each kind, and how large it may be."""

from __future__ import annotations

from pathlib import PurePosixPath

from playground.services.telegram.records import Json, StoredFile
from playground.services.telegram.state import State

MEGABYTE = 1024 * 1024
MOST_DOWNLOADED = 20 * MEGABYTE
MOST_UPLOADED = {"photo": 10 * MEGABYTE}
MOST_BY_ADDRESS = {"photo": 5 * MEGABYTE}
ANY_UPLOAD, ANY_BY_ADDRESS = 50 * MEGABYTE, 20 * MEGABYTE

#: The begin of a file's id, the folder of its download, and the ending if its type says none.
KINDS = {
    "photo": ("AgAC", "photos", "jpg"),
    "video": ("BAAC", "videos", "mp4"),
    "animation": ("CgAC", "animations", "mp4"),
    "audio": ("CQAC", "music", "mp3"),
    "voice": ("AwAC", "voice", "oga"),
    "video_note": ("DQAC", "video_notes", "mp4"),
    "document": ("BQAC", "documents", "bin"),
    "sticker": ("CAAC", "stickers", "webp"),
}
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "oga",
    "application/pdf": "pdf",
}
_SMALL, _LARGE = (90, 67), (1280, 960)


def name_kind(content_type: str) -> str:
    """What an app makes of a file that somebody attaches."""
    if content_type == "image/gif":
        return "animation"
    if content_type in {"image/jpeg", "image/png", "image/webp"}:
        return "photo"
    kind = {"video/mp4": "video", "audio/mpeg": "audio", "audio/mp4": "audio", "audio/ogg": "voice"}
    return kind.get(content_type, "document")


def make_content(state: State, kind: str, file: StoredFile, facts: Json) -> Json:
    """The fields of a message with this file. `facts` are what the sender said of it, such as its duration."""
    base: Json = {"file_id": file.id, "file_unique_id": file.unique_id}
    size: Json = {"file_size": file.size} if file.size else {}
    mime: Json = {"mime_type": file.content_type} if file.content_type else {}
    named: Json = {"file_name": file.name} if file.name else {}
    lasting: Json = {"duration": facts.get("duration", 3)}
    shape: Json = {"width": facts.get("width", 640), "height": facts.get("height", 360)}
    match kind:
        case "photo":
            return {"photo": _list_sizes(state, file)}
        case "video":
            return {"video": {**base, **shape, **lasting, **named, **mime, **size}}
        case "animation":  # clients of before there were animations see a document
            return {
                "animation": {**base, **shape, **lasting, **named, **mime, **size},
                "document": {**base, **named, **mime, **size},
            }
        case "audio":
            said = {key: facts[key] for key in ("performer", "title") if key in facts}
            return {"audio": {**base, **lasting, **said, **named, **mime, **size}}
        case "voice":
            return {"voice": {**base, **lasting, **mime, **size}}
        case "video_note":
            return {"video_note": {**base, "length": facts.get("length", 240), **lasting, **size}}
        case "sticker":
            return {"sticker": {**base, **_describe_sticker(facts), **size}}
        case _:
            return {"document": {**base, **named, **mime, **size}}


def _list_sizes(state: State, file: StoredFile) -> list[Json]:
    """Photos come in several sizes, the largest last; here the small one has other bytes."""
    small = state.store_file(KINDS["photo"][0], "", b"a thumbnail", "image/jpeg")
    return [
        {
            "file_id": each.id,
            "file_unique_id": each.unique_id,
            "width": width,
            "height": height,
            **({"file_size": each.size} if each.size else {}),
        }
        for each, (width, height) in ((small, _SMALL), (file, _LARGE))
    ]


def _describe_sticker(facts: Json) -> Json:
    emoji: Json = {"emoji": facts["emoji"]} if facts.get("emoji") else {}
    animated = facts.get("is_animated", False)
    video = facts.get("is_video", False)
    return {"type": "regular", "width": 512, "height": 512, "is_animated": animated, "is_video": video, **emoji}


def find_file_id(content: Json) -> tuple[str, str]:
    """The kind of the file in a message, and its id; both "" if there is none."""
    for kind in KINDS:
        value = content.get(kind)
        if isinstance(value, list) and value:
            return kind, str(value[-1]["file_id"])
        if isinstance(value, dict):
            return kind, str(value["file_id"])
    return "", ""


def make_path(kind: str, number: int, file: StoredFile) -> str:
    """Where a file can be downloaded. Its name is not in it."""
    _, folder, usual = KINDS[kind]
    ending = _ENDINGS.get(file.content_type) or PurePosixPath(file.name).suffix.removeprefix(".") or usual
    return f"{folder}/file_{number}.{ending}"


def kind_of_id(file_id: str) -> str:
    return next((kind for kind, (prefix, _, _) in KINDS.items() if file_id.startswith(prefix)), "document")
