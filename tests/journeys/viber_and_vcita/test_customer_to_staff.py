"""Customer to staff."""

from __future__ import annotations

import pytest

from playground.services.vcita import DEMO_BUSINESS
from playground.simulator import Fault
from tests.journeys.viber_and_vcita.scene import PNG, SECONDS, Scene


@pytest.mark.parametrize("activation", ["needs_put", "auto_activate"])
@pytest.mark.parametrize("early", [True, False])
def test_a_first_contact_becomes_a_client_with_one_active_session(scene: Scene, activation: str, early: bool) -> None:
    scene.vcita.quirks.activation = activation  # type: ignore[assignment]
    scene.vcita.quirks.early_webhooks = early
    scene.vcita.quirks.refuses_active = True
    scene.says("Hello! 👋", "שלום", "a < b & c")
    scene.settle()
    assert scene.client.name == "Åsa Öberg"
    [session] = scene.vcita.sessions
    assert session.status == "active"
    assert scene.staff_sees() == ["Hello! 👋", "שלום", "a < b & c"]


def test_a_customer_whose_number_the_business_knows_is_that_client(scene: Scene) -> None:
    known = scene.vcita.add_client(DEMO_BUSINESS, "Åsa", phone="+46701112233")
    scene.vcita.add_client(DEMO_BUSINESS, "Somebody else", phone="+46701112234")
    scene.viber.send_contact(scene.asa.id, "Åsa Öberg", "+46701112233")
    scene.says("It's me")
    scene.settle()
    assert len(scene.vcita.businesses[0].clients) == 2
    assert scene.staff_sees(scene.vcita.find_client(known))[-1] == "It's me"


def test_twenty_first_messages_at_once_make_one_client_and_one_session(scene: Scene) -> None:
    for number in range(20):
        scene.says(str(number))
    while scene.time.run_due():
        pass
    scene.race()
    scene.settle()
    assert len(scene.vcita.sessions) == 1
    assert scene.staff_sees() == [str(number) for number in range(20)]


def test_messages_wait_in_order_while_the_session_is_pending(scene: Scene) -> None:
    scene.vcita.quirks.session_delay = 25
    scene.says("one", "two")
    scene.settle(20 * SECONDS)
    scene.says("three")
    scene.settle()
    assert scene.staff_sees() == ["one", "two", "three"]
    assert scene.telemetry.metrics["DeadLettered"] == 0


def test_a_session_whose_webhook_was_lost_is_found_active(scene: Scene) -> None:
    """vcita says nothing about repeating webhooks."""
    scene.vcita.webhooks.send_session = lambda *_, **__: None  # type: ignore[method-assign]
    scene.says("one")
    scene.settle()
    assert scene.staff_sees() == ["one"]


@pytest.mark.parametrize("exists_code", ["already_exists", "duplicate"])
@pytest.mark.parametrize("plain_filters", [True, False])
def test_a_session_that_was_made_before_is_found_again(scene: Scene, exists_code: str, plain_filters: bool) -> None:
    scene.vcita.quirks.exists_code = exists_code  # type: ignore[assignment]
    scene.vcita.quirks.plain_filters = plain_filters
    scene.vcita.fail_next(Fault(lost=True, where="POST .*/sessions$"))
    scene.says("one")
    scene.settle()
    assert len(scene.vcita.sessions) == 1
    assert scene.staff_sees() == ["one"]


def test_a_session_that_the_staff_left_is_woken_by_the_next_message(scene: Scene) -> None:
    scene.says("one")
    scene.settle()
    scene.vcita.deactivate_session(scene.client.uid)
    scene.settle()
    assert [session.status for session in scene.vcita.sessions] == ["inactive"]
    scene.says("two")
    scene.settle()
    assert [session.status for session in scene.vcita.sessions] == ["active"]
    assert scene.staff_sees() == ["one", "two"]


def test_a_customer_whose_client_was_merged_goes_on_with_the_other(scene: Scene) -> None:
    winner = scene.vcita.add_client(DEMO_BUSINESS, "Åsa", email="asa@example.com")
    scene.viber.send_contact(scene.asa.id, "Åsa Öberg", "+46701112233")
    scene.settle()
    loser = next(client.uid for client in scene.vcita.businesses[0].clients if client.uid != winner)
    scene.vcita.merge_clients(loser, winner)
    scene.settle()
    scene.says("still me")
    scene.settle()
    assert scene.staff_sees()[-1] == "still me"
    assert scene.client.uid == winner
    scene.reply("Hello again")
    scene.settle()
    assert scene.customer_sees() == ["Hello again"]


def test_files_places_and_taps_are_words_with_links(scene: Scene) -> None:
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG, "my cat")
    scene.viber.send_location(scene.asa.id, 59.33, 18.06)
    scene.settle()
    everything = "\n".join(scene.staff_sees())
    assert "my cat" in everything
    assert "https://bridge.test/media/" in everything
    assert "59.33" in everything


@pytest.mark.parametrize("own_uids", [True, False])
def test_a_message_whose_answer_was_lost_is_there_once(scene: Scene, own_uids: bool) -> None:
    scene.vcita.quirks.own_message_uids = own_uids
    scene.says("hello")
    scene.settle()
    scene.vcita.fail_next(Fault(lost=True, where="POST .*/messages", times=2))
    scene.says("once, please")
    scene.settle()
    assert scene.staff_sees() == ["hello", "once, please"]
    assert not any(delivery.uncertain for delivery in scene.ledger.deliveries.values())


@pytest.mark.parametrize("echoes", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
def test_vcitas_word_on_our_messages_is_kept_and_echoes_are_not_answers(
    scene: Scene, echoes: bool, swapped: bool
) -> None:
    scene.vcita.quirks.echoes = echoes
    scene.vcita.quirks.swapped_types = swapped
    scene.says("hello")
    scene.settle()
    scene.vcita.open_conversation(scene.client.uid)
    scene.settle()
    assert scene.customer_sees() == []
    [sent] = [one for one in scene.ledger.all_sent() if one.connection_id == "vcita-1"]
    assert sent.state.value == "sent"  # Viber shows nothing of it; the record is for a failure


def test_a_message_that_vcita_cannot_show_is_the_owners_to_know(scene: Scene) -> None:
    """Viber has no way to tell the customer."""
    scene.vcita.next_message_fails = True
    scene.says("hello")
    scene.settle()
    assert scene.telemetry.metrics["UnreportedFailures"] == 1


def test_a_table_that_was_lost_loses_no_conversation(scene: Scene) -> None:
    scene.says("one")
    scene.settle()
    scene.sessions.forget()
    scene.reply("We are still here")
    scene.settle()
    assert scene.customer_sees() == ["We are still here"]
    scene.sessions.forget()
    scene.says("two")
    scene.settle()
    assert "two" in [text for client in scene.vcita.businesses[0].clients for text in scene.staff_sees(client)]
