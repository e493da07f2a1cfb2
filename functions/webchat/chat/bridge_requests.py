"""What the bridge's calls carry, as JSON. Loaded with the first of them: visitors' calls need none of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chat.requests import Body, Short
from patchbay.domain.model import Attachment, Cards, Location, Role, Text
from patchbay.kit.failures import FailureCode

MOST_BRIDGE_BYTES = 256 * 1024  #: ten cards with all that they can hold


class Author(Body):
    name: str | None = None
    role: Role = Role.AGENT


class OfferedButton(Body):
    label: str
    payload: str = ""
    url: str | None = None


class NewContent(Body):
    """What a message for the visitor says, in place of what it said before."""

    content: Annotated[Text | Attachment | Cards | Location, Field(discriminator="type")]
    buttons: tuple[OfferedButton, ...] = ()


class BridgeMessage(NewContent):
    """A message for the visitor. `key` is the same however often it is sent, `reply_to` the message that it answers."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    sender: Author = Author()
    sent_at: datetime
    reply_to: Short = ""


class TheirReaction(Body):
    """Any emoji; "" takes it away. Each agent has one, whom their name tells from others."""

    emoji: Short
    sender: Author = Author()


class NewThread(Body):
    """`key` is the same however often it is asked for."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=512)]


class NewState(Body):
    state: Literal["sent", "delivered", "read", "failed"]
    reason: FailureCode | Literal[""] = ""  #: never words: those are the owner's
