"""What a message says about another one, in words, for services that cannot show it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from patchbay.domain.model import Attachment, Content, Message, Role, Sender, Text, Unsupported
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.domain.text import put_on_one_line

_FIRST_WORDS = 60  #: of a message that another one refers to
CORRECTED = "✎ Corrected:"
ELSEWHERE = "📱 From the phone:"


def say_from_where(message: Message) -> Message:
    """What the owner has answered on another device, for agents: no platform takes it as an agent's message.

    It is posted like what the customer writes, so it must not go under anybody's name.
    """
    sender = Sender(role=Role.CONTACT)
    if not message.content:
        return replace(message, sender=sender)
    return replace(message, sender=sender, content=_begin_with(ELSEWHERE, message.content))


def put_change_in_words(message: Message, *, quoted: bool) -> Message:
    """What somebody did to a message, as a message of its own. `quoted`: the destination shows which one it is about.

    The words of a deleted message are not repeated.
    """
    change = message.change
    match change:
        case None:
            return message
        case Change(kind=ChangeKind.EDIT):
            contents = _leave_out_files(message.content) if change.same_files else message.content
            corrected = _begin_with(CORRECTED, contents)
            return replace(message, change=None, content=corrected, reply_to=change.target)
        case Change(kind=ChangeKind.DELETION):
            return replace(
                message, change=None, content=(Unsupported(description=_describe_deletion(message, change)),)
            )
    words = change.emoji if change.kind is ChangeKind.REACTION else f"{change.emoji or 'Reaction'} removed"
    where = "" if quoted else f" {_describe_target(change)}"
    return replace(message, change=None, content=(Text(text=f"{words}{where}"),))


def _leave_out_files(contents: Sequence[Content]) -> tuple[Content, ...]:
    """With captions as texts: who reads of a correction has the files already."""
    return tuple(Text(text=item.caption) if isinstance(item, Attachment) else item for item in contents)


def _begin_with(words: str, contents: Sequence[Content]) -> tuple[Content, ...]:
    first = contents[0] if contents else None
    if isinstance(first, Text):
        return (Text(text=f"{words} {first.text}"), *contents[1:])
    return (Text(text=words), *contents)


def _describe_target(change: Change) -> str:
    preposition = "from" if change.kind is ChangeKind.REACTION_REMOVED else "to"
    words = begin(change.target)
    return f'{preposition} "{words}"' if words else f"{preposition} a message"


def _describe_deletion(message: Message, change: Change) -> str:
    at = change.written_at
    which = f"of {at.astimezone(UTC):%-d %b %Y, %H:%M} UTC" if at else "from before"
    if message.sender == Sender(role=Role.CONTACT):  # the messenger does not say who
        return f"A message {which} has been deleted"
    if message.sender.role is Role.CONTACT:
        return f"The customer has deleted their message {which}"
    return f"{message.sender.name or 'The sender'} has deleted a message {which}"


def quote_above(message: Message, contents: Sequence[Content]) -> Sequence[Content]:
    """`contents` below the first words of the message that is answered, where the webhook brought any.

    A choice stays as it is: whoever offered it reads its own words again, and nothing else.
    """
    words = begin(message.reply_to) if not message.tapped else ""
    if not words:
        return contents
    first = contents[0] if contents else None
    if isinstance(first, Text):
        return (Text(text=quote(words, first.text)), *contents[1:])
    return (Text(text=quote(words, "")), *contents)


def quote(words: str, text: str) -> str:
    """`text` below the words that it answers."""
    return "\n".join(filter(None, (f"> {words}" if words else "", text)))


def begin(reference: Reference | None) -> str:
    """The first words of another message on one line; "" where they are not known."""
    return put_on_one_line(reference.excerpt, _FIRST_WORDS) if reference else ""
