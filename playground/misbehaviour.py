"""How a simulated service misbehaves on demand: for the next calls, or until it is switched off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What the next `times` API calls whose "METHOD /path" matches `where` get instead of their response.

    `status` answers with it and does nothing; with `done` it does the work first. `proxy` answers with the page of what
    stands before the service, which knows nothing of the service's own error bodies. `lost` does the work and then cuts
    the connection without an answer; `refused` cuts it before anything is done.
    """

    status: int = 0
    done: bool = False
    proxy: bool = False
    retry_after: int | None = None
    body: bytes = b""
    lost: bool = False
    refused: bool = False
    where: str = ".*"
    times: int = 1


#: The ways in which a service may be out, by name: for `Simulator.break_down`.
OUTAGES: Mapping[str, Fault] = {
    "500": Fault(status=500),
    "500 from a proxy": Fault(status=500, proxy=True),
    "502 from a proxy": Fault(status=502, proxy=True),
    "503": Fault(status=503),
    "503 from a proxy": Fault(status=503, proxy=True),
    "504 from a proxy": Fault(status=504, proxy=True),
    "no connection": Fault(refused=True),
    "500 after the work": Fault(status=500, proxy=True, done=True),
    "502 after the work": Fault(status=502, proxy=True, done=True),
    "504 after the work": Fault(status=504, proxy=True, done=True),
    "broken connection after the work": Fault(lost=True),
}


@dataclass(slots=True)
class Switches:
    """Misbehaviour that lasts, as the page's switches set it."""

    api_status: int = 0  #: of the response to every call (429, 500, 401 ...)
    api_retry_after: int | None = None
    api_lost: bool = False  #: do the work, but lose the response (a timeout)
    webhook_duplicates: bool = False
    webhook_delay: float = 0.0  #: seconds
    webhook_reorder: bool = False  #: send webhooks out of order, within two seconds


class AnswerLost(Exception):
    """In a test: the connection broke. `done` tells whether the service had done its work before."""

    def __init__(self, *, done: bool) -> None:
        super().__init__("the connection was cut")
        self.done = done
