"""What every simulated service shares: a Flask app, a record of every call, webhooks with retries, and misbehaviour.

A simulator is a server of the documented API that checks what it is sent as strictly as the real service, remembers
it, and sends signed webhooks. The same object runs live (`playground.live`) and inside tests, where the timeline is
virtual and webhooks are handed over by a function call.
"""

from __future__ import annotations

import re
import socket
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, override

from flask import Flask, Response, has_request_context, request
from werkzeug.routing import Rule

from playground.misbehaviour import OUTAGES, AnswerLost, Fault, Switches
from playground.simulator_types import Call, DemoAccount, Post, Timeline, Webhook, WebhookAnswer

if TYPE_CHECKING:
    import boto3

__all__ = [
    "OUTAGES",
    "AnswerLost",
    "Call",
    "DemoAccount",
    "Fault",
    "Post",
    "Simulator",
    "Switches",
    "Timeline",
    "Webhook",
    "WebhookAnswer",
]


class _Route(Rule):
    """A route whose address nobody asks for: to get ready for that takes longer than most tests."""

    @override
    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(*_: object, **__: object) -> tuple[str, str]:
            raise NotImplementedError(f"simulators have no addresses of {self.rule}")

        return build


class _App(Flask):
    url_rule_class = _Route


class Simulator(ABC):
    """Base of every simulator. Subclasses add routes to `self.app` and methods for what people do on the service."""

    service: str = ""
    title: str = ""  #: what people call it
    place: int = 0  #: where it stands on the page among those of its side; equals go by their names
    deployed: bool = False  #: the stack itself is this service: where it is deployed, nothing stands in for it
    base_url: str = ""  #: where it is served, without a slash at the end; files people send are below it
    webhooks_first: bool = False  #: webhooks come before the answer of the call that causes them
    webhook_retries: tuple[float, ...] = (1, 5, 30, 120, 600)  #: seconds; services say little, so each overrides it

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        self.timeline = timeline
        self.post = post
        self.random = random
        self.lock = threading.RLock()  #: held while the service answers a call or a person does something
        self.switches = Switches()
        self.calls: list[Call] = []
        self.listeners: list[Callable[[Call], None]] = []
        self._faults: list[Fault] = []
        self._outage: tuple[datetime, Fault] | None = None
        self._groups: dict[str, deque[Webhook]] = {}
        self._groups_lock = threading.Lock()
        self.base_url = f"https://{self.service}.simulator.test"
        self.app = _App(f"simulated-{self.service}")
        self.app.config["PROPAGATE_EXCEPTIONS"] = True
        self.app.before_request(self._misbehave_before)
        self.app.after_request(self._finish)

    # --- what people see and do --------------------------------------------------------------------------------------

    @abstractmethod
    def view(self) -> dict[str, object]:
        """What the people on this service see, as JSON for the page."""

    @abstractmethod
    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        """Lets a person do something, by name, as the page's buttons do. Raises KeyError for an unknown action."""

    # --- being connected ---------------------------------------------------------------------------------------------

    def demo(self) -> DemoAccount:
        """How to connect the account that is there from the start, at the simulator's present `base_url`."""
        return DemoAccount(settings={"base_url": self.base_url})

    def demo_app(self) -> DemoAccount | None:
        """How to connect an app that businesses join by consent; None where there is no such thing."""
        return None

    @classmethod
    def demo_site(cls, origins: Sequence[str]) -> DemoAccount | None:
        """How to connect the deployed service for a site that has it in pages of these origins; None for others."""
        del origins
        return None

    def paste_webhooks(self, urls: Mapping[str, str]) -> None:  # noqa: B027 - most services have an API for it
        """The admin enters our addresses, by name, where the service has no API for it."""

    def join_aws(self, session: boto3.Session, endpoint_url: str) -> Mapping[str, str]:
        """The local AWS is there. The answer are the variables that lead to a service of AWS which this one plays."""
        del session, endpoint_url
        return {}

    # --- misbehaving -------------------------------------------------------------------------------------------------

    def fail_next(self, fault: Fault) -> None:
        """Queues a fault for coming API calls."""
        self._faults.append(fault)

    def break_down(self, fault: Fault, seconds: float) -> None:
        """An outage: for so long every API call that `fault.where` matches meets `fault`, however many they are.

        `OUTAGES` has the kinds. Calls that `is_exempt` names go on as ever.
        """
        self._outage = (self.timeline.now() + timedelta(seconds=seconds), fault)

    def _misbehave_before(self) -> Response | None:
        fault = self._take_fault(f"{request.method} {request.path}")
        request.environ["playground.started"] = self.timeline.now()
        request.environ["playground.fault"] = fault
        if fault is None:
            return None
        if fault.refused:
            self._cut(done=False)
        return self._answer_with(fault) if fault.status and not fault.done else None

    def _answer_with(self, fault: Fault) -> Response:
        if not fault.proxy:
            return self.refuse(fault)
        page = f"<html><head><title>{fault.status}</title></head><body><h1>{fault.status}</h1></body></html>"
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return Response(page, fault.status, headers, mimetype="text/html")

    def refuse(self, fault: Fault) -> Response:
        """The answer of a call that fails with `fault.status`, in the service's own way."""
        answer = self.describe_failure(fault.status)
        if fault.body:
            answer.data = fault.body
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    def describe_failure(self, status: int) -> Response:
        """An error answer as the service words it."""
        return Response(b"", status)

    def _take_fault(self, call: str) -> Fault | None:
        for index, fault in enumerate(self._faults):
            if re.search(fault.where, call):
                if fault.times > 1:
                    self._faults[index] = replace(fault, times=fault.times - 1)
                else:
                    del self._faults[index]
                return fault
        if self.is_exempt(call):
            return None
        if self._outage and self.timeline.now() < self._outage[0] and re.search(self._outage[1].where, call):
            return self._outage[1]
        if self.switches.api_lost:
            return Fault(lost=True)
        if self.switches.api_status:
            return Fault(status=self.switches.api_status, retry_after=self.switches.api_retry_after)
        return None

    def is_exempt(self, call: str) -> bool:
        """Whether lasting misbehaviour leaves a call as it is, such as the download of a file."""
        return call.startswith("GET /files/")

    def _cut(self, *, done: bool) -> None:
        request.get_data()  # what is left unread would be taken for the next request
        connection = request.environ.get("werkzeug.socket")
        if isinstance(connection, socket.socket):
            connection.shutdown(socket.SHUT_RDWR)
        raise AnswerLost(done=done)

    def _finish(self, response: Response) -> Response:
        if "Sec-Fetch-Mode" in request.headers and request.method == "GET":
            return response  # a person's browser that shows a file: not a call to the service
        started = request.environ["playground.started"]
        took = (self.timeline.now() - started).total_seconds() * 1000
        fault = request.environ["playground.fault"]
        note = request.environ.get("playground.note", "")
        lost = fault is not None and fault.lost
        if fault is not None and fault.done:
            response = self._answer_with(fault)
        self.record("api", request.method, request.path, 0 if lost else response.status_code, took, note)
        if lost:
            self._cut(done=True)
        return response

    # --- remembering -------------------------------------------------------------------------------------------------

    def annotate(self, note: str) -> None:
        """Adds a few words for people to the trace line of the API call that is being answered."""
        request.environ["playground.note"] = note

    def record(self, direction: str, method: str, path: str, status: int, took: float, note: str = "") -> None:
        call = Call(
            at=self.timeline.now(),
            service=self.service,
            direction=direction,
            method=method,
            path=path,
            status=status,
            milliseconds=round(took, 1),
            note=note,
        )
        self.calls.append(call)
        for listener in tuple(self.listeners):
            listener(call)

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Does something later, under the lock."""

        def act() -> None:
            with self.lock:
                action()

        self.timeline.later(seconds, act)

    # --- webhooks ----------------------------------------------------------------------------------------------------

    def send_webhook(self, webhook: Webhook) -> None:
        """Sends a webhook soon, as the switches say, and again until our side accepts it."""
        for _ in range(2 if self.switches.webhook_duplicates else 1):
            delay = self.switches.webhook_delay
            if self.switches.webhook_reorder:
                delay += self.random.uniform(0, 2)
            if delay:
                self.timeline.later(delay, lambda: self.line_up(webhook))
            else:
                self.line_up(webhook)

    def line_up(self, webhook: Webhook) -> None:
        """Sends a webhook after those of its group, and again until our side accepts it."""
        with self._groups_lock:
            group = self._groups.setdefault(webhook.group, deque())
            group.append(webhook)
            if len(group) > 1:
                return
        if self.webhooks_first and has_request_context():
            self._send_group(webhook.group)
        else:
            self.timeline.later(0, lambda: self._send_group(webhook.group))

    def _send_group(self, name: str) -> None:
        """Sends the first in the group; the one behind it follows as an action of its own."""
        group = self._groups[name]
        try:
            self._attempt(group[0], 0)
        finally:
            with self._groups_lock:
                group.popleft()
                if group:
                    self.timeline.later(0, lambda: self._send_group(name))
                else:
                    del self._groups[name]

    def call_webhook(self, webhook: Webhook) -> WebhookAnswer:
        """Sends a webhook at once, inside an API call, and returns the answer (handshakes)."""
        started = self.timeline.now()
        answer = self.post(webhook.method, webhook.url, webhook.headers, webhook.body)
        took = (self.timeline.now() - started).total_seconds() * 1000
        self.record("webhook", webhook.method, f"/{self.service}/…", answer.status, took, webhook.note)
        return answer

    def is_accepted(self, answer: WebhookAnswer) -> bool:
        return 200 <= answer.status < 300

    def is_repeated(self, webhook: Webhook, answer: WebhookAnswer) -> bool:
        """Whether the service sends `webhook` again after this answer, while it has tries left."""
        del webhook, answer
        return True

    def repeat(self, webhook: Webhook, retry: int) -> Webhook:
        """The `retry`-th repetition of a webhook, as the service marks it."""
        return replace(webhook, note=f"{webhook.note} (repeat {retry})")

    def _attempt(self, webhook: Webhook, retry: int) -> None:
        answer = self.call_webhook(self.repeat(webhook, retry) if retry else webhook)
        if self.is_accepted(answer):
            if webhook.on_answer:
                webhook.on_answer(answer)
            return
        retries = self.webhook_retries if webhook.retries is None else webhook.retries
        if retry < len(retries) and self.is_repeated(webhook, answer):
            self.timeline.later(retries[retry], lambda: self._attempt(webhook, retry + 1))
        elif webhook.on_loss:
            webhook.on_loss()
