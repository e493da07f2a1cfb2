"""A customer on Viber, a bot at UChat: once and in order without ids, numbers, limits, keys and the webhook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.accounts import ConnectionStatus
from patchbay.kit import registry
from patchbay.kit.account_setup import RegistersWebhooks
from playground.services.uchat import DEMO_AGENT, DEMO_FLOW_KEY
from playground.simulator import Fault
from tests.harness.fakes.media import PUBLIC
from tests.harness.uchat_world import CONNECTION, Scene, make_scene

POSTS = "POST /api/apichat/"
MINUTES = timedelta(minutes=1)


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = make_scene()
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert scene.uchat.complaints == []


@pytest.fixture
def known(scene: Scene) -> Scene:
    """With a customer who has written before."""
    scene.talk("hello")
    return scene


def registrar() -> RegistersWebhooks:
    connector = registry.load("uchat")
    assert isinstance(connector, RegistersWebhooks)
    return connector


def webhook_address(scene: Scene) -> str:
    return scene.uchat.workspace.webhook.url


# --- what UChat says, without ids ------------------------------------------------------------------------------------


def test_a_bot_that_says_ok_twice_is_heard_twice(known: Scene) -> None:
    known.uchat.quirks.bot = True
    known.talk("ok ok")
    assert known.customer_sees() == ["ok", "ok"]


@pytest.mark.parametrize("times", [1, 2])
def test_what_uchat_repeats_because_our_answer_was_lost_is_heard_once(known: Scene, times: int) -> None:
    known.uchat.webhook_retries = (1, 1)
    known.uchat.quirks.lost_answers = times
    known.reply("Hello Åsa!")
    assert known.customer_sees() == ["Hello Åsa!"]


def test_doubled_webhooks_are_heard_once_and_in_order(known: Scene) -> None:
    known.viber.switches.webhook_duplicates = True
    known.uchat.switches.webhook_duplicates = True
    known.talk("one", "two")
    known.reply("three", "four")
    assert known.desk_sees() == ["hello", "one", "two"]
    assert known.customer_sees() == ["three", "four"]


def test_a_webhook_that_our_queue_refused_is_heard_when_it_comes_again(known: Scene) -> None:
    known.queue.refuse = 1
    known.reply("Hello Åsa!")
    assert known.customer_sees() == ["Hello Åsa!"]


def test_what_is_wrongly_signed_is_refused_however_often_it_comes(known: Scene) -> None:
    known.uchat.quirks.bad_signatures = 1
    known.reply("Somebody else", "Hello Åsa!")
    assert known.customer_sees() == ["Hello Åsa!"]
    assert known.telemetry.metrics["RejectedSignature"] == 1 + len(known.uchat.webhook_retries)


# --- what we say, without ids ----------------------------------------------------------------------------------------


def test_a_lost_answer_makes_at_most_one_repetition_which_is_marked(known: Scene) -> None:
    known.uchat.fail_next(Fault(lost=True, where=POSTS))
    known.talk("one", "two")
    assert known.desk_sees() == ["hello", "one", "one", "two"]
    assert known.uncertain() == 1


def test_after_three_lost_answers_nobody_guesses_any_more(known: Scene) -> None:
    known.uchat.fail_next(Fault(lost=True, where=POSTS, times=3))
    known.talk("one", "two")
    assert known.desk_sees() == ["hello", "one", "one", "one", "two"]
    assert known.queue.causes == ["uncertain"]


@pytest.mark.parametrize("status", [500, 502])
def test_a_breakdown_over_a_message_is_a_doubt_too(known: Scene, status: int) -> None:
    known.uchat.fail_next(Fault(status=status, where=POSTS))
    known.talk("one", "two")
    assert known.desk_sees() == ["hello", "one", "two"]
    assert known.uncertain() == 1


@pytest.mark.parametrize("fault", [Fault(refused=True), Fault(status=429, retry_after=3), Fault(status=503)], ids=repr)
def test_what_certainly_did_not_arrive_is_sent_again_once_and_in_order(known: Scene, fault: Fault) -> None:
    known.uchat.fail_next(fault)
    known.talk("one", "two")
    assert known.desk_sees() == ["hello", "one", "two"]
    assert known.uncertain() == 0


def test_a_message_that_uchat_does_not_take_holds_up_no_other(known: Scene) -> None:
    known.uchat.fail_next(Fault(status=422, where=POSTS))
    known.talk("one", "two")
    assert known.desk_sees() == ["hello", "two"]
    [(_, reason)] = known.queue.parked
    assert "UChat refused the request: posting this message" in reason
    assert "one" not in reason


def test_an_answer_without_a_body_is_a_success(known: Scene) -> None:
    known.uchat.quirks.post_answer = "empty"
    known.talk("one", "two")
    assert known.desk_sees() == ["hello", "one", "two"]


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_twenty_first_messages_at_once_have_one_number(scene: Scene) -> None:
    texts = [f"message {number}" for number in range(20)]
    for text in texts:
        scene.viber.write(scene.asa.id, text)
    while scene.time.run_due():
        pass
    scene.race()
    scene.settle()
    assert len(scene.uchat.contacts) == 1
    assert scene.desk_sees() == texts


def test_a_customer_who_comes_back_after_a_change_of_links_keeps_the_number() -> None:
    scene = make_scene("unblu")
    scene.talk("hello")
    number = scene.contact.conversation_id
    scene.link("viber-1", "unblu-1")
    scene.talk("to somebody else")
    bo = scene.viber.new_person("Bo")
    scene.link("viber-1", CONNECTION)
    scene.talk("I am new", person=bo)
    scene.talk("I am back")
    assert scene.desk_sees() == ["hello", "I am back"]
    assert [contact.conversation_id == number for contact in scene.uchat.contacts] == [True, False]
    assert scene.uchat.complaints == []


def test_conversations_survive_the_loss_of_our_sessions(known: Scene) -> None:
    number = known.contact.conversation_id
    known.sessions.forget()
    known.reply("Still there?")
    known.talk("yes")
    assert known.customer_sees() == ["Still there?"]
    assert known.desk_sees() == ["hello", "yes"]
    assert known.contact.conversation_id == number


# --- limits ----------------------------------------------------------------------------------------------------------


def test_many_customers_together_make_no_more_than_five_calls_a_second(scene: Scene) -> None:
    people = [scene.viber.new_person(f"Customer {number}") for number in range(20)]
    for person in people:
        for text in ("one", "two"):
            scene.viber.write(person.id, text)
    scene.settle()
    assert sorted(scene.desk_sees(contact) for contact in scene.uchat.contacts) == [["one", "two"]] * 20
    assert scene.uchat.auth.busiest(DEMO_FLOW_KEY) <= 5
    assert not scene.queue.parked


def test_a_stricter_limit_of_uchats_is_kept_too(scene: Scene) -> None:
    scene.uchat.quirks.requests_per_second = 2
    for number in range(8):
        scene.viber.write(scene.viber.new_person(f"Customer {number}").id, "hello")
    scene.settle()
    assert len(scene.uchat.contacts) == 8
    assert not scene.queue.parked


# --- keys and the webhook --------------------------------------------------------------------------------------------


def test_a_refused_key_waits_for_the_owner_and_nothing_is_lost(known: Scene) -> None:
    known.uchat.replace_flow_key("the-next-flow-key")
    known.talk("one", "two")
    connection = known.connections.connections[CONNECTION]
    assert connection.status is ConnectionStatus.NEEDS_AUTHORIZATION
    assert "flow_api_key" in connection.status_reason
    assert known.desk_sees() == ["hello"]
    known.reconnect(CONNECTION, flow_api_key="the-next-flow-key")
    known.settle(90 * MINUTES)
    assert known.desk_sees() == ["hello", "one", "two"]


def test_a_new_verification_key_leaves_no_gap(known: Scene) -> None:
    """The webhook functions that run still have the old one in their caches when UChat greets them with the new."""
    known.reconnect(CONNECTION, webhook_verification_key="the-next-key")
    [(webhook_token, cached)] = [(key, one) for key, one in known.connections.endpoints.items() if key[0] == "uchat"]
    renewed = replace(cached, secrets=known.connections.connections[CONNECTION].secrets)
    known.connections.renewed[webhook_token] = renewed
    known.reply("signed with the old key")
    connection = known.connections.connections[CONNECTION]
    registrar().register_webhooks({"webhook": webhook_address(known)}, connection, known.http)
    known.reply("signed with the new key")
    assert known.customer_sees() == ["signed with the old key", "signed with the new key"]
    assert known.uchat.workspace.webhook.key == "the-next-key"


def test_a_webhook_that_another_bridge_has_taken_is_seen_and_taken_back(known: Scene) -> None:
    ours, connection = webhook_address(known), known.connections.connections[CONNECTION]
    assert ours.startswith(PUBLIC)
    theirs = f"{PUBLIC}/uchat/another-hook"
    known.uchat.lose_webhook(theirs)
    assert registrar().get_registered_url(connection, known.http) == theirs
    known.reply("nobody hears this")
    registrar().register_webhooks({"webhook": ours}, connection, known.http)
    assert registrar().get_registered_url(connection, known.http) == ours
    known.reply("Hello Åsa!")
    assert known.customer_sees() == ["Hello Åsa!"]


def test_a_webhook_that_was_removed_stops_nothing_for_good(known: Scene) -> None:
    ours, connection = webhook_address(known), known.connections.connections[CONNECTION]
    registrar().unregister_webhooks(connection, known.http)
    known.talk("one")
    assert known.connections.connections[CONNECTION].status is ConnectionStatus.NEEDS_AUTHORIZATION
    registrar().register_webhooks({"webhook": ours}, connection, known.http)
    known.reconnect(CONNECTION)
    known.settle(90 * MINUTES)
    known.uchat.reply(known.contact.user_ns, DEMO_AGENT, "welcome back")
    known.settle()
    assert known.desk_sees() == ["hello", "one"]
    assert known.customer_sees() == ["welcome back"]
