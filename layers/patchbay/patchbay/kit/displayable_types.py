"""What a page can draw. Browsers show a broken image, or a player that plays nothing, for every other type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from patchbay.domain.model import AttachmentKind
from patchbay.kit.capabilities import AttachmentRule

#: By what it is drawn as. Left out is what only some browsers, or some of their systems, can show (HEIC, TIFF, MOV).
DRAWN: Mapping[AttachmentKind, frozenset[str]] = {
    AttachmentKind.IMAGE: frozenset(
        {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"},
    ),
    AttachmentKind.AUDIO: frozenset(
        {"audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/webm", "audio/aac", "audio/flac"},
    ),
    AttachmentKind.VIDEO: frozenset({"video/mp4", "video/webm"}),
}


def find_kind(content_type: str) -> AttachmentKind:
    """As what a file of this type, which its content has proved, is drawn."""
    return next((kind for kind, types in DRAWN.items() if content_type in types), AttachmentKind.FILE)


def allow_drawn(rule: AttachmentRule) -> Mapping[AttachmentKind, AttachmentRule]:
    """The rule of files for each kind, where the service's people read in a browser."""
    drawn = {kind: _limit(rule, types) for kind, types in DRAWN.items()}
    return {**drawn, AttachmentKind.FILE: rule}


def _limit(rule: AttachmentRule, types: frozenset[str]) -> AttachmentRule:
    return replace(rule, content_types=types)
