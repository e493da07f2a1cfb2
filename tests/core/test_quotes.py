"""An answer shows which message it answers: by that message's id where the destination can, else by its first words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.domain.event_upgrades import UPGRADES
from patchbay.domain.model import Location, Message, Postback, Role, Sender, Text
from patchbay.domain.references import Reference
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.fallbacks import render
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.lively import LivelyOffice, LivelyPigeon, refer, say
from tests.harness.fakes.services import Fault, Office, Pigeon

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PLAIN = Capabilities(text_limit=1000)
LONG = "see you at ten\nin front of the station, and please bring all of your papers with you"


def answer(text: str, reference: Reference, **fields: object) -> Message:
    sender = Sender(role=Role.CONTACT, name="Åsa")
    message = Message(external_id="1", sender=sender, content=(Text(text=text),), sent_at=NOW, reply_to=reference)
    return replace(message, **fields)  # type: ignore[arg-type]


def words(message: Message, carries: Capabilities = PLAIN) -> list[object]:
    return [getattr(part.content, "text", part.content) for part in render(message, carries, "m1", NOW).parts]


# --- in words --------------------------------------------------------------------------------------------------------


def test_the_first_words_stand_above_on_one_line() -> None:
    [text] = words(answer("I will", Reference(message_id="7", excerpt=LONG)))
    quoted, said = str(text).split("\n")
    assert said == "I will"
    assert quoted.startswith("> see you at ten in front of the station")
    assert quoted.endswith("…")
    assert len(quoted) <= 62


def test_without_words_of_the_service_the_answer_goes_alone() -> None:
    assert words(answer("I will", Reference(message_id="7"))) == ["I will"]


def test_what_is_no_text_comes_below_the_words() -> None:
    place = Location(latitude=1, longitude=2)
    message = answer("", Reference(message_id="7", excerpt="where?"), content=(place,))
    assert words(message, replace(PLAIN, locations=True)) == ["> where?", place]


def test_a_choice_is_not_quoted_because_who_offered_it_reads_its_own_words_again() -> None:
    tapped = Postback(label="Yes", payload="yes")
    assert words(answer("Yes", Reference(message_id="7", excerpt="Shall we?"), tapped=tapped)) == ["Yes"]


def test_where_the_id_is_known_there_are_no_words() -> None:
    message = answer("I will", Reference(message_id="7", excerpt="see you"))
    [part] = render(message, replace(PLAIN, quotes=True), "m1", NOW, "there-9").parts
    assert (part.content, part.reply_to) == (Text(text="I will"), "there-9")


@pytest.fixture
def bridge() -> Bridge:
    return talk(LivelyPigeon(), LivelyOffice())


# --- by id -----------------------------------------------------------------------------------------------------------


def talk(messenger: Pigeon, platform: Office) -> Bridge:
    bridge = Bridge(messenger, platform)
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("see you at ten")
    bridge.settle()
    return bridge


def test_a_customer_answers_a_message_of_an_agent() -> None:
    office = LivelyOffice()
    bridge = talk(LivelyPigeon(), office)
    [sent] = bridge.messenger.ids["asa"]
    say(bridge, bridge.messenger, "m2", "I will", Reference(message_id=sent, excerpt="see you at ten"))
    bridge.settle()
    assert office.quoted[-1] == "office:conversation-1:see you at ten"
    assert office.everything()[-1] == "I will"


def test_a_customer_answers_a_message_of_their_own() -> None:
    office = LivelyOffice()
    bridge = talk(LivelyPigeon(), office)
    say(bridge, bridge.messenger, "m2", "anybody there?", Reference(message_id="x"))
    bridge.settle()
    say(bridge, bridge.messenger, "m3", "I mean this", refer(bridge, bridge.messenger, "m2"))
    bridge.settle()
    assert office.quoted[-1] == office.ids["conversation-1"][-2]


def test_an_agent_answers_a_message_of_the_customer() -> None:
    pigeon = LivelyPigeon()
    bridge = talk(pigeon, LivelyOffice())
    [told] = bridge.platform.ids["conversation-1"]
    say(bridge, bridge.platform, "a2", "hello to you", Reference(message_id=told))
    bridge.settle()
    assert pigeon.quoted[-1] == "pigeon:asa:hello"


def test_a_message_of_another_conversation_is_not_named(bridge: Bridge) -> None:
    """Whatever the platform says: the other customer's message is no business of this conversation."""
    pigeon = bridge.messenger
    assert isinstance(pigeon, LivelyPigeon)
    bridge.customer_writes("my secret", contact="bo")
    bridge.settle()
    [other] = bridge.platform.ids["conversation-2"]
    say(bridge, bridge.platform, "a2", "hello to you", Reference(message_id=other))
    bridge.settle()
    assert (pigeon.threads["asa"][-1], pigeon.quoted[-1]) == ("hello to you", "")


def test_a_message_that_never_went_there_is_quoted_in_words_after_a_moment() -> None:
    office = LivelyOffice()
    bridge = talk(LivelyPigeon(), office)
    say(bridge, bridge.messenger, "m2", "I will", Reference(message_id="of-another-program", excerpt="see you"))
    bridge.settle()
    assert office.quoted[-1] == ""
    assert office.everything()[-1] == "> see you\nI will"


def test_every_attempt_quotes_in_the_same_way() -> None:
    """What was in doubt is looked up by its words, so they must stay the same."""
    office = LivelyOffice()
    bridge = talk(LivelyPigeon(), office)
    office.faults.extend([Fault.LOST_AFTER])
    say(bridge, bridge.messenger, "m2", "I will", Reference(message_id="of-another-program", excerpt="see you"))
    bridge.settle()
    bridge.settle(timedelta(hours=1))
    assert office.everything().count("> see you\nI will") == 1


@pytest.mark.parametrize(("messenger", "platform", "recorded"), [(Pigeon, Office, 1), (LivelyPigeon, LivelyOffice, 2)])
def test_an_ordinary_message_is_recorded_for_quotes_only_where_somebody_quotes(
    messenger: type[Pigeon], platform: type[Office], recorded: int
) -> None:
    assert len(talk(messenger(), platform()).ledger.all_sent()) == recorded


# --- the version before ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "now"), [("", None), ("m7", {"message_id": "m7"})])
def test_the_version_before_named_only_an_id(before: str, now: object) -> None:
    upgraded = UPGRADES[1]({"kind": "message", "message": {"external_id": "m8", "reply_to": before}})
    assert upgraded["message"] == {"external_id": "m8", "reply_to": now}


def test_events_without_a_message_stay_as_they_are() -> None:
    assert UPGRADES[1]({"kind": "typing", "typing": True}) == {"kind": "typing", "typing": True}
