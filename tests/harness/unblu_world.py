"""A customer on Viber, linked to Unblu, across both simulators."""

from __future__ import annotations

from collections.abc import Callable

from patchbay.kit import registry
from patchbay.kit.account_setup import RestoresWebhooks
from playground.services.unblu import DEMO_AGENT, Unblu
from playground.services.unblu.records import Conversation, Generation, Message
from playground.services.viber import Viber
from playground.services.viber.records import Line, Person
from tests.harness.fakes.media import PUBLIC
from tests.harness.world import World


class Scene(World):
    """Viber linked to Unblu, with one customer."""

    viber: Viber
    unblu: Unblu
    asa: Person

    @property
    def conversation(self) -> Conversation:
        """The latest."""
        return self.unblu.conversations[-1]

    def agent_sees(self, conversation: Conversation | None = None) -> list[str]:
        conversation = conversation or self.conversation
        return [_read(message) for message in conversation.messages if message.from_channel]

    def customer_sees(self, person: Person | None = None) -> list[str]:
        return [_describe(line) for line in (person or self.asa).lines if line.author == "agent"]

    @property
    def last_line(self) -> Line:
        return [line for line in self.asa.lines if line.author == "agent"][-1]

    def talk(self, *texts: str) -> None:
        for text in texts:
            self.viber.write(self.asa.id, text)
        self.settle()

    def reply(self, text: str, agent: str = DEMO_AGENT, *, markdown: bool = False) -> Message:
        uid = self.unblu.reply(self.conversation.id, agent, text, markdown)
        return self.message(uid)

    def message(self, uid: str) -> Message:
        found = self.conversation.message(uid)
        assert found is not None
        return found

    def heal(self) -> str:
        """What the webhook monitor does every few minutes."""
        connector, connection = registry.load("unblu"), self.connections.connections["unblu-1"]
        assert isinstance(connector, RestoresWebhooks)
        return connector.restore_webhooks(
            {"webhook": f"{PUBLIC}/unblu/hook-of-unblu-1-0123456789"}, connection, self.http
        )

    def break_answers(self, *, broken: bool) -> None:
        """Our endpoint is gone, or there again."""
        self.queue.refuse = 10_000 if broken else 0


def _read(message: Message) -> str:
    if message.file:
        return f"<{message.file.name}>"
    return str(message.body.get("text") or message.body.get("value"))


def _describe(line: Line) -> str:
    if line.cards:
        return " | ".join(card.title for card in line.cards)
    return line.text or f"<{line.attachment['kind'] if line.attachment else 'other'}>"


def make_scene(generation: Generation, prepare: Callable[[Unblu], None] | None = None, **settings: str) -> Scene:
    """`prepare` meets Unblu before anybody else does."""
    scene = Scene("viber", "unblu")
    viber, unblu = scene.simulators["viber"], scene.simulators["unblu"]
    assert isinstance(viber, Viber)
    assert isinstance(unblu, Unblu)
    scene.viber, scene.unblu = viber, unblu
    unblu.generation = generation
    if prepare:
        prepare(unblu)
    scene.connect("viber")
    scene.connect("unblu", **settings)
    scene.link("viber-1", "unblu-1")
    scene.asa = viber.new_person("Åsa Öberg")
    scene.settle()
    scene.time.advance(2)  # connecting has taken some of this second's calls
    return scene
