"""Each messenger with each platform: no receipt and no typing is queued that nobody sees."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from patchbay.domain.events import Event, ReceiptReceived, TypingChanged
from patchbay.domain.feedback import ALWAYS_WANTED, FeedbackKind
from patchbay.kit import registry
from patchbay.kit.feedback import list_shown
from tests.harness.pair_world import PAIRS, Scene, make_pair


def watch(scene: Scene) -> list[Event]:
    """All that is queued from now on."""
    queued: list[Event] = []
    send = scene.queue.send

    def note(events: Any) -> None:
        queued.extend(events)
        send(events)

    scene.queue.send = note  # type: ignore[method-assign]
    return queued


def list_seen_there(scene: Scene, connection_id: str) -> frozenset[FeedbackKind]:
    """What is shown on the side of this connection."""
    connection = scene.connections.connections[connection_id]
    return list_shown(registry.load(connection.service), connection) | ALWAYS_WANTED


@pytest.mark.parametrize("pair", PAIRS)
def test_what_is_queued_beside_messages_is_seen_by_somebody(pair: str) -> None:
    scene = make_pair(pair)
    other = {scene.phone.service: f"{scene.desk.service}-1", scene.desk.service: f"{scene.phone.service}-1"}
    queued = watch(scene)
    scene.meet()
    with suppress(KeyError):  # who looks at the web chat reads it
        scene.phone.act("read", {"person": scene.ann["id"]})
    scene.replies("anything else?")
    scene.end()
    for event in queued:
        if isinstance(event, ReceiptReceived | TypingChanged):
            assert event.feedback in list_seen_there(scene, other[event.origin.service]), event
    seen = {event.feedback for event in queued if isinstance(event, ReceiptReceived)}
    told = list_seen_there(scene, other[scene.phone.service]) - ALWAYS_WANTED
    reported = {FeedbackKind(state.value) for state in registry.load(scene.phone.service).behavior.receipt_states}
    assert told & reported & {FeedbackKind.DELIVERED} <= seen, "what is shown is still reported"
