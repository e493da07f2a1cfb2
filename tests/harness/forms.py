"""Platforms that are there in several forms, each of which must behave like the others.

Unblu has two generations. Freshchat reports what agents do by the account's webhook, by an app in it, or by both. A
form is written behind the service, as in "unblu v3" or "freshchat app".
"""

from __future__ import annotations

from collections.abc import Iterable

from playground.services.freshchat import Freshchat
from playground.services.unblu import Unblu
from playground.simulator import Simulator

FRESHCHAT = ("freshchat", "freshchat app", "freshchat both")

_FORMS = {"freshchat": FRESHCHAT}


def list_forms(services: Iterable[str]) -> tuple[str, ...]:
    """Every service in all the forms in which it reports what happens."""
    return tuple(form for service in services for form in _FORMS.get(service, (service,)))


def name_service(form: str) -> str:
    return form.partition(" ")[0]


def set_form(simulator: Simulator, form: str) -> None:
    """Before anything is connected."""
    _, _, which = form.partition(" ")
    if which and isinstance(simulator, Freshchat):
        simulator.events = which
    elif which == "v3" and isinstance(simulator, Unblu):
        simulator.generation = "v3"
