"""Telling the agent, in the conversation itself, that a message did not get through."""

from __future__ import annotations

from collections.abc import Iterator

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Rejected
from patchbay.domain.model import Conversation
from patchbay.platforms.freshchat.client import Api
from patchbay.platforms.freshchat.outbound import call_ids

_REFUSALS = frozenset({400, 403, 404, 422})


def post_failure_note(api: Api, text: str, conversation: Conversation, connection: Connection) -> None:
    """A private note by the configured agent, else by a bot, else by the system: accounts differ in what they allow."""
    for conversation_id in call_ids(conversation):
        for actor in _actors(connection):
            body = {"message_parts": [{"text": {"content": text}}], "message_type": "private", **actor}
            response = api.post("conversations", conversation_id, "messages", json=body, repeatable=False)
            if response.ok:
                return
            if response.status not in _REFUSALS:
                break
    raise Rejected(f"Freshchat refused the private note (HTTP {response.status})", code="no_note")


def _actors(connection: Connection) -> Iterator[dict[str, str]]:
    if connection.setting("agent_id"):
        yield {"actor_type": "agent", "actor_id": connection.setting("agent_id")}
    yield {"actor_type": "bot"}
    yield {"actor_type": "system"}
