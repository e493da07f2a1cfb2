"""Who has asked for no marketing messages gets no marketing templates, and all else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.errors import MarketingRefused
from patchbay.domain.events import MarketingChosen, decode, encode
from patchbay.domain.model import Session
from tests.core.test_reply_window import NotingOffice, close, write
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import message_event
from tests.harness.fakes.windowed import WindowedPigeon

UNWANTED = "The template winter_sale was not sent: the customer has opted out of marketing messages."
SALE = "Everything must go!"


@pytest.fixture
def pigeon() -> WindowedPigeon:
    return WindowedPigeon()


@pytest.fixture
def bridge(pigeon: WindowedPigeon) -> Bridge:
    made = Bridge(pigeon, NotingOffice())
    pigeon.now = made.time.now
    made.customer_writes("hello")
    made.settle()
    close(made)
    return made


def choose(
    bridge: Bridge, *, wanted: bool, before: float = 0, thread: str = "asa", aliases: tuple[str, ...] = ()
) -> None:
    """`before`: seconds by which the news are late."""
    bridge.time.advance(60)
    origin = message_event(bridge.messenger, "asa", "x", "x", "pigeon-1").origin
    at = bridge.time.now() - timedelta(seconds=before)
    event = MarketingChosen(
        id=f"c{bridge.time.now()}", origin=origin, thread=thread, occurred_at=at, wanted=wanted, aliases=aliases
    )
    bridge.queue.send([event])
    bridge.settle()


def session_of(bridge: Bridge) -> Session:
    (session,) = bridge.sessions.all()
    return session


def said(bridge: Bridge) -> str:
    return bridge.platform.reports[-1][1]


def test_who_picks_marketing_for_them_reads_why_it_is_not_sent(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    choose(bridge, wanted=False)
    write(bridge, "/template")
    calls = pigeon.calls
    write(bridge, "/template winter_sale")
    assert said(bridge).startswith(UNWANTED)
    assert (pigeon.everything(), pigeon.calls) == ([], calls)
    assert not bridge.queue.parked


def test_other_templates_and_free_answers_still_go(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    choose(bridge, wanted=False)
    write(bridge, "/template greeting parcel")
    bridge.customer_writes("which parcel?")
    bridge.settle()
    write(bridge, "the blue one")
    assert pigeon.everything() == ["News for you: parcel\nAcme", "the blue one"]
    assert session_of(bridge).no_marketing, "a message of theirs asks for no advertising"


def test_a_template_that_became_marketing_is_one(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    pigeon.listed = [replace(one, category="marketing") for one in pigeon.listed]
    choose(bridge, wanted=False)
    write(bridge, "/template greeting parcel")
    assert "has opted out of marketing messages" in said(bridge)


def test_who_wants_them_again_gets_them(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    choose(bridge, wanted=False)
    choose(bridge, wanted=True)
    write(bridge, "/template winter_sale")
    assert pigeon.everything() == [SALE]


def test_the_latest_choice_counts_in_whatever_order_they_come(bridge: Bridge) -> None:
    choose(bridge, wanted=True)
    choose(bridge, wanted=False, before=100)
    assert not session_of(bridge).no_marketing


def test_another_id_of_theirs_is_as_good(bridge: Bridge) -> None:
    choose(bridge, wanted=False, thread="new id", aliases=("asa",))
    assert session_of(bridge).no_marketing


def test_of_somebody_else_nothing_is_kept(bridge: Bridge) -> None:
    choose(bridge, wanted=False, thread="stranger")
    assert not session_of(bridge).no_marketing
    assert not bridge.queue.parked


def test_the_same_choice_twice_costs_one_write(bridge: Bridge) -> None:
    choose(bridge, wanted=False)
    version = session_of(bridge).version
    choose(bridge, wanted=False, before=60)
    assert session_of(bridge).version == version


def test_a_refusal_of_the_messenger_sets_it(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    pigeon.refusal = MarketingRefused("the customer has opted out of marketing messages")
    write(bridge, "/template winter_sale")
    assert said(bridge) == "the customer has opted out of marketing messages"
    assert session_of(bridge).no_marketing
    pigeon.refusal = None
    write(bridge, "/template  winter_sale")
    assert said(bridge).startswith(UNWANTED)
    assert not pigeon.everything()


def test_the_event_survives_the_queue(bridge: Bridge) -> None:
    origin = message_event(bridge.messenger, "asa", "x", "x", "pigeon-1").origin
    event = MarketingChosen(
        id="m", origin=origin, thread="asa", occurred_at=bridge.time.now(), wanted=False, aliases=("1",)
    )
    assert decode(encode(event)) == event
