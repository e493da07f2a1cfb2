"""Hides secrets in URLs: readers of a log must not be able to send us webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from patchbay.domain.accounts import Connection
from patchbay.kit.contract import Connector
from patchbay_cli.deployment import Deployment

HIDDEN = "***"
HINT = f"{HIDDEN} hides a secret. To show it, add --show-secrets."


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides the secrets in the URLs of one connection."""

    hidden: tuple[str, ...] = field(repr=False)

    def hide(self, text: str) -> str:
        for one in self.hidden:
            text = text.replace(one, HIDDEN)
        return text


def mask_urls(deployment: Deployment, connector: Connector, connection: Connection) -> Mask:
    """For URLs that do not have to be copied: those beside the manual steps, and in JSON."""
    if deployment.terminal.show_secrets:
        return Mask(())
    return Mask(tuple(sorted(_list_secrets(deployment, connector, connection), key=len, reverse=True)))


def mask_steps(deployment: Deployment, connector: Connector, connection: Connection) -> Mask:
    """For URLs that have to be copied: shown on a screen, and not in redirected output."""
    return Mask(()) if deployment.terminal.may_show_secrets else mask_urls(deployment, connector, connection)


def _list_secrets(deployment: Deployment, connector: Connector, connection: Connection) -> Iterator[str]:
    """Where a service does not sign webhooks, the token in the URL is all that proves who calls."""
    if not connector.signs:
        yield deployment.configuration.webhook_token(connection)
    for setting in connector.settings:
        if setting.verifies:
            for value in connection.secrets.accepted(setting.name):
                yield from {value, quote(value, safe="")}
