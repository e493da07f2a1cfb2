"""The account webhook: its envelope, its headers and its RSA signature.

Freshchat shows the account's public key under the label of PKCS#1 and on one line, although it is an SPKI key; so does
the simulator.
"""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from playground.bodies import write_json
from playground.services.freshchat.records import Conversation, Message, format_time
from playground.services.freshchat.serializers import Json, Serializers
from playground.services.freshchat.state import State
from playground.simulator import Webhook


def show_key(key: RSAPrivateKey) -> str:
    """The public key as the admin copies it."""
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"-----BEGIN RSA PUBLIC KEY----- {base64.b64encode(spki).decode()} -----END RSA PUBLIC KEY-----"


def sign(key: RSAPrivateKey, body: bytes) -> str:
    return base64.b64encode(key.sign(body, PKCS1v15(), SHA256())).decode()


class Webhooks:
    """Reports what happens in the account to the address that the admin has entered."""

    def __init__(self, state: State, serializers: Serializers) -> None:
        self._state = state
        self._serializers = serializers

    def send_message(self, conversation: Conversation, message: Message, *, at_once: bool = False) -> None:
        """`at_once`: now, inside the API call that made the message."""
        data = {"message": self._serializers.message(conversation, message)}
        self._send((message.actor_type, message.actor_id), "message_create", data, conversation, at_once=at_once)

    def send_assignment(self, conversation: Conversation, by: str, before: tuple[str, str]) -> None:
        """`before`: the agent and the group it was assigned to, each "" for none."""
        from_agent, from_group = before
        assignment = {
            "assignor": "agent",
            "assignor_id": by,
            "to_agent_id": conversation.agent,
            "to_group_id": conversation.group,
            "from_agent_id": from_agent,
            "from_group_id": from_group,
            "conversation": self._serializers.event_conversation(conversation, conversation.status),
        }
        self._send(("agent", by), "conversation_assignment", {"assignment": assignment}, conversation)

    def send_resolution(self, conversation: Conversation, by: str) -> None:
        resolve = {
            "resolver": "agent",
            "resolver_id": by,
            "conversation": self._serializers.event_conversation(conversation, "resolved"),
            "interaction_id": conversation.interaction,
        }
        self._send(("agent", by), "conversation_resolution", {"resolve": resolve}, conversation)

    def send_reopening(self, conversation: Conversation, reopener: str, by: str) -> None:
        reopen = {
            "reopener": reopener,
            "reopener_id": by,
            "conversation": self._serializers.event_conversation(conversation, "reopened"),
            "interaction_id": conversation.interaction,
        }
        self._send((reopener, by), "conversation_reopen", {"reopen": reopen}, conversation)

    def _send(
        self, actor: tuple[str, str], action: str, data: Json, conversation: Conversation, *, at_once: bool = False
    ) -> None:
        state = self._state
        if not state.webhook_url:
            return
        envelope = {
            "actor": {"actor_type": actor[0], "actor_id": actor[1]},
            "action": action,
            "action_time": format_time(state.timeline.now()),
            "data": data,
        }
        body = write_json(envelope)
        headers = {
            "Content-Type": "application/json",
            "X-Freshchat-Signature": sign(state.private_key, body),
            "X-Freshchat-Payload-Version": "1.0",
            "X-Retry-Count": "0",
        }
        note = action.replace("_", " ")
        webhook = Webhook(url=state.webhook_url, headers=headers, body=body, note=note, group=conversation.id)
        if not (at_once and state.is_accepted(state.call_webhook(webhook))):
            state.send_webhook(webhook)
