"""A customer on Viber, linked to Giosg, across both simulators."""

from __future__ import annotations

from playground.services.giosg import DEMO_AGENT, Giosg
from playground.services.giosg.quirks import Quirks
from playground.services.giosg.records import Chat, Message
from playground.services.viber import Viber
from playground.services.viber.records import Line, Person
from tests.harness.world import World

CONNECTION = "giosg-1"


class Scene(World):
    """Viber linked to Giosg, with one customer, and one agent who has pressed Start."""

    viber: Viber
    giosg: Giosg
    asa: Person

    @property
    def quirks(self) -> Quirks:
        return self.giosg.quirks

    # --- what agents see and do --------------------------------------------------------------------------------------

    @property
    def chats(self) -> list[Chat]:
        return list(self.giosg.chats.values())

    @property
    def chat(self) -> Chat:
        """The latest."""
        return self.chats[-1]

    def agent_sees(self, chat: Chat | None = None) -> list[str]:
        """What the customer wrote, a button that they pressed in angle brackets."""
        return [describe(message) for message in self.said(chat)]

    def said(self, chat: Chat | None = None) -> list[Message]:
        return [message for message in (chat or self.chat).messages if message.sender_type == "visitor"]

    @property
    def variables(self) -> dict[str, str | None]:
        visitor = self.chat.visitor
        assert visitor is not None
        return {key: each.value for key, each in self.chat.room.visitors[visitor.id].variables.items()}

    def reply(self, *texts: str) -> str:
        """The id of the last."""
        ids = [self.giosg.reply(self.chat.id, DEMO_AGENT, text) for text in texts]
        self.settle()
        return ids[-1]

    def begin_chat(self) -> str:
        """An agent begins another chat with the customer. Its id."""
        room, visitor, agent = self.chat.room, self.chat.visitor, self.giosg.find_agent(DEMO_AGENT)
        with self.giosg.lock:
            return self.giosg.actions.open_chat(room, visitor, "external", [agent]).id

    def calls(self, words: str) -> int:
        """How many calls were made so far whose "METHOD path" has the words in it."""
        return sum(words in f"{request.method} {request.url}" for request in self.http.sent)

    # --- what the customer sees and does -----------------------------------------------------------------------------

    def customer_sees(self, person: Person | None = None) -> list[str]:
        return [_describe_line(line) for line in self.lines(person)]

    def lines(self, person: Person | None = None) -> list[Line]:
        return [line for line in (person or self.asa).lines if line.author == "agent"]

    @property
    def last_line(self) -> Line:
        return self.lines()[-1]

    def talk(self, *texts: str, person: Person | None = None) -> None:
        for text in texts:
            self.viber.write((person or self.asa).id, text)
        self.settle()


def describe(message: Message) -> str:
    return message.text or f"<{message.response.get('response_text')}>"


def _describe_line(line: Line) -> str:
    if line.cards:
        return " | ".join(card.title for card in line.cards)
    return line.text or f"<{line.attachment['kind'] if line.attachment else 'other'}>"


def make_scene(*others: str, **settings: str) -> Scene:
    """`settings` are those of Giosg's connection; `others` are services that are connected as well."""
    scene = Scene("viber", "giosg", *others)
    viber, giosg = scene.simulators["viber"], scene.simulators["giosg"]
    assert isinstance(viber, Viber)
    assert isinstance(giosg, Giosg)
    scene.viber, scene.giosg = viber, giosg
    scene.connect("viber")
    scene.connect("giosg", **settings)
    for other in others:
        scene.connect(other)
    scene.link("viber-1", CONNECTION)
    scene.asa = viber.new_person("Åsa Öberg")
    scene.settle()
    scene.http.sent.clear()
    return scene
