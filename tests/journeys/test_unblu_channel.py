"""Unblu's channel, which is the same for every customer: asked for once, and noticed when it was made anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from patchbay.kit import registry
from patchbay.kit.account_setup import RegistersWebhooks
from tests.harness.unblu_world import Scene, make_scene


@pytest.fixture(params=["v4", "v3"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.queue.parked


def looked_up(scene: Scene) -> int:
    return sum("/externalmessengers/getByName" in request.url for request in scene.http.sent)


def test_the_channel_is_looked_up_once_for_all_new_customers(scene: Scene) -> None:
    before = looked_up(scene)
    for number in range(5):
        person = scene.viber.new_person(f"Person {number}")
        scene.viber.write(person.id, "hello")
        scene.settle()
    assert len(scene.unblu.conversations) == 5
    assert looked_up(scene) - before == 1


def test_a_channel_that_was_made_anew_is_noticed_by_the_next_new_customer(scene: Scene) -> None:
    scene.talk("before")
    [channel] = [one for one in scene.unblu.channels if one.name == "Messengers"]
    endpoint = channel.endpoint
    scene.unblu.channels.remove(channel)
    connector, connection = registry.load("unblu"), scene.connections.connections["unblu-1"]
    assert isinstance(connector, RegistersWebhooks)
    connector.register_webhooks({"webhook": endpoint}, connection, scene.http)
    scene.time.advance(60)
    bo = scene.viber.new_person("Bo")
    scene.viber.write(bo.id, "I am Bo")
    scene.settle()
    assert scene.agent_sees() == ["I am Bo"]
    assert scene.conversation.channel is scene.unblu.channels[-1]


@pytest.mark.parametrize("contacts_stay", [False, True])
@pytest.mark.parametrize("waits", [False, True], ids=["what was waiting", "what comes later"])
def test_customers_with_an_open_conversation_go_on_when_the_channel_was_deleted_and_made_again(
    scene: Scene, waits: bool, contacts_stay: bool
) -> None:
    scene.talk("before")
    [channel] = [one for one in scene.unblu.channels if one.name == "Messengers"]
    endpoint = channel.endpoint
    scene.unblu.quirks.contacts_outlive_channel = contacts_stay
    scene.unblu.remove_channel(channel)
    if waits:
        scene.viber.write(scene.asa.id, "meanwhile")
        scene.settle(timedelta(minutes=2))
    connector, connection = registry.load("unblu"), scene.connections.connections["unblu-1"]
    assert isinstance(connector, RegistersWebhooks)
    connector.register_webhooks({"webhook": endpoint}, connection, scene.http)
    scene.reconnect("unblu-1")
    scene.viber.write(scene.asa.id, "after")
    scene.settle(timedelta(hours=1))
    assert scene.agent_sees() == (["meanwhile", "after"] if waits else ["after"])
    assert scene.conversation.channel is scene.unblu.channels[-1]
    scene.reply("Here I am")
    scene.settle()
    assert scene.customer_sees() == ["Here I am"]
