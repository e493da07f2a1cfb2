from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.deliveries import Cause, Outcome
from patchbay.events import MessageReceived, Origin, decode, encode, make_event_id
from patchbay.infra.queue import LargeBodies, SqsInbox
from patchbay.model import Contact, Conversation, Delivered, Message, Role, Sender, Session, Text
from patchbay.ports import Envelope, Ledger
from patchbay_cli.dead_letters.queue import DeadLetterQueue
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.recorder import RECORDER
from tests.fakes.journal import MemoryJournal

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET_TEXT = "my knee hurts"
NOTHING: dict[str, list[str]] = {"redriven": [], "earlier": [], "done_before": [], "left_uncertain": []}


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

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._sqs = deployment.session.client("sqs")
        large = LargeBodies(lambda: deployment.session.client("s3"), deployment.stack.bucket)
        self._inbox = SqsInbox(
            self._sqs, deployment.stack.queue_url, deployment.stack.dead_letter_queue_url, large, MemoryJournal()
        )

    @property
    def ledger(self) -> Ledger:
        return self.deployment.ledger

    def park(
        self, event: MessageReceived, reason: str = "the service was away for a day", cause: Cause = Cause.GAVE_UP
    ) -> None:
        entry, _ = self.ledger.claim(event.ledger_key, NOW)
        parts = (Delivered(external_id="out-1"),)
        ended = replace(entry, in_flight=False, attempts=40, parts=parts, reason=reason)
        self.ledger.save(replace(ended, outcome=Outcome.PARKED, cause=cause))
        envelope = Envelope(id=event.id, receipt="-", group=event.group, body=encode(event), enqueued_at=NOW)
        self._inbox.park(envelope, reason, cause)

    def sent_back(self) -> list[str]:
        """The ids of the events on the queue again, in order, taken off it."""
        found: list[str] = []
        url = self.deployment.stack.queue_url
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                found.append(decode(message["Body"]).id)
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def outcome(self, event: MessageReceived) -> Outcome | None:
        return self.ledger.claim(event.ledger_key, NOW)[0].outcome


