"""Agents' messages to customers who wrote too long ago are held until they write: not sent, not lost, not repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.bridge.reply_window import BEHIND, read_patience
from patchbay.domain.accounts import Connection
from patchbay.domain.events import MessageReceived, Origin, ReceiptReceived, TypingChanged
from patchbay.domain.model import Message, ReceiptState, Role, Sender, Side, Text
from patchbay.domain.prices import Price
from patchbay.domain.references import Change, ChangeKind
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.lively import LivelyOffice, change, refer, say
from tests.harness.fakes.services import Fault, Office, PlainOffice, message_event
from tests.harness.fakes.window_stores import watch_overdue
from tests.harness.fakes.windowed import WindowedPigeon

HOUR = timedelta(hours=1)


class NotingOffice(Office):
    """Its failures are notes in the conversation."""

    service = "office"
    behavior = replace(Office.behavior, failures_as_notes=True)


@pytest.fixture
def pigeon() -> WindowedPigeon:
    return WindowedPigeon()


@pytest.fixture
def bridge(pigeon: WindowedPigeon) -> Bridge:
    made = Bridge(pigeon, NotingOffice())
    pigeon.now = made.time.now
    made.customer_writes("hello")
    made.settle()
    return made


def close(bridge: Bridge) -> None:
    bridge.time.advance(25 * 3600)


def write(bridge: Bridge, *texts: str) -> None:
    for text in texts:
        bridge.agent_writes(text)
    bridge.settle(timedelta(minutes=5))


def overdue(bridge: Bridge) -> None:
    """What the monitor puts on the queue."""
    watch = watch_overdue(bridge.time, bridge.telemetry, bridge.queue, bridge.held, bridge.connector_of)
    watch.report(list(bridge.connections.connections.values()))
    bridge.settle(timedelta(minutes=30))


def test_the_session_knows_until_when_the_window_is_open(bridge: Bridge) -> None:
    (session,) = bridge.sessions.all()
    assert session.window_until == bridge.time.now() + timedelta(days=1)


def test_not_every_message_of_the_customer_is_worth_a_write(bridge: Bridge) -> None:
    (before,) = bridge.sessions.all()
    bridge.time.advance(60)
    bridge.customer_writes("again")
    bridge.settle()
    (session,) = bridge.sessions.all()
    assert session.version == before.version
    bridge.time.advance(BEHIND.total_seconds())
    bridge.customer_writes("and again")
    bridge.settle()
    (session,) = bridge.sessions.all()
    assert session.version == before.version + 1
    assert session.window_until == bridge.time.now() + timedelta(days=1)


def test_inside_the_window_messages_go_out_and_nothing_is_held(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    write(bridge, "welcome", "1", "/help")
    assert pigeon.everything() == ["welcome", "1", "/help"]
    assert not bridge.held.messages
    assert not bridge.platform.reports


def test_outside_of_it_they_are_held_and_the_agents_are_informed_once(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    close(bridge)
    write(bridge, "welcome", "are you there?")
    assert pigeon.everything() == []
    assert pigeon.late == [], "it is not even tried"
    assert [held.event.message.content for held in bridge.held.of("pigeon-1", "asa")] == [
        (Text(text="welcome"),),
        (Text(text="are you there?"),),
    ]
    assert not len(bridge.queue), "nothing waits on the queue, where it would hold up the conversation"
    ((_, notice),) = bridge.platform.reports
    assert notice.startswith(
        "Your message is held: the customer has not written for so long that Pigeon Post takes only"
    )
    assert "1  greeting (en): News for you: {{1}}\n2  visit_reminder (de): Guten Tag {{first_name}}" in notice
    assert "later" not in notice, "what is not approved is not offered"
    assert bridge.telemetry.metrics["Held"] == 2


def test_the_customers_next_message_releases_them_in_order(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    close(bridge)
    write(bridge, "one", "two", "three")
    bridge.customer_writes("I am back")
    bridge.settle()
    assert pigeon.everything() == ["one", "two", "three"]
    assert not bridge.held.messages
    (session,) = bridge.sessions.all()
    assert session.held_in == ""
    write(bridge, "four")
    assert pigeon.everything() == ["one", "two", "three", "four"]


def test_what_is_written_while_they_go_out_waits_behind_them(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    close(bridge)
    write(bridge, "one", "two")
    bridge.customer_writes("I am back")
    bridge.agent_writes("three")
    pigeon.faults.extend([Fault.BUSY, Fault.BUSY])
    bridge.settle()
    assert pigeon.everything() == ["one", "two", "three"]
    assert not bridge.held.messages


def test_a_message_that_the_messenger_refuses_for_it_is_held_too(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    """In the last minutes, which the session does not know, the messenger is asked."""
    pigeon.last_written["asa"] -= timedelta(minutes=5)
    bridge.time.advance(86_400 - 60)
    write(bridge, "one", "two")
    assert pigeon.late == ["one"], "after that it is known"
    assert pigeon.everything() == []
    assert len(bridge.platform.reports) == 1
    bridge.customer_writes("back")
    bridge.settle()
    assert pigeon.everything() == ["one", "two"]


def test_a_messenger_that_is_kinder_than_it_says_is_asked(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    """A customer's last message is not always in the session."""
    bridge.time.advance(60)
    bridge.customer_writes("and one more thing")
    bridge.settle()
    bridge.time.advance(86_400 - 30)
    write(bridge, "one")
    assert pigeon.everything() == ["one"]


