"""A message that kills its process: the function beside it lives on and knows."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

import pytest

from patchbay.aws import isolation
from patchbay.aws.isolation import ProcessIsolation, read_disposition, write_disposition
from patchbay.bridge.ledger import Cause
from patchbay.bridge.outcomes import DONE, DeadLetter, Defer, Disposition, Done
from patchbay.bridge.ports import Envelope
from tests.harness.fakes.telemetry import MemoryTelemetry

ENVELOPE = Envelope(
    id="m1", receipt_handle="r", group="g", body="Grüße 👋", enqueued_at=datetime(2026, 1, 5, 9, tzinfo=UTC), receives=4
)
START = """
import os, sys, time
from patchbay.aws.isolation import *
from patchbay.bridge.outcomes import *
pipe, seconds = int(sys.argv[1]), float(sys.argv[2])
envelope = read_envelope_text(sys.stdin.buffer.read())
def answer(verdict):
    with os.fdopen(pipe, "w") as file:
        file.write(write_disposition(verdict))
"""


def isolated(code: str) -> tuple[ProcessIsolation, MemoryTelemetry]:
    telemetry = MemoryTelemetry()
    return ProcessIsolation(telemetry, (sys.executable, "-c", START + code)), telemetry


@pytest.mark.parametrize(
    "verdict", [DONE, Done("said"), Defer(2.5, "busy", Cause.CLOSED), DeadLetter("no", Cause.REFUSED)]
)
def test_a_verdict_is_read_as_it_was_written(verdict: Disposition) -> None:
    assert read_disposition(write_disposition(verdict)) == verdict


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"kind":"spell"}', '{"kind":"defer","cause":"fun"}', '{"kind":"deadletter"}']
)
def test_half_a_verdict_is_none(text: str) -> None:
    assert read_disposition(text) is None


def test_the_process_gets_the_whole_envelope_and_its_verdict_comes_back() -> None:
    apart, _ = isolated('answer(Defer(len(envelope.body), f"{envelope.group} {envelope.receives} {seconds}"))')
    assert apart.handle(ENVELOPE, 30) == Defer(7.0, "g 4 28.0")


@pytest.mark.parametrize(
    "code",
    ["os._exit(0)", "os.abort()", "raise ValueError", "import signal; os.kill(os.getpid(), signal.SIGKILL)"],
    ids=["silent", "abort", "exception", "killed"],
)
def test_a_process_that_ends_without_a_verdict_has_none(code: str) -> None:
    apart, _ = isolated(code)
    assert apart.handle(ENVELOPE, 30) is None


def test_a_process_that_does_not_end_is_ended() -> None:
    apart, telemetry = isolated("import re; re.match(r'(a|aa)+$', 'a' * 100 + 'b')")
    started = time.monotonic()
    assert apart.handle(ENVELOPE, 1.5) is None
    assert time.monotonic() - started < 10
    assert telemetry.logged("isolated attempt timed out")


def test_a_message_that_eats_memory_ends_its_own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
    apart, _ = isolated("limit_memory(); eaten = bytearray(400_000_000); answer(DONE)")
    assert apart.handle(ENVELOPE, 30) is None


def test_the_real_process_handles_the_envelope_with_the_functions_own_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without AWS it gets as far as the stores, and says that they do not answer."""
    for name, value in {
        "PATCHBAY_STAGE": "local",
        "PATCHBAY_EMULATOR": "yes",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "TABLE_NAME": "t",
        "QUEUE_URL": "http://127.0.0.1:9/q.fifo",
        "DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:9/p.fifo",
        "BUCKET_NAME": "b",
        "API_ID": "a",
    }.items():
        monkeypatch.setenv(name, value)
    verdict = ProcessIsolation(MemoryTelemetry()).handle(READABLE, 60)
    assert isinstance(verdict, Defer)
    assert verdict.reason == "an AWS service did not answer"


READABLE = Envelope(
    id="m1",
    receipt_handle="r",
    group="g",
    body='{"version":1,"event":{"id":"typing-1","origin":{"service":"viber","endpoint":"v","account":""},"thread":"t",'
    '"occurred_at":"2026-01-05T09:00:00Z","kind":"typing","typing":true,"aliases":[]}}',
    enqueued_at=datetime.now(UTC),
)


def test_the_module_is_its_own_program() -> None:
    assert isolation.__name__ == "patchbay.aws.isolation"
    assert ProcessIsolation(MemoryTelemetry())._command[1:] == ("-m", "patchbay.aws.isolation")
