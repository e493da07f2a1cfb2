"""Conversations that must be woken, people who must be known first, and accounts that are not ready."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.bridge.references import sign_reference
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.events import (
    ConnectionChanged,
    ConversationChanged,
    Origin,
)
from patchbay.domain.model import ContactKey, ConversationStatus, Side
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, UnsearchablePlatform
from tests.harness.fakes.sleeping_conversations_platform import SleepingPlatform
from tests.harness.fakes.token_platform import Clerk

ACTIVE, ENDED = ConversationStatus.ACTIVE, ConversationStatus.ENDED


class SleepingBridge(Bridge):
    platform: SleepingPlatform

    def __init__(self) -> None:
        super().__init__(platform=SleepingPlatform())

    def says(
        self,
        status: ConversationStatus,
        conversation: str = "conversation-1",
        *,
        ago: float = 0,
        undated: bool = False,
    ) -> None:
        """The platform's webhook about a conversation, whose status changed `ago` seconds ago."""
        now = self.time.now()
        event = ConversationChanged(
            id=f"{conversation}-{status}-{now.isoformat()}",
            origin=Origin(service="sleepy", endpoint="sleepy-1"),
            thread=conversation,
            occurred_at=now - timedelta(seconds=ago),
            status=status,
            undated=undated,
        )
        self.queue.send([event])


@pytest.fixture
def bridge() -> SleepingBridge:
    return SleepingBridge()


def settle(bridge: Bridge, seconds: float = 0) -> None:
    bridge.settle(timedelta(seconds=seconds))


def status_of(bridge: Bridge) -> ConversationStatus | None:
    [session] = bridge.sessions.all()
    return session.conversation.status if session.conversation else None


# --- waking ----------------------------------------------------------------------------------------------------------


def test_messages_wait_in_order_until_the_conversation_is_active(bridge: SleepingBridge) -> None:
    for text in ("one", "two", "three"):
        bridge.customer_writes(text)
    settle(bridge, 5)
    assert bridge.platform.everything() == []
    assert bridge.platform.woken == ["conversation-1"]
    bridge.says(ConversationStatus.ACTIVE)
    settle(bridge, 5)
    assert bridge.platform.everything() == ["one", "two", "three"]
    assert not bridge.queue.parked


