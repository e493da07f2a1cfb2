"""What simulators and their callers share: a clock, calls, webhooks and demo accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Timeline(Protocol):
    """The clock of a simulated world. Live it is the real one; tests jump from one due action to the next."""

    def now(self) -> datetime: ...

    def later(self, seconds: float, action: Callable[[], None]) -> None: ...


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What our side answered to a webhook; status 0 means that nobody answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Post(Protocol):
    """Sends a webhook to the address that was registered."""

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One line of the trace. `direction` is "api" (a call to the service) or "webhook" (a call from it)."""

    at: datetime
    service: str
    direction: str
    method: str
    path: str
    status: int
    milliseconds: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook to send. `note` describes it in the trace; `on_answer` sees the answer that was accepted.

    Webhooks of one `group` are sent one after another, groups side by side. A retry does not hold up its group.
    `retries` are the seconds before each repetition, None for those of the service. `on_loss` is called once nobody
    sends the webhook again.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    note: str = ""
    method: str = "POST"
    on_answer: Callable[[WebhookAnswer], None] | None = None
    on_loss: Callable[[], None] | None = None
    group: str = ""
    retries: Sequence[float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """What an admin types to connect the account that the simulator starts with.

    `later_secrets` are those the service shows only once it knows our webhook's address.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    later_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
