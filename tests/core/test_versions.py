"""A stack that is updated: webhook functions and dispatcher change at different moments, and messages of both wait."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from patchbay.bridge.ledger import Cause
from patchbay.domain import events
from patchbay.domain.errors import TooNew, Unreadable
from patchbay.domain.event_upgrades import UPGRADES
from patchbay.domain.events import MessageReceived, decode, encode
from patchbay.domain.references import Reference
from tests.harness.fakes.bridge import Bridge


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


def make_newer(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the webhook functions write from now on is of the next version."""
    monkeypatch.setattr("patchbay.domain.events.VERSION", events.VERSION + 1)


def update_dispatcher(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    monkeypatch.setattr("patchbay.domain.events.VERSION", version)


def test_an_event_of_a_newer_version_waits_for_the_dispatcher_that_reads_it(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = events.VERSION
    bridge.customer_writes("before")
    with monkeypatch.context() as ahead:
        make_newer(bridge, ahead)
        bridge.customer_writes("after")
    bridge.settle(timedelta(minutes=40))
    assert bridge.platform.everything() == ["before"]
    assert not bridge.queue.parked
    monkeypatch.setattr("patchbay.domain.events.UPGRADES", {present: lambda fields: fields})
    update_dispatcher(monkeypatch, present + 1)
    bridge.settle(timedelta(hours=1))
    assert bridge.platform.everything() == ["before", "after"]


def test_an_event_of_a_newer_version_is_a_dead_letter_when_nobody_comes_to_read_it(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day, then its conversation goes on: the update was taken back, say. It can be redriven later."""
    with monkeypatch.context() as ahead:
        make_newer(bridge, ahead)
        bridge.customer_writes("from the future")
    bridge.customer_writes("from now")
    bridge.settle(timedelta(days=2))
    assert bridge.queue.causes == [Cause.UNREADABLE.value]
    assert bridge.platform.everything() == ["from now"]


def test_other_conversations_do_not_wait(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as ahead:
        make_newer(bridge, ahead)
        bridge.customer_writes("from the future", contact="asa")
    bridge.customer_writes("hello", contact="bo")
    bridge.settle(timedelta(minutes=5))
    assert bridge.platform.everything() == ["hello"]


def test_an_event_of_the_version_before_is_understood(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    present = events.VERSION
    bridge.customer_writes("hello")

    def upgrade(fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, "aliases": [*fields["aliases"], "upgraded"]}

    (envelope,) = bridge.queue.receive()
    monkeypatch.setattr("patchbay.domain.events.UPGRADES", {present: upgrade})
    update_dispatcher(monkeypatch, present + 1)
    event = decode(envelope.body)
    assert "upgraded" in event.aliases  # type: ignore[union-attr]
    assert decode(encode(event)) == event, "what is of this version is taken as it is"


def test_an_event_of_the_version_before_this_one_is_read_as_it_was_meant(bridge: Bridge) -> None:
    """As that version wrote it: without the fields that it did not have."""
    bridge.customer_writes("hello")
    (envelope,) = bridge.queue.receive()
    now = json.loads(envelope.body)
    before = {**now["event"], "message": {**now["event"]["message"], "reply_to": "m7"}}
    del before["message"]["change"]
    event, same = decode(json.dumps({"version": 1, "event": before})), decode(envelope.body)
    assert isinstance(event, MessageReceived)
    assert isinstance(same, MessageReceived)
    assert event == replace(same, message=replace(same.message, reply_to=Reference(message_id="m7")))


def test_an_event_from_before_all_steps_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    update_dispatcher(monkeypatch, 5)
    monkeypatch.setattr("patchbay.domain.events.UPGRADES", {4: lambda fields: fields})
    with pytest.raises(Unreadable, match="an event of version 3; this deployment reads version 5"):
        decode(json.dumps({"version": 3, "event": {}}))


@pytest.mark.parametrize("version", ["1", 1.0, True, None, [1]])
def test_what_is_no_version_is_unreadable(version: object) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(json.dumps({"version": version, "event": {}}))
    assert not isinstance(caught.value, TooNew)


def test_every_version_comes_with_the_step_that_leads_to_it() -> None:
    assert events.VERSION == 1 or events.VERSION - 1 in UPGRADES
