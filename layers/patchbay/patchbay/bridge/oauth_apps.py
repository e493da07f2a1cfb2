"""Apps whose accounts join by consent, as anybody's browser names them."""

from __future__ import annotations

import re
from collections.abc import Callable

from patchbay.bridge.configuration import Configuration
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured, PatchbayError
from patchbay.kit.account_setup import AuthorizesAccounts
from patchbay.kit.contract import Connector

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")

Find = Callable[[str, str], Connection | None]  #: by service and id


class UnknownApp(PatchbayError):
    """Accounts cannot join here: there is no such app."""


class JoinableApps:
    def __init__(
        self, connector_of: Callable[[str], Connector], registry: Configuration, remembered: Find | None = None
    ) -> None:
        """`remembered` finds an app as it was a moment ago: anybody may ask, and must not make us read secrets."""
        self._connector_of = connector_of
        self._configuration = registry
        self._remembered = remembered or self._read

    def find(self, service: str, app_id: str) -> tuple[Connection, AuthorizesAccounts]:
        """The app as it is now. Raises UnknownApp."""
        return self._find(service, app_id, self._read)

    def recall(self, service: str, app_id: str) -> tuple[Connection, AuthorizesAccounts]:
        """The app as it was a moment ago. Raises UnknownApp."""
        return self._find(service, app_id, self._remembered)

    def _find(self, service: str, app_id: str, find: Find) -> tuple[Connection, AuthorizesAccounts]:
        try:
            connector = self._connector_of(service)
        except Misconfigured:
            raise UnknownApp("this deployment has no such service") from None
        if not isinstance(connector, AuthorizesAccounts):
            raise UnknownApp(f"accounts of {connector.title} cannot be connected at this address")
        app = find(service, app_id) if _ID.fullmatch(app_id) else None
        if app is None:
            raise UnknownApp(f"no app of {connector.title} is connected at this address")
        if not connector.is_app(app):
            raise UnknownApp(f"accounts of {connector.title} cannot be connected at this address")
        return app, connector

    def _read(self, service: str, app_id: str) -> Connection | None:
        return read_app(self._configuration, service, app_id)


def read_app(registry: Configuration, service: str, app_id: str) -> Connection | None:
    """The app with its secrets, which are read for the service's own only: a stranger's address opens no other's."""
    known = registry.listed(app_id)
    return registry.add_secrets(known) if known is not None and known.service == service else None
