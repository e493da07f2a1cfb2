from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.deliveries import Cause, Outcome
from patchbay.events import MessageReceived, Origin, decode, encode, make_event_id
from patchbay.infra.queue import LargeBodies, SqsInbox
from patchbay.model import Contact, Delivered, Message, Role, Sender, Text
from patchbay.ports import Envelope, Ledger
from patchbay_cli.bridge import Bridge
from patchbay_cli.parked_queue import ParkedQueue
from tests.cli.conftest import Cli
from tests.fakes.journal import MemoryJournal

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET_TEXT = "my knee hurts"


def write(thread: str, number: int, text: str = SECRET_TEXT) -> MessageReceived:
    origin = Origin(service="pigeon", endpoint="loft")
    return MessageReceived(
        id=make_event_id("message", origin, thread, str(number)),
        origin=origin,
        thread=thread,
        occurred_at=NOW,
        message=Message(
            external_id=f"m-{number}",
            sender=Sender(role=Role.CONTACT, external_id=thread, name="Ann Private"),
            content=(Text(text=text),),
            sent_at=NOW,
        ),
        contact=Contact(external_id=thread, name="Ann Private"),
    )


class Scene:
    """Parks messages as the dispatcher does, and looks at what comes back."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self._sqs = bridge.session.client("sqs")
        large = LargeBodies(lambda: bridge.session.client("s3"), bridge.stack.bucket)
        self._inbox = SqsInbox(self._sqs, bridge.stack.queue_url, bridge.stack.parked_queue_url, large, MemoryJournal())

    @property
    def ledger(self) -> Ledger:
        return self.bridge.ledger

    def park(self, event: MessageReceived, reason: str = "the service was away for a day") -> None:
        entry, _ = self.ledger.claim(event.id, NOW)
        parts = (Delivered(external_id="out-1"),)
        parked = replace(entry, in_flight=False, attempts=40, parts=parts, outcome=Outcome.PARKED, reason=reason)
        self.ledger.save(parked)
        envelope = Envelope(id=event.id, receipt="-", group=event.group, body=encode(event), enqueued_at=NOW)
        self._inbox.park(envelope, reason, Cause.GAVE_UP)

    def sent_back(self) -> list[str]:
        """The ids of the events on the queue again, in order, taken off it."""
        found: list[str] = []
        url = self.bridge.stack.queue_url
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                found.append(decode(message["Body"]).id)
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def outcome(self, event: MessageReceived) -> Outcome | None:
        return self.ledger.claim(event.id, NOW)[0].outcome


@pytest.fixture
def scene(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr("patchbay_cli.parked_queue._PATIENCE", 0)
    return Scene(bridge)


# --- list and show ---------------------------------------------------------------------------------------------------


def test_nothing_parked_is_said_so(cli: Cli, scene: Scene) -> None:
    assert cli.read("parked", "list") == {"parked": [], "hidden": 0}
    assert "Nothing is parked." in cli.succeed("parked", "list")


def test_a_list_names_the_message_its_connection_and_the_reason(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    (row,) = connected.read("parked", "list")["parked"]
    assert row.pop("parked_at")
    assert row == {
        "id": event.id,
        "group": event.group,
        "kind": "message",
        "service": "pigeon",
        "connection": "loft",
        "reason": "the service was away for a day",
    }


def test_looking_takes_nothing_away(connected: Cli, scene: Scene) -> None:
    scene.park(write("ann", 1))
    assert connected.read("parked", "list") == connected.read("parked", "list")
    assert scene.sent_back() == []


def test_what_waits_behind_the_first_ten_of_a_conversation_is_counted(connected: Cli, scene: Scene) -> None:
    for number in range(14):
        scene.park(write("ann", number))
    listed = connected.read("parked", "list")
    assert len(listed["parked"]) + listed["hidden"] == 14


def test_what_people_wrote_is_shown_only_when_asked_for(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    for words in (("parked", "list"), ("parked", "list", "--json"), ("parked", "show", event.id)):
        said = connected.succeed(*words)
        assert SECRET_TEXT not in said
        assert "Ann Private" not in said
    shown = connected.read("parked", "show", event.id)
    assert shown["event"]["message"]["content"] == [{"type": "text"}]
    assert SECRET_TEXT in connected.succeed("parked", "show", event.id, "--show-content")


def test_a_message_that_is_not_there_points_at_the_list(connected: Cli, scene: Scene) -> None:
    assert "See `patchbay parked list`" in connected.fail("parked", "show", "message-nope")


def test_a_message_that_sqs_moved_itself_is_shown_too(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    sqs, url = scene.bridge.session.client("sqs"), scene.bridge.stack.parked_queue_url
    sqs.send_message(QueueUrl=url, MessageBody=encode(event), MessageGroupId="g", MessageDeduplicationId="1")
    sqs.send_message(QueueUrl=url, MessageBody="{}", MessageGroupId="h", MessageDeduplicationId="2")
    moved, unreadable = connected.read("parked", "list")["parked"]
    assert moved["id"] == event.id
    assert "received too often" in moved["reason"]
    assert unreadable["reason"].startswith("cannot be read")
    assert connected.read("parked", "show", unreadable["id"])["event"] is None


def test_a_message_too_large_for_the_queue_is_read_from_the_bucket(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1, "x" * 300_000)
    scene.park(event)
    assert [row["id"] for row in connected.read("parked", "list")["parked"]] == [event.id]
    connected.succeed("parked", "retry", event.id)
    assert scene.bridge.parked_queue.count_waiting() == 1


# --- retry -----------------------------------------------------------------------------------------------------------


def test_a_retry_keeps_what_is_out_and_gives_fresh_attempts(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    assert connected.read("parked", "retry", event.id) == {"retried": [event.id], "earlier": [], "done_before": []}
    assert scene.sent_back() == [event.id]
    entry, was_in_flight = scene.ledger.claim(event.id, NOW)
    assert (entry.outcome, entry.attempts, entry.reason) == (None, 0, "")
    assert entry.parts == (Delivered(external_id="out-1"),)
    assert not was_in_flight
    assert datetime.now(UTC) - entry.first_attempt_at < timedelta(minutes=1)
    assert connected.read("parked", "list")["parked"] == []


def test_an_attempt_that_died_stays_uncertain_after_a_retry(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    entry, _ = scene.ledger.claim(event.id, NOW)
    scene.ledger.save(replace(entry, outcome=None, in_flight=True))
    connected.succeed("parked", "retry", event.id)
    _, was_in_flight = scene.ledger.claim(event.id, NOW)
    assert was_in_flight


def test_what_was_parked_in_doubt_stays_in_doubt_since_its_beginning(connected: Cli, scene: Scene) -> None:
    event = write("asa", 1)
    scene.park(event)
    parked, _ = scene.ledger.claim(event.id, NOW)
    scene.ledger.save(replace(parked, in_flight=True))
    connected.succeed("parked", "retry", "--all")
    entry, was_in_flight = scene.ledger.claim(event.id, NOW)
    assert was_in_flight
    assert entry.first_attempt_at == parked.first_attempt_at


def test_earlier_messages_of_the_conversation_go_first(connected: Cli, scene: Scene) -> None:
    ann = [write("ann", number) for number in range(4)]
    for event in (*ann, write("bob", 1)):
        scene.park(event)
    answer = connected.read("parked", "retry", ann[2].id)
    assert answer["retried"] == [event.id for event in ann[:3]]
    assert answer["earlier"] == [event.id for event in ann[:2]]
    assert scene.sent_back() == [event.id for event in ann[:3]]
    assert [row["id"] for row in connected.read("parked", "list")["parked"]] == [ann[3].id, write("bob", 1).id]


def test_all_go_in_their_order_however_many(connected: Cli, scene: Scene) -> None:
    ann, bob = ([write(thread, number) for number in range(13)] for thread in ("ann", "bob"))
    for pair in zip(ann, bob, strict=True):
        for event in pair:
            scene.park(event)
    assert len(connected.read("parked", "retry", "--all")["retried"]) == 26
    sent = scene.sent_back()
    for conversation in (ann, bob):
        ids = [event.id for event in conversation]
        assert [one for one in sent if one in ids] == ids


def test_what_was_delivered_meanwhile_is_not_sent_again(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    entry, _ = scene.ledger.claim(event.id, NOW)
    scene.ledger.save(replace(entry, outcome=Outcome.DELIVERED))
    assert connected.read("parked", "retry", "--all")["done_before"] == [event.id]
    assert scene.sent_back() == []
    assert connected.read("parked", "list")["parked"] == []


def test_a_retry_that_was_interrupted_can_be_repeated(
    connected: Cli, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [write("ann", number) for number in range(3)]
    for event in events:
        scene.park(event)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ParkedQueue, "remove", die)
        assert connected.run("parked", "retry", "--all").exit_code != 0
    connected.succeed("parked", "retry", "--all")
    assert scene.sent_back() == [event.id for event in events]


def test_a_retry_ends_although_messages_are_given_up_again_at_once(
    connected: Cli, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.park(write("ann", 1))
    monkeypatch.setattr(ParkedQueue, "send_back", lambda *_: scene.park(write("bob", 2)))
    assert len(connected.read("parked", "retry", "--all")["retried"]) == 1


# --- drop ------------------------------------------------------------------------------------------------------------


def test_dropping_asks_first(connected: Cli, scene: Scene, somebody: None) -> None:
    event = write("ann", 1)
    scene.park(event)
    assert connected.run("parked", "drop", event.id, typed="n\n").exit_code == 1
    assert scene.outcome(event) is Outcome.PARKED
    assert connected.run("parked", "drop", event.id, typed="y\n").exit_code == 0
    assert scene.outcome(event) is Outcome.DROPPED


def test_a_program_that_drops_says_yes(connected: Cli, scene: Scene) -> None:
    events = [write("ann", number) for number in range(12)]
    for event in events:
        scene.park(event)
    assert "--yes" in connected.fail("parked", "drop", "--all", "--json")
    assert connected.read("parked", "drop", "--all", "--yes") == {"dropped": [event.id for event in events]}
    assert connected.read("parked", "list") == {"parked": [], "hidden": 0}
    assert scene.sent_back() == []


@pytest.mark.parametrize("word", ["retry", "drop"])
def test_all_of_nothing_needs_no_question(cli: Cli, scene: Scene, somebody: None, word: str) -> None:
    said = cli.run("parked", word, "--all")
    assert (said.exit_code, said.stdout, said.stderr) == (0, "Nothing is parked.\n", "")


def test_a_count_that_lags_behind_hides_nothing(connected: Cli, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    event = write("ann", 1)
    scene.park(event)
    monkeypatch.setattr(ParkedQueue, "count_parked", lambda _: 0)
    assert connected.read("parked", "retry", "--all")["retried"] == [event.id]


def test_all_of_nothing_is_an_answer_for_programs_too(cli: Cli, scene: Scene) -> None:
    assert cli.read("parked", "retry", "--all") == {"retried": [], "earlier": [], "done_before": []}
    assert cli.read("parked", "drop", "--all") == {"dropped": []}


@pytest.mark.parametrize("words", [("retry",), ("retry", "--all", "x"), ("drop", "--yes")])
def test_which_messages_must_be_said(connected: Cli, scene: Scene, words: tuple[str, ...]) -> None:
    result = connected.run("parked", *words)
    assert result.exit_code == 2
    assert "Name the messages by their ids, or say --all." in result.stderr


def test_the_outline_of_a_message_is_json(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    said = connected.succeed("parked", "show", event.id)
    assert '"role": "contact"' in said
    assert json.loads(encode(event))["event"]["id"] in said
