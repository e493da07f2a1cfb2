"""The owner introduces somebody who has never written: agents of a platform with sleeping conversations may begin."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.events import ContactIntroduced, make_event_id
from patchbay.domain.model import Contact, ConversationStatus
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.movers import MovingPigeon, writes
from tests.harness.fakes.services import Fault, message_event
from tests.harness.fakes.sleeping_conversations_platform import SleepingPlatform

PHONE, BSUID = "41790000001", "CH.1"


class Stork(MovingPigeon):
    behavior = replace(MovingPigeon.behavior, agent_initiated=True)


class Counter(SleepingPlatform):
    """Agents choose among the conversations that there are."""

    behavior = replace(SleepingPlatform.behavior, opens_empty=True)


@pytest.fixture
def platform() -> Counter:
    platform = Counter()
    platform.wakes_at_once = True
    return platform


@pytest.fixture
def bridge(platform: Counter) -> Bridge:
    return Bridge(messenger=Stork(), platform=platform)


def introduce(bridge: Bridge, contact: str = PHONE) -> None:
    origin = message_event(bridge.messenger, contact, "x", "x", "pigeon-1").origin
    event = ContactIntroduced(
        id=make_event_id("introduction", origin, contact, bridge.time.now().isoformat()),
        origin=origin,
        thread=contact,
        occurred_at=bridge.time.now(),
        contact=Contact(external_id=contact, name="Åsa", phone=f"+{contact}"),
    )
    bridge.queue.send([event])
    bridge.settle()
    bridge.time.advance(60)


def test_agents_find_a_conversation_and_nothing_is_said(bridge: Bridge, platform: Counter) -> None:
    introduce(bridge)
    assert (platform.opened, platform.woken) == (["conversation-1"], ["conversation-1"])
    assert platform.everything() == bridge.messenger.everything() == []
    (session,) = bridge.sessions.all()
    assert session.conversation is not None
    assert session.conversation.status is ConversationStatus.ACTIVE
    assert (session.contact.name, session.contact.phone) == ("Åsa", f"+{PHONE}")


def test_an_agents_first_message_goes_to_the_number_and_the_answer_comes_back(
    bridge: Bridge, platform: Counter
) -> None:
    introduce(bridge)
    bridge.agent_writes("your order is here")
    bridge.settle()
    assert bridge.messenger.threads == {PHONE: ["your order is here"]}
    writes(bridge, "thank you", BSUID, PHONE)
    bridge.settle()
    assert platform.threads == {"conversation-1": ["thank you"]}


def test_to_introduce_somebody_again_or_who_is_known_changes_nothing(bridge: Bridge, platform: Counter) -> None:
    writes(bridge, "hello", BSUID, PHONE)
    bridge.settle()
    for _ in range(2):
        introduce(bridge)
    assert platform.opened == ["conversation-1"]
    assert len(bridge.sessions.all()) == 1


def test_it_is_tried_again_while_the_platform_is_down_or_slow(bridge: Bridge, platform: Counter) -> None:
    platform.faults.extend([Fault.BUSY, Fault.LOST_AFTER, None, Fault.PENDING])
    introduce(bridge)
    bridge.settle(timedelta(hours=3))
    assert platform.opened == platform.woken == ["conversation-1"]
    assert not bridge.queue.parked


def test_what_the_platform_refuses_for_good_is_logged(bridge: Bridge, platform: Counter) -> None:
    platform.faults.extend([Fault.REFUSED])
    introduce(bridge)
    assert bridge.telemetry.logged("contact not introduced")
    assert not bridge.queue.parked
    assert platform.opened == []


@pytest.mark.parametrize("link", [None, "nobody"])
def test_a_messenger_that_is_not_linked_introduces_nobody(bridge: Bridge, platform: Counter, link: str | None) -> None:
    bridge.connections.change("pigeon-1", link=link)
    introduce(bridge)
    assert (platform.opened, bridge.sessions.all()) == ([], [])
    assert not bridge.queue.parked
