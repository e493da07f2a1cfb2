"""Calls that a message can do without: an agent's name, a customer's profile. Together they get little time."""

from __future__ import annotations

from dataclasses import replace

from patchbay.bridge.ports import Clock
from patchbay.domain.errors import Transient
from patchbay.kit.contract import Http, HttpRequest, HttpResponse

SECONDS = 3.0  #: for all calls of one look-up or update together
PAUSE = 60.0  #: seconds until something that has failed is tried again: each failure may cost all of its time


class BriefHttp:
    """Http whose calls share `SECONDS`."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._until = clock.now().timestamp() + SECONDS

    def send(self, request: HttpRequest) -> HttpResponse:
        left = self._until - self._clock.now().timestamp()
        if left <= 0:
            raise Transient(f"the call took longer than {SECONDS:.0f} s, the limit for an optional call")
        return self._http.send(replace(request, timeout=min(request.timeout, left)))
