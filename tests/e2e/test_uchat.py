"""UChat's bot and a customer on Viber, on the deployed stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import pytest
import requests

from playground.accounts import Owner
from playground.run import Playground
from playground.services.uchat import DEMO_AGENT, UChat
from playground.services.uchat.records import Contact
from playground.services.viber import Viber
from playground.services.viber.records import Line, Person
from tests.e2e.test_many_conversations import await_until

pytestmark = pytest.mark.deployed

_NUMBERS = count(1)
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200


@dataclass
class Shop:
    """UChat's bot, and a customer who is new."""

    uchat: UChat
    viber: Viber
    owner: Owner
    person: Person

    @property
    def contact(self) -> Contact:
        """Raises StopIteration while UChat does not know the customer."""
        return next(one for one in list(self.uchat.contacts) if one.name == self.person.name)

    def answers(self) -> list[Line]:
        return [line for line in list(self.person.lines) if line.author == "agent"]

    def says(self, text: str) -> bool:
        return any(text in line.text for line in self.answers())

    def heard(self) -> list[str]:
        return [one.content.text or one.content.url for one in self.contact.messages if one.author == "customer"]

    def payloads(self) -> list[str]:
        return [one.payload for one in self.contact.messages if one.author == "customer" and one.payload]


@pytest.fixture(scope="module")
def workspace(deployed_world: Playground) -> Iterator[Shop]:
    """UChat with somebody on Viber who is linked to it."""
    uchat, viber = deployed_world.simulators["uchat"], deployed_world.simulators["viber"]
    assert isinstance(uchat, UChat)
    assert isinstance(viber, Viber)
    owner = Owner(deployed_world.aws.environment)
    owner.run("link", "viber-demo", "uchat-demo")
    pause, uchat.quirks.bot_delay = uchat.quirks.bot_delay, 0.0
    yield Shop(uchat, viber, owner, viber.new_person(f"Nea {next(_NUMBERS)}"))
    uchat.quirks.bot_delay = pause
    owner.run("link", "viber-demo", "freshchat-demo")


@pytest.fixture
def shop(workspace: Shop) -> Shop:
    return replace(workspace, person=workspace.viber.new_person(f"Nea {next(_NUMBERS)}"))


def test_the_menu_a_tap_cards_and_media_cross(shop: Shop) -> None:
    uchat, viber, person = shop.uchat, shop.viber, shop.person
    viber.write(person.id, "Hello! 👋")
    await_until(lambda: shop.says(f"Hi {person.name}!"), uchat, "the bot's greeting")

    viber.write(person.id, "menu")
    await_until(lambda: shop.says("How can I help?"), uchat, "the menu")
    menu = shop.answers()[-1]
    assert [press.label for press in menu.buttons] == ["See our plans", "Opening hours", "Talk to a person"]
    viber.tap(person.id, menu.id, 1)
    await_until(lambda: shop.says("You chose Opening hours"), uchat, "what the tap brought")
    assert shop.payloads() == ["flow:hours:1"]

    viber.write(person.id, "cards")
    await_until(lambda: shop.says("Call us: +358401234567"), uchat, "what does not fit on the cards")
    carousel = next(line for line in shop.answers() if line.cards)
    pro = next(number for number, card in enumerate(carousel.cards) if card.title == "Pro")
    choose = [press.label for press in carousel.cards[pro].buttons].index("Choose Pro")
    viber.tap(person.id, carousel.id, choose, pro)
    await_until(lambda: "plan:pro" in shop.payloads(), uchat, "the card's button")

    viber.write(person.id, "Choose Basic")
    await_until(lambda: "plan:basic" in shop.payloads(), uchat, "what the other card's typed title brought")

    viber.write(person.id, "media")
    await_until(lambda: len([line for line in shop.answers() if line.attachment]) >= 4, uchat, "four files")
    for line in shop.answers():
        if line.attachment:
            assert requests.get(str(line.attachment["url"]), timeout=30).ok

    viber.send_file(person.id, "cat.png", "image/png", PNG, "my cat")
    await_until(lambda: shop.heard()[-1] == "my cat", uchat, "a picture and its caption")
    assert requests.get(shop.heard()[-2], timeout=30).content == PNG
    assert uchat.complaints == []


def test_a_new_verification_key_loses_no_answer(shop: Shop) -> None:
    uchat, viber, person = shop.uchat, shop.viber, shop.person
    viber.write(person.id, "Hello")
    await_until(lambda: shop.says("Hi Nea"), uchat, "the greeting")
    old = uchat.workspace.webhook.key
    shop.owner.run("connect", "uchat", "uchat-demo", "--secret=webhook_verification_key=")
    assert uchat.workspace.webhook.is_verified
    assert uchat.workspace.webhook.key not in {"", old}
    uchat.private_note(shop.contact.user_ns, DEMO_AGENT, "a nice customer")
    uchat.reply(shop.contact.user_ns, DEMO_AGENT, "Ines here, שלום")
    await_until(lambda: shop.says("Ines here, שלום"), uchat, "an agent's answer with the new key")
    assert not shop.says("a nice customer")


def test_a_webhook_that_somebody_took_is_taken_back(shop: Shop) -> None:
    shop.uchat.lose_webhook("https://another.example/hook")
    finding = shop.owner.run("doctor", "--fix")
    assert shop.uchat.workspace.webhook.is_verified, finding
    assert "another.example" not in shop.uchat.workspace.webhook.url
