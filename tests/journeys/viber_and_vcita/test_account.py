"""A customer on Viber, a business at vcita: every behaviour that is vcita's own, across both simulators."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchbay.domain.accounts import ConnectionStatus
from playground.services.vcita import DEMO_BUSINESS
from playground.simulator import Fault
from tests.journeys.viber_and_vcita.scene import SECONDS, Scene, make_scene

# --- the account ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("early", [True, False])
def test_a_channel_becomes_active_whether_its_webhook_is_faster_than_the_answer_or_not(early: bool) -> None:
    scene = make_scene()
    scene.vcita.quirks.early_webhooks = early
    scene.connect("vcita")
    scene.settle()
    assert scene.status() is ConnectionStatus.ACTIVE
    [channel] = scene.vcita.channels
    assert channel.status == "active"


def test_messages_wait_for_the_channel() -> None:
    scene = make_scene()
    scene.vcita.quirks.channel_delay = 120
    scene.connect("vcita")
    scene.link("viber-1", "vcita-1")
    scene.says("one", "two")
    scene.settle(60 * SECONDS)
    assert scene.status() is ConnectionStatus.PENDING
    assert scene.vcita.businesses[0].clients == []
    scene.settle()
    assert scene.staff_sees() == ["one", "two"]


@pytest.mark.parametrize("status", ["blocked", "deleted", "inactive", "error"])
def test_a_channel_that_vcita_stops_alarms_the_owner_and_its_messages_wait(scene: Scene, status: str) -> None:
    scene.vcita.block_channel(DEMO_BUSINESS, status)  # type: ignore[arg-type]
    scene.settle()
    assert scene.status() is ConnectionStatus.DISABLED
    assert scene.telemetry.metrics["AuthorizationNeeded"] == 1
    scene.says("is anybody there?")
    scene.settle()
    assert scene.vcita.businesses[0].clients == []
    assert not scene.queue.parked
    scene.join_again()
    scene.settle(timedelta(minutes=30))
    assert scene.staff_sees() == ["is anybody there?"]


def test_a_business_that_removes_the_app_and_comes_back_gets_what_was_written_meanwhile(scene: Scene) -> None:
    scene.says("before")
    scene.settle()
    scene.vcita.uninstall(DEMO_BUSINESS)
    scene.settle()
    assert scene.status() is ConnectionStatus.DISABLED
    scene.says("meanwhile, one", "meanwhile, two")
    scene.settle(timedelta(hours=1))
    assert scene.staff_sees() == ["before"]
    scene.join_again()
    scene.settle(timedelta(minutes=30))
    assert scene.staff_sees() == ["before", "meanwhile, one", "meanwhile, two"]
    scene.reply("Welcome back")
    scene.settle()
    assert scene.customer_sees() == ["Welcome back"]


def test_a_token_that_is_revoked_in_mid_conversation_loses_nothing(scene: Scene) -> None:
    scene.says("one")
    scene.settle()
    scene.vcita.revoke_token(DEMO_BUSINESS)
    scene.says("two", "three")
    scene.reply("We hear you")
    scene.settle()
    assert scene.status() is ConnectionStatus.NEEDS_AUTHORIZATION
    assert scene.customer_sees() == ["We hear you"]
    assert scene.staff_sees() == ["one"]
    scene.join_again()
    scene.settle(timedelta(minutes=30))
    assert scene.status() is ConnectionStatus.ACTIVE
    assert scene.staff_sees() == ["one", "two", "three"]
    assert scene.statuses() == [["received"]]  # which says all that "sent" says, and both have waited
    assert not scene.queue.parked


# --- the rate -------------------------------------------------------------------------------------------------------


def test_fifty_customers_at_once_keep_to_vcitas_rate_and_all_arrive(scene: Scene) -> None:
    people = [scene.viber.new_person(f"Person {number}") for number in range(50)]
    for person in people:
        scene.viber.write(person.id, "hello")
        scene.viber.write(person.id, "are you there?")
    scene.settle(timedelta(minutes=20))
    seen = [scene.staff_sees(client) for client in scene.vcita.businesses[0].clients]
    assert seen == [["hello", "are you there?"]] * 50
    [token] = [token.value for token in scene.vcita.tokens.values() if token.business]
    # An opening is four calls, which are set aside together: one of them and answers fit into a second's eight.
    assert 5 <= scene.vcita.busiest(token) <= 8
    assert not scene.queue.parked


@pytest.mark.parametrize("retry_after", [None, 3])
def test_a_429_is_waited_out(scene: Scene, retry_after: int | None) -> None:
    scene.vcita.fail_next(Fault(status=429, retry_after=retry_after, times=5))
    scene.says("one", "two")
    scene.settle()
    assert scene.staff_sees() == ["one", "two"]


ENVELOPES = ["own", "success", "failure", "lower_failure", "bare_error", "status_error", "message_error"]


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_every_form_of_a_refusal_means_the_same(scene: Scene, envelope: str) -> None:
    scene.vcita.quirks.envelope = envelope  # type: ignore[assignment]
    scene.vcita.fail_next(Fault(status=500, times=2))
    scene.says("one")
    scene.settle()
    assert scene.staff_sees() == ["one"]
    scene.vcita.revoke_token(DEMO_BUSINESS)
    scene.says("two")
    scene.settle()
    assert scene.status() is ConnectionStatus.NEEDS_AUTHORIZATION