@pytest.fixture
def scene(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    return Scene(deployment)


# --- list and show ---------------------------------------------------------------------------------------------------


def test_nothing_parked_is_said_so(cli: Cli, scene: Scene) -> None:
    assert cli.read("dlq", "list") == {"dead_letters": [], "hidden": 0}
    assert "The dead-letter queue is empty." in cli.succeed("dlq", "list")


def test_a_list_names_the_message_its_connection_and_the_reason(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    (row,) = connected.read("dlq", "list")["dead_letters"]
    assert row.pop("dead_lettered_at")
    assert row == {
        "id": event.id,
        "group": event.group,
        "cause": "gave-up",
        "uncertain": False,
        "kind": "message",
        "service": "pigeon",
        "connection": "loft",
        "written_by": "customer",
        "content": "text, 13 characters",
        "attempts": 40,
        "written_at": "2026-01-05T09:00:00+00:00",
        "reason": "the service was away for a day",
    }
    listed = connected.succeed("dlq", "list")
    assert all(column in listed for column in ("cause", "age", "written by", "content", "attempts", "reason"))
    assert "customer on loft" in listed


def test_looking_takes_nothing_away(connected: Cli, scene: Scene) -> None:
    scene.park(write("ann", 1))
    assert connected.read("dlq", "list") == connected.read("dlq", "list")
    assert scene.sent_back() == []


def test_what_waits_behind_the_first_ten_of_a_conversation_is_counted(connected: Cli, scene: Scene) -> None:
    for number in range(14):
        scene.park(write("ann", number))
    listed = connected.read("dlq", "list")
    assert len(listed["dead_letters"]) + listed["hidden"] == 14


def test_what_people_wrote_is_shown_only_when_asked_for(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    for words in (("dlq", "list"), ("dlq", "list", "--json"), ("dlq", "show", event.id)):
        assert SECRET_TEXT not in connected.succeed(*words)
    assert "Ann Private" not in connected.succeed("dlq", "list")
    assert "event" not in connected.read("dlq", "show", event.id)
    assert SECRET_TEXT in connected.succeed("dlq", "show", event.id, "--show-content")
    shown = connected.read("dlq", "show", event.id, "--show-content")
    assert shown["event"]["message"]["content"] == [{"type": "text", "text": SECRET_TEXT}]


def test_show_tells_the_case_and_what_each_command_would_do(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event, "no answer after 10 s", Cause.UNCERTAIN)
    said = connected.succeed("dlq", "show", event.id)
    assert "Ann Private (loft) → the agents on help: text, 13 characters, written" in said
    assert "cause: uncertain (may have arrived)" in said
    assert "last answer: no answer after 10 s" in said
    assert "attempts: 40; 1 part out, and the next one may be out" in said
    for word, does in (("redrive", "sends it once more"), ("resolve", "notes that it arrived"), ("discard", "nobody")):
        assert f"patchbay dlq {word} {event.id}: {does}" in said.replace("takes it off the queue: nobody", "nobody")


def test_the_case_of_an_agents_answer_names_the_customer(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    session = Session(
        messenger_connection="loft",
        contact=Contact(external_id="ann", name="Ann Private"),
        platform_connection="help",
        thread=Conversation(external_id="ann"),
        conversation=Conversation(external_id="c-1"),
        updated_at=NOW,
    )
    scene.deployment.sessions.save(session)
    answer = replace(
        event,
        origin=Origin(service="desk", endpoint="help", account="c-1-channel"),
        thread="c-1",
        contact=None,
        message=replace(event.message, sender=Sender(role=Role.AGENT, name="Ana")),
    )
    account = scene.deployment.connection("help").account
    scene.park(replace(answer, origin=replace(answer.origin, account=account)))
    shown = connected.read("dlq", "show", answer.id)
    assert (shown["from"], shown["to"], shown["written_by"]) == ("Ana (help)", "Ann Private (loft)", "agent")


def test_a_message_that_is_not_there_points_at_the_list(connected: Cli, scene: Scene) -> None:
    assert "See `patchbay dlq list`" in connected.fail("dlq", "show", "message-nope")


def test_a_message_that_sqs_moved_itself_is_shown_too(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    sqs, url = scene.deployment.session.client("sqs"), scene.deployment.stack.dead_letter_queue_url
    sqs.send_message(QueueUrl=url, MessageBody=encode(event), MessageGroupId="g", MessageDeduplicationId="1")
    sqs.send_message(QueueUrl=url, MessageBody="{}", MessageGroupId="h", MessageDeduplicationId="2")
    moved, unreadable = connected.read("dlq", "list")["dead_letters"]
    assert moved["id"] == event.id
    assert "received too often" in moved["reason"]
    assert moved["cause"] == "unknown"
    assert unreadable["reason"].startswith("cannot be read")
    assert unreadable["cause"] == "unreadable"
    assert connected.read("dlq", "show", unreadable["id"], "--show-content")["event"] is None
    assert "patchbay dlq discard ID" in connected.fail("dlq", "resolve", unreadable["id"])


def test_a_message_too_large_for_the_queue_is_read_from_the_bucket(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1, "x" * 300_000)
    scene.park(event)
    assert [row["id"] for row in connected.read("dlq", "list")["dead_letters"]] == [event.id]
    connected.succeed("dlq", "redrive", event.id)
    assert scene.deployment.dead_letter_queue.count_waiting() == 1


# --- redrive ---------------------------------------------------------------------------------------------------------


def test_a_redrive_keeps_what_is_out_and_gives_fresh_attempts(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    assert connected.read("dlq", "redrive", event.id) == {**NOTHING, "redriven": [event.id]}
    assert scene.sent_back() == [event.id]
    entry, was_in_flight = scene.ledger.claim(event.ledger_key, NOW)
    assert (entry.outcome, entry.attempts, entry.reason) == (None, 0, "")
    assert entry.parts == (Delivered(external_id="out-1"),)
    assert not was_in_flight
    assert datetime.now(UTC) - entry.first_attempt_at < timedelta(minutes=1)
    assert connected.read("dlq", "list")["dead_letters"] == []


def test_an_attempt_that_died_stays_uncertain_after_a_redrive(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    entry, _ = scene.ledger.claim(event.ledger_key, NOW)
    scene.ledger.save(replace(entry, outcome=None, in_flight=True))
    connected.succeed("dlq", "redrive", event.id, "--yes")
    _, was_in_flight = scene.ledger.claim(event.ledger_key, NOW)
    assert was_in_flight


def test_what_was_parked_in_doubt_stays_in_doubt_since_its_beginning(connected: Cli, scene: Scene) -> None:
    event = write("asa", 1)
    scene.park(event)
    parked, _ = scene.ledger.claim(event.ledger_key, NOW)
    scene.ledger.save(replace(parked, in_flight=True))
    connected.succeed("dlq", "redrive", "--all")
    entry, was_in_flight = scene.ledger.claim(event.ledger_key, NOW)
    assert was_in_flight
    assert entry.first_attempt_at == parked.first_attempt_at


def test_earlier_messages_of_the_conversation_go_first(connected: Cli, scene: Scene) -> None:
    ann = [write("ann", number) for number in range(4)]
    for event in (*ann, write("bob", 1)):
        scene.park(event)
    answer = connected.read("dlq", "redrive", ann[2].id)
    assert answer["redriven"] == [event.id for event in ann[:3]]
    assert answer["earlier"] == [event.id for event in ann[:2]]
    assert scene.sent_back() == [event.id for event in ann[:3]]
    assert [row["id"] for row in connected.read("dlq", "list")["dead_letters"]] == [ann[3].id, write("bob", 1).id]


def test_all_go_in_their_order_however_many(connected: Cli, scene: Scene) -> None:
    ann, bob = ([write(thread, number) for number in range(13)] for thread in ("ann", "bob"))
    for pair in zip(ann, bob, strict=True):
        for event in pair:
            scene.park(event)
    assert len(connected.read("dlq", "redrive", "--all")["redriven"]) == 26
    sent = scene.sent_back()
    for conversation in (ann, bob):
        ids = [event.id for event in conversation]
        assert [one for one in sent if one in ids] == ids


def test_what_was_delivered_meanwhile_is_not_sent_again(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event)
    entry, _ = scene.ledger.claim(event.ledger_key, NOW)
    scene.ledger.save(replace(entry, outcome=Outcome.DELIVERED))
    assert connected.read("dlq", "redrive", "--all")["done_before"] == [event.id]
    assert scene.sent_back() == []
    assert connected.read("dlq", "list")["dead_letters"] == []


def test_a_redrive_ends_although_messages_are_given_up_again_at_once(
    connected: Cli, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.park(write("ann", 1))

    def give_up_again(*_: object) -> None:
        with RECORDER.pause():
            scene.park(write("bob", 2))

    monkeypatch.setattr(DeadLetterQueue, "send_back", give_up_again)
    assert len(connected.read("dlq", "redrive", "--all")["redriven"]) == 1


def test_each_conversation_goes_in_the_order_in_which_it_was_written(connected: Cli, scene: Scene) -> None:
    """One that was redriven and given up again stands behind those that were written after it."""
    first, second, third = (
        replace(write("ann", number), occurred_at=NOW + timedelta(minutes=number)) for number in range(3)
    )
    for event in (second, third, first):
        scene.park(event)
    assert [row["id"] for row in connected.read("dlq", "list")["dead_letters"]] == [first.id, second.id, third.id]
    assert connected.read("dlq", "redrive", second.id)["earlier"] == [first.id]
    assert connected.read("dlq", "redrive", "--all")["redriven"] == [third.id]
    assert scene.sent_back() == [first.id, second.id, third.id]


# --- what may have arrived -------------------------------------------------------------------------------------------


def test_all_leaves_out_what_may_have_arrived(connected: Cli, scene: Scene) -> None:
    before, uncertain, after = (write("ann", number) for number in range(3))
    scene.park(before)
    scene.park(uncertain, "the answer was lost", Cause.UNCERTAIN)
    scene.park(after)
    assert connected.read("dlq", "redrive", "--all") == {
        **NOTHING,
        "redriven": [before.id, after.id],
        "left_uncertain": [uncertain.id],
    }
    assert scene.sent_back() == [before.id, after.id]
    assert scene.outcome(uncertain) is Outcome.PARKED
    assert "1 may have arrived and stay in the queue" in connected.succeed("dlq", "redrive", "--all")


def test_what_may_have_arrived_is_included_after_a_question_that_names_the_customer(
    connected: Cli, scene: Scene, interactive: None
) -> None:
    events = [write(thread, 1) for thread in ("ann", "bob")]
    for event in events:
        scene.park(event, "the answer was lost", Cause.UNCERTAIN)
    refused = connected.run("dlq", "redrive", "--all", "--include-uncertain", typed="n\n")
    assert refused.exit_code == 1
    assert "Ann Private (loft): text, 13 characters, written" in refused.stderr
    assert all(event.id in refused.stderr for event in events)
    assert "These 2 messages may have arrived already" in refused.stderr
    assert scene.sent_back() == []
    assert connected.run("dlq", "redrive", "--all", "--include-uncertain", typed="y\n").exit_code == 0
    assert sorted(scene.sent_back()) == sorted(event.id for event in events)


def test_a_program_that_includes_what_may_have_arrived_says_yes(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.park(event, "the answer was lost", Cause.UNCERTAIN)
    for words in (("--all", "--include-uncertain"), (event.id,)):
        failed = connected.fail("dlq", "redrive", *words)
        assert "--yes" in failed
        assert "Ann Private (loft): text, 13 characters" in failed
        assert scene.sent_back() == []
    assert connected.read("dlq", "redrive", "--all", "--include-uncertain", "--yes")["redriven"] == [event.id]


def test_one_that_may_have_arrived_asks_too_and_drags_no_other_along(
    connected: Cli, scene: Scene, interactive: None
) -> None:
    earlier, plain, wanted = (write("ann", number) for number in range(3))
    for event, cause in ((earlier, Cause.UNCERTAIN), (plain, Cause.GAVE_UP), (wanted, Cause.UNCERTAIN)):
        scene.park(event, "a reason", cause)
    assert connected.run("dlq", "redrive", wanted.id, typed="\n").exit_code == 1
    assert scene.sent_back() == []
    assert connected.run("dlq", "redrive", wanted.id, typed="y\n").exit_code == 0
    assert scene.sent_back() == [plain.id, wanted.id]


def test_what_sqs_moved_while_an_attempt_was_under_way_may_have_arrived(connected: Cli, scene: Scene) -> None:
    event = write("ann", 1)
    scene.ledger.claim(event.ledger_key, NOW)
    sqs, url = scene.deployment.session.client("sqs"), scene.deployment.stack.dead_letter_queue_url
    sqs.send_message(QueueUrl=url, MessageBody=encode(event), MessageGroupId=event.group, MessageDeduplicationId="1")
    assert connected.read("dlq", "redrive", "--all")["left_uncertain"] == [event.id]
    assert connected.read("dlq", "list")["dead_letters"][0]["uncertain"] is True


def test_what_arrived_is_resolved_and_counts_as_delivered(connected: Cli, scene: Scene) -> None:
    event, other = write("ann", 1), write("ann", 2)
    for one in (event, other):
        scene.park(one, "the answer was lost", Cause.UNCERTAIN)
    assert connected.read("dlq", "resolve", event.id) == {"resolved": [event.id]}
    entry, _ = scene.ledger.claim(event.ledger_key, NOW)
    assert (entry.outcome, entry.in_flight) == (Outcome.DELIVERED, False)
    assert entry.parts == (Delivered(external_id="out-1"),)
    assert [row["id"] for row in connected.read("dlq", "list")["dead_letters"]] == [other.id]
    assert scene.sent_back() == []


# --- discard ---------------------------------------------------------------------------------------------------------


def test_discarding_asks_first(connected: Cli, scene: Scene, interactive: None) -> None:
    event = write("ann", 1)
    scene.park(event)
    assert connected.run("dlq", "discard", event.id, typed="n\n").exit_code == 1
    assert scene.outcome(event) is Outcome.PARKED
    assert connected.run("dlq", "discard", event.id, typed="y\n").exit_code == 0
    assert scene.outcome(event) is Outcome.DROPPED


def test_a_program_that_discards_says_yes(connected: Cli, scene: Scene) -> None:
    events = [write("ann", number) for number in range(12)]
    for event in events:
        scene.park(event)
    assert "--yes" in connected.fail("dlq", "discard", "--all", "--json")
    assert connected.read("dlq", "discard", "--all", "--yes") == {"discarded": [event.id for event in events]}
    assert connected.read("dlq", "list") == {"dead_letters": [], "hidden": 0}
    assert scene.sent_back() == []


@pytest.mark.parametrize("word", ["redrive", "discard"])
def test_all_of_nothing_needs_no_question(cli: Cli, scene: Scene, interactive: None, word: str) -> None:
    said = cli.run("dlq", word, "--all")
    assert (said.exit_code, said.stdout, said.stderr) == (0, "The dead-letter queue is empty.\n", "")


def test_a_count_that_lags_behind_hides_nothing(connected: Cli, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    event = write("ann", 1)
    scene.park(event)
    monkeypatch.setattr(DeadLetterQueue, "count_dead_letters", lambda _: 0)
    assert connected.read("dlq", "redrive", "--all")["redriven"] == [event.id]


def test_all_of_nothing_is_an_answer_for_programs_too(cli: Cli, scene: Scene) -> None:
    assert cli.read("dlq", "redrive", "--all") == NOTHING
    assert cli.read("dlq", "discard", "--all") == {"discarded": []}


@pytest.mark.parametrize("words", [("redrive",), ("redrive", "--all", "x"), ("discard", "--yes")])
def test_which_messages_must_be_said(connected: Cli, scene: Scene, words: tuple[str, ...]) -> None:
    result = connected.run("dlq", *words)
    assert result.exit_code == 2
    assert "Name the messages by their ids, or give --all." in result.stderr
