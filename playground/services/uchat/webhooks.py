"""A workspace's webhook: the handshake that verifies it, and what the bot and the agents write."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from urllib.parse import urlencode

from playground.services.uchat.php import encode_json, sign
from playground.services.uchat.records import Contact, Json, Message, Registration, Workspace
from playground.services.uchat.state import State
from playground.simulator import Webhook, WebhookAnswer


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


class Webhooks:
    """UChat gives no message id, no delivery id and no time."""

    def __init__(self, state: State) -> None:
        self._state = state

    def send(self, contact: Contact, message: Message, action: str = "messages") -> None:
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
        url, group = workspace.webhook.url, contact.user_ns
        self._state.send_webhook(Webhook(url=url, headers=headers, body=body, note=note, on_answer=accept, group=group))

    def _take_key(self, key: str) -> str:
        quirks = self._state.quirks
        if not quirks.bad_signatures:
            return key
        quirks.bad_signatures -= 1
        return f"not {key}"

    # --- the handshake -----------------------------------------------------------------------------------------------

    def verify(self, workspace: Workspace, wanted: Registration) -> bool:
        """Whether our side has answered the handshake well, and the webhook is set. Do not call it under the lock."""
        if not self._shake_hands(wanted):
            return False
        with self._state.lock:
            workspace.webhook = wanted
        return True

    def _shake_hands(self, wanted: Registration) -> bool:
        challenge = f"{self._state.random.getrandbits(128):032x}"
        dot = "." if self._state.quirks.dotted_names else "_"
        parameters = {
            f"hub{dot}mode": "subscribe",
            f"hub{dot}verify_token": wanted.key,
            f"hub{dot}challenge": challenge,
        }
        answer = self._state.call_webhook(self._make_handshake(wanted.url, parameters))
        return answer.status == 200 and hmac.compare_digest(answer.body, challenge.encode())

    def _make_handshake(self, url: str, parameters: Mapping[str, str]) -> Webhook:
        """UChat documents that the parameters come by POST, but no encoding."""
        note, query = "handshake", urlencode(parameters)
        match self._state.quirks.handshake:
            case "json":
                headers = {"Content-Type": "application/json"}
                return Webhook(url=url, headers=headers, body=json.dumps(parameters).encode(), note=note)
            case "form":
                headers = {"Content-Type": "application/x-www-form-urlencoded"}
                return Webhook(url=url, headers=headers, body=query.encode(), note=note)
            case kind:
                method = "GET" if kind == "get" else "POST"
                joined = f"{url}{'&' if '?' in url else '?'}{query}"
                return Webhook(url=joined, headers={}, body=b"", note=note, method=method)
