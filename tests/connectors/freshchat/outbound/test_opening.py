"""What reaches Freshchat's desk, how often, and what each refusal means. The other end is the simulated Freshchat."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.errors import (
    ContactGone,
    Transient,
    Uncertain,
)
from patchbay.domain.model import (
    Contact,
)
from patchbay.kit.lookups import UncertainSend
from patchbay.platforms.freshchat import CONNECTOR
from playground.services.freshchat import DEMO_AGENT, DEMO_CHANNEL, DEMO_GROUP, OTHER_CHANNEL
from playground.simulator import Fault
from tests.connectors.freshchat.outbound.scene import ASA, KEY, World


def test_a_new_customer_becomes_a_user_with_one_conversation_that_holds_the_first_message(world: World) -> None:
    opened = world.begin(ASA, world.part("Hej!"))
    [user] = world.desk.users
    [conversation] = world.desk.conversations
    assert user.profile["reference_id"] == KEY.encode()
    assert user.profile["first_name"] == "Åsa Berg"
    assert "email" not in user.profile
    assert "phone" not in user.profile
    assert conversation.channel.id == DEMO_CHANNEL
    assert world.texts(opened.conversation) == ["Hej!"]
    assert opened.delivered is not None
    assert opened.delivered.external_id == conversation.messages[0].id
    assert opened.conversation.external_id == conversation.id
    assert opened.conversation.state == {"user_id": user.id}


@pytest.mark.parametrize("platform_id", ["", "00000000-0000-4000-8000-00000000dead"])
def test_a_customer_whom_freshchat_does_not_know_is_asked_for_again(world: World, platform_id: str) -> None:
    with pytest.raises(ContactGone):
        CONNECTOR.open_conversation(
            KEY, replace(ASA, platform_id=platform_id), world.part(), world.connection, world.http
        )


def test_opening_again_finds_what_was_made_before(world: World) -> None:
    first = world.open()
    again = world.begin(ASA, world.part("Second"))
    assert again.delivered is None
    assert again.conversation.external_id == first.external_id
    assert len(world.desk.users) == len(world.desk.conversations) == 1


def test_a_customer_without_a_name_is_still_somebody(world: World) -> None:
    world.begin(Contact(external_id="x"), world.part())
    assert world.desk.users[0].profile["first_name"] == "Customer"


def test_opening_that_lost_its_answer_finds_the_conversation_the_next_time(world: World) -> None:
    world.desk.fail_next(Fault(lost=True, where="POST /v2/conversations$"))
    with pytest.raises(Uncertain):
        world.open("First")
    again = world.begin(ASA, world.part("First"))
    assert again.delivered is None
    since = world.time.now() - timedelta(seconds=1)
    found = CONNECTOR.look_up_delivery(
        world.part("First"), UncertainSend(since=since), again.conversation, world.connection, world.http
    )
    assert found is not None
    assert len(world.desk.conversations) == 1


@pytest.mark.parametrize("cut", [Fault(lost=True, where="POST /v2/users"), Fault(status=500, where="POST /v2/users")])
def test_a_user_whose_making_got_lost_is_not_made_twice(world: World, cut: Fault) -> None:
    world.desk.fail_next(cut)
    with pytest.raises(Transient):
        world.open()
    world.open()
    assert len(world.desk.users) == 1


def test_losing_the_race_for_a_user_means_to_take_the_winners(world: World) -> None:
    world.desk.quirks.racing_users = 1
    world.open()
    assert len(world.desk.users) == 1
    assert len(world.desk.conversations) == 1


def test_of_several_users_with_our_reference_the_oldest_counts_and_others_do_not(world: World) -> None:
    lookalike = KEY.encode().replace("+", " ")
    world.desk.actions.create_user({"reference_id": lookalike})
    world.time.advance(5)
    oldest = world.desk.actions.create_user({"reference_id": KEY.encode()})
    world.time.advance(5)
    world.desk.actions.create_user({"reference_id": KEY.encode()})
    assert world.open().state["user_id"] == oldest.id


def test_what_has_brought_the_customer_is_a_property_of_the_user(world: World) -> None:
    world.begin(replace(ASA, reference="booking-4711"), world.part())
    [user] = world.desk.users
    assert {"name": "reference", "value": "booking-4711"} in user.profile["properties"]


def test_properties_that_the_plan_does_not_know_are_left_out(world: World) -> None:
    world.desk.quirks.known_properties = frozenset()
    world.open()
    [user] = world.desk.users
    assert "properties" not in user.profile


def test_new_conversations_go_to_the_configured_group(world: World) -> None:
    connection = world.with_settings(assigned_group_id=DEMO_GROUP)
    world.begin(ASA, world.part(), connection)
    assert world.desk.conversations[0].group == DEMO_GROUP


@pytest.mark.parametrize("oldest_first", [True, False])
def test_the_latest_conversation_is_found_among_many_in_either_order(world: World, oldest_first: bool) -> None:
    first = world.open()
    user = world.desk.users[0]
    for _ in range(5):
        world.time.advance(60)
        world.desk.resolve(world.desk.conversations[-1].id, DEMO_AGENT)
        latest = world.desk.actions.create_conversation(user, world.seen(first).channel)
    world.desk.quirks.oldest_first = oldest_first
    assert world.open().external_id == latest.id


def test_resolved_conversations_and_other_channels_are_not_reused(world: World) -> None:
    first = world.open()
    other = world.desk.channel(OTHER_CHANNEL)
    assert other is not None
    world.desk.actions.create_conversation(world.desk.users[0], other)
    world.desk.resolve(first.external_id, DEMO_AGENT)
    second = world.open("Again")
    assert second.external_id != first.external_id
    assert world.seen(second).channel.id == DEMO_CHANNEL
    assert world.texts(second) == ["Again"]


def test_an_unknown_channel_keeps_the_message_for_the_owner(world: World) -> None:
    with pytest.raises(Transient, match="channel_id"):
        world.begin(ASA, world.part(), world.with_settings(channel_id="nowhere"))


def test_ids_without_dashes_are_called_as_freshchat_wrote_them(world: World) -> None:
    world.desk.quirks.bare_ids = True
    conversation = world.open()
    own = conversation.external_id.replace("-", "")
    assert conversation.state["conversation_id"] == own
    world.deliver(conversation)
    assert own in world.http.sent[-1].url
