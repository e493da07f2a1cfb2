"""(e) From a webhook's first byte to the call of the other side's API, deployed, and on the floor beside it."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import requests
from flask import Flask

from bench.part import Cpu, Figure, Part, Say, percentile, ratio
from playground import world
from playground.accounts import connect_all
from playground.deployment import architecture, run_sam
from playground.emulator import ROOT
from playground.live import Server
from playground.local_aws import LocalAws, running_local_aws
from playground.routes import create_routes
from playground.services.viber import SIMULATOR as VIBER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LETTERS = "e"
ROUNDS = 150
WARM_UP = 10
PAUSE = 0.1  #: seconds between two messages, so that what follows a call does not weigh on the next one
PATIENCE = 30.0
FLOOR_STACK = "patchbay-bench-floor"

METHOD = f"""\
- **(e)** {ROUNDS} messages each, one at a time, through the stack that `sam deploy` made in the local AWS, and through
  the floors' own stack in the same AWS: one without a table, and one that claims the message and reads the
  conversation as any bridge must before it may call an API. The figures divide percentiles. Every call to a store
  passes the emulator, which serves webhooks, queue and functions in one process, so that its time says little about
  AWS's."""


class Arrivals:
    """A WSGI application in front of another, that notes when a body with a mark in it arrives."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._mark = b""
        self._at = 0.0
        self._arrived = threading.Event()

    def expect(self, mark: str) -> None:
        self._arrived.clear()
        self._mark = mark.encode()

    def wait(self) -> float:
        if not self._arrived.wait(PATIENCE):
            raise RuntimeError(f"a message did not arrive within {PATIENCE:.0f} s")
        return self._at

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        at = time.perf_counter()
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if self._mark and self._mark in body and not self._arrived.is_set():
            self._at = at
            self._arrived.set()
        return self._app(environ, start_response)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One way from a webhook to an API."""

    webhook: str
    secret: str
    arrivals: Arrivals
    session: requests.Session

    def send(self, token: int) -> float:
        """Seconds until the API is called."""
        mark = f"mark-{token}-end"
        body = _callback(token, mark)
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Viber-Content-Signature": signature}
        self.arrivals.expect(mark)
        started = time.perf_counter()
        answer = self.session.post(self.webhook, data=body, headers=headers, timeout=PATIENCE)
        if answer.status_code != 200:
            raise RuntimeError(f"a webhook was answered {answer.status_code}")
        return self.arrivals.wait() - started


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    ours: list[float]
    floor: list[float]
    remembering: list[float]  #: the floor with a table


def measure(say: Say, cpu: Cpu) -> Part:
    del cpu
    times = time_lines(say)
    say("latency")
    return Part(figures=list(_rate(times)), method=METHOD)


def _rate(times: Times) -> Iterator[Figure]:
    for percent, aim in ((50, 1.1), (99, 1.2)):
        ours, floor, remembering = (percentile(side, percent) for side in (times.ours, times.floor, times.remembering))
        what = f"(e) Webhook in to API call out, deployed, p{percent}"
        floors = (
            (what, "webhook → SQS FIFO → function → HTTP call, which may lose or double a message", None, floor),
            (f"{what}, same stores", "the same with a claim and a read", aim, remembering),
        )
        for name, compared, most, seconds in floors:
            detail = f"{ours * 1000:.0f} ms ÷ {seconds * 1000:.0f} ms"
            yield ratio(name, compared, most, ours / seconds, detail)


def time_lines(say: Say) -> Times:
    with ExitStack() as cleanup:
        aws = cleanup.enter_context(running_local_aws(say, stack_name="patchbay-bench"))
        ours = cleanup.enter_context(_bridge(aws, say))
        floor, remembering = cleanup.enter_context(_floors(aws, say))
        tokens = count(5741311803571720127)
        times = Times(ours=[], floor=[], remembering=[])
        lines = ((ours, times.ours), (floor, times.floor), (remembering, times.remembering))
        for number in range(WARM_UP + ROUNDS):
            for line, taken in lines:
                took = line.send(next(tokens))
                if number >= WARM_UP:
                    taken.append(took)
                time.sleep(PAUSE)
        return times


@contextmanager
def _bridge(aws: LocalAws, say: Say) -> Iterator[Line]:
    """Patchbay between the simulators; the webhooks are ours, signed with the demo bot's token."""
    with ExitStack() as cleanup:
        simulators = cleanup.enter_context(world.running())
        freshchat, viber = simulators["freshchat"], simulators["viber"]
        if not isinstance(viber, VIBER):
            raise TypeError("the simulated Viber belongs to another playground")
        arrivals = Arrivals(freshchat.app)
        freshchat.base_url = cleanup.enter_context(Server(arrivals)).url
        connect_all(simulators, aws.environment, say)
        yield _line(viber.bot.webhook, viber.bot.token, arrivals)


@contextmanager
def _floors(aws: LocalAws, say: Say) -> Iterator[tuple[Line, Line]]:
    """A webhook, a queue and a function that calls an API, deployed beside the bridge; without a table and with one."""
    app = Flask("floor")
    app.add_url_rule("/messages", "messages", lambda: {"id": "1"}, methods=["POST"])
    arrivals = Arrivals(app)
    with Server(arrivals) as server:
        parameters = [f"Architecture={architecture()}", "Secret=floor-secret", f"TargetUrl={server.url}/messages"]
        template = ROOT / "bench" / "floors" / "template.yaml"
        run_sam(
            [
                "deploy",
                "--template-file",
                str(template),
                "--stack-name",
                FLOOR_STACK,
                "--parameter-overrides",
                *parameters,
            ],
            {**aws.environment, "SAM_CLI_POLL_DELAY": "0.3"},
            "The table of events shows the reason.",
        )
        stacks = aws.session.client("cloudformation", endpoint_url=aws.endpoint_url)
        outputs = stacks.describe_stacks(StackName=FLOOR_STACK)["Stacks"][0]["Outputs"]
        api_id = next(output["OutputValue"] for output in outputs if output["OutputKey"] == "ApiId")
        create_routes(aws.session, aws.endpoint_url, FLOOR_STACK, api_id)
        say("the benchmark floors are deployed beside it")
        api = f"{aws.endpoint_url}/_aws/execute-api/{api_id}/$default"
        yield (
            _line(f"{api}/floor/hook", "floor-secret", arrivals),
            _line(f"{api}/remembering/hook", "floor-secret", arrivals),
        )


def _line(webhook: str, secret: str, arrivals: Arrivals) -> Line:
    session = requests.Session()
    session.trust_env = False
    return Line(webhook=webhook, secret=secret, arrivals=arrivals, session=session)


def _callback(token: int, mark: str) -> bytes:
    event = json.loads((ROOT / "events/viber/message_text.json").read_text(encoding="utf-8"))
    callback = json.loads(event["body"])
    callback["message_token"] = token
    callback["timestamp"] = int(time.time() * 1000)
    callback["message"]["text"] = mark
    return json.dumps(callback, ensure_ascii=False).encode()
