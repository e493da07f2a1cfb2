"""What the web chat tells in its webhooks, and the answers of its API that are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from patchbay.model import AttachmentKind
from patchbay.wire import String, Wire


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first and the last day that Python knows, in other time zones
        raise ValueError("not a moment in UTC") from None


Id = Annotated[str, Field(min_length=1)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Note(Wire):
    """What every webhook has, those of a later version too."""

    kind: str


class ChatData(Wire):
    """`person` is the same for all chats of one visitor under one name; what only writing needs is elsewhere empty."""

    id: Id
    name: String = ""
    person: String = ""
    language: String = ""


class FileData(Wire):
    """`hosted`: the address is the stack's own and stays valid for the retention time."""

    kind: AttachmentKind
    url: Id
    name: String = ""
    type: String = ""
    size: int | None = None
    hosted: bool = False


class TapData(Wire):
    label: str
    payload: str


class MessageData(Wire):
    """A text, a file with the text as its caption, or a tapped button."""

    id: Id
    at: Moment
    text: String = ""
    attachment: FileData | None = None
    tap: TapData | None = None


class MessageNote(Note):
    chat: ChatData
    message: MessageData


class MarkData(Wire):
    id: Id


class ReceiptNote(Note):
    chat: ChatData
    message: MarkData
    at: Moment


class TypingNote(Note):
    chat: ChatData
    typing: bool
    at: Moment


class LeftNote(Note):
    chat: ChatData
    at: Moment


# --- answers ---------------------------------------------------------------------------------------------------------


class Problem(Wire):
    code: String = ""


class Refusal(Wire):
    error: Problem = Problem()


class About(Wire):
    service: str
    title: String = ""


class Posted(Wire):
    id: Id
