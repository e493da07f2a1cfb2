"""A customer on Viber, agents at Unblu: ends and beginnings, once and in order, the account and its channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.errors import Misconfigured
from patchbay.kit import registry
from patchbay.kit.account_setup import RegistersWebhooks
from playground.services.unblu import DEMO_AGENT
from playground.services.unblu.errors import Refused
from playground.services.unblu.records import Generation
from playground.simulator import Fault
from tests.harness.unblu_world import Scene, make_scene


@pytest.fixture(params=["v4", "v3"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")


@pytest.fixture
def fine(scene: Scene) -> Iterator[Scene]:
    """Where nothing is broken on purpose, Unblu must have nothing to complain of."""
    yield scene
    assert scene.unblu.complaints == []


# --- ends ------------------------------------------------------------------------------------------------------------


def test_after_the_end_there_is_a_new_conversation_and_nothing_is_lost(fine: Scene) -> None:
    fine.talk("one")
    fine.unblu.end(fine.conversation.id, DEMO_AGENT)
    fine.settle()
    fine.talk("two", "three")
    assert len(fine.unblu.conversations) == 2
    assert fine.agent_sees() == ["two", "three"]
    fine.reply("answer")
    fine.settle()
    assert fine.customer_sees() == ["answer"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_end_that_nobody_told_us_of_is_noticed(scene: Scene, status: int) -> None:
    scene.unblu.quirks.ended_status = status  # type: ignore[assignment]
    scene.talk("one")
    scene.unblu.registrations.clear()
    scene.unblu.end(scene.conversation.id, DEMO_AGENT)
    scene.talk("two")
    assert scene.agent_sees() == ["two"]
    assert scene.connections.connections["unblu-1"].status is ConnectionStatus.ACTIVE


def test_source_ids_that_stay_taken_are_no_end_of_talking() -> None:
    scene = make_scene("v3")
    scene.unblu.quirks.unique_forever = True
    for number in range(3):
        scene.talk(f"message {number}")
        assert scene.agent_sees() == [f"message {number}"]
        scene.unblu.end(scene.conversation.id, DEMO_AGENT)
        scene.settle()
    assert len(scene.unblu.conversations) == 3


def test_a_customer_who_leaves_ends_the_conversation(fine: Scene) -> None:
    fine.talk("hello")
    fine.viber.unsubscribe(fine.asa.id)
    fine.settle()
    assert fine.conversation.is_over
    assert fine.conversation.end_reason == "EXTERNAL_CHANNEL_CLOSED"
    fine.talk("I am back")
    assert fine.agent_sees() == ["I am back"]
    assert not fine.conversation.is_over


# --- once, in order, in a race ---------------------------------------------------------------------------------------


def test_twenty_first_messages_at_once_make_one_customer_and_one_conversation(fine: Scene) -> None:
    texts = [f"message {number}" for number in range(20)]
    for text in texts:
        fine.viber.write(fine.asa.id, text)
    while fine.time.run_due():
        pass
    fine.race()
    fine.settle()
    assert len(fine.unblu.conversations) == 1
    assert len(fine.unblu.contacts) <= 1
    assert fine.agent_sees() == texts


def test_doubled_webhooks_are_heard_once(scene: Scene) -> None:
    scene.viber.switches.webhook_duplicates = True
    scene.unblu.switches.webhook_duplicates = True
    scene.talk("one", "two")
    scene.reply("three")
    scene.settle()
    assert scene.agent_sees() == ["one", "two"]
    assert scene.customer_sees() == ["three"]


def test_a_request_whose_answer_came_too_late_is_repeated_and_done_once(scene: Scene) -> None:
    scene.talk("hello")
    scene.unblu.quirks.slow_answers = 2
    message = scene.reply("Hello Åsa!")
    scene.settle()
    assert scene.customer_sees() == ["Hello Åsa!"]
    assert message.state == "delivered"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, retry_after=7),
        Fault(status=503),
        Fault(status=500),
        Fault(refused=True),
        Fault(lost=True, where=".*(create|createOrUpdateVirtual|search)"),
    ],
)
def test_unblu_failing_in_any_way_loses_and_doubles_nothing(scene: Scene, fault: Fault) -> None:
    for _ in range(4):
        scene.unblu.fail_next(
            replace(fault, where=fault.where if fault.lost else ".*(persons|conversations|contacts).*")
        )
    scene.talk("one", "two")
    assert scene.agent_sees() == ["one", "two"]
    assert len(scene.unblu.conversations) == 1


def test_a_lost_answer_of_sending_may_double_and_is_marked(scene: Scene) -> None:
    scene.talk("one")
    scene.unblu.fail_next(Fault(lost=True, where=".*sendMessage"))
    scene.talk("two")
    assert scene.agent_sees()[:2] == ["one", "two"]
    assert scene.telemetry.metrics["Uncertain"] == 1


# --- the account -----------------------------------------------------------------------------------------------------


def test_a_new_password_after_a_changed_one_brings_every_waiting_message(scene: Scene) -> None:
    scene.talk("one")
    known = scene.connections.connections["unblu-1"].secrets.values["password"]
    scene.reconnect("unblu-1", password="not-this-one")
    scene.talk("two", "three")
    assert scene.connections.connections["unblu-1"].status is ConnectionStatus.NEEDS_AUTHORIZATION
    scene.reconnect("unblu-1", password=known)
    scene.settle(timedelta(hours=2))
    assert scene.agent_sees() == ["one", "two", "three"]


def test_a_channel_that_unblu_gave_up_on_is_put_back_and_what_waited_arrives(scene: Scene) -> None:
    scene.talk("hello")
    scene.break_answers(broken=True)
    scene.reply("anybody there?")
    scene.settle()
    assert scene.unblu.channels[0].status == "INACTIVE_UNAVAILABLE"
    scene.break_answers(broken=False)
    assert scene.heal()
    scene.settle()
    assert scene.customer_sees() == ["anybody there?"]
    assert scene.heal() == ""


def test_a_channel_that_an_admin_switched_off_stays_off(scene: Scene) -> None:
    scene.unblu.channels[0].fields["webhookStatus"] = "INACTIVE"
    assert scene.heal() == ""
    connector = registry.load("unblu")
    assert isinstance(connector, RegistersWebhooks)
    with pytest.raises(Misconfigured, match="switched off"):
        connector.register_webhooks({"webhook": "https://x.test"}, scene.connections.connections["unblu-1"], scene.http)


@pytest.mark.parametrize("signatures", ["sha1", "sha256", "both"])
def test_every_way_of_signing_is_understood_and_none_is_not(scene: Scene, signatures: str) -> None:
    scene.talk("hello")
    scene.unblu.quirks.signatures = signatures  # type: ignore[assignment]
    scene.reply("signed")
    scene.settle()
    scene.unblu.quirks.signatures = "none"
    scene.reply("not signed")
    scene.settle()
    assert scene.customer_sees() == ["signed"]


def test_an_upgrade_of_unblu_needs_the_owner_to_connect_again_and_loses_nothing() -> None:
    scene = make_scene("v3")
    scene.talk("before")
    scene.unblu.set_generation("v4")
    known = scene.connections.connections["unblu-1"]
    settings = {**known.settings, "api_version_found": "v4"}  # what `check` finds out
    scene.connections.change("unblu-1", settings=settings)
    connector = registry.load("unblu")
    assert isinstance(connector, RegistersWebhooks)
    connector.register_webhooks(
        {"webhook": scene.unblu.channels[0].endpoint}, replace(known, settings=settings), scene.http
    )
    scene.talk("after")
    scene.reply("hello again")
    scene.settle()
    assert scene.agent_sees() == ["before", "after"]
    assert scene.customer_sees() == ["hello again"]


# --- several contacts, agents who write first ------------------------------------------------------------------------


def test_two_customers_in_one_conversation_each_get_what_is_said_once() -> None:
    scene = make_scene("v4")
    bo = scene.viber.new_person("Bo")
    scene.viber.write(bo.id, "I am Bo")
    scene.settle()
    scene.unblu.end(scene.conversation.id)
    scene.talk("I am Åsa")
    [contact] = [one for one in scene.unblu.contacts if one.name == "Bo"]
    scene.unblu.add_contact_to_conversation(scene.conversation.id, contact.id)
    scene.settle()
    message = scene.reply("Hello both")
    scene.settle()
    assert scene.customer_sees() == ["Hello both"]
    assert scene.customer_sees(bo) == ["Hello both"]
    scene.viber.read(bo.id)
    scene.settle()
    assert message.reached[contact.id] == "read"
    scene.viber.write(bo.id, "me too")
    scene.settle()
    assert scene.agent_sees() == ["I am Åsa", "me too"]
    assert scene.unblu.complaints == []


def test_an_agent_who_wants_to_write_first_reads_why_that_is_not_possible() -> None:
    scene = make_scene("v4")
    scene.unblu.channels[0].fields["outboundSupported"] = True  # somebody has switched it on at Unblu
    with pytest.raises(Refused, match="must write first"):
        scene.unblu.start_chat(DEMO_AGENT, "+49 1511 2345678", "Hello?")


def test_an_agent_may_write_first_where_the_messenger_takes_that() -> None:
    scene = make_scene("v4", outbound_to="viber:viber-1")
    with pytest.raises(Refused, match="country code"):
        scene.unblu.start_chat(DEMO_AGENT, "0151 2345678", "Hello?")
    scene.unblu.start_chat(DEMO_AGENT, "+49 1511 2345678", "Hello?", name="Bo")
    [contact] = scene.unblu.contacts
    assert contact.source_id == "viber:viber-1:4915112345678"
    assert scene.conversation.source_id
    assert scene.unblu.complaints == []


# --- memory lost, and what is never told -----------------------------------------------------------------------------


def test_a_conversation_is_found_again_after_our_table_was_lost(fine: Scene) -> None:
    fine.talk("hello")
    fine.sessions.forget()
    fine.reply("still there?")
    fine.settle()
    assert fine.customer_sees() == ["still there?"]
    fine.talk("yes")
    assert len(fine.unblu.conversations) == 1
    assert fine.agent_sees() == ["hello", "yes"]


def test_a_changed_profile_is_shown_to_the_agents(fine: Scene) -> None:
    fine.talk("hello")
    fine.asa.name = "Åsa Öberg-Lind"
    fine.talk("I am married")
    [customer] = fine.conversation.external()
    assert customer.person.name == "Åsa Öberg-Lind"


def test_no_secret_and_no_text_is_written_to_the_log(scene: Scene) -> None:
    scene.talk("a very private matter")
    scene.unblu.fail_next(Fault(status=500))
    scene.reply("a very private answer")
    scene.settle()
    scene.reconnect("unblu-1", password="rotated-password")
    scene.talk("a very private reminder")
    written = repr(scene.telemetry.lines)
    assert "very private" not in written
    for connection in scene.connections.connections.values():
        assert not any(secret in written for secret in connection.secrets.values.values())
    assert "hook-of-" not in written


@pytest.mark.parametrize(("before", "after"), [("v3", "v4"), ("v4", "v3")])
def test_an_upgrade_of_unblu_loses_nothing_until_the_account_is_connected_again(
    before: Generation, after: Generation
) -> None:
    scene = make_scene(before)
    scene.talk("before")
    scene.unblu.set_generation(after)
    scene.talk("while nobody knows")
    assert scene.connections.connections["unblu-1"].status is ConnectionStatus.NEEDS_AUTHORIZATION
    scene.connect("unblu")
    scene.settle(timedelta(minutes=30))
    assert scene.agent_sees()[-1] == "while nobody knows"
    assert not scene.queue.parked
