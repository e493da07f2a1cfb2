"""Staff to customer."""

from __future__ import annotations

import pytest

from patchbay.domain.events import Origin, TypingChanged
from playground.services.vcita import DEMO_STAFF, SECOND_STAFF
from tests.journeys.viber_and_vcita.scene import PNG, SECONDS, Scene

# --- staff to customer ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("basic", [True, False])
def test_the_staff_sees_how_far_their_message_got(scene: Scene, basic: bool) -> None:
    scene.vcita.quirks.basic_statuses = basic
    scene.says("hello")
    scene.settle()
    scene.reply("Hi Åsa")
    scene.reply("How can we help?", SECOND_STAFF)
    scene.settle()
    scene.viber.read(scene.asa.id)
    scene.settle()
    assert scene.customer_sees() == ["Hi Åsa", "How can we help?"]
    told = ["received", "read"] if basic else ["sent", "received", "read"]
    assert scene.statuses() == [told, told]
    sent = [one for one in scene.ledger.all_sent() if one.connection_id == "viber-1"]
    assert [one.state.value for one in sent] == ["read", "read"]
    assert sent[0].sent_at <= sent[1].sent_at


def test_statuses_never_go_backwards_however_webhooks_come(scene: Scene) -> None:
    scene.says("hello")
    scene.settle()
    scene.viber.switches.webhook_duplicates = True
    scene.viber.switches.webhook_reorder = True
    for number in range(8):
        scene.reply(str(number))
    scene.settle(5 * SECONDS)
    scene.viber.read(scene.asa.id)
    scene.settle()
    order = ["channel_pending", "sent", "received", "read"]
    for told in scene.statuses():
        assert told == sorted(set(told), key=order.index)
        assert told[-1] == "read"


def test_formatted_messages_arrive_as_text_with_their_links(scene: Scene) -> None:
    scene.says("hello")
    scene.settle()
    words = '<div><strong>Hello &amp; welcome</strong><br>See <a href="https://x.test/a?b=1&amp;c=2">our page</a></div>'
    scene.vcita.reply_html(scene.client.uid, DEMO_STAFF, words)
    scene.reply("1 < 2 & 3 > 2")
    scene.settle()
    assert scene.customer_sees() == [
        "Hello & welcome\nSee our page (https://x.test/a?b=1&c=2)",
        "1 < 2 & 3 > 2",
    ]


def test_a_file_of_the_staff_arrives_as_a_file(scene: Scene) -> None:
    scene.says("hello")
    scene.settle()
    scene.vcita.send_file(scene.client.uid, DEMO_STAFF, "cat.png", "image/png", PNG, "look")
    scene.settle()
    assert scene.customer_sees() == ["look", "<image>"]


@pytest.mark.parametrize("basic", [True, False])
def test_a_failure_reaches_the_staff(scene: Scene, basic: bool) -> None:
    scene.vcita.quirks.basic_statuses = basic
    scene.says("hello")
    scene.settle()
    scene.viber.unsubscribe(scene.asa.id)
    scene.settle()
    scene.reply("Are you there?")
    scene.settle()
    assert scene.statuses() == [["error" if basic else "unavailable"]]
    assert not scene.queue.parked


def test_webhooks_twice_and_out_of_order_are_one_conversation_in_order(scene: Scene) -> None:
    scene.says("hello")
    scene.settle()
    scene.vcita.switches.webhook_duplicates = True
    for number in range(5):
        scene.reply(str(number))
        scene.settle(SECONDS)
    for number in range(len(scene.vcita.webhook_log)):
        scene.vcita.redeliver(number)
    scene.settle()
    assert scene.customer_sees() == [str(number) for number in range(5)]


# --- typing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("below", [True, False])
def test_the_staffs_typing_is_taken_in_every_form(scene: Scene, method: str, below: bool) -> None:
    """Viber cannot show it: nothing else happens."""
    scene.vcita.quirks.typing_method = method  # type: ignore[assignment]
    scene.vcita.quirks.typing_below_sessions = below
    scene.says("hello")
    scene.settle()
    scene.vcita.staff_typing(scene.client.uid, True)
    scene.settle()
    assert scene.vcita.webhook_log[-1].status == 204
    assert scene.customer_sees() == []


@pytest.mark.parametrize(("age", "shown"), [(1, True), (12, False)])
def test_a_customers_typing_is_shown_while_it_is_fresh(scene: Scene, age: int, shown: bool) -> None:
    scene.says("hello")
    scene.settle()
    now = scene.time.now()
    origin = Origin(service="viber", endpoint="viber-1")
    scene.queue.send([TypingChanged(id="t", origin=origin, thread=scene.asa.id, occurred_at=now, typing=True)])
    scene.time.advance(age)
    scene.work()
    assert (scene.client.typing_until is not None) is shown
