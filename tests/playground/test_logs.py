from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from playground.logs import LogTail
from playground.trace import Trace


class Groups:
    """Log groups in memory, answered two events a page."""

    def __init__(self) -> None:
        self.events: dict[str, list[dict[str, Any]]] = {}

    def write(self, group: str, message: str, at: int | None = None) -> None:
        events = self.events.setdefault(group, [])
        at = int(time.time() * 1000) if at is None else at
        events.append({"eventId": f"{group}-{len(events)}", "timestamp": at, "message": message})

    def describe_log_groups(self, **_: Any) -> Mapping[str, Any]:
        return {"logGroups": [{"logGroupName": group} for group in (*self.events, "never-ran")]}

    def filter_log_events(self, **arguments: Any) -> Mapping[str, Any]:
        if arguments["logGroupName"] not in self.events:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "FilterLogEvents")
        start = int(arguments.get("nextToken", 0))
        found = [e for e in self.events[arguments["logGroupName"]] if e["timestamp"] >= arguments["startTime"]]
        more = {"nextToken": str(start + 2)} if start + 2 < len(found) else {}
        return {"events": found[start : start + 2], **more}


@pytest.fixture
def groups() -> Groups:
    return Groups()


@pytest.fixture
def trace() -> Trace:
    return Trace()


def test_events_without_an_id_become_lines_once(groups: Groups, trace: Trace) -> None:
    tail = LogTail(groups, trace)
    groups.write("g", structured("webhook accepted", event="message-1"))
    del groups.events["g"][0]["eventId"]
    assert [tail.look(), tail.look()] == [1, 0]


def test_a_record_has_its_own_time(groups: Groups, trace: Trace) -> None:
    groups.write("g", structured("event delivered", timestamp="2026-11-21 14:27:19,520+0000"))
    LogTail(groups, trace).look()
    assert trace.lines()[0].at.isoformat(timespec="milliseconds") == "2026-11-21T14:27:19.520+00:00"


def structured(message: str, **fields: object) -> str:
    return json.dumps({"level": "INFO", "message": message, **fields})


def test_records_become_lines_once_over_all_pages(groups: Groups, trace: Trace) -> None:
    tail = LogTail(groups, trace)
    for number in range(5):
        groups.write("/patchbay/local/dispatcher", structured("event delivered", event=f"message-{number}"))
    assert tail.look() == 5
    assert tail.look() == 0
    groups.write("/patchbay/local/dispatcher", structured("event dead-lettered", event="message-9"))
    assert tail.look() == 1
    assert [line.event for line in trace.lines()] == [*(f"message-{number}" for number in range(5)), "message-9"]
    assert trace.lines()[0].details["function"] == "dispatcher"


def test_what_is_no_record_is_left_out(groups: Groups, trace: Trace) -> None:
    for message in ("START RequestId: 1", '"text"', json.dumps({"_aws": {}, "message": "metrics"}), "{}"):
        groups.write("g", message)
    assert LogTail(groups, trace).look() == 0


def test_what_was_logged_before_the_start_is_left_out(groups: Groups, trace: Trace) -> None:
    groups.write("g", structured("event delivered"), at=1_000)
    assert LogTail(groups, trace).look() == 0


def test_a_late_record_of_an_earlier_moment_is_not_missed(groups: Groups, trace: Trace) -> None:
    tail = LogTail(groups, trace)
    now = int(time.time() * 1000)
    groups.write("g", structured("event delivered"), at=now + 5_000)
    tail.look()
    groups.write("h", structured("webhook accepted"), at=now)
    assert tail.look() == 1
