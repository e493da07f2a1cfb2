"""Looking up."""

from __future__ import annotations

import pytest

from patchbay.domain.errors import (
    Uncertain,
    Untraceable,
)
from patchbay.domain.model import (
    Conversation,
)
from patchbay.kit.lookups import UncertainSend
from patchbay.platforms.freshchat import CONNECTOR
from patchbay.platforms.freshchat.outbound import is_same_part
from playground.services.freshchat import DEMO_AGENT
from playground.simulator import Fault
from tests.connectors.freshchat.outbound.scene import World
from tests.harness.fakes.recording_http import RecordingHttp


def test_a_message_whose_answer_got_lost_is_found_again(world: World) -> None:
    conversation = world.open()
    since = world.time.now()
    world.time.advance(1)
    world.desk.fail_next(Fault(lost=True))
    part = world.part("5 < 6 & more")
    with pytest.raises(Uncertain):
        world.deliver(conversation, part)
    found = CONNECTOR.look_up_delivery(part, UncertainSend(since=since), conversation, world.connection, world.http)
    assert found is not None
    assert found.external_id == world.seen(conversation).messages[-1].id


@pytest.mark.parametrize(
    ("sent", "shown", "same"),
    [
        ("<b>x</b> & y", "&lt;b&gt;x&lt;/b&gt; &amp; y", True),
        ("<b>x</b> & y", "<b>x</b> & y", True),
        ("List<a>", "List<a>", True),
        ("List<a>", "List&lt;a&gt;", True),
        ("List<a>", "List<i>", False),
        ("a<b>c", "a<i>c", False),
        ("a<b>c", "ac", False),
    ],
)
def test_a_text_is_found_whether_it_is_shown_escaped_or_not(sent: str, shown: str, same: bool) -> None:
    assert is_same_part({"text": {"content": sent}}, {"text": {"content": shown}}) is same


def test_what_never_arrived_is_not_found(world: World) -> None:
    conversation = world.open("Hello")
    world.time.advance(60)
    since = world.time.now()
    world.desk.reply(conversation.external_id, DEMO_AGENT, "Hello")
    assert (
        CONNECTOR.look_up_delivery(
            world.part("Hello"), UncertainSend(since=since), conversation, world.connection, world.http
        )
        is None
    )


def test_looking_up_goes_through_all_pages(world: World) -> None:
    conversation = world.open()
    since = world.time.now()
    world.deliver(conversation, world.part("Needle"))
    for number in range(120):
        world.time.advance(1)
        world.deliver(conversation, world.part(f"Hay {number}"))
    found = CONNECTOR.look_up_delivery(
        world.part("Needle"), UncertainSend(since=since), conversation, world.connection, world.http
    )
    assert found is not None
    assert found.external_id == world.seen(conversation).messages[1].id


def test_an_equal_message_that_we_know_is_not_the_one_that_is_looked_for(world: World) -> None:
    conversation, since = world.open("first"), world.time.now()
    ids = [world.deliver(conversation, world.part(text)) for text in ("Hello", "a", "Hello", "b")]

    def find(uncertain: UncertainSend, text: str = "Hello") -> str | None:
        found = CONNECTOR.look_up_delivery(world.part(text), uncertain, conversation, world.connection, world.http)
        return found.external_id if found else None

    assert find(UncertainSend(since=since)) == ids[2]
    assert find(UncertainSend(since=since, before=frozenset(ids[:3]))) is None
    assert find(UncertainSend(since=since, before=frozenset(ids[:1]))) == ids[2]
    assert find(UncertainSend(since=since, after=frozenset(ids[2:]))) == ids[0]


@pytest.mark.parametrize(
    ("sent", "shown", "same"),
    [
        ("a<b>c", "a<b>c", True),
        ("a<b>c", "a<i>c", False),
        ("ac", "a<b>c", False),
        ("5 < 6 & more", "5 &lt; 6 &amp; more", True),
        ("one\ntwo", "<p>one</p><p>two</p>", True),
        ("one\ntwo", "one<br>two\n", True),
        ("ok", "ok&nbsp;", True),
        ("ok", "OK", False),
        ("1 2", "12", False),
    ],
)
def test_a_text_is_the_one_that_was_sent_only_where_it_says_the_same(sent: str, shown: str, same: bool) -> None:
    assert is_same_part({"text": {"content": sent}}, {"text": {"content": shown}}) is same


def test_a_conversation_that_is_longer_than_we_read_is_no_proof_that_nothing_arrived(world: World) -> None:
    conversation, since = world.open("first"), world.time.now()
    messages = world.seen(conversation).messages
    messages += [messages[0]] * 2000
    with pytest.raises(Untraceable):
        CONNECTOR.look_up_delivery(
            world.part("Hello"), UncertainSend(since=since), conversation, world.connection, world.http
        )


def test_the_next_page_is_never_fetched_from_another_host(world: World) -> None:
    http = RecordingHttp({"messages": [], "link": {"href": "https://evil.example/v2"}})
    conversation = Conversation(external_id="c", state={"user_id": "u"})
    since = world.time.now()
    with pytest.raises(Untraceable):
        CONNECTOR.look_up_delivery(world.part(), UncertainSend(since=since), conversation, world.connection, http)
    assert len(http.requests) == 1
