"""`patchbay dlq list` and `patchbay dlq show`."""

from __future__ import annotations

from dataclasses import replace

from patchbay.bridge.ledger import Cause
from patchbay.domain.events import Origin, encode
from patchbay.domain.model import Contact, Conversation, Role, Sender, Session
from tests.cli.conftest import Cli
from tests.cli.dlq_harness import NOW, SECRET_TEXT, DlqHarness, write


def test_an_empty_queue_is_reported(cli: Cli, dlq: DlqHarness) -> None:
    assert cli.read("dlq", "list") == {"dead_letters": [], "hidden": 0}
    assert "The dead-letter queue is empty." in cli.succeed("dlq", "list")


def test_a_list_names_the_message_its_connection_and_the_reason(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    dlq.add(event)
    (row,) = connected.read("dlq", "list")["dead_letters"]
    assert row.pop("dead_lettered_at")
    assert row == {
        "id": event.id,
        "group": event.group,
        "cause": "retries-exhausted",
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
    assert all(column in listed for column in ("cause", "age", "from", "content", "attempts", "reason"))
    assert "customer on loft" in listed


def test_looking_takes_nothing_away(connected: Cli, dlq: DlqHarness) -> None:
    dlq.add(write("ann", 1))
    assert connected.read("dlq", "list") == connected.read("dlq", "list")
    assert dlq.sent_back() == []


def test_what_waits_behind_the_first_ten_of_a_conversation_is_counted(connected: Cli, dlq: DlqHarness) -> None:
    for number in range(14):
        dlq.add(write("ann", number))
    listed = connected.read("dlq", "list")
    assert len(listed["dead_letters"]) + listed["hidden"] == 14


def test_what_people_wrote_is_shown_only_when_asked_for(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    dlq.add(event)
    for words in (("dlq", "list"), ("dlq", "list", "--json"), ("dlq", "show", event.id)):
        assert SECRET_TEXT not in connected.succeed(*words)
    assert "Ann Private" not in connected.succeed("dlq", "list")
    assert "event" not in connected.read("dlq", "show", event.id)
    assert SECRET_TEXT in connected.succeed("dlq", "show", event.id, "--show-content")
    shown = connected.read("dlq", "show", event.id, "--show-content")
    assert shown["event"]["message"]["content"] == [{"type": "text", "text": SECRET_TEXT}]


def test_show_tells_the_case_and_what_each_command_would_do(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    dlq.add(event, "no answer after 10 s", Cause.UNCERTAIN)
    said = connected.succeed("dlq", "show", event.id)
    assert "Ann Private (loft) → agents on help: text, 13 characters, written" in said
    assert "cause: uncertain (may have been delivered)" in said
    assert "last response: no answer after 10 s" in said
    assert "attempts: 40; 1 part sent, and the next one may have been sent" in said
    for word, does in (("redrive", "sends it again"), ("resolve", "records that it was"), ("discard", "deletes it")):
        assert f"patchbay dlq {word} {event.id}: {does}" in said


def test_the_case_of_an_agents_answer_names_the_customer(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    session = Session(
        messenger_connection="loft",
        contact=Contact(external_id="ann", name="Ann Private"),
        platform_connection="help",
        thread=Conversation(external_id="ann"),
        conversation=Conversation(external_id="c-1"),
        updated_at=NOW,
    )
    dlq.deployment.sessions.save(session)
    answer = replace(
        event,
        origin=Origin(service="desk", endpoint="help", account="c-1-channel"),
        thread="c-1",
        contact=None,
        message=replace(event.message, sender=Sender(role=Role.AGENT, name="Ana")),
    )
    account = dlq.deployment.connection("help").account
    dlq.add(replace(answer, origin=replace(answer.origin, account=account)))
    shown = connected.read("dlq", "show", answer.id)
    assert (shown["from"], shown["to"], shown["written_by"]) == ("Ana (help)", "Ann Private (loft)", "agent")


def test_a_message_that_is_not_there_points_at_the_list(connected: Cli, dlq: DlqHarness) -> None:
    assert "run `patchbay dlq list`" in connected.fail("dlq", "show", "message-nope")


def test_a_message_that_sqs_moved_itself_is_shown_too(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    sqs, url = dlq.deployment.session.client("sqs"), dlq.deployment.stack.dead_letter_queue_url
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


def test_a_message_too_large_for_the_queue_is_read_from_the_bucket(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1, "x" * 300_000)
    dlq.add(event)
    assert [row["id"] for row in connected.read("dlq", "list")["dead_letters"]] == [event.id]
    connected.succeed("dlq", "redrive", event.id)
    assert dlq.deployment.dead_letter_queue.count_waiting() == 1
