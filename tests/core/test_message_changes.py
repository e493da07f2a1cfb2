"""A correction, a reaction, a deletion: on the message itself where the other side can, else in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.bridge.ledger import Cause, Copy, Outcome
from patchbay.domain.accounts import Connection
from patchbay.domain.events import MessageReceived, decode
from patchbay.domain.model import Button, Conversation, Delivered, Part, ReceiptState
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.kit.abilities import SendsReceipts
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.lively import LivelyOffice, LivelyPigeon, change, refer, say
from tests.harness.fakes.services import Fault, Office, Pigeon, PlainOffice, message_event

EDIT, REACTION, REMOVED, DELETION = (
    ChangeKind.EDIT,
    ChangeKind.REACTION,
    ChangeKind.REACTION_REMOVED,
    ChangeKind.DELETION,
)


class Bot(Office):
    """Whatever the customer writes, something answers."""

    capabilities = replace(Office.capabilities, notices=False)


class Nameless(Office):
    """Its answers name no message."""

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        super().deliver(part, conversation, connection, http)
        return Delivered(external_id="")


class ReportingOffice(LivelyOffice, SendsReceipts):
    """Its authors see how far their messages got."""

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        return frozenset({ReceiptState.SENT, ReceiptState.FAILED})

    def send_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        self.receipts.append((message_id, state))


def talk(messenger: Pigeon | None = None, platform: PlainOffice | None = None) -> Bridge:
    """The customer has written twice ("m1", "m2") and an agent once ("a1")."""
    bridge = Bridge(messenger or LivelyPigeon(), platform or LivelyOffice())
    for name, text in (("m1", "hello"), ("m2", "see you at 10")):
        say(bridge, bridge.messenger, name, text)
    bridge.settle()
    say(bridge, bridge.platform, "a1", "we open at 9")
    bridge.settle()
    return bridge


def customer(bridge: Bridge, name: str, what: Change, text: str = "") -> None:
    change(bridge, bridge.messenger, name, what, text)
    bridge.settle()


def agent(bridge: Bridge, name: str, what: Change, text: str = "") -> None:
    change(bridge, bridge.platform, name, what, text)
    bridge.settle()


def own(bridge: Bridge, name: str, excerpt: str = "") -> Reference:
    return refer(bridge, bridge.messenger, name, excerpt)


# --- in place --------------------------------------------------------------------------------------------------------


def test_a_customer_reacts_to_a_message_of_an_agent() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    [there] = bridge.messenger.ids["asa"]
    customer(bridge, "r1", Change(kind=REACTION, target=Reference(message_id=there), emoji="❤️"))
    assert office.reactions == {"a1": "❤️"}
    customer(bridge, "r2", Change(kind=REMOVED, target=Reference(message_id=there), emoji="❤️"))
    assert office.reactions == {"a1": ""}
    assert office.everything() == ["hello", "see you at 10"]


def test_an_agent_reacts_to_a_message_of_the_customer() -> None:
    pigeon = LivelyPigeon()
    bridge = talk(pigeon)
    there = bridge.platform.ids["conversation-1"][1]
    agent(bridge, "r1", Change(kind=REACTION, target=Reference(message_id=there), emoji="👍"))
    assert pigeon.reactions == {"m2": "👍"}
    assert pigeon.reacted == ["Ana"]


def test_a_correction_takes_the_place_of_what_was_said() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    customer(bridge, "e1", Change(kind=EDIT, target=own(bridge, "m2")), "see you at 11")
    assert list(office.said.values()) == ["hello", "see you at 11"]
    assert office.everything() == ["hello", "see you at 10"]


def test_a_corrected_answer_still_answers_the_same_message() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    answered = own(bridge, "m2", "see you at 10")
    say(bridge, bridge.messenger, "m3", "by train", answered)
    event = change(bridge, bridge.messenger, "e1", Change(kind=EDIT, target=own(bridge, "m3")), "by bus", answered)
    bridge.settle()
    assert event.message.reply_to == answered
    assert office.said[office.ids["conversation-1"][2]] == "by bus"
    assert office.quoted[-1] == office.ids["conversation-1"][1]


def test_what_is_deleted_goes_from_the_other_side_with_our_copies_of_its_files() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    keep_file(bridge, "m2")
    customer(bridge, "d1", Change(kind=DELETION, target=own(bridge, "m2")))
    assert list(office.said.values()) == ["hello"]
    assert office.everything() == ["hello", "see you at 10"]
    assert bridge.media.files == {}


def test_our_copies_are_deleted_too_where_nobody_can_be_shown_the_deletion() -> None:
    bridge = talk()
    keep_file(bridge, "m2")
    session = bridge.sessions.of_contact("pigeon-1", "asa")
    assert session is not None
    bridge.sessions.save(replace(session, conversation=None))
    customer(bridge, "d1", Change(kind=DELETION, target=own(bridge, "m2")))
    assert bridge.media.files == {}


def test_our_copies_are_deleted_too_where_messages_have_no_ids() -> None:
    bridge = talk(platform=Nameless())
    keep_file(bridge, "m2")
    customer(bridge, "d1", Change(kind=DELETION, target=own(bridge, "m2")))
    assert bridge.media.files == {}
    assert bridge.platform.everything()[-1] == "[The customer has deleted their message from before]"


def keep_file(bridge: Bridge, name: str) -> None:
    """As if the message had brought one."""
    [entry] = [one for one in bridge.ledger.deliveries.values() if own(bridge, name).event_id in one.event_id]
    bridge.ledger.save(replace(entry, files=(Copy(token="0", stored=True),)))
    bridge.media.files["https://bridge.test/media/0/report.pdf"] = b"%PDF"


@pytest.mark.parametrize(
    "fault", [Fault.BUSY, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.DIED_BEFORE, Fault.DIED_AFTER]
)
def test_a_change_that_was_cut_off_is_made_again_and_shown_once(fault: Fault) -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    office.faults.extend([fault])
    customer(bridge, "e1", Change(kind=EDIT, target=own(bridge, "m2")), "see you at 11")
    bridge.settle(timedelta(hours=1))
    assert list(office.said.values()) == ["hello", "see you at 11"]
    assert office.everything() == ["hello", "see you at 10"]
    assert not bridge.queue.parked


def test_the_same_webhook_twice_is_one_change() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    what = Change(kind=EDIT, target=own(bridge, "m2"))
    for _ in range(2):
        bridge.time.advance(400)  # the queue has forgotten the first by then
        customer(bridge, "e1", what, "see you at 11")
    assert office.calls == 3, "two messages, one of which opened the conversation, and one correction"


def test_the_author_of_a_correction_sees_that_it_was_shown() -> None:
    """As of a message; a reaction and a deletion have nothing to see it on."""
    bridge = talk(platform=ReportingOffice())
    before = len(bridge.platform.receipts)
    agent(bridge, "e1", Change(kind=EDIT, target=refer(bridge, bridge.platform, "a1")), "we open at 8")
    assert bridge.messenger.said["pigeon-1"] == "we open at 8"  # type: ignore[attr-defined]
    assert bridge.platform.receipts[before:] == [("a1", ReceiptState.SENT)]
    there = bridge.platform.ids["conversation-1"][1]
    agent(bridge, "r1", Change(kind=REACTION, target=Reference(message_id=there), emoji="👍"))
    agent(bridge, "d1", Change(kind=DELETION, target=refer(bridge, bridge.platform, "a1")))
    assert len(bridge.platform.receipts) == before + 1


# --- order -----------------------------------------------------------------------------------------------------------


def test_a_change_waits_for_the_message_that_it_changes() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    office.faults.extend([Fault.BUSY, Fault.BUSY, Fault.BUSY])
    say(bridge, bridge.messenger, "m3", "by train")
    change(bridge, bridge.messenger, "e1", Change(kind=EDIT, target=own(bridge, "m3")), "by bus")
    say(bridge, bridge.messenger, "m4", "bye")
    bridge.settle()
    assert office.everything() == ["hello", "see you at 10", "by train", "bye"]
    assert list(office.said.values())[2:] == ["by bus", "bye"]


@pytest.mark.parametrize("platform", [Office, LivelyOffice])
def test_a_change_that_overtakes_its_message_on_the_queue_waits_for_it(platform: type[Office]) -> None:
    bridge = talk(platform=platform())
    written = bridge.time.now()
    bridge.time.advance(1)
    change(bridge, bridge.messenger, "e1", Change(kind=EDIT, target=own(bridge, "m3")), "by bus")
    bridge.settle(timedelta(seconds=1))
    bridge.queue.send([message_event(bridge.messenger, "asa", "m3", "by train", "pigeon-1", written)])
    bridge.settle()
    shown = bridge.platform.everything()[2:]
    assert shown == (["by train"] if platform is LivelyOffice else ["by train", "✎ Corrected: by bus"])


def test_a_reaction_that_is_faster_than_our_record_of_its_message_waits_a_moment() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    sent = bridge.ledger.sent("pigeon-1", bridge.messenger.ids["asa"][0])
    assert sent is not None
    target = Reference(message_id="pigeon-9")
    change(bridge, bridge.messenger, "r1", Change(kind=REACTION, target=target, emoji="👍"))
    bridge.settle(timedelta(seconds=1))
    assert office.reactions == {}
    bridge.ledger.index(replace(sent, external_id="pigeon-9"))
    bridge.settle()
    assert office.reactions == {"a1": "👍"}


def test_a_correction_of_a_message_that_never_arrived_says_what_is_right() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    office.faults.extend([Fault.REFUSED])
    say(bridge, bridge.messenger, "m3", "by train")
    change(bridge, bridge.messenger, "e1", Change(kind=EDIT, target=own(bridge, "m3")), "by bus")
    bridge.settle()
    assert office.everything()[-1] == "✎ Corrected: by bus"


# --- in words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "emoji", "excerpt", "line"),
    [
        (REACTION, "❤️", "see you at 10", '❤️ to "see you at 10"'),
        (REMOVED, "❤️", "see you at 10", '❤️ removed from "see you at 10"'),
        (REACTION, "❤️", "", "❤️ to a message"),
        (REMOVED, "❤️", "", "❤️ removed from a message"),
        (REMOVED, "", "", "Reaction removed from a message"),
    ],
)
def test_a_reaction_is_a_line_where_it_cannot_be_shown(kind: ChangeKind, emoji: str, excerpt: str, line: str) -> None:
    bridge = talk(platform=Office())
    customer(bridge, "r1", Change(kind=kind, target=own(bridge, "m2", excerpt), emoji=emoji))
    assert bridge.platform.everything()[-1] == line


def test_a_reaction_that_the_service_does_not_have_answers_the_message() -> None:
    pigeon = LivelyPigeon()
    bridge = talk(pigeon)
    there = bridge.platform.ids["conversation-1"][1]
    agent(bridge, "r1", Change(kind=REACTION, target=Reference(message_id=there), emoji="🦄"))
    assert pigeon.reactions == {}
    assert (pigeon.everything()[-1], pigeon.quoted[-1]) == ("🦄", "m2")


@pytest.mark.parametrize(("excerpt", "above"), [("see you at 10", "> see you at 10\n"), ("", "")])
def test_a_correction_is_a_message_where_it_cannot_be_shown(excerpt: str, above: str) -> None:
    bridge = talk(platform=Office())
    customer(bridge, "e1", Change(kind=EDIT, target=own(bridge, "m2", excerpt)), "see you at 11")
    assert bridge.platform.everything()[-1] == f"{above}✎ Corrected: see you at 11"


def test_a_deletion_is_a_line_where_nothing_can_be_deleted() -> None:
    bridge = talk(platform=Office())
    written = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    customer(bridge, "d1", Change(kind=DELETION, target=own(bridge, "m2"), written_at=written))
    assert bridge.platform.everything()[-1] == "[The customer has deleted their message of 5 Jan 2026, 09:30 UTC]"
    bridge = talk(Pigeon())
    agent(bridge, "d1", Change(kind=DELETION, target=refer(bridge, bridge.platform, "a1")))
    assert bridge.messenger.everything()[-1] == "[Ana has deleted a message from before]"


def test_what_is_too_old_to_change_is_put_in_words() -> None:
    pigeon = LivelyPigeon()
    bridge = talk(pigeon)
    bridge.time.advance(2 * 86_400)
    agent(bridge, "e1", Change(kind=EDIT, target=refer(bridge, bridge.platform, "a1")), "we open at 8")
    assert pigeon.everything()[-1] == "✎ Corrected: we open at 8"
    assert pigeon.quoted[-1] == "pigeon-1"
    assert next(iter(pigeon.said.values())) == "we open at 9"


def test_what_the_service_refuses_to_change_is_put_in_words() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    office.refuses = True
    customer(bridge, "e1", Change(kind=EDIT, target=own(bridge, "m2")), "see you at 11")
    assert office.everything()[-1] == "✎ Corrected: see you at 11"
    assert bridge.telemetry.logged("change not shown in place")[-1]["reason"] == "not this one"


def test_a_correction_that_needs_more_messages_than_there_were_is_one_of_its_own() -> None:
    office = LivelyOffice()
    bridge = talk(platform=office)
    customer(bridge, "e1", Change(kind=EDIT, target=own(bridge, "m2")), "word " * 150)
    assert list(office.said.values())[:2] == ["hello", "see you at 10"]
    assert office.everything()[2].startswith("✎ Corrected: word word")


# --- what a change is not --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [REACTION, REMOVED, DELETION])
def test_a_line_about_a_message_opens_no_conversation(kind: ChangeKind) -> None:
    bridge = Bridge(LivelyPigeon(), LivelyOffice())
    customer(bridge, "r1", Change(kind=kind, target=own(bridge, "m0"), emoji="👍"))
    assert bridge.platform.everything() == []
    assert [one.outcome for one in bridge.ledger.deliveries.values()] == [Outcome.SKIPPED]


def test_a_correction_opens_a_conversation_like_a_message() -> None:
    bridge = Bridge(LivelyPigeon(), LivelyOffice())
    customer(bridge, "e1", Change(kind=EDIT, target=own(bridge, "m0")), "see you at 11")
    assert bridge.platform.everything() == ["✎ Corrected: see you at 11"]


def test_a_change_picks_no_choice_and_ends_none() -> None:
    bridge = talk()
    offer(bridge, (Button(label="Yes", payload="yes"), Button(label="No", payload="no")))
    agent(bridge, "r1", Change(kind=REACTION, target=own(bridge, "m9"), emoji="🦄"))
    customer(bridge, "e1", Change(kind=EDIT, target=own(bridge, "m2")), "Yes")
    say(bridge, bridge.messenger, "m3", "Yes")
    bridge.settle()
    assert bridge.platform.everything()[-1] == "yes"


def offer(bridge: Bridge, buttons: tuple[Button, ...]) -> None:
    say(bridge, bridge.platform, "a2", "Shall we?")
    [envelope] = bridge.queue.receive()
    event = decode(envelope.body)
    assert isinstance(event, MessageReceived)
    bridge.queue.complete([envelope], [])
    bridge.queue.send([replace(event, id="message-offer", message=replace(event.message, buttons=buttons))])
    bridge.settle()


def test_a_bot_is_not_told_of_reactions() -> None:
    bridge = talk(platform=Bot())
    for kind in (REACTION, REMOVED):
        customer(bridge, f"{kind}", Change(kind=kind, target=own(bridge, "m2"), emoji="👍"))
    customer(bridge, "e1", Change(kind=EDIT, target=own(bridge, "m2")), "see you at 11")
    customer(bridge, "d1", Change(kind=DELETION, target=own(bridge, "m2")))
    assert bridge.platform.everything()[2:] == [
        "✎ Corrected: see you at 11",
        "[The customer has deleted their message from before]",
    ]


def test_a_reaction_that_fails_is_reported_on_no_message() -> None:
    bridge = talk(Pigeon(), LivelyOffice())
    bridge.messenger.faults.extend([Fault.REFUSED])
    agent(bridge, "r1", Change(kind=REACTION, target=Reference(message_id="x"), emoji="👍"))
    assert bridge.platform.reports == []
    assert bridge.telemetry.logged("failure not reported")
    assert Cause.REFUSED.value not in bridge.queue.causes
