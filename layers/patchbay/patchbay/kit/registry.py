"""Finding connectors by file name, and loading one by its service's name when it is first needed.

There is no registry: a file in `messengers/` or `platforms/` is a connector. Nothing here imports them all, because a
webhook function must start with its own connector alone.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.kit.contract import Connector

_PACKAGE = Path(__file__).parents[1]
_FOLDERS = ("messengers", "platforms")


@cache
def names() -> tuple[str, ...]:
    """Every service that has a connector, in alphabetical order."""
    found = (name for folder in _FOLDERS for name in _services_in(folder))
    return tuple(sorted(name for name in found if not name.startswith("_")))


@cache
def load(service: str) -> Connector:
    """The connector of `service`. Raises Misconfigured if there is no such service."""
    for folder in _FOLDERS:
        if service in _services_in(folder):
            connector = importlib.import_module(f"patchbay.{folder}.{service}").CONNECTOR
            if not isinstance(connector, Connector):
                raise Misconfigured(f"the connector of {service} does not implement the contract")
            return connector
    raise Misconfigured(f"there is no service named {service!r}: use one of {', '.join(names())}")


def verifying_secrets(service: str) -> frozenset[str]:
    """The names of the secrets that the function of the service's webhooks reads: what verifies them, and what our own
    server of the service needs. None where the service has been removed since."""
    try:
        settings = load(service).settings
        return frozenset(setting.name for setting in settings if setting.verifies or setting.serves)
    except Misconfigured:
        return frozenset()


def topic_source(connection: Connection) -> str:
    """The name by which messages of the stack's topic call the connection; "" where its service calls a URL."""
    from patchbay.kit.account_setup import get_topic_source  # only what writes the configuration asks

    try:
        return get_topic_source(load(connection.service), connection)
    except Misconfigured:
        return ""


def _services_in(folder: str) -> Iterator[str]:
    return (module.name for module in pkgutil.iter_modules([str(_PACKAGE / folder)]))
