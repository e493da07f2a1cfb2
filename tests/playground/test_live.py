from __future__ import annotations

import logging
import threading
from queue import SimpleQueue
from random import Random

import pytest
import requests
from flask import Flask, request

from playground.live import HttpPost, LiveTimeline, Server
from playground.simulator import Fault
from tests.harness.tiny import Pigeon


@pytest.fixture
def timeline() -> LiveTimeline:
    return LiveTimeline()


def test_actions_run_when_they_are_due(timeline: LiveTimeline) -> None:
    ran: SimpleQueue[str] = SimpleQueue()
    timeline.later(0.05, lambda: ran.put("later"))
    timeline.later(0, lambda: ran.put("now"))
    assert [ran.get(timeout=5), ran.get(timeout=5)] == ["now", "later"]
    timeline.close()


def test_a_slow_action_holds_up_nobody(timeline: LiveTimeline) -> None:
    go_on, other = threading.Event(), threading.Event()

    def wait() -> None:
        go_on.wait(10)

    timeline.later(0, wait)
    timeline.later(0, other.set)
    assert other.wait(5)
    go_on.set()
    timeline.close()


def test_a_mistake_in_an_action_is_reported(timeline: LiveTimeline, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    def stumble() -> None:
        done.set()
        raise LookupError("no such person")

    with caplog.at_level(logging.ERROR):
        timeline.later(0, stumble)
        assert done.wait(5)
        timeline.close()
    assert "a simulator failed" in caplog.text


def test_nothing_runs_after_the_end(timeline: LiveTimeline) -> None:
    ran = threading.Event()
    timeline.later(60, ran.set)
    timeline.close()
    timeline.later(0, ran.set)
    assert not ran.wait(0.1)


def test_a_webhook_arrives_as_it_was_signed_and_its_answer_comes_back() -> None:
    app = Flask("receiver")
    app.post("/hook")(lambda: (request.headers["X-Signature"].encode() + request.data, 202, {"X-Seen": "yes"}))
    with Server(app) as server:
        answer = HttpPost()("POST", f"{server.url}/hook", {"X-Signature": "s="}, b'{"a": "\xc3\xa9"}')
    assert (answer.status, answer.body, answer.headers["X-Seen"]) == (202, b's={"a": "\xc3\xa9"}', "yes")


def test_nobody_there_is_status_zero() -> None:
    with Server(Flask("gone")) as server:
        url = server.url
    assert HttpPost()("POST", url, {}, b"").status == 0


def test_a_taken_port_is_said_so() -> None:
    with Server(Flask("first")) as server, pytest.raises(OSError, match="is taken"):
        Server(Flask("second"), int(server.url.rpartition(":")[2]))


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(refused=True)])
def test_a_lost_answer_is_a_cut_connection_without_a_traceback(fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    timeline = LiveTimeline()
    pigeon = Pigeon(timeline, HttpPost(), Random(1))
    pigeon.fail_next(fault)
    with Server(pigeon.app) as server:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}/ping", timeout=5)
        assert requests.get(f"{server.url}/ping", timeout=5).text == "pong"
    timeline.close()
    assert "Traceback" not in caplog.text
    assert [call.status for call in pigeon.calls] == ([0, 200] if fault.lost else [200])
