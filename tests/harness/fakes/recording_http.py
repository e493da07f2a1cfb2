"""A network that records every request, and answers as a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from patchbay.kit.contract import Http, HttpRequest, HttpResponse

Answer = HttpResponse | Exception


@dataclass
class RecordingHttp(Http):
    """`answer` is for every request; a list is for one request after the other; a function is asked each time."""

    answer: Answer | list[Answer] | Callable[[HttpRequest], HttpResponse]
    requests: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        answer = self.answer.pop(0) if isinstance(self.answer, list) else self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, HttpResponse) else answer(request)

    @property
    def last(self) -> HttpRequest:
        return self.requests[-1]

    @property
    def bodies(self) -> list[Mapping[str, Any]]:
        """What was sent as JSON objects."""
        return [request.json for request in self.requests if isinstance(request.json, Mapping)]
