"""What people really send, on the deployed stack: a customer on Viber and agents on one platform after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any, override

import pytest
import requests

from patchbay.kit import registry
from patchbay.kit.abilities import LooksUpDeliveries
from playground.accounts import Owner
from playground.run import Playground
from playground.services.uchat import UChat
from playground.simulator import OUTAGES, Switches
from tests.e2e.test_many_conversations import await_until
from tests.harness.pair_world import PNG, Talk

pytestmark = pytest.mark.deployed

_NUMBERS = count(1)
PLATFORMS = ["freshchat", "giosg", "uchat", "unblu"]


class LiveTalk(Talk):
    """A new customer, whose conversations are found among all others by their name."""

    def __init__(self, playground: Playground, platform: str, messenger: str = "viber") -> None:
        self.phone, self.desk = playground.simulators[messenger], playground.simulators[platform]
        self.name = f"Eva {next(_NUMBERS)}"
        self.customer = self.phone.act("new_person", {"name": self.name})["person"]

    @property
    @override
    def conversations(self) -> list[dict[str, Any]]:
        return [one for one in super().conversations if str(one["contact"]["name"]).strip() == self.name]

    def hear(self, *texts: str) -> list[str]:
        """What the agents read when the customer has written `texts`, one right after the other."""
        before = len(self.agent_sees())
        for text in texts:
            self.says(text)
        await_until(lambda: len(self.agent_sees()) >= before + len(texts), self.desk, f"{texts!r} at the desk")
        return self.agent_sees()[before:]

    def read(self, text: str) -> str:
        """What the customer reads when an agent has written `text`."""
        before = len(self.customer_sees())
        self.replies(text)
        await_until(lambda: len(self.customer_sees()) > before, self.phone, f"{text!r} on the phone")
        return self.customer_sees()[-1]


@pytest.fixture(scope="module", params=PLATFORMS)
def platform(request: pytest.FixtureRequest, deployed_world: Playground) -> Iterator[str]:
    """A platform that Viber is linked to."""
    owner = Owner(deployed_world.aws.environment)
    owner.run("link", "viber-demo", f"{request.param}-demo")
    desk = deployed_world.simulators[request.param]
    desk.switches = Switches()
    bot = isinstance(desk, UChat) and desk.quirks.bot
    if isinstance(desk, UChat):
        desk.quirks.bot = False
    yield request.param
    if isinstance(desk, UChat):
        desk.quirks.bot = bot
    owner.run("link", "viber-demo", "freshchat-demo")


@pytest.fixture
def talk(platform: str, deployed_world: Playground) -> LiveTalk:
    talk = LiveTalk(deployed_world, platform)
    assert talk.hear("hello") == ["hello"]
    assert talk.read("welcome").endswith("welcome")
    return talk


def test_odd_characters_and_words_that_look_like_markup_arrive(talk: LiveTalk) -> None:
    assert talk.hear("co\ufffeoperate", "hello \ud83d", "Use the <script> tag") == [
        "co\ufffdoperate",
        "hello \ufffd",
        "Use the <script> tag",
    ]
    assert talk.read("paste <script src='a.js'> before </head>, a\uffff").endswith(
        "paste <script src='a.js'> before </head>, a\ufffd"
    )


def test_equal_texts_arrive_as_often_as_they_were_written(talk: LiveTalk) -> None:
    """Where the platform can be asked, even when nobody knows what became of one of them."""
    talk.hear("ok")
    asked = isinstance(registry.load(talk.desk.service), LooksUpDeliveries)
    talk.desk.fail_next(replace(OUTAGES["502 from a proxy" if asked else "503"], where="^POST "))
    assert talk.hear("ok", "ok", "that is all") == ["ok", "ok", "that is all"]


def test_words_that_answer_a_later_question_stay_the_words(talk: LiveTalk) -> None:
    before = len(talk.customer_sees())
    talk.agent_does("quick_replies", text="Cancel your order?", labels="Yes\nNo")
    await_until(lambda: len(talk.customer_sees()) > before, talk.phone, "the question on the phone")
    assert talk.hear("no thanks") == ["no thanks"]
    talk.read("Shall we deliver on Monday?")
    assert talk.hear("yes") == ["yes"]


def test_a_file_under_the_name_of_another_type_is_shown(talk: LiveTalk) -> None:
    before = len(talk.shown())
    talk.replies_with_file("IMG_1.HEIC", "image/png", PNG)
    await_until(lambda: len(talk.shown()) > before, talk.phone, "the image on the phone")
    image = talk.shown()[-1]["attachment"]
    assert image["kind"] == "image"
    assert requests.get(image["url"], timeout=30).content == PNG
