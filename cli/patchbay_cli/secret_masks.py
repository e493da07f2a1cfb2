"""What is left out of addresses that prove who calls: whoever reads a log must not be able to call us with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from patchbay.accounts import Connection
from patchbay.contract import Connector
from patchbay_cli.deployment import Deployment

HIDDEN = "***"
HINT = f"Where it says {HIDDEN} there is a secret: add --show-secrets to see it."


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides the secrets in the addresses of one connection."""

    hidden: tuple[str, ...] = field(repr=False)

    def hide(self, text: str) -> str:
        for one in self.hidden:
            text = text.replace(one, HIDDEN)
        return text


def mask_addresses(deployment: Deployment, connector: Connector, connection: Connection) -> Mask:
    """For what nobody has to copy: addresses beside the steps, and in JSON."""
    if deployment.terminal.show_secrets:
        return Mask(())
    return Mask(tuple(sorted(_list_secrets(deployment, connector, connection), key=len, reverse=True)))


def mask_steps(deployment: Deployment, connector: Connector, connection: Connection) -> Mask:
    """For what somebody has to copy: shown to whoever sits in front of the command, and not to a log."""
    return Mask(()) if deployment.terminal.may_show_secrets else mask_addresses(deployment, connector, connection)


def _list_secrets(deployment: Deployment, connector: Connector, connection: Connection) -> Iterator[str]:
    """Of a service that signs nothing, the token in the address is all that proves who calls."""
    if not connector.signs:
        yield deployment.administration.hook(connection)
    for setting in connector.settings:
        if setting.verifies:
            for value in connection.secrets.accepted(setting.name):
                yield from {value, quote(value, safe="")}
