"""WhatsApp through AWS's door, on the deployed stack: news come by its topic, and files by its bucket."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from playground.accounts import Owner
from playground.page_arguments import ChosenFile
from playground.run import Playground
from playground.services.freshchat import DEMO_AGENT, Freshchat
from playground.services.whatsapp import WhatsApp
from playground.services.whatsapp.records import Account, Number, Person
from playground.simulator import Simulator
from tests.e2e.test_many_conversations import await_until
from tests.harness.pair_world import PNG

pytestmark = pytest.mark.deployed

NAME = "Wanda of the AWS door"


@pytest.fixture
def whatsapp(deployed_world: Playground) -> WhatsApp:
    phone = deployed_world.simulators["whatsapp"]
    assert isinstance(phone, WhatsApp)
    return phone


@pytest.fixture
def number(whatsapp: WhatsApp) -> Number:
    """Of an account of its own: the demo's publishes to Meta's door."""
    with whatsapp.lock:
        whatsapp.core.state.accounts["771"] = Account(id="771", name="Linked to AWS", portfolio="1")
        return whatsapp.core.add_number("41445550777", "Linked", account="771")


def test_words_and_files_cross_without_a_token_a_secret_or_a_url(
    deployed_world: Playground, whatsapp: WhatsApp, number: Number
) -> None:
    owner = Owner(deployed_world.aws.environment)
    chosen = f"origination_phone_number_id={whatsapp.social.names.number_id(number.id)}"
    connected = owner.run("connect", "whatsapp", "wa-aws", "--set", "door=aws", "--set", chosen)
    assert connected["webhooks"] == {"topic": deployed_world.aws.outputs["WhatsappEventsTopic"]}
    owner.run("link", "wa-aws", "freshchat-demo")
    desk = deployed_world.simulators["freshchat"]
    assert isinstance(desk, Freshchat)

    person = whatsapp.people.new_person(NAME)
    whatsapp.people.write(person, "Is <10:30> free? 👋", number=number.id)
    conversation = wait_for(lambda: find(desk), desk, "the question at the desk")
    assert "Is <10:30> free? 👋" in words(conversation)

    desk.reply(conversation["id"], DEMO_AGENT, "At 11:00 & later")
    wait_for(lambda: shown(whatsapp, person, number, "At 11:00 & later"), whatsapp, "the answer on the phone")

    picture = ChosenFile(name="cat.png", content_type="image/png", data=PNG)
    whatsapp.people.send_file(person, picture, number=number.id)
    wait_for(lambda: [one for one in files(find(desk)) if one], desk, "the image at the desk")
    media = [call for call in whatsapp.calls if call.path.endswith("/media/get")]
    assert [call.status for call in media] == [200]

    chosen_file = {"name": "plan.png", "content_type": "image/png", "data": b64encode(PNG).decode()}
    desk.act("send_file", {"conversation": conversation["id"], "agent": DEMO_AGENT, **chosen_file})
    [image] = wait_for(lambda: images(whatsapp, person, number), whatsapp, "the image on the phone")
    assert whatsapp.core.media.find(image["id"]).content == PNG


def wait_for[T](find_it: Callable[[], T], simulator: Simulator, what: str) -> T:
    await_until(lambda: bool(find_it()), simulator, what)
    return find_it()


def find(desk: Freshchat) -> Any:
    view: Any = desk.view()
    return next((one for one in view["conversations"] if one["contact"]["name"].strip() == NAME), None)


def words(conversation: Any) -> str:
    return "\n".join(line["text"] for line in conversation["messages"])


def files(conversation: Any) -> list[Any]:
    return [line["attachment"] for line in conversation["messages"]] if conversation else []


def images(whatsapp: WhatsApp, person: Person, number: Number) -> list[Any]:
    messages = whatsapp.people.messages(person, number=number.id)
    return [one.content for one in messages if one.is_ours and one.type == "image"]


def shown(whatsapp: WhatsApp, person: Person, number: Number, text: str) -> bool:
    messages = whatsapp.people.messages(person, number=number.id)
    return any(text in str(one.content) for one in messages if one.is_ours)
