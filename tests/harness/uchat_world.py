"""A customer on Viber, linked to UChat, across both simulators."""

from __future__ import annotations

from playground.services.uchat import DEMO_AGENT, UChat
from playground.services.uchat.records import Contact, Message
from playground.services.viber import Viber
from playground.services.viber.records import Line, Person
from tests.harness.world import World

CONNECTION = "uchat-1"


class Scene(World):
    """Viber linked to UChat, with one customer. The bot speaks when it is woken."""

    viber: Viber
    uchat: UChat
    asa: Person

    @property
    def contact(self) -> Contact:
        """The first customer, as UChat knows them."""
        return self.uchat.contacts[0]

    def desk_sees(self, contact: Contact | None = None) -> list[str]:
        """What the customer wrote."""
        return [describe(message) for message in self.posts(contact)]

    def posts(self, contact: Contact | None = None) -> list[Message]:
        return [message for message in (contact or self.contact).messages if message.author == "customer"]

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

    def reply(self, *texts: str) -> None:
        for text in texts:
            self.uchat.reply(self.contact.user_ns, DEMO_AGENT, text)
        self.settle()

    def uncertain(self) -> int:
        """How many messages may have gone out twice."""
        return sum(delivery.uncertain for delivery in self.ledger.deliveries.values())


def describe(message: Message) -> str:
    content = message.content
    if message.payload:
        return f"[{content.text} = {message.payload}]"
    return content.text if content.kind == "text" else f"<{content.kind}>"


def _describe_line(line: Line) -> str:
    if line.cards:
        return " | ".join(card.title for card in line.cards)
    return line.text or f"<{line.attachment['kind'] if line.attachment else 'other'}>"


def make_scene(*others: str, bot: bool = False) -> Scene:
    """`others` are services that are connected as well."""
    scene = Scene("viber", "uchat", *others)
    viber, uchat = scene.simulators["viber"], scene.simulators["uchat"]
    assert isinstance(viber, Viber)
    assert isinstance(uchat, UChat)
    scene.viber, scene.uchat = viber, uchat
    uchat.quirks.bot = bot
    for service in ("viber", "uchat", *others):
        scene.connect(service)
    scene.link("viber-1", CONNECTION)
    scene.asa = viber.new_person("Åsa Öberg")
    scene.settle()
    scene.time.advance(2)  # connecting has taken some of this second's calls
    return scene
