"""The account's webhook, the app, and both at once: nothing is lost but what the app cannot bring, and nothing doubled.

An app is called once for each event. Its request is repeated once; after that, nobody sends it again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.model import ConversationStatus
from playground.services.freshchat import DEMO_AGENT, OTHER_AGENT
from playground.services.freshchat.marketplace_app import InstallationFailed
from tests.journeys.viber_and_freshchat.scene import Scene, talk

APP = pytest.mark.parametrize("scene", ["app"], indirect=True)
BOTH = pytest.mark.parametrize("scene", ["both", "both, app first"], indirect=True)

_LOOK_UPS = re.compile(r"/v2/(agents|users)/[^/]+")


def look_ups(scene: Scene) -> list[str]:
    """The calls that ask who somebody is."""
    asked = (call for call in scene.freshchat.calls if call.direction == "api" and call.method == "GET")
    return [call.path for call in asked if _LOOK_UPS.fullmatch(call.path)]


def requests(scene: Scene) -> list[int]:
    """The statuses that the app's requests got."""
    return [call.status for call in scene.freshchat.calls if call.note.startswith("app: ")]


def say_both_ways(scene: Scene) -> None:
    talk(scene, "hello")
    scene.reply("Hi Åsa")
    scene.reply("how can I help?")
    scene.settle()
    talk(scene, "my parcel")
    scene.reply("is on its way")
    scene.settle()


def assert_heard_once(scene: Scene) -> None:
    assert scene.agent_sees() == ["hello", "my parcel"]
    assert scene.customer_sees() == ["Hi Åsa", "how can I help?", "is on its way"]
    assert len(scene.freshchat.conversations) == 1
    assert not scene.queue.parked


# --- the app only ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scene", "agents"), [("webhook", 1), ("app", 0)], indirect=["scene"])
def test_the_app_brings_the_agents_name_which_has_to_be_looked_up_otherwise(scene: Scene, agents: int) -> None:
    say_both_ways(scene)
    assert_heard_once(scene)
    assert {line.name for line in scene.asa.lines if line.author == "agent"} == {"Ana"}
    assert bool(scene.freshchat.webhook_url) is not bool(requests(scene))
    assert len(look_ups(scene)) == agents


@APP
def test_a_customer_whose_session_was_lost_is_found_by_the_reference_that_came_along(scene: Scene) -> None:
    talk(scene, "hello")
    scene.sessions.forget()
    scene.reply("still there?")
    scene.settle()
    assert scene.customer_sees() == ["still there?"]
    assert look_ups(scene) == []


@APP
def test_a_name_that_the_customer_changes_does_not_come_back(scene: Scene) -> None:
    talk(scene, "hello")
    scene.asa.name = "Åsa Lind"
    talk(scene, "it is me")
    assert [user.name for user in scene.freshchat.users] == ["Åsa Lind"]
    assert scene.customer_sees() == []


@APP
def test_the_end_and_the_new_beginning_of_a_conversation_are_known(scene: Scene) -> None:
    talk(scene, "hello")
    for act, status in ((scene.freshchat.resolve, "ended"), (scene.freshchat.reopen, "active")):
        act(scene.conversation, DEMO_AGENT)
        scene.settle()
        [session] = scene.sessions.all()
        assert session.conversation is not None
        assert session.conversation.status is ConversationStatus(status)


@APP
def test_without_the_app_messages_wait_until_it_is_there_again(scene: Scene) -> None:
    talk(scene, "hello")
    url = scene.freshchat.installation.url if scene.freshchat.installation else ""
    scene.freshchat.marketplace_app.uninstall()
    scene.settle()
    connection = scene.connections.connections["freshchat-1"]
    assert connection.status is ConnectionStatus.DISABLED
    talk(scene, "is anybody there?")
    assert scene.agent_sees() == ["hello"]
    scene.freshchat.marketplace_app.install(url, scene.freshchat.app_secret)
    scene.settle(timedelta(hours=1))
    assert scene.connections.connections["freshchat-1"].status is ConnectionStatus.ACTIVE
    assert scene.agent_sees() == ["hello", "is anybody there?"]


@APP
def test_an_app_with_another_secret_or_address_is_not_installed(scene: Scene) -> None:
    app, installed = scene.freshchat.marketplace_app, scene.freshchat.installation
    assert installed is not None
    with pytest.raises(InstallationFailed, match="HTTP 401"):
        app.install(installed.url, "whsec_" + "A" * 44)
    with pytest.raises(InstallationFailed, match="HTTP 404"):
        app.install(installed.url + "x", installed.secret)
    assert scene.freshchat.installation is installed


