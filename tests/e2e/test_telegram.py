"""A customer on Telegram, on the deployed stack: what is written, shown and done to messages, on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, override

import pytest
import requests

from playground.accounts import Owner
from playground.page_arguments import ChosenFile
from playground.run import Playground
from playground.services.telegram import Telegram
from playground.services.uchat import UChat
from tests.e2e.test_many_conversations import await_until
from tests.harness.pair_world import PNG, Talk

pytestmark = pytest.mark.deployed

_NUMBERS = count(1)


class TelegramTalk(Talk):
    """A new customer, whose conversations are found among all others by their name."""

    telegram: Telegram
    customer: str

    def __init__(self, playground: Playground, platform: str) -> None:
        phone = playground.simulators["telegram"]
        assert isinstance(phone, Telegram)
        self.phone = self.telegram = phone
        self.desk = playground.simulators[platform]
        self.name = f"Tea {next(_NUMBERS)}"
        self.customer = str(phone.new_person(self.name).id)

    @property
    @override
    def conversations(self) -> list[dict[str, Any]]:
        return [one for one in super().conversations if str(one["contact"]["name"]).strip() == self.name]

    def await_desk(self, words: str) -> None:
        await_until(lambda: any(words in text for text in self.agent_sees()), self.desk, f"{words!r} at the desk")

    def await_phone(self, words: str) -> dict[str, Any]:
        await_until(lambda: any(words in text for text in self.customer_sees()), self.phone, f"{words!r} on the phone")
        return next(line for line in self.shown() if words in line["text"])


def test_words_images_corrections_and_reactions_cross(deployed_world: Playground) -> None:
    owner = Owner(deployed_world.aws.environment)
    owner.run("link", "telegram-demo", "freshchat-demo")
    talk = TelegramTalk(deployed_world, "freshchat")
    talk.telegram.start(talk.customer)
    first = talk.telegram.write(talk.customer, "Is <10:30> free? 👋")
    talk.await_desk("Is <10:30> free? 👋")
    talk.replies("At 11:00 & later")
    answer = talk.await_phone("At 11:00 & later")
    assert answer["entities"][0]["type"] == "bold", "the agent's name"

    photo = ChosenFile(name="car.png", content_type="image/png", data=PNG, caption="my car")
    talk.telegram.send_file(talk.customer, photo)
    talk.await_desk("my car")
    [shown] = [line for line in talk.written() if line["attachment"]]
    assert requests.get(str(shown["attachment"]["url"]), timeout=30).content == PNG
    talk.replies_with_file("plan.png", "image/png", PNG)
    await_until(lambda: any(line["attachment"] for line in talk.shown()), talk.phone, "the image on the phone")
    [image] = [line for line in talk.shown() if line["attachment"]]
    assert requests.get(str(image["attachment"]["url"]), timeout=30).content == PNG

    talk.telegram.edit(talk.customer, first.id, "Is 12:30 free?")
    talk.await_desk("Is 12:30 free?")
    talk.telegram.react(talk.customer, answer["id"], "👍")
    talk.await_desk("👍")
    assert talk.telegram.webhooks.count_pending(talk.telegram.bot) == 0
    assert talk.telegram.bot.webhook.last_error == ""


@pytest.fixture
def bot(deployed_world: Playground) -> Iterator[UChat]:
    uchat = deployed_world.simulators["uchat"]
    assert isinstance(uchat, UChat)
    owner = Owner(deployed_world.aws.environment)
    owner.run("link", "telegram-demo", "uchat-demo")
    pause, uchat.quirks.bot_delay = uchat.quirks.bot_delay, 0.0
    yield uchat
    uchat.quirks.bot_delay = pause
    owner.run("link", "telegram-demo", "freshchat-demo")


def test_a_bots_menu_is_tapped_and_released(deployed_world: Playground, bot: UChat) -> None:
    talk = TelegramTalk(deployed_world, bot.service)
    talk.telegram.write(talk.customer, "menu")
    menu = talk.await_phone("How can I help?")
    labels = [button["label"] for button in menu["buttons"]]
    talk.telegram.tap(talk.customer, menu["id"], labels.index("Opening hours"))
    talk.await_phone("You chose Opening hours")
    await_until(lambda: not talk.await_phone("How can I help?")["waiting"], talk.phone, "the released button")
    assert bot.complaints == []
