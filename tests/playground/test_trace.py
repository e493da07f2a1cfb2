from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from playground.simulator import Call
from playground.trace import Line, Trace, line_of_call, line_of_record, tell_story

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def after(milliseconds: float) -> datetime:
    return NOON + timedelta(milliseconds=milliseconds)


def call(at: float, direction: str = "api", service: str = "counter", status: int = 200, took: float = 5) -> Line:
    return line_of_call(
        Call(
            at=after(at),
            service=service,
            direction=direction,
            method="POST",
            path="/messages",
            status=status,
            milliseconds=took,
        )
    )


def record(at: float, message: str, service: str = "pigeon", event: str = "message-1", **more: object) -> Line:
    return line_of_record({"message": message, "service": service, "event": event, **more}, after(at), "dispatcher")


@pytest.mark.parametrize(("status", "mood"), [(200, "good"), (302, "good"), (429, "warn"), (401, "bad"), (0, "bad")])
def test_the_mood_of_a_call_is_that_of_its_answer(status: int, mood: str) -> None:
    assert call(0, status=status).mood == mood


def test_a_record_shows_its_reason_and_keeps_plain_values_only() -> None:
    line = record(0, "event deferred", reason="429", attempts=2, nested={"a": 1}, xray_trace_id="1-2", milliseconds=7)
    assert (line.kind, line.mood, line.note, line.milliseconds) == ("queue", "warn", "429", 7.0)
    assert line.details == {
        "function": "dispatcher",
        "service": "pigeon",
        "event": "message-1",
        "reason": "429",
        "attempts": 2,
        "milliseconds": 7,
    }


def test_an_unknown_record_is_shown_and_an_error_stands_out() -> None:
    assert record(0, "something new").mood == "quiet"
    assert record(0, "something broke", level="ERROR").mood == "bad"


def test_a_story_joins_webhook_records_and_api_call() -> None:
    webhook = call(40, "webhook", "pigeon", took=40)
    accepted = record(20, "webhook accepted")
    delivered = record(90, "event delivered", service="counter")
    done = record(95, "event done", milliseconds=40)
    out = call(80)
    other = [call(900, "webhook", "pigeon"), record(890, "webhook accepted", event="message-2"), call(990)]
    receipt = record(85, "event done", service="counter", event="receipt-1", milliseconds=20)
    lines = [*other, receipt, done, delivered, out, accepted, webhook]
    for chosen in (webhook, accepted, out, delivered, done):
        assert tell_story(lines, chosen) == [accepted, webhook, out, delivered, done]


def test_a_call_that_could_belong_to_two_messages_belongs_to_none() -> None:
    records = [
        record(at, title, service=service, event=event, milliseconds=took)
        for event in ("message-1", "message-2")
        for at, title, service, took in ((95, "event delivered", "counter", None), (100, "event done", "pigeon", 50))
    ]
    out = call(90)
    assert tell_story([*records, out], out) == [out]
    assert tell_story([*records, out], records[0]) == records[:2]


def test_lines_are_numbered_and_found_again() -> None:
    trace = Trace()
    numbered = [trace.add(call(at)) for at in range(3)]
    assert [line.id for line in numbered] == [1, 2, 3]
    assert trace.find(2) == numbered[1]
    assert trace.find(9) is None


def test_whoever_follows_gets_what_was_and_what_comes() -> None:
    trace = Trace()
    trace.add(call(0))
    with trace.follow(0, quiet=0.01) as follower:
        stream = iter(follower)
        assert next(stream) == trace.find(1)
        assert next(stream) is None
        trace.changed("counter")
        assert next(stream) == "counter"
        assert trace.is_watched
    assert not trace.is_watched
