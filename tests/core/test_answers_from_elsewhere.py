"""The owner answers a customer on their phone, in the messenger itself: the agents see it, and nobody gets it twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.domain.model import Button, Role, Sender
from patchbay.domain.references import Change, ChangeKind
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.lively import LivelyOffice, LivelyPigeon, refer, say
from tests.harness.fakes.services import Office, Pigeon, message_event


class Bot(Office):
    capabilities = replace(Office.capabilities, notices=False)


def answer(bridge: Bridge, name: str, text: str, change: Change | None = None, role: Role = Role.AGENT) -> None:
    event = message_event(bridge.messenger, "asa", name, text, "pigeon-1", bridge.time.now())
    message = replace(event.message, sender=Sender(role=role, name="Owner"), change=change)
    bridge.queue.send([replace(event, message=message, contact=None)])
    bridge.settle()


def talk(platform: Office | None = None, messenger: Pigeon | None = None) -> Bridge:
    bridge = Bridge(messenger or Pigeon(), platform or Office())
    bridge.customer_writes("hello")
    bridge.settle()
    return bridge


@pytest.mark.parametrize("role", [Role.AGENT, Role.BOT])
def test_agents_see_it_in_the_conversation_and_the_customer_does_not_get_it_again(role: Role) -> None:
    bridge = talk()
    answer(bridge, "p1", "I am on my way", role=role)
    assert bridge.platform.everything() == ["hello", "📱 From the phone: I am on my way"]
    assert bridge.messenger.everything() == []


def test_it_opens_no_conversation() -> None:
    bridge = Bridge()
    answer(bridge, "p1", "Dear customer")
    assert bridge.platform.everything() == []
    assert bridge.telemetry.logged("event skipped")[-1]["reason"] == "it would open a conversation only to say so"


def test_a_bot_is_not_shown_it() -> None:
    bridge = talk(Bot())
    answer(bridge, "p1", "I am on my way")
    assert bridge.platform.everything() == ["hello"]


def test_it_picks_no_choice() -> None:
    bridge = talk()
    event = message_event(bridge.platform, "conversation-1", "a1", "Shall we?", "office-1", bridge.time.now())
    bridge.queue.send([replace(event, message=replace(event.message, buttons=(Button(label="Yes", payload="yes"),)))])
    bridge.settle()
    answer(bridge, "p1", "Yes")
    assert bridge.platform.everything()[-1] == "📱 From the phone: Yes"
    say(bridge, bridge.messenger, "m2", "Yes")
    bridge.settle()
    assert bridge.platform.everything()[-1] == "yes"


def test_what_they_correct_is_still_theirs() -> None:
    office = LivelyOffice()
    bridge = talk(office, LivelyPigeon())
    answer(bridge, "p1", "at 10")
    answer(bridge, "p2", "at 11", Change(kind=ChangeKind.EDIT, target=refer(bridge, bridge.messenger, "p1")))
    assert list(office.said.values()) == ["hello", "📱 From the phone: at 11"]
