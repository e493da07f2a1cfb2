"""Addresses and methods to functions: a table, and the refusals for what is not in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chat.errors import unknown_address, wrong_method
from chat.model import Site
from patchbay.kit.contract import WebhookRequest, WebhookResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request below the page's address. `source` is the network it came from, `ids` those in its path."""

    site: Site
    request: WebhookRequest
    source: str = field(default="", repr=False)
    ids: tuple[str, ...] = ()

    @property
    def authorization(self) -> str:
        return self.request.headers.get("authorization", "")


type Action = Callable[[Call], WebhookResponse]
type Routes = Mapping[str, Mapping[str, Action]]  #: by path ("*" stands for an id) and method


def find_action(routes: Routes, path: tuple[str, ...], method: str) -> tuple[Action, tuple[str, ...]]:
    """The function for a path and the ids in it. Raises Refused with 404 or 405."""
    for pattern, methods in routes.items():
        steps = pattern.split("/")
        if len(steps) != len(path) or any(step not in ("*", given) for step, given in zip(steps, path, strict=True)):
            continue
        if method not in methods:
            raise wrong_method(", ".join(methods))
        return methods[method], tuple(given for step, given in zip(steps, path, strict=True) if step == "*")
    raise unknown_address()
