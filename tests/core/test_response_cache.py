"""Answers that a container keeps: for whom, for how long, and what takes their place."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from patchbay.bridge.response_cache import ResponseCache
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import Side
from patchbay.kit.contract import HttpRequest, HttpResponse
from tests.harness.virtual_time import VirtualTime

URL = "https://x.test/channels?name=ours"


@dataclass
class Service:
    """Counts what it is asked; a container's memory stands before it."""

    answer: HttpResponse = HttpResponse(status=200, body=b"first")
    asked: int = 0
    time: VirtualTime = field(default_factory=VirtualTime)
    answers: ResponseCache = field(default_factory=ResponseCache)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.asked += 1
        return self.answer

    def ask(
        self, keep_for: float = 60.0, url: str = URL, token: str = "a", method: str = "GET", body: str = ""
    ) -> bytes:
        secrets = Secrets(values={"token": token})
        connection = Connection(id=token, service="x", side=Side.PLATFORM, endpoint_id="x", secrets=secrets)
        http = self.answers.remember(self, connection, self.time)
        return http.send(HttpRequest(method=method, url=url, json=body or None, keep_for=keep_for)).body


def test_what_may_be_kept_is_asked_for_once_until_its_time_is_over() -> None:
    service = Service()
    assert [service.ask() for _ in range(3)] == [b"first"] * 3
    assert service.asked == 1
    service.time.advance(60)
    service.ask()
    assert service.asked == 2


@pytest.mark.parametrize("other", [{"url": URL + "2"}, {"token": "b"}, {"method": "POST"}, {"keep_for": 0.0}], ids=str)
def test_another_question_another_account_or_a_fresh_look_is_asked(other: dict[str, str]) -> None:
    service = Service()
    service.ask()
    service.ask(**other)  # type: ignore[arg-type]
    assert service.asked == 2


def test_what_was_done_a_moment_ago_is_not_done_again_and_something_else_is() -> None:
    service = Service()
    for body in ("name: Ann", "name: Ann", "name: Bob"):
        service.ask(method="POST", body=body)
    assert service.asked == 2
    service.ask(method="POST", body="name: Ann", keep_for=0.0)
    assert service.asked == 3


def test_a_fresh_answer_takes_the_place_of_the_kept_one() -> None:
    service = Service()
    service.ask()
    service.answer = HttpResponse(status=200, body=b"second")
    assert service.ask(keep_for=0.0) == b"second"
    assert service.ask() == b"second"
    assert service.asked == 2


def test_a_fresh_refusal_ends_the_kept_answer_and_is_not_kept() -> None:
    service = Service()
    service.ask()
    service.answer = HttpResponse(status=404)
    service.ask(keep_for=0.0)
    service.ask()
    service.ask()
    assert service.asked == 4


def test_large_answers_are_not_kept_and_the_memory_has_an_end() -> None:
    service = Service(HttpResponse(status=200, body=bytes(100_000)))
    service.ask()
    service.ask()
    assert service.asked == 2
    service.answer = HttpResponse(status=200, body=b"x")
    for number in range(5000):
        service.ask(url=f"{URL}{number}")
    asked = service.asked
    service.ask(url=f"{URL}0")
    assert service.asked == asked + 1
