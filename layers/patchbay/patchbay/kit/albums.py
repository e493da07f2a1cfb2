"""Files of a message that its destination shows as one. Pure.

What stands in no album goes as it always does: a file by itself, of whatever kind or size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from patchbay.domain.albums import Album
from patchbay.domain.model import Attachment, Cards, ContactCard, Location, Part, Text

if TYPE_CHECKING:
    from patchbay.kit.capabilities import AlbumRule


Piece = Text | Attachment | Location | ContactCard | Cards | Album  #: what one part can carry


def gather_albums(pieces: Iterable[Piece], rule: AlbumRule | None) -> list[Piece]:
    """The same in the same order, neighbors that go together in one. What has a caption of its own begins an album."""
    if rule is None:
        return list(pieces)
    gathered: list[Piece] = []
    open_album: list[Attachment] = []
    for piece in pieces:
        if isinstance(piece, Attachment) and _joins(piece, open_album, rule):
            open_album.append(piece)
            continue
        gathered += _close(open_album)
        open_album = []
        if isinstance(piece, Attachment) and _fits(piece, rule):
            open_album.append(piece)
        else:
            gathered.append(piece)
    return [*gathered, *_close(open_album)]


def split_albums(parts: Sequence[Part], first: int | None) -> tuple[Part, ...]:
    """The parts, with the files of all albums from the one with the number `first` on one by one; None: as they are.

    The numbers in the keys go on, so the parts before keep theirs.
    """
    if first is None:
        return tuple(parts)
    kept, rest = parts[:first], parts[first:]
    split = [single for part in rest for single in _split(part)]
    return (
        *kept,
        *(replace(part, key=_renumber(part.key, number)) for number, part in enumerate(split, start=first)),
    )


def _fits(file: Attachment, rule: AlbumRule) -> bool:
    """Whether it may be in an album at all. What is somebody's voice or a sticker is shown as that."""
    plain = not file.voice and not file.emoji and file.content_type not in rule.single_types
    return plain and file.size is not None and file.size <= rule.max_bytes


def _joins(file: Attachment, album: Sequence[Attachment], rule: AlbumRule) -> bool:
    if not album or file.caption or not _fits(file, rule) or len(album) >= rule.max_files:
        return False
    size = sum(each.size or 0 for each in (*album, file))
    return size <= rule.max_bytes and any({album[0].kind, file.kind} <= mix for mix in rule.mixes)


def _close(album: Sequence[Attachment]) -> Iterator[Attachment | Album]:
    if len(album) > 1:
        yield Album(files=tuple(album))
    else:
        yield from album


def _split(part: Part) -> Iterator[Part]:
    if not isinstance(part.content, Album):
        yield part
        return
    for number, file in enumerate(part.content.files):
        single = replace(part, content=file)
        yield single if number == 0 else replace(single, reply_to="", excerpt="", tapped=None)


def _renumber(key: str, number: int) -> str:
    return f"{key.rpartition(':')[0]}:{number}"
