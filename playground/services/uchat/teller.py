"""Tells a workspace's webhook what the bot and the agents write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.services.uchat.php import encode_json, sign
from playground.services.uchat.records import Contact, Json, Message
from playground.simulator import Webhook, WebhookAnswer

if TYPE_CHECKING:
    from playground.services.uchat.world import World


def make_payload(contact: Contact, message: Message) -> Json:
    """A media message has no text, not even an empty one."""
    content = message.content
    return {
        "sender_id": contact.user_id,
        "conv_id": contact.conversation_id,
        **({"text": content.text} if content.kind == "text" else {"url": content.url}),
        "type": content.kind,
        "message_type": "outgoing",
        "private": message.author == "note",
        **content.template,
    }


class Teller:
    """UChat gives no message id, no delivery id and no time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def tell(self, contact: Contact, message: Message, action: str = "messages") -> None:
        """Nothing happens while the workspace has no verified webhook."""
        workspace = contact.workspace
        if not workspace.webhook.is_verified:
            return
        message.status = "pending"

        def accept(_: WebhookAnswer) -> None:
            message.status = "sent"

        body = encode_json(make_payload(contact, message))
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": sign(body, self._take_key(workspace.webhook.key)),
            "x-flow-ns": workspace.flow_ns,
            "x-action": action,
        }
        note = str(message.content.template.get("content_type", message.content.kind))
        url, lane = workspace.webhook.url, contact.user_ns
        self._world.send_webhook(Webhook(url=url, headers=headers, body=body, note=note, on_answer=accept, lane=lane))

    def _take_key(self, key: str) -> str:
        habits = self._world.habits
        if not habits.bad_signatures:
            return key
        habits.bad_signatures -= 1
        return f"not {key}"
