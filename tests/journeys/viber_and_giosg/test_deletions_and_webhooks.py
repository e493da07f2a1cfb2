"""Deletions and webhooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.accounts import ConnectionStatus
from playground.services.giosg import DEMO_AGENT, DEMO_BOT, OTHER_AGENT
from playground.simulator import Fault
from tests.harness.giosg_world import CONNECTION, Scene
from tests.journeys.viber_and_giosg.scene import HOUR, PNG

SEND = "POST .*/messages"
CREATE = "POST .*/visitors/.*/chats"

# --- what is deleted ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", ["absent", "empty"])
def test_a_removed_message_takes_our_copy_along(scene: Scene, resource: str) -> None:
    scene.quirks.removed_resource = resource  # type: ignore[assignment]
    scene.talk("hello")
    keep = scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "keep.png", "image/png", PNG + b"k")
    drop = scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "drop.png", "image/png", PNG)
    scene.settle()
    assert len(scene.media.files) == 2
    scene.giosg.purge_message(scene.chat.id, drop)
    scene.settle()
    assert list(scene.media.files.values()) == [PNG + b"k"]
    assert keep
    assert len(scene.customer_sees()) == 2  # nothing is sent again, and a phone forgets nothing


@pytest.mark.parametrize("how", ["gdpr_purge", "purge_chat"])
def test_a_purged_chat_takes_all_copies_along(scene: Scene, how: str) -> None:
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG)
    scene.settle()
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "map.png", "image/png", PNG)
    scene.settle()
    assert len(scene.media.files) == 2
    seen = scene.customer_sees()
    getattr(scene.giosg, how)(scene.chat.id)
    scene.settle()
    assert scene.media.files == {}
    assert scene.customer_sees() == seen


def test_after_a_chat_was_removed_the_customer_can_write_again(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.purge_chat(scene.chat.id)
    scene.settle()
    scene.talk("me again")
    assert scene.agent_sees() == ["me again"]


# --- webhooks as they come ------------------------------------------------------------------------------------------


def test_webhooks_before_our_own_answer_do_no_harm(scene: Scene) -> None:
    scene.quirks.webhooks_first = True
    scene.quirks.reports_visitor_joins = True
    scene.talk("hello")
    scene.reply("Hello Åsa!")
    assert (scene.agent_sees(), scene.customer_sees()) == (["hello"], ["Hello Åsa!"])


def test_a_chat_that_is_told_of_after_its_messages_does_no_harm(scene: Scene) -> None:
    scene.quirks.late_chats = 30
    scene.talk("hello")
    scene.reply("Hello Åsa!")
    assert scene.customer_sees() == ["Hello Åsa!"]
    assert len(scene.chats) == 1


def test_webhooks_that_come_twice_and_late_and_in_disorder_are_one_message_each(scene: Scene) -> None:
    scene.talk("hello")
    switches = scene.giosg.switches
    switches.webhook_duplicates, switches.webhook_reorder = True, True
    for number in range(5):
        scene.giosg.reply(scene.chat.id, DEMO_AGENT, f"number {number}")
    scene.settle(HOUR)
    assert sorted(scene.customer_sees()) == [f"number {number}" for number in range(5)]


def test_webhooks_are_sent_again_until_we_take_them(scene: Scene) -> None:
    scene.talk("hello")
    scene.queue.refuse = 3
    scene.reply("Hello Åsa!")
    scene.settle(HOUR)
    assert scene.customer_sees() == ["Hello Åsa!"]
    scene.giosg.complaints.clear()


@pytest.mark.parametrize("quirks", [{"bare_times": True}, {"changed_repeats_id": True}, {"page_size": 1}])
def test_whatever_giosg_leaves_open_a_talk_works(scene: Scene, quirks: dict[str, object]) -> None:
    for name, value in quirks.items():
        setattr(scene.quirks, name, value)
    scene.talk("hello", "there")
    scene.reply("Hello Åsa!")
    scene.giosg.end(scene.chat.id)
    scene.settle()
    scene.talk("again")
    assert [scene.agent_sees(chat) for chat in scene.chats] == [["hello", "there"], ["again"]]
    assert scene.customer_sees() == ["Hello Åsa!"]


def test_a_bots_token_in_a_webhook_is_kept_nowhere(scene: Scene) -> None:
    [app] = scene.giosg.apps
    app.bot_user = DEMO_BOT
    scene.talk("hello")
    scene.reply("Hello Åsa!")
    assert scene.customer_sees() == ["Hello Åsa!"]
    assert "app_user_auth" not in repr(scene.telemetry.lines)


# --- other people's chats -------------------------------------------------------------------------------------------


def test_the_web_sites_chats_cost_nothing_and_leave_nothing(scene: Scene) -> None:
    chat = scene.giosg.web_visitor_writes("where is my parcel?")
    scene.giosg.reply(chat, DEMO_AGENT, "on its way")
    scene.giosg.agents_write(DEMO_AGENT, OTHER_AGENT, "psst")
    scene.settle()
    assert scene.http.sent == []
    assert scene.ledger.deliveries == {}
    assert scene.sessions.all() == []


def test_a_foreign_chat_in_our_room_is_looked_up_once_and_nothing_of_it_is_kept(scene: Scene) -> None:
    room = scene.connections.connections[CONNECTION].setting("room_id")
    chat = scene.giosg.web_visitor_writes("a stranger's words", room=room)
    for number in range(3):
        scene.giosg.reply(chat, DEMO_AGENT, f"an answer for a stranger {number}")
        scene.settle(HOUR)
    scene.giosg.type(chat, DEMO_AGENT)
    scene.giosg.read(chat, DEMO_AGENT)
    scene.giosg.end(chat)
    scene.settle(HOUR)
    assert scene.calls("/memberships") == 1
    assert scene.customer_sees() == []
    kept = repr(scene.telemetry.lines) + repr(scene.ledger.deliveries) + repr(scene.sessions.all())
    assert "stranger" not in kept


# --- trouble --------------------------------------------------------------------------------------------------------


def test_a_message_whose_answer_is_lost_is_there_once(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.fail_next(Fault(lost=True, where=SEND))
    scene.talk("again")
    assert scene.agent_sees() == ["hello", "again"]
    assert not any(delivery.uncertain for delivery in scene.ledger.deliveries.values())


def test_a_chat_whose_answer_is_lost_is_there_once(scene: Scene) -> None:
    scene.giosg.fail_next(Fault(lost=True, where=CREATE))
    scene.talk("hello")
    assert len(scene.chats) == 1
    assert scene.agent_sees() == ["hello"]


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(status=429, retry_after=30), Fault(refused=True), Fault(status=503, times=3)]
)
@pytest.mark.parametrize("where", ["/auth", "/rooms/[^/]*/visitors$", "/variables", "GET .*/chats", CREATE, SEND])
def test_trouble_on_the_way_is_got_over(scene: Scene, fault: Fault, where: str) -> None:
    scene.giosg.fail_next(replace(fault, where=where))
    scene.talk("hello")
    scene.settle(HOUR)
    assert scene.agent_sees() == ["hello"]
    assert scene.variables["username"] == "Åsa Öberg"


def test_a_token_that_is_taken_back_waits_for_the_owner_and_nothing_is_lost(scene: Scene) -> None:
    scene.giosg.expire_token("fresh-token-0123456789")
    scene.talk("hello", "again")
    assert scene.connections.connections[CONNECTION].status is ConnectionStatus.NEEDS_AUTHORIZATION
    scene.settle(timedelta(days=3))
    scene.reconnect(CONNECTION, api_token="fresh-token-0123456789")
    scene.settle(HOUR)
    assert scene.agent_sees() == ["hello", "again"]


def test_webhooks_of_strangers_are_refused(scene: Scene) -> None:
    scene.talk("hello")
    [app] = scene.giosg.apps
    address = app.webhooks[0].endpoint_url
    body = b'{"channel":"x","action":"added","resource_id":"1"}'
    assert scene.post("POST", address, {}, body).status == 200
    assert scene.post("POST", address.partition("?")[0], {}, body).status == 401
    assert scene.post("POST", address[:-1], {}, body).status == 401


def test_the_first_webhook_is_noted(scene: Scene) -> None:
    assert CONNECTION not in scene.connections.webhooks_seen
    scene.talk("hello")
    assert CONNECTION in scene.connections.webhooks_seen
