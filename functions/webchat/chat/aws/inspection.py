"""What a visitor's file is, by its content, and how the store keeps it.

What recognizes files is loaded with the first one: most visitors send none, and none of them should wait for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import IO

from chat.model import FOLDER, Stored, Upload
from patchbay.domain.hazards import Hazard

_TOKEN_BYTES = 32


def inspect(content: IO[bytes], size: int, version: str, upload: Upload) -> Stored:
    """`content` can be read from any place; `size` is that of all of it."""
    from patchbay.aws.files.examination import examine

    found = examine(content, upload.content_type, upload.name)
    hazard = found.hazard or (Hazard.PAGE if _is_page(content) else None)
    return Stored(size=size, version=version, name=found.name, content_type=found.content_type, hazard=hazard)


def judge_name(name: str) -> Hazard | None:
    """Why no file of this name is taken, before anything of it has arrived."""
    from patchbay.aws.files import filenames

    return filenames.judge_name(name)


def list_extensions(types: Sequence[str]) -> Sequence[str]:
    from patchbay.aws.files import filetypes

    return filetypes.list_extensions(types)


def read_types(declared: str, name: str) -> tuple[str, ...]:
    """The extension counts unless the declared type is that of what is refused."""
    from patchbay.aws.files.examination import is_harmless
    from patchbay.aws.files.filetypes import UNKNOWN, normalize_type, type_of_name

    said = normalize_type(declared)
    if said in {"", UNKNOWN} and "." not in name.strip(". "):
        return ()
    known = (said, type_of_name(name)) if is_harmless(said) else (said,)
    return tuple(filter(None, known)) or (UNKNOWN,)


def make_key(stored: Stored) -> str:
    """A new one each time: what was published once is never written to again."""
    return f"{FOLDER}{secrets.token_urlsafe(_TOKEN_BYTES)}/{stored.name}"


def make_fields(upload: Upload) -> dict[str, str]:
    """What the browser must post with the file, letter by letter."""
    return {"Content-Type": upload.content_type}


def _is_page(content: IO[bytes]) -> bool:
    """Also one that calls itself a text: strangers have no use for those."""
    from patchbay.aws.files.mime import SNIFF_BYTES, is_web_page

    content.seek(0)
    return is_web_page(content.read(SNIFF_BYTES))
