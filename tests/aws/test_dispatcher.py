"""The dispatcher's function, with the sample events that `sam local invoke` takes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from bench.context import Context
from patchbay.aws import clients
from patchbay.aws.handlers.dispatcher import Handler, SqsEvent, make_handler
from patchbay.aws.stores.queue import LargeBodies, read_records
from patchbay.domain import events
from tests.aws import aws
from tests.harness.fakes.telemetry import MemoryTelemetry

SAMPLES = sorted((aws.ROOT / "events/dispatcher").glob("*.json"))


@pytest.fixture
def cloud() -> Iterator[aws.Aws]:
    with aws.running() as running, patch.dict("os.environ", running.environment):
        clients.forget()
        yield running
        clients.forget()


@pytest.fixture
def handler(cloud: aws.Aws) -> Handler:
    return make_handler()


def _sample(file: Path) -> SqsEvent:
    event: SqsEvent = json.loads(file.read_text())
    return event


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_every_sample_is_an_event_of_this_version_in_its_own_group(file: Path) -> None:
    for record in _sample(file)["Records"]:
        event = events.decode(record["body"])
        assert record["attributes"]["MessageGroupId"] == event.group
        assert record["body"] == events.encode(event)


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_a_sample_of_an_unknown_connection_is_answered_as_lambda_wants(handler: Handler, file: Path) -> None:
    event = _sample(file)
    answer = handler(event, Context())
    known = {record["messageId"] for record in event["Records"]}
    assert {failure["itemIdentifier"] for failure in answer["batchItemFailures"]} <= known


def test_what_cannot_be_read_is_dead_lettered_and_leaves_the_queue(
    cloud: aws.Aws, handler: Handler, log: io.StringIO
) -> None:
    event = _sample(SAMPLES[0])
    record = event["Records"][0]
    record["body"] = "no event, but somebody's words"
    event["Records"] = [record]
    assert handler(event, Context()) == {"batchItemFailures": []}
    parked = cloud.sqs.receive_message(QueueUrl=cloud.dead_letter_url).get("Messages", [])
    assert [one["Body"] for one in parked] == [record["body"]]
    assert "somebody's words" not in log.getvalue()


def test_a_stored_event_that_cannot_be_read_now_holds_up_its_own_group_alone(cloud: aws.Aws) -> None:
    first = _sample(SAMPLES[0])["Records"][0]
    pointer = json.dumps({"version": 1, "stored": "events/abc.json"})

    def record(number: str, group: str, body: str = "{}") -> object:
        attributes = {**first["attributes"], "MessageGroupId": group}
        return {**first, "messageId": number, "body": body, "attributes": attributes}

    records = [record("1", "a"), record("2", "b", pointer), record("3", "b"), record("4", "a")]
    large = LargeBodies(lambda: cloud.s3, "a-bucket-that-is-not-there")
    telemetry = MemoryTelemetry()
    envelopes, unread = read_records(records, large, telemetry)  # type: ignore[arg-type]
    assert [envelope.id for envelope in envelopes] == ["1", "4"]
    assert unread == ["2", "3"]
    assert telemetry.logged("stored event not read")


def test_an_event_that_the_queue_could_not_hold_is_fetched_by_the_function(cloud: aws.Aws, handler: Handler) -> None:
    event = _sample(SAMPLES[0])
    record = event["Records"][0]
    cloud.s3.put_object(Bucket=aws.BUCKET, Key="events/abc.json", Body=record["body"].encode())
    body, record["body"] = record["body"], json.dumps({"version": 1, "stored": "events/abc.json"})
    event["Records"] = [record]
    handler(event, Context())
    (parked,) = cloud.sqs.receive_message(QueueUrl=cloud.dead_letter_url)["Messages"]
    assert parked["Body"] == body, "it was read, and has no connection"


def test_a_pointer_whose_file_is_gone_is_no_event(cloud: aws.Aws) -> None:
    pointer = json.dumps({"version": 1, "stored": "events/abc.json"})
    assert LargeBodies(lambda: cloud.s3, aws.BUCKET).restore(pointer) == pointer
