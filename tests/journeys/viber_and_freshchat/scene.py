"""What the tests of this folder share."""

from __future__ import annotations

from playground.services.freshchat import DEMO_AGENT, Freshchat
from playground.services.viber import Viber
from playground.services.viber.records import Person
from tests.harness.world import World

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200


class Scene(World):
    """Viber linked to Freshchat, with one customer."""

    viber: Viber
    freshchat: Freshchat
    asa: Person

    def agent_sees(self) -> list[str]:
        """The texts on the desk, over all conversations, private notes left out."""
        return [
            part.get("text", {}).get("content") or f"<{next(iter(part))}>"
            for conversation in self.freshchat.conversations
            for message in conversation.messages
            if message.message_type != "private" and message.actor_type == "user"
            for part in message.message_parts
        ]

    def notes(self) -> list[str]:
        return [
            message.message_parts[0]["text"]["content"]
            for conversation in self.freshchat.conversations
            for message in conversation.messages
            if message.message_type == "private"
        ]

    def customer_sees(self, person: Person | None = None) -> list[str]:
        return [
            line.text or f"<{line.attachment['kind'] if line.attachment else 'other'}>"
            for line in (person or self.asa).lines
            if line.author == "agent"
        ]

    @property
    def conversation(self) -> str:
        return self.freshchat.conversations[-1].id

    def reply(self, text: str) -> None:
        self.freshchat.reply(self.conversation, DEMO_AGENT, text)


def talk(scene: Scene, *texts: str) -> None:
    for text in texts:
        scene.viber.write(scene.asa.id, text)
    scene.settle()