@APP
def test_an_app_with_the_old_secret_is_heard_while_the_new_one_is_entered(scene: Scene) -> None:
    talk(scene, "hello")
    installed = scene.freshchat.installation
    assert installed is not None
    fresh = "whsec_" + "QUJD" * 11
    place = ("freshchat", installed.url.rpartition("/")[2])
    endpoint = scene.connections.endpoints[place]
    renewed = replace(endpoint, secrets=endpoint.secrets.renew({**endpoint.secrets.values, "app_secret": fresh}))
    scene.connections.endpoints[place] = renewed
    scene.reply("with the old one")
    scene.settle()
    scene.freshchat.marketplace_app.install(installed.url, fresh)
    scene.reply("with the new one")
    scene.settle()
    assert scene.customer_sees() == ["with the old one", "with the new one"]


# --- what the app cannot bring ---------------------------------------------------------------------------------------


@APP
def test_a_queue_that_refuses_once_costs_nothing(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.assign(scene.conversation, DEMO_AGENT)
    scene.settle()
    scene.queue.refuse = 1
    scene.reply("one")
    scene.settle()
    assert requests(scene)[-2:] == [500, 200]
    assert scene.customer_sees() == ["one"]
    assert scene.freshchat.marketplace_app.lost == []


@APP
def test_a_queue_that_is_out_for_longer_costs_the_message_and_the_apps_log_says_which(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.assign(scene.conversation, DEMO_AGENT)
    scene.settle()
    scene.queue.refuse = 2
    message_id = scene.freshchat.reply(scene.conversation, DEMO_AGENT, "one")
    scene.settle(timedelta(hours=1))
    scene.reply("two")
    scene.settle()
    assert requests(scene)[-3:] == [500, 500, 200]
    [lost] = scene.freshchat.marketplace_app.lost
    assert message_id in lost
    assert scene.customer_sees() == ["two"]
    assert scene.telemetry.logged("webhook not queued")


@APP
def test_more_than_fifty_messages_in_a_minute_are_more_than_freshworks_lets_an_app_send(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.assign(scene.conversation, DEMO_AGENT)
    scene.settle()
    scene.time.advance(60)
    for number in range(51):
        scene.reply(str(number))
    scene.settle()
    assert scene.customer_sees() == [str(number) for number in range(50)]
    assert len(scene.freshchat.marketplace_app.lost) == 1


# --- both ------------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("delay", [0, 3, 1800])
@pytest.mark.parametrize("twice", [True, False])
def test_both_forms_at_once_say_everything_once(scene: Scene, delay: float, twice: bool) -> None:
    scene.freshchat.quirks.app_delay = delay
    scene.freshchat.quirks.app_called_twice = scene.freshchat.switches.webhook_duplicates = twice
    say_both_ways(scene)
    scene.settle(timedelta(hours=1))
    assert_heard_once(scene)
    assert requests(scene).count(200) > 3


@BOTH
def test_a_repetition_of_either_form_after_the_other_has_arrived_says_nothing_twice(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.assign(scene.conversation, DEMO_AGENT)
    scene.settle()
    scene.queue.refuse = 1
    scene.reply("one")
    scene.settle()
    assert scene.queue.refuse == 0
    assert scene.customer_sees() == ["one"]


@BOTH
def test_what_the_webhook_loses_the_app_brings(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.webhook_url = ""
    scene.reply("one")
    scene.freshchat.quick_replies(scene.conversation, OTHER_AGENT, "Which?", ["Order", "Refund"])
    scene.settle()
    assert scene.customer_sees() == ["one", "Which?"]


@BOTH
def test_what_the_app_loses_the_webhook_brings(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.assign(scene.conversation, DEMO_AGENT)
    scene.settle()
    scene.queue.refuse = 6
    scene.reply("one")
    scene.settle()
    assert len(scene.freshchat.marketplace_app.lost) == 1
    scene.freshchat.marketplace_app.uninstall()
    scene.reply("two")
    scene.settle()
    assert scene.customer_sees() == ["one", "two"]
    assert scene.connections.connections["freshchat-1"].status is ConnectionStatus.ACTIVE


@BOTH
def test_a_conversation_that_an_agent_begins_with_words_is_heard_once(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.quirks.created_with_messages = True
    scene.time.advance(5)
    first = scene.freshchat.conversations[-1]
    with scene.freshchat.lock:
        scene.freshchat.actions.create_conversation(first.user, first.channel)
    scene.reply("We have news for you")
    scene.settle()
    assert scene.customer_sees() == ["We have news for you"]
    talk(scene, "thank you")
    assert len(scene.freshchat.conversations) == 2


@BOTH
def test_a_file_that_has_its_address_later_arrives_once(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.quirks.late_files = 1.5
    scene.freshchat.send_file(scene.conversation, DEMO_AGENT, "terms.pdf", "application/pdf", b"%PDF-1.4")
    scene.settle()
    assert scene.customer_sees() == ["<file>"]
