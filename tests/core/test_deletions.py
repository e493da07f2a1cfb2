"""What is deleted on a platform is deleted with us."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchbay.bridge.ledger import Carried
from patchbay.domain.events import ContentErased, make_event_id
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, message_event
from tests.harness.fakes.token_platform import Archive, TokenPlatform


@pytest.fixture
def archive() -> Archive:
    return Archive()


@pytest.fixture
def bridge(archive: Archive) -> Bridge:
    consulate = TokenPlatform()
    bridge = Bridge(archive, consulate, http=consulate.counter)
    bridge.customer_writes("hello")
    bridge.settle()
    for text in ("first", "second"):
        bridge.agent_writes(text)
        bridge.settle()
    return bridge


def erase(bridge: Bridge, message_id: str = "", thread: str = "conversation-1") -> None:
    origin = message_event(bridge.platform, thread, "x", "x", "consulate-1").origin
    event = ContentErased(
        id=make_event_id("erasure", origin, thread, message_id),
        origin=origin,
        thread=thread,
        occurred_at=bridge.time.now(),
        message_id=message_id,
    )
    bridge.queue.send([event])
    bridge.settle(timedelta(days=2))


def test_an_agents_message_that_is_deleted_goes_from_the_messenger_too(bridge: Bridge, archive: Archive) -> None:
    erase(bridge, "consulate:conversation-1:first")
    assert list(archive.kept.values()) == ["second"]


def test_a_deleted_conversation_takes_everything_along(bridge: Bridge, archive: Archive) -> None:
    erase(bridge)
    assert archive.kept == {}
    assert bridge.ledger.carried("consulate-1", "conversation-1") == []


def test_the_messages_of_another_conversation_stay(bridge: Bridge, archive: Archive) -> None:
    erase(bridge, thread="conversation-2")
    assert sorted(archive.kept.values()) == ["first", "second"]
    assert bridge.telemetry.logged("event skipped")[-1]["reason"] == "no delivered message is recorded for it"


def test_a_customers_own_message_is_known_by_the_platforms_id(bridge: Bridge) -> None:
    carried = bridge.ledger.carried("consulate-1", "conversation-1")
    [own] = [one for one in carried if "archive:asa:hello" in one.messenger_ids]
    assert own.platform_ids == ("consulate-1",)


def test_our_copies_of_files_are_deleted(bridge: Bridge) -> None:
    url = "https://bridge.test/media/0/report.pdf"
    bridge.media.files[url] = b"%PDF"
    note = Carried(event_id="e9", platform_ids=("m9",), messenger_ids=("gone",), files=("0",))
    bridge.ledger.note_carried("consulate-1", "conversation-1", note)
    erase(bridge, "m9")
    assert bridge.media.files == {}


def test_a_messenger_that_does_not_answer_is_asked_again(bridge: Bridge, archive: Archive) -> None:
    archive.faults.extend([Fault.LOST_BEFORE, Fault.LOST_BEFORE])
    erase(bridge)
    assert archive.kept == {}


def test_what_the_messenger_will_never_delete_is_said_at_once(bridge: Bridge, archive: Archive) -> None:
    archive.faults.append(Fault.REFUSED)
    erase(bridge, "consulate:conversation-1:first")
    assert archive.calls == 3, "two messages and one deletion"
    assert bridge.telemetry.logged("content not erased")[-1]["reason"] == "this will never work"


def test_what_cannot_be_deleted_in_a_day_is_said_and_counted(bridge: Bridge, archive: Archive) -> None:
    archive.faults.extend([Fault.LOST_BEFORE] * 200)
    erase(bridge)
    assert bridge.telemetry.logged("content not erased")
    assert bridge.telemetry.metrics["DeletionFailed"] == 1
