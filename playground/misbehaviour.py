"""How a simulated service can be told to misbehave: for the next calls, or until it is told otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What the next `times` API calls whose "METHOD /path" matches `where` meet instead of their answer.

    `status` answers with it and does nothing. `lost` does the work and then cuts the connection without an answer;
    `refused` cuts it before anything is done.
    """

    status: int = 0
    retry_after: int | None = None
    body: bytes = b""
    lost: bool = False
    refused: bool = False
    where: str = ".*"
    times: int = 1


@dataclass(slots=True)
class Switches:
    """Lasting misbehaviour, as the page's switches set it."""

    api_status: int = 0  #: answer every call with it (429, 500, 401 ...)
    api_retry_after: int | None = None
    api_lost: bool = False  #: do the work, lose the answer
    webhook_duplicates: bool = False
    webhook_delay: float = 0.0  #: seconds
    webhook_reorder: bool = False  #: shake the order within two seconds


class AnswerLost(Exception):
    """In a test: the connection broke. `done` tells whether the service had done its work before."""

    def __init__(self, *, done: bool) -> None:
        super().__init__("the connection was cut")
        self.done = done
