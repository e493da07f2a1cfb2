"""Agents pick templates on their desk, for customers to whom nothing else may be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.bridge.template_choices import (
    Drop,
    Pick,
    WrongValues,
    fill_template,
    read_command,
    show_filled,
)
from patchbay.domain.account_news import Severity, Topic
from patchbay.domain.events import AccountNews, Origin
from patchbay.domain.template_status import TemplateStatus
from tests.core.test_reply_window import NotingOffice, close, write
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, message_event
from tests.harness.fakes.windowed import GREETING, REMINDER, WindowedPigeon


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


def said(bridge: Bridge) -> str:
    """What the agents read last."""
    return bridge.platform.reports[-1][1]


def test_a_number_sends_what_was_offered_with_the_held_words(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    write(bridge, "your parcel", "is here", "1")
    assert pigeon.everything() == ["News for you: your parcel is here\nAcme"]
    assert not bridge.held.messages
    (session,) = bridge.sessions.all()
    assert session.held_in == ""
    bridge.customer_writes("great")
    bridge.settle()
    assert len(pigeon.everything()) == 1, "what the template has said is not sent once more"


def test_values_by_name_or_in_their_order(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    write(
        bridge, "one", '/template visit_reminder "Zoë Maria" 10:30', "/template visit_reminder:de time=11 first_name=Al"
    )
    assert pigeon.everything() == ["Guten Tag Zoë Maria, bis 10:30.", "Guten Tag Al, bis 11."]
    assert len(bridge.held.messages) == 1, "what was held still waits"
    bridge.customer_writes("yes")
    bridge.settle()
    assert pigeon.everything()[2:] == ["one"]


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("9", "There is no template with number 9: the last is 3."),
        ("/template nonsense", 'There is no template "nonsense".'),
        ("/template later", "The template later cannot be sent now, it is pending."),
        ("2", 'The template visit_reminder was not sent: it needs a value for "first_name", "time". Write: /template'),
        ("/template visit_reminder a b c", "it takes 2 values, and you gave more"),
        ("/template visit_reminder day=Monday", 'it has no "day"'),
        ("/template visit_reminder:fr a b", 'There is no template "visit_reminder"'),
        ("/template", "Answer with the number of a template:\n1  greeting (en)"),
        ("/drop", "Discarded: 1 message."),
    ],
)
def test_what_cannot_be_sent_is_explained(bridge: Bridge, pigeon: WindowedPigeon, written: str, answer: str) -> None:
    write(bridge, "one", written)
    assert answer in said(bridge)
    assert pigeon.everything() == []
    assert len(bridge.held.messages) == (0 if written == "/drop" else 1)


def test_what_is_discarded_is_never_sent(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    write(bridge, "one", "two", "/drop", "three")
    bridge.customer_writes("back")
    bridge.settle()
    assert pigeon.everything() == ["three"]


def test_a_template_that_is_refused_between_choice_and_sending_leaves_the_words_held(
    bridge: Bridge, pigeon: WindowedPigeon
) -> None:
    pigeon.refuses["greeting"] = "the template greeting is paused"
    write(bridge, "one", "1")
    assert said(bridge) == "the template greeting is paused"
    assert pigeon.everything() == []
    del pigeon.refuses["greeting"]
    write(bridge, "/template greeting")
    assert pigeon.everything() == ["News for you: one\nAcme"]
    assert not bridge.held.messages


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.DIED_BEFORE, Fault.DIED_AFTER, Fault.LOST_AFTER])
def test_a_chosen_template_takes_the_way_of_any_message(bridge: Bridge, pigeon: WindowedPigeon, fault: Fault) -> None:
    write(bridge, "one")
    bridge.agent_writes("1")
    pigeon.faults.append(fault)
    bridge.settle()
    twice = fault in {Fault.DIED_AFTER, Fault.LOST_AFTER}
    assert pigeon.everything() == ["News for you: one\nAcme"] * (2 if twice else 1)
    assert not bridge.held.messages


def test_a_customer_who_writes_first_gets_the_held_words_or_the_template_but_not_both(
    bridge: Bridge, pigeon: WindowedPigeon
) -> None:
    write(bridge, "one")
    bridge.agent_writes("1")
    bridge.customer_writes("back")
    bridge.settle()
    assert len(pigeon.everything()) == 1
    assert not bridge.held.messages


def test_a_number_that_comes_late_is_still_no_message_to_the_customer(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    """The agent wrote it while the window was closed, and the customer was a moment faster."""
    write(bridge, "one")
    written = message_event(bridge.platform, "conversation-1", "choice", "1", "office-1", bridge.time.now())
    bridge.time.advance(1)
    bridge.customer_writes("back")
    bridge.settle()
    bridge.queue.send([written])
    bridge.settle()
    assert pigeon.everything() == ["one"]
    assert said(bridge).startswith("The template greeting was not sent: it needs a value")
    bridge.time.advance(1)
    later = message_event(bridge.platform, "conversation-1", "two", "1", "office-1", bridge.time.now())
    bridge.queue.send([later])
    bridge.settle()
    assert pigeon.everything() == ["one", "1"], "now it is an answer to the customer"


def test_a_template_may_be_sent_inside_the_window_too(pigeon: WindowedPigeon) -> None:
    bridge = Bridge(pigeon, NotingOffice())
    pigeon.now = bridge.time.now
    bridge.customer_writes("hello")
    bridge.settle()
    write(bridge, "/template greeting come by")
    assert pigeon.everything() == ["News for you: come by\nAcme"]


def test_the_list_is_kept_for_an_hour(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    write(bridge, "one", "/template", "/template")
    assert pigeon.listings == 1
    bridge.time.advance(3601)
    write(bridge, "/template ")
    assert pigeon.listings == 2


def news(bridge: Bridge, **about: object) -> None:
    now = bridge.time.now()
    origin = Origin(service="pigeon", endpoint="pigeon-1")
    event = AccountNews(
        id=f"n{now}",
        origin=origin,
        thread="",
        occurred_at=now,
        about=Topic.TEMPLATE,
        detail="reported",
        **about,  # type: ignore[arg-type]
    )
    bridge.queue.send([event])
    bridge.settle(timedelta(minutes=5))


def test_what_is_paused_is_known_and_not_offered(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    """Although the messenger's own list is a moment behind."""
    write(bridge, "one")
    news(bridge, template="greeting", language="en", status=TemplateStatus.PAUSED)
    write(bridge, "/template")
    assert "greeting" not in said(bridge)
    assert pigeon.listings == 2, "news have the list read again"
    write(bridge, "/template greeting")
    assert said(bridge) == "The template greeting cannot be sent now, it is paused: reported."


