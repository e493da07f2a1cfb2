"""A customer on WhatsApp, on the deployed stack, through Meta's door: both ways, and past the end of the window."""

from __future__ import annotations

import re
from itertools import count
from typing import Any, override

import pytest
import requests

from playground.accounts import Owner
from playground.page_arguments import ChosenFile
from playground.run import Playground
from playground.services.whatsapp import WhatsApp
from tests.e2e.test_many_conversations import await_until
from tests.harness.pair_world import PNG, Talk

pytestmark = pytest.mark.deployed

_NUMBERS = count(1)


class WhatsAppTalk(Talk):
    """A new customer, whose conversations are found among all others by their name."""

    whatsapp: WhatsApp
    customer: str

    def __init__(self, playground: Playground, platform: str) -> None:
        phone = playground.simulators["whatsapp"]
        assert isinstance(phone, WhatsApp)
        self.phone = self.whatsapp = phone
        self.desk = playground.simulators[platform]
        self.name = f"Wilma {next(_NUMBERS)}"
        self.customer = phone.people.new_person(self.name).id

    @property
    @override
    def conversations(self) -> list[dict[str, Any]]:
        return [one for one in super().conversations if str(one["contact"]["name"]).strip() == self.name]

    def await_desk(self, words: str) -> str:
        await_until(lambda: any(words in text for text in self.everything()), self.desk, f"{words!r} at the desk")
        return next(text for text in self.everything() if words in text)

    def await_phone(self, words: str) -> dict[str, Any]:
        await_until(lambda: any(words in text for text in self.customer_sees()), self.phone, f"{words!r} on the phone")
        return next(line for line in self.shown() if words in line["text"])

    def everything(self) -> list[str]:
        """What stands at the desk, the bridge's notes among it."""
        return [str(line["text"]) for one in self.conversations for line in one["messages"]]

    def act(self, action: str, **arguments: str) -> None:
        self.whatsapp.act(action, {"person": self.customer, **arguments})


@pytest.fixture
def talk(deployed_world: Playground) -> WhatsAppTalk:
    Owner(deployed_world.aws.environment).run("link", "whatsapp-demo", "freshchat-demo")
    return WhatsAppTalk(deployed_world, "freshchat")


def test_words_images_and_reactions_cross(talk: WhatsAppTalk) -> None:
    talk.whatsapp.people.write(talk.customer, "Is <10:30> free? 👋")
    talk.await_desk("Is <10:30> free? 👋")
    talk.replies("At 11:00 & later")
    answer = talk.await_phone("At 11:00 & later")

    photo = ChosenFile(name="car.png", content_type="image/png", data=PNG, caption="my car")
    talk.whatsapp.people.send_file(talk.customer, photo)
    talk.await_desk("my car")
    [shown] = [line for line in talk.written() if line["attachment"]]
    assert requests.get(str(shown["attachment"]["url"]), timeout=30).content == PNG
    talk.replies_with_file("plan.png", "image/png", PNG)
    await_until(lambda: any(is_from_agent(line) for line in talk.shown()), talk.phone, "the image on the phone")
    [image] = [line for line in talk.shown() if is_from_agent(line)]
    assert requests.get(str(image["attachment"]["url"]), timeout=30).content == PNG
    talk.act("react", message=str(answer["id"]), emoji="👍")
    talk.await_desk("👍")
    talk.act("owner_writes", text="I am on my way")
    talk.await_desk("I am on my way")


def test_after_the_window_an_answer_waits_and_a_template_goes_out(talk: WhatsAppTalk) -> None:
    talk.whatsapp.people.write(talk.customer, "Call me some time")
    talk.await_desk("Call me some time")
    talk.act("close_window")
    talk.replies("Is tomorrow fine?")
    choices = talk.await_desk("Your message is held")
    number = re.search(r"(\d+)  we_answered", choices)
    assert number, choices
    assert not any("tomorrow" in text for text in talk.customer_sees())

    talk.replies(number.group(1))
    talk.await_phone("You have an answer from us.")
    assert not any("tomorrow" in text for text in talk.customer_sees())
    talk.whatsapp.people.write(talk.customer, "What is it?")
    talk.await_phone("Is tomorrow fine?")
    talk.await_desk("What is it?")


def is_from_agent(line: dict[str, Any]) -> bool:
    return line["author"] == "agent" and bool(line["attachment"])
