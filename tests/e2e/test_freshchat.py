"""Freshchat's two ways in on the deployed stack: the Patchbay app only, the app beside the webhook, and its own code.

The account's webhook only is what all other tests of Freshchat here have.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from playground.accounts import Owner
from playground.run import Playground
from playground.services.freshchat import DEMO_AGENT, Freshchat
from playground.services.freshchat.records import Installation
from tests.e2e.test_everyday_messages import LiveTalk
from tests.e2e.test_many_conversations import await_until
from tests.harness.freshchat_app import HOST, run_app
from tests.harness.pair_world import PNG

pytestmark = pytest.mark.deployed

_LOOK_UPS = "/v2/agents/"


@pytest.fixture(scope="module")
def desk(deployed_world: Playground) -> Iterator[Freshchat]:
    desk = deployed_world.simulators["freshchat"]
    assert isinstance(desk, Freshchat)
    owner = Owner(deployed_world.aws.environment)
    owner.run("link", "viber-demo", "freshchat-demo")
    yield desk
    desk.installation = None
    desk.events = "webhook"
    owner.connect(desk)
    owner.run("connect", "freshchat", "freshchat-demo", "--set", "events=")


@pytest.fixture(params=["app", "both"])
def events(request: pytest.FixtureRequest, desk: Freshchat, deployed_world: Playground) -> str:
    """How the account reports what happens, set up as an owner and an admin do it."""
    install(desk, request.param, deployed_world)
    assert bool(desk.webhook_url) is (request.param == "both")
    return str(request.param)


@pytest.fixture
def talk(deployed_world: Playground) -> LiveTalk:
    talk = LiveTalk(deployed_world, "freshchat")
    assert talk.hear("hello") == ["hello"]
    return talk


def test_texts_files_and_endings_go_both_ways_once(events: str, talk: LiveTalk, desk: Freshchat) -> None:
    asked = count_look_ups(desk)
    assert talk.read("Hi Åsa 👋").endswith("Hi Åsa 👋")
    talk.replies_with_file("plan.png", "image/png", PNG)
    await_until(lambda: len(talk.shown()) == 2, talk.phone, "the agent's image on the phone")
    assert requests.get(talk.shown()[-1]["attachment"]["url"], timeout=30).content == PNG
    talk.says_with_file("photo.png")
    await_until(lambda: len(talk.written()) == 2, desk, "the customer's image at the desk")
    assert talk.written()[-1]["attachment"]["kind"] == "image"
    talk.agent_does("resolve")
    assert talk.hear("one more thing") == ["one more thing"]
    assert talk.read("Yes?").endswith("Yes?")
    assert talk.read("That is all").endswith("That is all")  # what comes twice has come by then
    assert len(talk.shown()) == 4
    assert len(talk.written()) == 3
    assert talk.shown()[0]["name"] == "Ana"
    if events == "app":
        assert count_look_ups(desk) == asked, "the name came along"


def test_the_doctor_sees_which_of_them_arrive(events: str, talk: LiveTalk, deployed_world: Playground) -> None:
    talk.read("Good morning")
    found = Owner(deployed_world.aws.environment).run("doctor", "freshchat-demo")
    connections: Any = found["connections"]
    levels = {one["check"]: one["level"] for one in connections[0]["findings"]}
    expected = ["app"] if events == "app" else ["app", "webhook"]
    assert [levels[f"last webhook ({form})"] for form in expected] == ["ok"] * len(expected)


def test_the_apps_own_code_brings_an_agents_message_to_the_customer(
    desk: Freshchat, talk: LiveTalk, deployed_world: Playground
) -> None:
    installation = install(desk, "app", deployed_world)
    desk.installation = None  # from here on, Freshworks runs the real one
    server, path = installation.url.split("/freshchat/")
    parameters = {"patchbay_address": f"{HOST}/freshchat/{path}", "shared_secret": installation.secret}
    conversation = desk.conversation(talk.conversations[-1]["id"])
    assert conversation is not None
    desk.reply(conversation.id, DEMO_AGENT, "From the real app")
    message = conversation.messages[-1]
    said = [
        desk.marketplace_app.events.set_up("onAppInstall", installation),
        *[desk.marketplace_app.events.message(conversation, message, installation)] * 2,
    ]
    lines = run_app([{**one, "iparams": parameters} for one in said], server=server)
    assert [line["status"] for line in lines if "status" in line] == [200, 200, 200]
    assert lines[1]["rendered"] == [None], "the installation succeeds"
    await_until(lambda: bool(talk.shown()), talk.phone, "the agent's message on the phone")
    assert [text.endswith("From the real app") for text in talk.customer_sees()] == [True]


def install(desk: Freshchat, events: str, world: Playground) -> Installation:
    desk.events, desk.webhook_url = events, ""
    Owner(world.aws.environment).connect(desk)
    assert desk.installation is not None
    return desk.installation


def count_look_ups(desk: Freshchat) -> int:
    return sum(call.path.startswith(_LOOK_UPS) for call in desk.calls)
