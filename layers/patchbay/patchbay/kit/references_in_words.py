"""What a message says about another one, in words, for services that cannot show it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.domain.model import Content, Message, Text
from patchbay.domain.text import put_on_one_line

_FIRST_WORDS = 60  #: of a message that another one refers to


def quote_above(message: Message, contents: Sequence[Content]) -> Sequence[Content]:
    """`contents` below the first words of the message that is answered, where the webhook brought any.

    A choice stays as it is: whoever offered it reads its own words again, and nothing else.
    """
    answered = message.reply_to
    words = put_on_one_line(answered.excerpt, _FIRST_WORDS) if answered and not message.tapped else ""
    if not words:
        return contents
    first = contents[0] if contents else None
    if isinstance(first, Text):
        return (Text(text=f"> {words}\n{first.text}"), *contents[1:])
    return (Text(text=f"> {words}"), *contents)
