"""`patchbay connections` and `patchbay sessions`: what there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

import click

from patchbay.accounts import Connection
from patchbay.model import Session, Side
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json

_SHOWN = 100  #: conversations that are listed unless more are asked for


@click.command()
@with_json
@pass_deployment
def connections(deployment: Deployment) -> None:
    """List the connected accounts and where their messages go."""
    found = deployment.administration.connections()
    registered = deployment.administration.registered()
    app_ids = deployment.administration.apps()
    if deployment.terminal.as_json:
        deployment.terminal.report(
            [_describe_connection(one, is_app=one.id in app_ids, registered=one.id in registered) for one in found]
        )
        return
    if not found:
        deployment.terminal.show("Nothing is connected yet: patchbay connect SERVICE ID")
        return
    columns = ["id", "service", "side", "account", "status", "goes to"]
    deployment.terminal.show_table(columns, list(_rows(found, app_ids)))


@click.command()
@click.option(
    "--connection",
    "connection_id",
    metavar="ID",
    help="Only conversations over this connection, a messenger's or a platform's; it may be disconnected by now.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=_SHOWN,
    show_default=True,
    help="How many to list, those of the latest days first.",
)
@with_json
@pass_deployment
def sessions(deployment: Deployment, connection_id: str | None, limit: int) -> None:
    """List the conversations that are bridged. What is said in them is not stored, and not shown."""
    with deployment.terminal.working("Looking for conversations"):
        found = list_sessions(deployment, connection_id, limit + 1)  # one more than is shown tells that there are more
    rows = [_describe_session(session) for session in found[:limit]]
    if deployment.terminal.as_json:
        deployment.terminal.report(rows)
        return
    if not rows:
        deployment.terminal.show("No conversations yet.")
        return
    columns = ["messenger", "contact", "platform", "conversation", "status", "updated at"]
    deployment.terminal.show_table(columns, [list(row.values()) for row in rows])
    if len(found) > limit:
        deployment.terminal.notify(f"There are more. To list more, run `patchbay sessions --limit {limit * 10}`.")


def list_sessions(deployment: Deployment, connection_id: str | None, most: int) -> Sequence[Session]:
    """Those of one connection, or of all messengers that are connected; the latest change first."""
    if connection_id is None:
        messengers = [one.id for one in deployment.administration.connections() if one.side is Side.MESSENGER]
        return deployment.sessions.newest(messengers, most)
    found = [*deployment.sessions.newest([connection_id], most), *deployment.sessions.of_platform(connection_id, most)]
    return sorted(found, key=lambda session: session.updated_at, reverse=True)[:most]


def _describe_connection(connection: Connection, *, is_app: bool, registered: bool) -> dict[str, object]:
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
    """One for each, the accounts of an app below it."""
    joined = {app: [one for one in found if one.endpoint_id == app and one.id != app] for app in app_ids}
    for connection in found:
        if connection.id in joined:
            yield _row(connection, account=_describe_app(len(joined[connection.id])))
            for account in joined[connection.id]:
                yield _row(account, indent="  ")
        elif connection.endpoint_id not in joined:
            yield _row(connection)


def _row(connection: Connection, *, account: str = "", indent: str = "") -> list[str]:
    if not account:
        account = " of ".join(filter(None, (connection.account, connection.tenant)))
    status = connection.status.value + (f": {connection.status_reason}" if connection.status_reason else "")
    goes_to = connection.link or ("nowhere yet" if connection.side is Side.MESSENGER else "")
    return [indent + connection.id, connection.service, connection.side.value, account, status, goes_to]


def _describe_app(accounts: int) -> str:
    return f"app, {accounts} account{'' if accounts == 1 else 's'}"


def _describe_session(session: Session) -> dict[str, str]:
    conversation = session.conversation
    return {
        "messenger": session.messenger_connection,
        "contact": session.contact.external_id,
        "platform": session.platform_connection,
        "conversation": conversation.external_id if conversation else "",
        "status": conversation.status.value if conversation else "opening",
        "updated_at": session.updated_at.isoformat(timespec="seconds"),
    }