def test_a_conversation_that_is_active_at_once_takes_the_message_at_once(bridge: SleepingBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("one")
    bridge.work()
    assert bridge.platform.everything() == ["one"]


def test_a_pending_conversation_is_asked_for_again_when_nothing_was_heard(bridge: SleepingBridge) -> None:
    bridge.customer_writes("one")
    settle(bridge, 9)
    assert len(bridge.platform.woken) == 1
    bridge.platform.wakes_at_once = True
    settle(bridge, 5)
    assert len(bridge.platform.woken) == 2
    assert bridge.platform.everything() == ["one"]


def test_how_long_a_conversation_has_been_pending_is_remembered_while_it_is_asked_for(bridge: SleepingBridge) -> None:
    started = bridge.time.now()
    bridge.customer_writes("one")
    settle(bridge, 600)
    [session] = bridge.sessions.all()
    assert len(bridge.platform.woken) > 10
    assert session.pending_since
    assert session.pending_since - started < timedelta(seconds=2)
    bridge.says(ConversationStatus.ACTIVE)
    settle(bridge, 5)
    assert bridge.sessions.all()[0].pending_since is None


def test_a_conversation_that_an_agent_left_is_woken_by_the_next_message(bridge: SleepingBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("one")
    settle(bridge)
    bridge.says(ConversationStatus.ENDED)
    settle(bridge)
    bridge.customer_writes("two")
    settle(bridge, 5)
    assert bridge.platform.woken == ["conversation-1", "conversation-1"]
    assert bridge.platform.opened == ["conversation-1"]
    assert bridge.platform.everything() == ["one", "two"]


def test_a_conversation_that_cannot_be_woken_is_opened_anew(bridge: SleepingBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("one")
    settle(bridge)
    bridge.says(ConversationStatus.ENDED)
    settle(bridge)
    bridge.platform.contacts.clear()
    bridge.platform.contacts["somebody else"] = "conversation-x"
    bridge.platform.faults.append(Fault.GONE)
    bridge.customer_writes("two")
    settle(bridge, 5)
    assert bridge.platform.threads == {"conversation-1": ["one"], "conversation-2": ["two"]}


def test_news_that_come_while_the_platform_is_asked_are_not_overwritten(bridge: SleepingBridge) -> None:
    """The webhook can be faster than the answer, which still says pending."""
    bridge.customer_writes("one")

    def hear() -> None:
        bridge.says(ConversationStatus.ACTIVE)
        bridge.dispatcher.dispatch(bridge.queue.receive())

    bridge.platform.while_waking = hear
    bridge.work()
    assert bridge.platform.everything() == ["one"]


# --- news that come late ---------------------------------------------------------------------------------------------


@pytest.fixture
def talking(bridge: SleepingBridge) -> SleepingBridge:
    """A conversation that is active, and about which the platform has said nothing yet."""
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("one")
    settle(bridge)
    bridge.time.advance(60)
    return bridge


def hear(bridge: SleepingBridge, *reports: tuple[ConversationStatus, float], undated: bool = False) -> None:
    for status, ago in reports:
        bridge.says(status, ago=ago, undated=undated)
        bridge.work()
        bridge.time.advance(1)


def count_saves(bridge: SleepingBridge) -> int:
    return bridge.sessions.all()[0].version


def test_an_older_status_is_dropped_without_a_write(talking: SleepingBridge) -> None:
    hear(talking, (ENDED, 30), (ACTIVE, 20))
    saves = count_saves(talking)
    hear(talking, (ENDED, 32), (ENDED, 26), (ENDED, 24))
    assert status_of(talking) is ACTIVE
    assert count_saves(talking) == saves
    reasons = [str(line["reason"]) for line in talking.telemetry.logged("event skipped")]
    assert reasons == ["its service has reported a later status"] * 3
    hear(talking, (ENDED, 5))
    assert status_of(talking) is ENDED


def test_an_end_that_was_overtaken_is_dropped_though_the_status_was_known_already(talking: SleepingBridge) -> None:
    hear(talking, (ACTIVE, 10), (ENDED, 20))
    assert status_of(talking) is ACTIVE


def test_of_two_that_happened_at_once_the_later_arrival_counts(talking: SleepingBridge) -> None:
    hear(talking, (ENDED, 10), (ACTIVE, 11))
    assert status_of(talking) is ACTIVE


def test_a_service_that_gives_no_times_is_believed_in_the_order_of_its_webhooks(talking: SleepingBridge) -> None:
    hear(talking, (ENDED, 0), (ACTIVE, 5), (ENDED, 10), undated=True)
    assert status_of(talking) is ENDED
    saves = count_saves(talking)
    hear(talking, (ENDED, 0), undated=True)
    assert count_saves(talking) == saves, "what is known already costs no write"


def test_a_report_without_its_time_makes_none_with_a_time_look_old(talking: SleepingBridge) -> None:
    hear(talking, (ENDED, 0), undated=True)
    hear(talking, (ACTIVE, 3))
    assert status_of(talking) is ACTIVE


def test_a_service_whose_clock_was_ahead_is_heard_when_it_is_right_again(talking: SleepingBridge) -> None:
    hear(talking, (ENDED, -3600))
    hear(talking, (ACTIVE, 0))
    assert status_of(talking) is ACTIVE


def test_what_is_opened_again_starts_without_a_time(talking: SleepingBridge) -> None:
    hear(talking, (ENDED, 0))
    talking.platform.faults.append(Fault.GONE)
    talking.platform.contacts.clear()
    talking.platform.contacts["somebody else"] = "conversation-x"
    talking.customer_writes("two")
    settle(talking, 5)
    [session] = talking.sessions.all()
    assert session.conversation is not None
    assert (session.conversation.external_id, session.conversation.status_at) == ("conversation-2", None)


# --- people ----------------------------------------------------------------------------------------------------------


def test_a_person_is_made_once_however_often_opening_fails(bridge: SleepingBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.platform.faults.extend([None, Fault.BUSY, Fault.LOST_BEFORE])
    bridge.customer_writes("one")
    settle(bridge, 60)
    [reference] = bridge.platform.identified
    key = ContactKey.decode(reference)
    assert key == sign_reference(
        ContactKey(service="pigeon", connection_id="pigeon-1", contact_id="asa"),
        bridge.connections.connections["sleepy-1"],
    )
    assert bridge.platform.everything() == ["one"]


def test_a_person_who_is_gone_is_found_again_once(bridge: SleepingBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("one")
    settle(bridge)
    bridge.platform.people.clear()
    bridge.platform.faults.append(Fault.GONE)
    bridge.customer_writes("two")
    settle(bridge, 5)
    assert len(bridge.platform.identified) == 2
    assert bridge.platform.everything() == ["one", "two"]
    [session] = bridge.sessions.all()
    assert session.contact.platform_id == "person-2"


def test_two_first_messages_at_once_make_one_person_and_one_conversation(bridge: SleepingBridge) -> None:
    bridge.platform.wakes_at_once = True
    for number in range(5):
        bridge.customer_writes(str(number))
    settle(bridge, 60)
    assert len(bridge.platform.identified) == 1
    assert bridge.platform.threads == {"conversation-1": ["0", "1", "2", "3", "4"]}


def test_a_part_that_is_taken_once_needs_no_doubt(bridge: SleepingBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("hello")
    settle(bridge)
    bridge.platform.faults.append(Fault.LOST_BEFORE)
    bridge.customer_writes("one")
    settle(bridge, 60)
    delivery = next(each for each in bridge.ledger.deliveries.values() if each.attempts)
    assert (delivery.outcome, delivery.uncertain) == (Outcome.DELIVERED, False)


# --- accounts --------------------------------------------------------------------------------------------------------


def connection_says(bridge: Bridge, status: ConnectionStatus) -> None:
    now = bridge.time.now()
    origin = Origin(service="sleepy", endpoint="sleepy-1")
    event = ConnectionChanged(id=f"{status}{now}", origin=origin, thread="a", occurred_at=now, status=status)
    bridge.queue.send([event])
    settle(bridge, 5)


def test_messages_wait_while_the_service_opens_the_account(bridge: SleepingBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.connections.change("sleepy-1", status=ConnectionStatus.PENDING)
    bridge.customer_writes("one")
    settle(bridge, 30)
    assert bridge.platform.calls == 0
    connection_says(bridge, ConnectionStatus.ACTIVE)
    assert bridge.platform.everything() == ["one"]


def test_the_service_cannot_undo_that_credentials_were_refused(bridge: SleepingBridge) -> None:
    bridge.connections.mark("sleepy-1", ConnectionStatus.NEEDS_AUTHORIZATION, "refused")
    for said, expected in (
        (ConnectionStatus.ACTIVE, ConnectionStatus.NEEDS_AUTHORIZATION),
        (ConnectionStatus.DISABLED, ConnectionStatus.DISABLED),
    ):
        connection_says(bridge, said)
        assert bridge.connections.connections["sleepy-1"].status is expected


def test_an_account_that_the_service_stops_alarms_the_owner_and_its_messages_wait(bridge: SleepingBridge) -> None:
    bridge.platform.wakes_at_once = True
    connection_says(bridge, ConnectionStatus.DISABLED)
    assert bridge.telemetry.metrics["AuthorizationNeeded"]
    bridge.customer_writes("one")
    settle(bridge, 60)
    assert bridge.platform.everything() == []
    connection_says(bridge, ConnectionStatus.ACTIVE)
    settle(bridge, 1000)
    assert bridge.platform.everything() == ["one"]


def test_news_of_an_account_wait_for_the_account_to_be_stored(bridge: SleepingBridge) -> None:
    now = bridge.time.now()
    origin = Origin(service="sleepy", endpoint="app", account="channel-1")
    bridge.queue.send(
        [ConnectionChanged(id="c", origin=origin, thread="a", occurred_at=now, status=ConnectionStatus.ACTIVE)]
    )
    settle(bridge, 10)
    bridge.connections.add(
        Connection(
            id="new",
            service="sleepy",
            side=Side.PLATFORM,
            endpoint_id="app",
            account="channel-1",
            status=ConnectionStatus.PENDING,
        ),
        webhook_token="hook-app",
    )
    settle(bridge, 60)
    assert bridge.connections.connections["new"].status is ConnectionStatus.ACTIVE


# --- webhooks and answers that are faster than our own record ---------------------------------------------------------


def test_news_that_name_their_account_wait_a_moment_for_our_record_of_the_conversation(bridge: SleepingBridge) -> None:
    bridge.says(ConversationStatus.ENDED)
    assert bridge.work()
    assert not bridge.telemetry.logged("event skipped")
    bridge.customer_writes("hello")
    bridge.platform.new_conversations_are = ConversationStatus.ACTIVE
    bridge.work()
    assert status_of(bridge) is ConversationStatus.ACTIVE
    settle(bridge, 10)
    assert status_of(bridge) is ConversationStatus.ENDED
    bridge.says(ConversationStatus.ENDED, "somebody-elses")
    settle(bridge, 10)
    assert len(bridge.queue) == 0


@pytest.mark.parametrize(
    ("platform", "faults"),
    [
        (Office, [Fault.DIED_AFTER]),
        (UnsearchablePlatform, [Fault.DIED_AFTER]),
        (SleepingPlatform, [None, Fault.DIED_AFTER]),
        (Clerk, [Fault.DIED_AFTER]),
    ],
)
def test_an_answer_arrives_that_comes_before_the_conversation_was_recorded(
    platform: type[Office], faults: list[Fault | None]
) -> None:
    """The function died after it had opened the conversation; its message comes back after six minutes."""
    office = platform()
    office.faults.extend(faults)
    bridge = Bridge(platform=office)
    bridge.customer_writes("hello")
    bridge.work()
    [conversation] = office.references
    assert not office.faults
    assert all(session.conversation is None for session in bridge.sessions.all())
    bridge.time.advance(20)
    bridge.agent_writes("how can I help?", conversation=conversation)
    bridge.settle(timedelta(minutes=5))
    assert bridge.messenger.threads == {"asa": ["how can I help?"]}
    if isinstance(office, SleepingPlatform):
        office.wakes_at_once = True
    bridge.settle()
    assert set(office.everything()) == {"hello"}
    assert len(office.references) == 1
