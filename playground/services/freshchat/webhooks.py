"""The account webhook: its envelope, its headers and its RSA signature.

Freshchat shows the account's public key under the label of PKCS#1 and on one line, although it is an SPKI key; so does
the simulator.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from playground.bodies import write_json
from playground.services.freshchat.records import Conversation, Message, bare, format_time
from playground.simulator import Webhook

if TYPE_CHECKING:
    from playground.services.freshchat.world import World


@dataclass(slots=True)
class WebhookHabits:
    """How the account's webhooks look. Each has been seen in the wild."""

    echo_first: bool = False  #: a message made through the API is told of before the API answers
    omit_message_type: bool = False
    omit_user_id: bool = False
    bare_ids: bool = False  #: conversation ids without dashes
    late_files: float = 0.0  #: seconds during which an agent's file has no address


def generate_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def show_key(key: RSAPrivateKey) -> str:
    """The public key as the admin copies it."""
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"-----BEGIN RSA PUBLIC KEY----- {base64.b64encode(spki).decode()} -----END RSA PUBLIC KEY-----"


def sign(key: RSAPrivateKey, body: bytes) -> str:
    return base64.b64encode(key.sign(body, PKCS1v15(), SHA256())).decode()


class Teller:
    """Tells the pasted address what happens in the account."""

    def __init__(self, world: World) -> None:
        self._world = world

    def tell_message(self, conversation: Conversation, message: Message, *, first: bool = False) -> None:
        """`first`: now, inside the API call that made the message."""
        actor = {"actor_type": message.actor_type, "actor_id": message.actor_id}
        data = {"message": self.describe_message(conversation, message)}
        self._tell(actor, "message_create", data, conversation, at_once=first)

    def tell_assignment(self, conversation: Conversation, by: str, before: tuple[str, str]) -> None:
        """`before`: the agent and the group it was with; nobody is ""."""
        from_agent, from_group = before
        assignment = {
            "assignor": "agent",
            "assignor_id": by,
            "to_agent_id": conversation.agent,
            "to_group_id": conversation.group,
            "from_agent_id": from_agent,
            "from_group_id": from_group,
            "conversation": self._describe(conversation, conversation.status),
        }
        self._tell(_actor("agent", by), "conversation_assignment", {"assignment": assignment}, conversation)

    def tell_resolution(self, conversation: Conversation, by: str) -> None:
        resolve = {
            "resolver": "agent",
            "resolver_id": by,
            "conversation": self._describe(conversation, "resolved"),
            "interaction_id": conversation.interaction,
        }
        self._tell(_actor("agent", by), "conversation_resolution", {"resolve": resolve}, conversation)

    def tell_reopening(self, conversation: Conversation, reopener: str, by: str) -> None:
        reopen = {
            "reopener": reopener,
            "reopener_id": by,
            "conversation": self._describe(conversation, "reopened"),
            "interaction_id": conversation.interaction,
        }
        self._tell(_actor(reopener, by), "conversation_reopen", {"reopen": reopen}, conversation)

    def describe_message(self, conversation: Conversation, message: Message) -> dict[str, Any]:
        """The message object, in webhooks and in the API alike."""
        world = self._world
        shown: dict[str, Any] = {
            "id": message.id,
            "app_id": world.app_id,
            "channel_id": conversation.channel.id,
            "freshchat_channel_id": conversation.channel.number,
            "conversation_id": self.spell(conversation.id),
            "freshchat_conversation_id": conversation.number,
            "interaction_id": conversation.interaction,
            "user_id": conversation.user.id,
            "actor_type": message.actor_type,
            "actor_id": message.actor_id,
            "message_type": message.message_type,
            "message_source": message.source,
            "message_parts": message.show_parts(world.timeline.now()),
            "reply_parts": message.reply_parts,
            "created_time": format_time(message.created_at),
            "restrictResponse": False,
            "botsPrivateNote": message.message_type == "private" and message.actor_type == "bot",
        }
        return {name: value for name, value in shown.items() if name not in self._left_out(message)}

    def spell(self, conversation_id: str) -> str:
        return bare(conversation_id) if self._world.habits.bare_ids else conversation_id

    def _left_out(self, message: Message) -> set[str]:
        habits = self._world.habits
        names = set()
        if not message.reply_parts:
            names.add("reply_parts")
        if message.actor_type == "system":
            names.add("actor_type")  # system users have an id and no type
        if habits.omit_message_type and message.message_type == "normal":
            names.add("message_type")
        if habits.omit_user_id or message.actor_type == "user":
            names.add("user_id")
        return names

    def _describe(self, conversation: Conversation, status: str) -> dict[str, str]:
        return {
            "conversation_id": self.spell(conversation.id),
            "freshchat_conversation_id": conversation.number,
            "app_id": self._world.app_id,
            "status": status,
            "channel_id": conversation.channel.id,
            "assigned_agent_id": conversation.agent,
            "assigned_group_id": conversation.group,
        }

    def _tell(
        self,
        actor: dict[str, str],
        action: str,
        data: dict[str, Any],
        conversation: Conversation,
        *,
        at_once: bool = False,
    ) -> None:
        world = self._world
        if not world.webhook_url:
            return
        envelope = {"actor": actor, "action": action, "action_time": format_time(world.timeline.now()), "data": data}
        body = write_json(envelope)
        headers = {
            "Content-Type": "application/json",
            "X-Freshchat-Signature": sign(world.private_key, body),
            "X-Freshchat-Payload-Version": "1.0",
            "X-Retry-Count": "0",
        }
        note = action.replace("_", " ")
        webhook = Webhook(url=world.webhook_url, headers=headers, body=body, note=note, lane=conversation.id)
        if not (at_once and world.is_accepted(world.call_webhook(webhook))):
            world.send_webhook(webhook)


def _actor(actor_type: str, actor_id: str) -> dict[str, str]:
    return {"actor_type": actor_type, "actor_id": actor_id}
