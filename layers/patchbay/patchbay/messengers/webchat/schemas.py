"""What the web chat reports in its webhooks, and the answers of its API that are read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from patchbay.domain.model import AttachmentKind
from patchbay.kit.schemas import Id, Moment, Size, Wire

Address = Annotated[str, Field(min_length=1)]


class Note(Wire):
    """What every webhook has, those of a later version too."""

    kind: str


class Stamp(Wire):
    """When the note was made, which may be long after the visitor wrote: what was not taken is told again."""

    at: Moment | None = None


class ChatData(Wire):
    """`person` is the same for all chats of one visitor under one name; what only writing needs is elsewhere empty."""

    id: Id
    name: str = ""
    person: Id = ""
    language: str = ""


class FileData(Wire):
    """`hosted`: the address is the stack's own and stays valid for the retention time."""

    kind: AttachmentKind = AttachmentKind.FILE
    url: Address
    name: str = ""
    type: str = ""
    size: Size = None
    hosted: bool = False


class TapData(Wire):
    label: str
    payload: str = ""


class ReferenceData(Wire):
    """Another message: `mine` is the visitor's own, `excerpt` how it begins."""

    id: Id
    mine: bool = False
    excerpt: str = ""


class MessageData(Wire):
    """A text, a file with the text as its caption, or a tapped button; `reply_to` is the message that it quotes."""

    id: Id
    at: Moment | None = None
    text: str = ""
    attachment: FileData | None = None
    tap: TapData | None = None
    reply_to: ReferenceData | None = None


class MessageNote(Note):
    chat: ChatData
    message: MessageData


class ChangedData(Wire):
    """`edits` counts how often its words were changed. Its file stays as it was."""

    id: Id
    text: Annotated[str, Field(min_length=1)]
    attachment: FileData | None = None
    edits: int = 1


class ChangedNote(Note):
    chat: ChatData
    message: ChangedData
    at: Moment | None = None


class ReactionNote(Note):
    """`number` counts the visitor's reactions to the message; the one that was `added` stands in place of another."""

    chat: ChatData
    message: ReferenceData
    emoji: Annotated[str, Field(min_length=1)]
    added: bool
    number: int = 1
    at: Moment | None = None


class DeletedData(Wire):
    """`at` is when the deleted message was written."""

    id: Id
    at: Moment | None = None


class DeletedNote(Note):
    chat: ChatData
    message: DeletedData
    at: Moment | None = None


class MarkData(Wire):
    id: Id


class ReceiptNote(Note):
    chat: ChatData
    message: MarkData
    at: Moment | None = None


class TypingNote(Note):
    chat: ChatData
    typing: bool
    at: Moment | None = None


class RenamedNote(Note):
    chat: ChatData
    at: Moment | None = None


class LeftNote(Note):
    chat: ChatData
    at: Moment | None = None


# --- answers ---------------------------------------------------------------------------------------------------------


class Problem(Wire):
    code: str = ""


class Refusal(Wire):
    error: Problem = Problem()


class About(Wire):
    service: str
    title: str = ""


class Posted(Wire):
    id: Id
