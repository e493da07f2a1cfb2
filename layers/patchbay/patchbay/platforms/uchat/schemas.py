"""What UChat posts to a webhook, as far as the bridge reads it."""

from __future__ import annotations

from patchbay.kit.schemas import Address, Id, Private, Wire


class MessageWire(Wire):
    """What the bot or an agent says.

    `content_attributes` is read piece by piece: a template that is not quite as documented still has words to show.
    """

    sender_id: Id
    conv_id: Id = ""
    type: str = ""
    message_type: str = ""
    private: Private = False
    text: str = ""
    url: Address = ""
    content_type: str = ""
    content_attributes: object = None
