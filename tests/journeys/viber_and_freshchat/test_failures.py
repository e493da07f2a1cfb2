"""Failures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.domain.accounts import ConnectionStatus
from playground.services.freshchat import DEMO_AGENT
from playground.simulator import Fault
from tests.journeys.viber_and_freshchat.scene import PNG, Scene, talk

# --- failures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [Fault(status=429, retry_after=7), Fault(status=429), Fault(status=500), Fault(lost=True)]
)
def test_freshchat_failing_in_any_way_loses_and_doubles_nothing(scene: Scene, fault: Fault) -> None:
    talk(scene, "one")
    for _ in range(3):
        scene.freshchat.fail_next(fault)
    talk(scene, "two", "three")
    assert scene.agent_sees() == ["one", "two", "three"]


@pytest.mark.parametrize("fault", [Fault(status=429, retry_after=7), Fault(status=500), Fault(refused=True)])
def test_viber_failing_in_any_way_loses_and_doubles_nothing(scene: Scene, fault: Fault) -> None:
    talk(scene, "hello")
    scene.viber.fail_next(fault)
    scene.reply("one")
    scene.reply("two")
    scene.settle()
    assert scene.customer_sees() == ["one", "two"]


def test_a_lost_answer_of_viber_may_double_and_is_marked(scene: Scene) -> None:
    talk(scene, "hello")
    scene.viber.fail_next(Fault(lost=True, where="send_message"))
    scene.reply("one")
    scene.settle()
    assert scene.customer_sees() == ["one", "one"]
    assert [delivery.uncertain for delivery in scene.ledger.deliveries.values()][-1]


def test_a_lost_answer_while_opening_makes_no_second_conversation(scene: Scene) -> None:
    scene.freshchat.fail_next(Fault(lost=True, where="POST /v2/conversations$"))
    talk(scene, "hello")
    assert len(scene.freshchat.conversations) == 1
    assert scene.agent_sees() == ["hello"]


def test_an_agent_learns_when_the_customer_has_unsubscribed(scene: Scene) -> None:
    talk(scene, "hello")
    scene.viber.unsubscribe(scene.asa.id)
    scene.settle()
    scene.reply("are you there?")
    scene.reply("hello?")
    scene.settle()
    assert len(scene.notes()) == 2
    assert scene.customer_sees() == []
    talk(scene, "I am back")
    scene.reply("welcome back")
    scene.settle()
    assert scene.customer_sees() == ["welcome back"]


def test_a_failure_after_acceptance_becomes_a_note(scene: Scene) -> None:
    talk(scene, "hello")
    scene.asa.api_version = 1  # an old phone that cannot show what it is sent
    scene.freshchat.quick_replies(scene.conversation, DEMO_AGENT, "Which?", ["Order"])
    scene.settle()
    scene.reply("after that")
    scene.settle()
    assert "after that" in scene.customer_sees()


def test_a_resolved_conversation_is_followed_by_the_next_and_nothing_is_lost(scene: Scene) -> None:
    talk(scene, "one")
    scene.freshchat.resolve(scene.conversation, DEMO_AGENT)
    scene.settle()
    talk(scene, "two")
    assert scene.agent_sees() == ["one", "two"]
    scene.reply("answer")
    scene.settle()
    assert scene.customer_sees() == ["answer"]


def test_a_resolved_conversation_is_reopened_where_freshchat_does_that(scene: Scene) -> None:
    scene.freshchat.quirks.resolved_refuses = False
    talk(scene, "one")
    scene.freshchat.resolve(scene.conversation, DEMO_AGENT)
    scene.settle()
    talk(scene, "two")
    assert len(scene.freshchat.conversations) == 1
    assert scene.agent_sees() == ["one", "two"]


def test_a_new_token_after_a_revoked_one_brings_every_waiting_message(scene: Scene) -> None:
    talk(scene, "one")
    scene.freshchat.expire_token("a-new-token")
    talk(scene, "two", "three")
    assert scene.connections.connections["freshchat-1"].status is ConnectionStatus.NEEDS_AUTHORIZATION
    assert scene.agent_sees() == ["one"]
    scene.reconnect("freshchat-1", api_token="a-new-token")
    scene.settle(timedelta(hours=1))
    assert scene.agent_sees() == ["one", "two", "three"]


def test_a_message_for_an_account_that_stays_broken_is_dead_lettered_after_a_day(scene: Scene) -> None:
    talk(scene, "one")
    scene.freshchat.switches.api_status = 503
    talk(scene, "two")
    scene.settle(timedelta(hours=30))
    assert len(scene.queue.parked) == 1
    assert Outcome.DEAD_LETTERED in [delivery.outcome for delivery in scene.ledger.deliveries.values()]


def test_a_picture_that_has_expired_leaves_a_line_that_says_so(scene: Scene) -> None:
    talk(scene, "hello")
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG, "my cat")
    scene.time.run_due()
    scene.viber.files.clear()
    scene.settle()
    assert any("cat.png" in text or "image" in text for text in scene.agent_sees()[1:])
    assert any("my cat" in text for text in scene.agent_sees())


# --- receipts -------------------------------------------------------------------------------------------------------


def test_receipts_that_freshchat_cannot_show_are_neither_sent_nor_kept(scene: Scene) -> None:
    talk(scene, "hello")
    scene.reply("one")
    scene.settle()
    webhooks = len(scene.telemetry.lines)
    scene.viber.read(scene.asa.id)
    scene.settle()
    assert len(scene.telemetry.lines) == webhooks
    assert scene.ledger.all_sent() == []


# --- memory lost ----------------------------------------------------------------------------------------------------


def test_a_conversation_is_found_again_after_our_table_was_lost(scene: Scene) -> None:
    talk(scene, "hello")
    scene.sessions.forget()
    scene.reply("still there?")
    scene.settle()
    assert scene.customer_sees() == ["still there?"]
    talk(scene, "yes")
    assert len(scene.freshchat.conversations) == 1


def test_conversations_are_found_by_either_id(scene: Scene) -> None:
    talk(scene, "hello")
    scene.freshchat.quirks.bare_ids = True
    scene.reply("bare")
    scene.settle()
    assert scene.customer_sees() == ["bare"]


def test_no_secret_and_no_text_is_written_to_the_log(scene: Scene) -> None:
    talk(scene, "a very private matter")
    scene.viber.fail_next(Fault(status=500))
    scene.reply("a very private answer")
    scene.settle()
    scene.freshchat.expire_token("rotated")
    talk(scene, "a very private reminder")
    written = repr(scene.telemetry.lines)
    assert "very private" not in written
    for connection in scene.connections.connections.values():
        assert not any(secret in written for secret in connection.secrets.values.values())
    assert "hook-of-" not in written
