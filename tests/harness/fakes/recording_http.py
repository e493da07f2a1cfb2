"""A network that records every request, and answers as a test says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from patchbay.kit.contract import Http, HttpRequest, HttpResponse

#: A response, JSON for one of HTTP 200, a failure to raise, or a function that is asked each time.
Answer = HttpResponse | dict[str, Any] | Exception | Callable[[HttpRequest], HttpResponse]


class RecordingHttp(Http):
    """Gives the same answer to everything; with `in_turn`, one answer to each request and then no more."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = HttpResponse(status=200) if answer is None else answer
        self.requests: list[HttpRequest] = []
        self._turns: list[Answer] | None = None

    @classmethod
    def in_turn(cls, *answers: Answer) -> RecordingHttp:
        http = cls()
        http._turns = list(answers)
        return http

    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        answer = self.answer if self._turns is None else self._turns.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, dict):
            return HttpResponse(status=200, body=json.dumps(answer).encode())
        return answer if isinstance(answer, HttpResponse) else answer(request)

    @property
    def last(self) -> HttpRequest:
        return self.requests[-1]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was sent as JSON objects."""
        return [request.json for request in self.requests if isinstance(request.json, dict)]
