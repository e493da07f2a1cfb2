"""Reading what the deployed functions log, while a page is open."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, Self

from botocore.exceptions import BotoCoreError, ClientError

from playground.trace import Line, Trace, line_of_record

log = logging.getLogger(__name__)

PAUSE = 0.5  #: seconds between two looks
OVERLAP = 15_000  #: milliseconds; a record may become visible later than its own time says


class LogsClient(Protocol):
    """The part of boto3's `logs` client that is needed here."""

    @property
    def describe_log_groups(self) -> Callable[..., Any]: ...

    @property
    def filter_log_events(self) -> Callable[..., Any]: ...


class LogTail:
    """Follows every log group there is and adds their JSON records to the trace. Looks only while a page is open."""

    def __init__(self, client: LogsClient, trace: Trace) -> None:
        self._client = client
        self._trace = trace
        self._since = int(time.time() * 1000)
        self._seen: dict[str, int] = {}  # an event's key → its time
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-tail", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()

    def look(self) -> int:
        """Adds what is new to the trace; how many lines that were."""
        lines = sorted((line for group in self._groups() for line in self._read(group)), key=lambda line: line.at)
        for line in lines:
            self._trace.add(line)
        self._forget()
        return len(lines)

    def _run(self) -> None:
        while not self._closing.wait(PAUSE):
            if self._trace.is_watched:
                try:
                    self.look()
                except (BotoCoreError, ClientError) as error:
                    log.warning("the functions' logs cannot be read at the moment: %s", type(error).__name__)

    def _groups(self) -> Sequence[str]:
        """Looked up each time: a function's log group may appear with its first run."""
        return [str(group["logGroupName"]) for group in self._client.describe_log_groups()["logGroups"]]

    def _read(self, group: str) -> Iterator[Line]:
        function = group.rsplit("/", 1)[-1]
        for event in self._events(group):
            key = _key(group, event)
            if key in self._seen:
                continue
            self._seen[key] = event["timestamp"]
            self._since = max(self._since, event["timestamp"])
            record = _record_in(str(event["message"]))
            if record is not None:
                yield line_of_record(record, _moment(record, event["timestamp"]), function)

    def _events(self, group: str) -> Iterator[Mapping[str, Any]]:
        arguments: dict[str, Any] = {"logGroupName": group, "startTime": self._since - OVERLAP}
        while True:
            try:
                answer = self._client.filter_log_events(**arguments)
            except ClientError as error:
                # A function that has not run yet has no log group.
                if error.response["Error"]["Code"] == "ResourceNotFoundException":
                    return
                raise
            yield from answer.get("events", ())
            if not (token := answer.get("nextToken")):
                return
            arguments["nextToken"] = token

    def _forget(self) -> None:
        """Ids that the next look cannot meet again."""
        gone = {key for key, at in self._seen.items() if at < self._since - 2 * OVERLAP}
        for key in gone:
            del self._seen[key]


def _key(group: str, event: Mapping[str, Any]) -> str:
    """What is never the same for two events. MiniStack gives them no id; their records hold the request's."""
    return str(event.get("eventId") or f"{group} {event.get('logStreamName')} {event['timestamp']} {event['message']}")


def _moment(record: Mapping[str, object], milliseconds: int) -> datetime:
    """The record's own time, as Powertools writes it: the log's may be that of the whole invocation."""
    try:
        return datetime.strptime(str(record.get("timestamp")), "%Y-%m-%d %H:%M:%S,%f%z")
    except ValueError:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _record_in(message: str) -> Mapping[str, object] | None:
    """The JSON object of a structured line; START, END, REPORT and metrics are not ours to show."""
    try:
        record = json.loads(message)
    except ValueError:
        return None
    if not isinstance(record, dict) or "message" not in record or "_aws" in record:
        return None
    return record
