"""Receipts and typing: each service is asked for what the other side can show, and the rest ends at its webhook."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations
from typing import get_args

import pytest

from patchbay.bridge.receive import Receiver
from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import WebhookRefused
from patchbay.domain.events import Event, ReceiptReceived, TypingChanged, decode
from patchbay.domain.feedback import ALWAYS_WANTED, FeedbackKind
from patchbay.domain.model import Conversation, ReceiptState
from patchbay.kit.abilities import ReportsFailures, SendsReceipts, TimestampsWebhooks
from patchbay.kit.account_setup import RegistersWebhooks, SelectsFeedback
from patchbay.kit.feedback import list_shown
from tests.connectors.contract.scene import connection_of
from tests.connectors.services import SERVICES, Sample, load_connector, sample_endpoint, samples
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime
from tests.harness.world import World

SELECTING = [name for name in SERVICES if isinstance(load_connector(name), SelectsFeedback)]
SHOWING = [name for name in SERVICES if isinstance(load_connector(name), SendsReceipts)]


def read(sample: Sample, endpoint: Endpoint) -> list[ReceiptReceived | TypingChanged]:
    try:
        parsed = load_connector(sample.service).parse(sample.request(), endpoint)
    except WebhookRefused:
        return []
    return [one for one in parsed if isinstance(one, ReceiptReceived | TypingChanged)]


def receive(sample: Sample, feedback: frozenset[FeedbackKind] | None) -> list[Event]:
    """What is on the queue after the sample has come to a webhook function, unsigned."""
    connector, clock = load_connector(sample.service), VirtualTime()
    connections, queue = MemoryConnections(), MemoryQueue(clock)
    connections.endpoints[sample.service, "token"] = replace(sample_endpoint(sample.service), feedback=feedback)
    receiver = Receiver(
        connector=connector, connections=connections, producer=queue, clock=clock, telemetry=MemoryTelemetry()
    )
    request = sample.request()
    if isinstance(connector, TimestampsWebhooks):
        request = replace(request, received_at=connector.read_timestamp(request) or request.received_at)
    clock.jump(request.received_at)
    receiver.receive("token", request)
    return [decode(envelope.body) for envelope in queue.receive()]


# --- what a service reports ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_whether_it_reports_typing(service: str) -> None:
    """By its samples: a message ends typing only where somebody may be typing."""
    endpoint = sample_endpoint(service)
    found = [one for sample in samples(service) for one in read(sample, endpoint) if isinstance(one, TypingChanged)]
    assert load_connector(service).behavior.reports_typing is bool(found)


# --- what a service can show -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SHOWING)
def test_every_state_that_is_claimed_to_be_shown_makes_a_call(service: str) -> None:
    """And no other is claimed: the core asks for receipts by it, and sends no others."""
    connector, connection = load_connector(service), connection_of(service)
    assert isinstance(connector, SendsReceipts)
    shown = connector.list_shown_states(connection)
    assert ReceiptState.QUEUED not in shown
    assert {FeedbackKind(state.value) for state in shown} <= list_shown(connector, connection)
    state = {"channel_id": "c", "conversation_id": "k", "contact_id": "a", "session_uid": "s", "person_id": "p"}
    conversation = Conversation(external_id="conversation", state=state)
    for one in shown - {ReceiptState.FAILED}:
        http = RecordingHttp.in_turn({"id": "c", "items": []}, {"id": "c"}, {"id": "c"}, {"id": "c"})
        connector.send_receipt(one, "message", conversation, connection, http)
        assert [request.method for request in http.requests if request.method != "GET"], one


@pytest.mark.parametrize("service", SERVICES)
def test_a_note_of_a_failure_is_claimed_only_by_services_that_report_failures(service: str) -> None:
    connector = load_connector(service)
    assert isinstance(connector, ReportsFailures) or not connector.behavior.failures_as_notes


# --- what a service reports ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
def test_receipts_that_cover_earlier_messages_are_claimed(service: str) -> None:
    """Otherwise what was sent is not found by its conversation."""
    endpoint = sample_endpoint(service)
    found = [event for sample in samples(service) for event in read(sample, endpoint)]
    covering = any(isinstance(event, ReceiptReceived) and event.covers_earlier for event in found)
    assert covering is load_connector(service).behavior.receipts_cover_earlier


@pytest.mark.parametrize("service", SERVICES)
def test_what_can_be_asked_for_is_claimed_where_there_is_a_way_to_ask(service: str) -> None:
    connector = load_connector(service)
    selectable = connector.behavior.selectable_feedback
    assert bool(selectable) is isinstance(connector, SelectsFeedback)
    assert not selectable & ALWAYS_WANTED, "it is asked for in any case"
    reported = {FeedbackKind(state.value) for state in connector.behavior.receipt_states} | {FeedbackKind.TYPING}
    assert selectable <= reported


@pytest.mark.parametrize("service", SELECTING)
def test_a_service_reports_what_it_was_asked_for_last(service: str) -> None:
    connector = load_connector(service)
    assert isinstance(connector, SelectsFeedback)
    assert isinstance(connector, RegistersWebhooks)
    world = World(service)
    connection = world.connect(service)
    url = connector.get_registered_url(connection, world.http)
    selectable = connector.behavior.selectable_feedback
    assert connector.get_registered_feedback(connection, world.http) == selectable, "all, while nothing is known"
    subsets = chain.from_iterable(combinations(sorted(selectable), length) for length in range(len(selectable) + 1))
    for wanted in map(frozenset, subsets):
        asking = replace(connection, feedback=wanted | ALWAYS_WANTED)
        connector.register_webhooks({"webhook": str(url)}, asking, world.http)
        assert connector.get_registered_feedback(asking, world.http) == wanted


def is_priced(event: ReceiptReceived | TypingChanged) -> bool:
    """What a message has cost is counted, whoever shows how far it got."""
    return isinstance(event, ReceiptReceived) and event.price is not None


@pytest.mark.parametrize("service", SERVICES)
def test_what_nobody_can_show_ends_at_the_webhook_and_failures_do_not(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector, endpoint = load_connector(service), sample_endpoint(service)
    monkeypatch.setattr(connector, "verify", lambda *_: None, raising=False)
    for sample in samples(service):
        known = read(sample, endpoint)
        if not known:
            continue
        others = [event for event in receive(sample, None) if not isinstance(event, ReceiptReceived | TypingChanged)]
        needed = [event for event in known if event.feedback in ALWAYS_WANTED or is_priced(event)]
        assert [event.kind for event in receive(sample, ALWAYS_WANTED)] == [e.kind for e in (*others, *needed)]
        for event in known:
            assert isinstance(event, get_args(Event))
            assert event.feedback is not None
            assert event.kind in {one.kind for one in receive(sample, frozenset({event.feedback}))}
