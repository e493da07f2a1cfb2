"""What a Telegram message holds, as the bridge's contents."""

from __future__ import annotations

from collections.abc import Iterator

from patchbay.domain.characters import quote_name
from patchbay.domain.model import Attachment, AttachmentKind, ContactCard, Content, Location, Text, Unsupported
from patchbay.kit.displayable_types import find_kind
from patchbay.messengers.telegram import spec
from patchbay.messengers.telegram.entities import write_plain
from patchbay.messengers.telegram.schemas import File, IncomingMessage, Venue

_STICKERS = "image/webp"  #: of those that do not move
_MEGABYTE = 1024 * 1024


def read_contents(message: IncomingMessage) -> tuple[Content, ...]:
    """All that is known of the message's kind; nothing for a kind that is not."""
    return tuple(_list_contents(message))


def is_incomplete(contents: tuple[Content, ...]) -> bool:
    """Whether a file's address is still to be asked for."""
    return any(isinstance(item, Attachment) and item.url is None for item in contents)


def describe_unknown(kind: str) -> Unsupported:
    """A message of a kind that Telegram has added, or that says nothing outside of Telegram."""
    return Unsupported(description=f"Telegram message of type {quote_name(kind)}, which cannot be shown here")


def _list_contents(message: IncomingMessage) -> Iterator[Content]:
    file = _find_file(message)
    caption = write_plain(message.caption, message.caption_entities)
    if message.text:
        yield Text(text=write_plain(message.text, message.entities))
    elif file is not None:
        yield from _show_file(*file, caption, is_voice=message.voice is not None)
    elif message.sticker is not None:
        yield _show_sticker(message.sticker, message)
    elif message.venue is not None:
        yield _show_venue(message.venue)
    elif message.location is not None:
        yield Location(latitude=message.location.latitude, longitude=message.location.longitude)
    elif message.contact is not None:
        yield ContactCard(name=message.contact.name, phone=message.contact.phone_number)


# --- files -----------------------------------------------------------------------------------------------------------


def _find_file(message: IncomingMessage) -> tuple[File, AttachmentKind, str] | None:
    """The file with its kind and a name. An animation comes as a document, too, which says less."""
    animation, document = message.animation, message.document
    known = (
        (_choose_photo(message.photo), AttachmentKind.IMAGE, "photo-{}.jpg"),
        (animation, find_kind(animation.mime_type) if animation else AttachmentKind.VIDEO, "animation-{}.mp4"),
        (message.video, AttachmentKind.VIDEO, "video-{}.mp4"),
        (message.video_note, AttachmentKind.VIDEO, "video-{}.mp4"),
        (message.voice, AttachmentKind.AUDIO, "voice-{}.ogg"),
        (message.audio, AttachmentKind.AUDIO, "audio-{}.mp3"),
        (document, find_kind(document.mime_type) if document else AttachmentKind.FILE, "file-{}"),
    )
    return next(((file, kind, name.format(message.message_id)) for file, kind, name in known if file), None)


def _choose_photo(sizes: tuple[File, ...]) -> File | None:
    """The largest that Telegram gives out; they come in order."""
    return next((one for one in reversed(sizes) if not _is_too_large(one)), sizes[0] if sizes else None)


def _is_too_large(file: File) -> bool:
    return (file.file_size or 0) > spec.DOWNLOAD_BYTES


def _show_file(file: File, kind: AttachmentKind, name: str, caption: str, *, is_voice: bool) -> Iterator[Content]:
    if _is_too_large(file):
        yield describe_too_large(file.file_name or name, file.file_size)
        if caption:
            yield Text(text=caption)
        return
    yield Attachment(
        kind=kind,
        url=None,
        name=file.file_name or name,
        content_type=file.mime_type,
        size=file.file_size,
        caption=caption,
        external_id=file.file_id,
        protected=True,
        voice=is_voice,
        duration=file.duration,
    )


def describe_too_large(name: str, size: int | None) -> Unsupported:
    """In place of a file that Telegram does not give out."""
    of_size = f" of {size / _MEGABYTE:.0f} MB" if size else ""
    return Unsupported(
        description=f"{name}: a file{of_size}, and Telegram gives bots only files of up to 20 MB. "
        "Ask for it in another way"
    )


def _show_sticker(sticker: File, message: IncomingMessage) -> Content:
    """One that moves is made for Telegram's own apps: its emoji says what it means."""
    if sticker.is_animated or sticker.is_video:
        return Text(text=sticker.emoji) if sticker.emoji else describe_unknown("sticker")
    return Attachment(
        kind=AttachmentKind.IMAGE,
        url=None,
        name=f"sticker-{message.message_id}.webp",
        content_type=_STICKERS,
        size=sticker.file_size,
        external_id=sticker.file_id,
        protected=True,
        emoji=sticker.emoji,
    )


# --- places ----------------------------------------------------------------------------------------------------------


def _show_venue(venue: Venue) -> Location:
    label = ", ".join(filter(None, (venue.title, venue.address)))
    return Location(latitude=venue.location.latitude, longitude=venue.location.longitude, label=label)
