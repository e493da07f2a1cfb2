"""A customer on Telegram and agents at Unblu, on the deployed stack: all that people do with messages there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from playground.accounts import Owner
from playground.run import Playground
from playground.simulator import Switches
from tests.e2e.test_everyday_messages import LiveTalk
from tests.e2e.test_many_conversations import await_until
from tests.harness.pair_world import PNG

pytestmark = pytest.mark.deployed


class TelegramTalk(LiveTalk):
    """A customer who does something with messages, and what comes of it at the desk."""

    def does(self, action: str, **arguments: str) -> str:
        """The id of the message that the customer wrote, or ""."""
        return str(self.phone.act(action, {"person": str(self.ann["id"]), **arguments}).get("message", ""))

    def tell(self, action: str, **arguments: str) -> str:
        """What the agents read when the customer has done it."""
        before = len(self.agent_sees())
        self.does(action, **arguments)
        await_until(lambda: len(self.agent_sees()) > before, self.desk, f"{action} at the desk")
        return self.agent_sees()[-1]

    def show(self, do: Callable[[], object]) -> dict[str, Any]:
        """The line on the phone that comes of what an agent does."""
        before = len(self.shown())
        do()
        await_until(lambda: len(self.shown()) > before, self.phone, "the agent's message on the phone")
        return self.shown()[-1]


@pytest.fixture(scope="module")
def unblu(deployed_world: Playground) -> Iterator[str]:
    owner = Owner(deployed_world.aws.environment)
    before = next(row["link"] for row in owner.connections() if row["id"] == "telegram-demo")
    for service in ("telegram", "unblu"):
        deployed_world.simulators[service].switches = Switches()
    owner.run("link", "telegram-demo", "unblu-demo")
    yield "unblu"
    owner.run("link", "telegram-demo", str(before))


@pytest.fixture
def talk(unblu: str, deployed_world: Playground) -> TelegramTalk:
    talk = TelegramTalk(deployed_world, unblu, "telegram")
    assert talk.hear("Is <10:30> free?") == ["Is <10:30> free?"]
    assert talk.read("At 11:00 & later 👋") == "At 11:00 & later 👋"
    return talk


def test_pictures_voice_notes_and_buttons_arrive(talk: TelegramTalk) -> None:
    shown = talk.show(lambda: talk.replies_with_file("plan.png", "image/png", PNG))
    assert shown["attachment"]["kind"] == "image"
    assert requests.get(shown["attachment"]["url"], timeout=30).content == PNG
    talk.says_with_file("photo.png")
    await_until(lambda: len(talk.written()) == 2, talk.desk, "the customer's photo at the desk")
    talk.does("send_voice")
    await_until(lambda: len(talk.written()) == 3, talk.desk, "the voice note at the desk")
    photo, voice = (each["attachment"] for each in talk.written()[1:])
    assert (photo["kind"], voice["kind"]) == ("image", "audio")

    asked = talk.show(lambda: talk.agent_does("quick_replies", text="Tomorrow?", labels="Yes\nNo"))
    assert [button["label"] for button in asked["buttons"]] == ["Yes", "No"]
    assert talk.tell("tap", message=asked["id"], button="1") == "No"
    await_until(lambda: not any(line["waiting"] for line in talk.shown()), talk.phone, "the end of the spinner")


def test_each_side_sees_which_message_is_answered_corrected_or_reacted_to(talk: TelegramTalk) -> None:
    said, answer = talk.ann["messages"][0], talk.shown()[0]
    at_desk = {each["text"]: each["id"] for one in talk.conversations for each in one["messages"]}
    answered = at_desk["At 11:00 & later 👋"]

    assert talk.tell("write", text="Rather at noon", reply_to=answer["id"]) == "Rather at noon"
    assert talk.written()[-1]["answers"] == answered
    assert talk.tell("react", message=answer["id"], emoji="👍") == "👍"
    assert talk.written()[-1]["answers"] == answered
    assert talk.tell("react", message=answer["id"]) == "👍 removed"
    assert talk.tell("edit", message=said["id"], text="Is <12:30> free?") == "✎ Corrected: Is <12:30> free?"

    shown = talk.show(lambda: talk.agent_does("reply", text="It is", answers=at_desk["Is <10:30> free?"]))
    assert shown["reply_to"]["id"] == said["id"]
    assert len(talk.conversations) == 1


def test_who_blocks_the_bot_is_not_written_to_until_they_unblock_it(talk: TelegramTalk) -> None:
    talk.does("unsubscribe")
    before = len(talk.shown())
    talk.replies("Are you there?")
    await_until(lambda: bool(failures(talk)), talk.desk, "that the message was not delivered")
    talk.does("subscribe")
    assert talk.hear("Back again") == ["Back again"]
    assert talk.read("Welcome back") == "Welcome back"
    assert len(talk.shown()) == before + 1


def failures(talk: TelegramTalk) -> list[dict[str, Any]]:
    return [each for one in talk.conversations for each in one["messages"] if each["error"]]
