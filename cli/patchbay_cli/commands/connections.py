"""`patchbay connections`: the connected accounts and apps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

import click

from patchbay.domain.accounts import Connection
from patchbay.domain.model import Side
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json

_COLUMNS = ("id", "service", "side", "account", "status", "linked to")


@click.command(short_help="List connections and links.")
@with_json
@pass_deployment
def connections(deployment: Deployment) -> None:
    """List the connected accounts and the platforms that they are linked to."""
    found = deployment.configuration.connections()
    registered = deployment.configuration.registered()
    app_ids = deployment.configuration.apps()
    if deployment.terminal.as_json:
        deployment.terminal.report(
            [_describe(one, is_app=one.id in app_ids, registered=one.id in registered) for one in found]
        )
        return
    if not found:
        deployment.terminal.show("Nothing is connected yet. Start with: patchbay connect SERVICE ID")
        return
    deployment.terminal.show_table(_COLUMNS, list(_rows(found, app_ids)))


def _describe(connection: Connection, *, is_app: bool, registered: bool) -> dict[str, object]:
    return {
        "id": connection.id,
        "service": connection.service,
        "side": connection.side.value,
        "app": is_app,
        "account": connection.account,
        "tenant": connection.tenant,
        "endpoint": connection.endpoint_id,
        "settings": dict(connection.settings),
        "status": connection.status.value,
        "status_reason": connection.status_reason,
        "registered": registered,
        "link": connection.link,
    }


def _rows(found: Sequence[Connection], app_ids: Set[str]) -> Iterator[list[str]]:
    """One row per connection. The accounts of an app follow it, indented."""
    accounts = {app: [one for one in found if one.endpoint_id == app and one.id != app] for app in app_ids}
    for connection in found:
        if connection.id in accounts:
            yield _row(connection, account=_describe_app(len(accounts[connection.id])))
            for account in accounts[connection.id]:
                yield _row(account, indent="  ")
        elif connection.endpoint_id not in accounts:
            yield _row(connection)


def _row(connection: Connection, *, account: str = "", indent: str = "") -> list[str]:
    if not account:
        account = " of ".join(filter(None, (connection.account, connection.tenant)))
    status = connection.status.value + (f": {connection.status_reason}" if connection.status_reason else "")
    linked_to = connection.link or ("not linked" if connection.side is Side.MESSENGER else "")
    return [indent + connection.id, connection.service, connection.side.value, account, status, linked_to]


def _describe_app(accounts: int) -> str:
    return f"app, {accounts} account{'' if accounts == 1 else 's'}"