def test_what_is_released_while_the_messenger_is_down_until_it_is_too_late_is_held_again(
    bridge: Bridge, pigeon: WindowedPigeon
) -> None:
    close(bridge)
    write(bridge, "one")
    bridge.customer_writes("back")
    pigeon.faults.extend([Fault.BUSY] * 20)
    bridge.settle(timedelta(hours=5))
    pigeon.faults.clear()
    close(bridge)
    bridge.settle(timedelta(hours=2))
    assert pigeon.everything() == []
    assert len(bridge.held.messages) == 1
    bridge.customer_writes("back again")
    bridge.settle()
    assert pigeon.everything() == ["one"]


def test_after_the_owners_patience_they_fail_with_a_reason(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    bridge.connections.change("pigeon-1", settings={"hold_hours": "48"})
    close(bridge)
    write(bridge, "one")
    bridge.time.advance(3600)
    write(bridge, "two")
    bridge.platform.reports.clear()
    bridge.time.advance(47 * 3600 - 600)
    overdue(bridge)
    assert bridge.platform.reports == []
    bridge.time.advance(900)
    overdue(bridge)
    ((_, reason),) = bridge.platform.reports
    assert reason == ("the customer has not written for 48 hours, and the messenger takes only templates until then")
    assert len(bridge.held.messages) == 1
    bridge.customer_writes("back")
    bridge.settle()
    assert pigeon.everything() == ["two"]


def test_a_correction_of_a_held_message_is_what_the_customer_reads(pigeon: WindowedPigeon) -> None:
    bridge = Bridge(pigeon, LivelyOffice())
    pigeon.now = bridge.time.now
    bridge.customer_writes("hello")
    bridge.settle()
    close(bridge)
    say(bridge, bridge.platform, "a1", "teh price is 5")
    say(bridge, bridge.platform, "a2", "a secret")
    bridge.settle()
    change(bridge, bridge.platform, "c1", _about(bridge, "a1", ChangeKind.EDIT), "the price is 6")
    change(bridge, bridge.platform, "c2", _about(bridge, "a2", ChangeKind.DELETION))
    bridge.settle()
    bridge.customer_writes("back")
    bridge.settle()
    assert pigeon.everything() == ["the price is 6"]
    assert not bridge.held.messages


def _about(bridge: Bridge, name: str, kind: ChangeKind) -> Change:
    return Change(kind=kind, target=refer(bridge, bridge.platform, name))


@pytest.mark.parametrize("fault", [Fault.DIED_BEFORE, Fault.DIED_AFTER, Fault.LOST_AFTER, Fault.BUSY])
def test_a_released_message_takes_the_way_of_any_message(bridge: Bridge, pigeon: WindowedPigeon, fault: Fault) -> None:
    close(bridge)
    write(bridge, "one", "two")
    bridge.customer_writes("back")
    pigeon.faults.append(fault)
    bridge.settle()
    sent = pigeon.everything()
    assert sent == (["one", "one", "two"] if fault in {Fault.DIED_AFTER, Fault.LOST_AFTER} else ["one", "two"])
    assert not bridge.held.messages


def test_a_held_message_that_fails_is_reported_like_any_other(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    close(bridge)
    write(bridge, "one", "two")
    bridge.platform.reports.clear()
    bridge.customer_writes("back")
    pigeon.faults.append(Fault.REFUSED)
    bridge.settle()
    assert pigeon.everything() == ["two"]
    assert [reason for _, reason in bridge.platform.reports] == ["this will never work"]
    assert not bridge.held.messages


def test_a_repeated_webhook_holds_nothing_twice(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    close(bridge)
    write(bridge, "one")
    bridge.time.advance(600)
    write(bridge, "one")
    bridge.customer_writes("back")
    bridge.settle()
    bridge.time.advance(600)
    write(bridge, "one")
    assert pigeon.everything() == ["one"]
    assert len(bridge.platform.reports) == 1


def test_nobody_sees_an_agent_typing_outside_of_the_window(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    def type_() -> None:
        origin = Origin(service="office", endpoint="office-1")
        now = bridge.time.now()
        event = TypingChanged(id=f"t{now}", origin=origin, thread="conversation-1", occurred_at=now, typing=True)
        bridge.queue.send([event])
        bridge.settle()

    type_()
    assert pigeon.typing == [True]
    close(bridge)
    type_()
    assert pigeon.typing == [True]


@pytest.mark.parametrize(("platform", "shown"), [(Office, True), (PlainOffice, True)])
def test_elsewhere_the_notice_is_a_line_of_the_conversation(
    pigeon: WindowedPigeon, platform: Callable[[], PlainOffice], shown: bool
) -> None:
    office = platform()
    bridge = Bridge(pigeon, office)
    bridge.customer_writes("hello")
    bridge.settle()
    close(bridge)
    write(bridge, "one")
    assert office.reports == []
    assert office.everything()[1].startswith("Your message is held") is shown


def test_a_desk_that_is_away_hears_of_it_later(bridge: Bridge) -> None:
    class Away(NotingOffice):
        def report_failure(self, *args: object) -> None:
            self.raise_before(self.next_fault())
            super().report_failure(*args)  # type: ignore[arg-type]

    office = bridge.services["office"] = Away()
    office.faults.extend([Fault.BUSY, Fault.BUSY])
    close(bridge)
    write(bridge, "one")
    assert len(office.reports) == 1
    assert len(bridge.held.messages) == 1
    assert not len(bridge.queue)


def test_a_message_that_is_too_long_to_be_held_fails(bridge: Bridge) -> None:
    close(bridge)
    event = replace(
        _message(bridge),
        message=Message(
            external_id="long",
            sender=Sender(role=Role.AGENT),
            content=(Text(text="x" * 400_000),),
            sent_at=bridge.time.now(),
        ),
    )
    bridge.queue.send([event])
    bridge.settle()
    ((_, reason),) = bridge.platform.reports
    assert reason.startswith("it is too long to be held")
    assert bridge.ledger.deliveries[event.ledger_key].outcome is Outcome.FAILED


def _message(bridge: Bridge) -> MessageReceived:
    return message_event(bridge.platform, "conversation-1", "long", "x", "office-1", bridge.time.now())


@pytest.mark.parametrize(
    ("given", "hours"), [("", 72), ("5", 5), ("0", 1), ("9999", 336), ("many", 72), ("-3", 72), ("99999", 72)]
)
def test_the_owners_patience(given: str, hours: int) -> None:
    messenger = Connection(
        id="p", service="pigeon", side=Side.MESSENGER, endpoint_id="p", settings={"hold_hours": given}
    )
    assert read_patience(messenger) == timedelta(hours=hours)


# --- prices ----------------------------------------------------------------------------------------------------------


def test_what_a_message_costs_is_counted_once_when_it_has_arrived(bridge: Bridge) -> None:
    def receipt(state: ReceiptState, price: Price, message_id: str = "m") -> None:
        origin, now = Origin(service="pigeon", endpoint="pigeon-1"), bridge.time.now()
        event = ReceiptReceived(
            id=f"r{state}{message_id}",
            origin=origin,
            thread="asa",
            occurred_at=now,
            message_id=message_id,
            state=state,
            price=price,
        )
        bridge.queue.send([event])
        bridge.settle(timedelta(minutes=5))

    for state in (ReceiptState.SENT, ReceiptState.DELIVERED, ReceiptState.READ):
        receipt(state, Price(category="marketing", model="pmp", billable=True))
    receipt(ReceiptState.READ, Price(category="service", billable=False, free_as="free_customer_service"), "n")
    counts = bridge.costs.list("pigeon-1", bridge.time.now().date())
    assert [(one.category, one.billable, one.free) for one in counts] == [("marketing", 1, 0), ("service", 0, 1)]
