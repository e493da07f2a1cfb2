"""What UChat posts to a webhook, as far as the bridge reads it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from patchbay.wire import String, Wire


class MessageWire(Wire):
    """What the bot or an agent says.

    `content_attributes` is read piece by piece: a template that is not quite as documented still has words to show.
    """

    sender_id: Annotated[str, Field(min_length=1)]
    conv_id: String = ""
    type: String = ""
    message_type: String = ""
    private: bool | None = None
    text: String = ""
    url: String = ""
    content_type: String = ""
    content_attributes: object = None
