"""Several files that are shown as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from patchbay.domain.model import Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """Two or more files that the destination shows together, above the one caption that the first of them has."""

    type: Literal["album"] = "album"
    files: tuple[Attachment, ...]
