"""Why a file is refused, in words for its sender and its recipient."""

from __future__ import annotations

from enum import StrEnum


class Hazard(StrEnum):
    """What a file must not be. The value completes the sentence "it was refused because ..."."""

    PROGRAM = "it is a program or a script"
    PAGE = "it is a web page or an SVG drawing, which can run scripts"
    MACROS = "it is a document with macros"
    DISK = "it is a disk image"
    ARCHIVE = "it is an archive that contains a program or a script"
    UNREADABLE = "it is an archive or a document that cannot be opened"
    NAME = "its name hides its type"
    MALWARE = "malware was found in it"
    UNSCANNED = "it could not be scanned for malware"


def explain(hazard: Hazard) -> str:
    """The line that stands in the conversation in place of the file."""
    return f"this file was refused because {hazard.value}"
