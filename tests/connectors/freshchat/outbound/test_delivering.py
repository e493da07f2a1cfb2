"""Delivering."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from patchbay.domain.errors import (
    AuthorizationNeeded,
    ConversationGone,
    DeliveryError,
    Rejected,
    Transient,
    Uncertain,
)
from patchbay.domain.model import (
    Postback,
)
from playground.services.freshchat import DEMO_AGENT
from playground.simulator import Fault
from tests.connectors.freshchat.outbound.scene import World


def test_a_text_arrives_as_the_customers_own_words(world: World) -> None:
    conversation = world.open()
    message_id = world.deliver(conversation, world.part("5 < 6 & שלום 👩‍👩‍👧"))
    message = world.seen(conversation).messages[-1]
    assert message.id == message_id
    assert message.actor_type == "user"
    assert message.actor_id == conversation.state["user_id"]
    assert world.texts(conversation)[-1] == "5 < 6 & שלום 👩‍👩‍👧"


def test_a_choice_arrives_as_the_words_that_it_stands_for(world: World) -> None:
    conversation = world.open()
    world.deliver(conversation, world.part("2", tapped=Postback(label="Refund", payload="I want my money back")))
    world.deliver(conversation, world.part("1", tapped=Postback(label="Order", payload="")))
    assert world.texts(conversation)[-2:] == ["I want my money back", "Order"]


def test_delivering_takes_one_call(world: World) -> None:
    conversation = world.open()
    before = len(world.http.sent)
    world.deliver(conversation)
    assert len(world.http.sent) == before + 1


def test_a_conversation_without_memory_asks_who_its_customer_is(world: World) -> None:
    conversation = replace(world.open(), state={})
    assert world.deliver(conversation)


def test_a_call_that_knows_only_the_other_id_is_made_with_it(world: World) -> None:
    conversation = world.open()
    number = world.seen(conversation).number
    world.deliver(replace(conversation, external_id="gone", aliases=(number,)))
    assert len(world.seen(conversation).messages) == 2


def test_an_answer_without_an_id_is_a_delivery_without_an_id(world: World) -> None:
    conversation = world.open()
    world.desk.quirks.answers_202 = True
    assert world.deliver(conversation) == ""
    assert len(world.seen(conversation).messages) == 2


def test_a_resolved_conversation_is_gone_or_opens_again_as_the_account_does_it(world: World) -> None:
    conversation = world.open()
    world.desk.resolve(conversation.external_id, DEMO_AGENT)
    with pytest.raises(ConversationGone):
        world.deliver(conversation)
    world.desk.quirks.resolved_refuses = False
    world.deliver(conversation)
    assert world.seen(conversation).status == "new"


def test_a_deleted_conversation_is_gone(world: World) -> None:
    conversation = world.open()
    world.desk.conversations.clear()
    with pytest.raises(ConversationGone):
        world.deliver(conversation)
    with pytest.raises(ConversationGone):
        world.deliver(replace(conversation, state={}))


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(status=401), AuthorizationNeeded),
        (Fault(status=403), AuthorizationNeeded),
        (Fault(status=400), Rejected),
        (Fault(status=422), Rejected),
        (Fault(status=429), Transient),
        (Fault(status=408), Uncertain),
        (Fault(status=500), Uncertain),
        (Fault(status=502), Uncertain),
        (Fault(status=503), Transient),
        (Fault(lost=True), Uncertain),
        (Fault(refused=True), Transient),
    ],
)
def test_each_refusal_of_a_message_has_its_meaning(world: World, fault: Fault, failure: type[DeliveryError]) -> None:
    conversation = world.open()
    world.desk.fail_next(fault)
    with pytest.raises(failure) as caught:
        world.deliver(conversation, world.part("the secret words"))
    assert type(caught.value) is failure
    assert "secret words" not in str(caught.value)
    assert world.connection.secrets.get("api_token") not in str(caught.value)


@pytest.mark.parametrize(("header", "seconds"), [(7, 7.0), (None, None)])
def test_a_rate_limit_says_how_long_when_freshchat_does(
    world: World, header: int | None, seconds: float | None
) -> None:
    conversation = world.open()
    world.desk.fail_next(Fault(status=429, retry_after=header))
    with pytest.raises(Transient) as caught:
        world.deliver(conversation)
    assert caught.value.retry_after == seconds


def test_a_refusals_own_words_are_not_repeated(world: World) -> None:
    conversation = world.open()
    body = json.dumps({"code": 400, "status": "INVALID_VALUE", "message": "bad text: my PIN is 1234"}).encode()
    world.desk.fail_next(Fault(status=400, body=body))
    with pytest.raises(Rejected) as caught:
        world.deliver(conversation)
    assert "1234" not in str(caught.value)
    assert caught.value.code == "invalid_value"