def test_a_changed_category_alarms(bridge: Bridge) -> None:
    news(bridge, template="greeting", language="en", category="marketing", severity=Severity.INFO)
    assert bridge.telemetry.metrics["AccountAlarms"] == 1


def test_a_list_that_cannot_be_read_holds_up_nothing(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    pigeon.faults.append(Fault.BUSY)
    write(bridge, "one")
    assert "The templates cannot be listed just now" in said(bridge)
    assert len(bridge.held.messages) == 1


def test_the_owners_ceiling_for_marketing(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    bridge.connections.change("pigeon-1", settings={"marketing_per_day": "1"})
    write(bridge, "/template winter_sale", "/template winter_sale ")
    assert pigeon.everything() == ["Everything must go!"]
    assert said(bridge).startswith("The template was not sent: 1 marketing templates went out today")
    bridge.time.advance(86_400)
    write(bridge, "/template  winter_sale")
    assert len(pigeon.everything()) == 2


def test_the_first_message_to_somebody_goes_as_the_owners_template(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    bridge.connections.change("pigeon-1", settings={"first_template": "greeting:en"})
    (session,) = bridge.sessions.all()
    bridge.sessions.save(replace(session, window_until=None))
    write(bridge, "we have an offer")
    assert pigeon.everything() == ["News for you: we have an offer\nAcme"]


def test_without_such_a_template_the_agents_choose(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    bridge.connections.change("pigeon-1", settings={"first_template": "visit_reminder"})
    (session,) = bridge.sessions.all()
    bridge.sessions.save(replace(session, window_until=None))
    write(bridge, "we have an offer")
    assert said(bridge).startswith("Your message is held")
    write(bridge, "1")
    assert pigeon.everything() == ["News for you: we have an offer\nAcme"]


# --- reading what agents write ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1", Pick(number=1)),
        (" 12 ", Pick(number=12)),
        ("0", None),
        ("1 more day", None),
        ("1234567", None),
        ("/drop", Drop()),
        ("/drops", None),
        ("/template", Pick()),
        ("/Template x", Pick(name="x")),
        ("/template 3 a", Pick(number=3, values=("a",))),
        ("/template x:de a b", Pick(name="x", language="de", values=("a", "b"))),
        ('/template x "a b" c', Pick(name="x", values=("a b", "c"))),
        ("/template x „a b“ «c d»", Pick(name="x", values=("a b", "c d"))),
        ('/template x n="a b" c', Pick(name="x", values=("c",), named={"n": "a b"})),
        ('/template x "a b', Pick(name="x", values=("a", "b"))),
        ("/template x http://a?b=c", Pick(name="x", values=("http://a?b=c",))),
        ("hello", None),
    ],
)
def test_reading(text: str, meaning: object) -> None:
    assert read_command(text, numbers=True) == meaning


def test_numbers_count_only_where_something_was_offered() -> None:
    assert read_command("1", numbers=False) is None


def test_one_value_needs_no_quotation_marks() -> None:
    assert fill_template(GREETING, Pick(values=("come", "by"))).values == {"1": "come by"}


def test_a_value_is_one_line() -> None:
    assert fill_template(GREETING, Pick(), "two\n\nlines").values == {"1": "two lines"}


def test_a_blank_is_no_value() -> None:
    with pytest.raises(WrongValues, match='a value for "time"'):
        fill_template(REMINDER, Pick(values=("Al", "  ")))


def test_a_header_that_is_numbered_apart() -> None:
    template = replace(GREETING, header="On {{1}}", parameters=("header_1", "1"))
    filled = fill_template(template, Pick(values=("Monday", "rain")))
    assert show_filled(filled) == "On Monday\nNews for you: rain\nAcme"
