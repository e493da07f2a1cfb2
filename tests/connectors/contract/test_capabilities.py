"""Capabilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from patchbay.aws.deadline import RESERVE
from patchbay.aws.net.download import MOST_SECONDS
from patchbay.domain.events import MessageReceived, decode
from patchbay.domain.model import (
    Button,
    Card,
    ContactCard,
    Location,
    ReceiptState,
    Side,
    Text,
)
from patchbay.kit.abilities import (
    FindsContacts,
    FindsPlatformIds,
)
from tests.aws import aws
from tests.connectors.contract.scene import KEY, Stage, make_stage
from tests.connectors.services import SERVICES, load_connector, samples


@pytest.fixture(params=SERVICES)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = make_stage(request.param)
    yield stage
    assert not stage.world.telemetry.logged("event failed unexpectedly")


def test_a_conversation_that_we_have_opened_is_recognised_without_our_record_of_it(stage: Stage) -> None:
    connector, simulator = load_connector(stage.service), stage.world.simulators[stage.service]
    if connector.side is Side.MESSENGER:
        return
    stage.show(Text(text="hello"))
    view: Any = simulator.view()
    where = {"conversation": view["conversations"][-1]["id"], "agent": view["agents"][0]["id"]}
    simulator.act("reply", {**where, "text": "an agent's answer"})
    stage.world.time.advance(5)
    events = [decode(envelope.body) for envelope in stage.world.queue.receive()]
    [event] = [one for one in events if isinstance(one, MessageReceived) and "answer" in str(one.message.content)]
    if isinstance(connector, FindsContacts):
        assert connector.find_contact(event, stage.connection, stage.http) == KEY
    if isinstance(connector, FindsPlatformIds):
        assert connector.find_platform_id(event, stage.connection, stage.http) == stage.contact.platform_id


def test_texts_arrive_up_to_the_limit(stage: Stage) -> None:
    limit = load_connector(stage.service).capabilities.text_limit
    assert "שלום 👩‍🚀" in stage.show(Text(text="שלום 👩‍🚀"))
    longest = "long " * (limit // 5 - 1)
    assert longest.strip() in stage.show(Text(text=longest))


def test_characters_that_nobody_takes_arrive_as_signs(stage: Stage) -> None:
    half = chr(0xD83D)
    seen = stage.show(Text(text=f"one\x00two\ufffethree{half}four\x1bfive"), Text(text="six\u202eseven"))
    assert "one\ufffdtwo\ufffdthree\ufffdfour\ufffdfive" in seen
    assert "six\u202eseven" in seen


def test_every_claimed_kind_of_attachment_arrives(stage: Stage) -> None:
    for kind in load_connector(stage.service).capabilities.attachments:
        assert f"sample-{kind.value}" in stage.show(stage.attachment(kind))


def test_buttons_are_shown_one_way_or_the_other(stage: Stage) -> None:
    choices = (Button(label="Order <1>", payload="order"), Button(label="Shop", url="https://shop.test/a?b=c"))
    seen = stage.show(Text(text="Which?"), buttons=choices)
    assert "Order <1>" in seen
    assert "https://shop.test/a?b=c" in seen


def test_cards_are_shown_one_way_or_the_other(stage: Stage) -> None:
    cards = [
        Card(title=f"Card {number}", text="Nice & cheap", buttons=(Button(label=f"Buy {number}", payload="b"),))
        for number in (1, 2, 3)
    ]
    seen = stage.show(*cards)
    for number in (1, 2, 3):
        assert f"Card {number}" in seen
        assert f"Buy {number}" in seen
    assert "Nice & cheap" in seen


def test_a_location_and_a_contact_are_shown_one_way_or_the_other(stage: Stage) -> None:
    seen = stage.show(Location(latitude=59.33, longitude=18.06), ContactCard(name="Bo", phone="+46701112233"))
    assert "59.33" in seen
    assert "18.06" in seen
    assert "+46701112233" in seen


def test_the_senders_name_is_shown_where_that_is_claimed(stage: Stage) -> None:
    if load_connector(stage.service).side is Side.MESSENGER:
        assert "Ana Lind" in stage.show(Text(text="hello"))


def test_no_call_may_take_longer_than_the_function_that_makes_it(stage: Stage) -> None:
    """Files too: the time of a call is the most that it takes, and the batch must be handed back afterwards."""
    stage.show(Text(text="hello"))
    for kind in load_connector(stage.service).capabilities.attachments:
        stage.show(stage.attachment(kind))
    longest = {f"{request.method} {request.url}": request.timeout for request in stage.world.http.sent}
    assert longest
    limit = aws.function("DispatcherFunction", "Timeout") - RESERVE
    assert {call: seconds for call, seconds in longest.items() if seconds > limit} == {}


def test_a_file_is_fetched_within_the_time_of_the_function_and_a_batch_comes_back_long_after_it() -> None:
    seconds = aws.function("DispatcherFunction", "Timeout")
    assert seconds >= MOST_SECONDS + RESERVE
    assert aws.resource("EventsQueue")["VisibilityTimeout"] >= 6 * seconds  # as AWS asks for


@pytest.mark.parametrize("service", SERVICES)
def test_claimed_receipts_are_among_the_samples(service: str) -> None:
    shown = {meaning.get("state") for sample in samples(service) for meaning in sample.expected}
    claimed = {state.value for state in load_connector(service).behavior.receipt_states} - {ReceiptState.SENT.value}
    assert claimed <= shown
