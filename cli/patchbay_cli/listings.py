"""`patchbay connections` and `patchbay sessions`: what there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

import click
from boto3.dynamodb.conditions import Attr

from patchbay.accounts import Connection
from patchbay.infra import keys
from patchbay.infra.sessions import read_session
from patchbay.model import ConversationStatus, Session, Side
from patchbay_cli import apps
from patchbay_cli.bridge import Bridge
from patchbay_cli.options import pass_bridge, with_json


@click.command()
@with_json
@pass_bridge
def connections(bridge: Bridge) -> None:
    """List the connected accounts and where their messages go."""
    found = bridge.administration.connections()
    registered = bridge.administration.registered()
    app_ids = {connection.id for connection in found if apps.is_app(bridge, connection)}
    if bridge.terminal.as_json:
        bridge.terminal.report(
            [_describe_connection(one, is_app=one.id in app_ids, registered=one.id in registered) for one in found]
        )
        return
    if not found:
        bridge.terminal.show("Nothing is connected yet: patchbay connect SERVICE ID")
        return
    columns = ["id", "service", "side", "account", "status", "goes to"]
    bridge.terminal.show_table(columns, list(_rows(found, app_ids)))


@click.command()
@with_json
@pass_bridge
def sessions(bridge: Bridge) -> None:
    """List the conversations that are bridged. What is said in them is not stored, and not shown."""
    rows = [_describe_session(session) for session in scan_sessions(bridge)]
    rows.sort(key=lambda row: row["updated_at"], reverse=True)
    if bridge.terminal.as_json:
        bridge.terminal.report(rows)
        return
    if not rows:
        bridge.terminal.show("No conversations yet.")
        return
    columns = ["messenger", "contact", "platform", "conversation", "status", "updated at"]
    bridge.terminal.show_table(columns, [list(row.values()) for row in rows])


def has_sessions(bridge: Bridge, connection_id: str) -> bool:
    """Whether any conversation runs over the connection."""
    ends = ((session.messenger_connection, session.platform_connection) for session in scan_sessions(bridge))
    return any(connection_id in pair for pair in ends)


def list_pending_sessions(bridge: Bridge) -> Iterator[Session]:
    """Those whose conversation the platform has not opened yet."""
    for session in scan_sessions(bridge):
        if session.conversation and session.conversation.status is ConversationStatus.PENDING:
            yield session


def scan_sessions(bridge: Bridge) -> Iterator[Session]:
    """All of them, page by page. It reads the whole table, which is for a person who waits and not for a function."""
    wanted = Attr("pk").begins_with(keys.session_key("", "").removesuffix("#"))
    page = bridge.table.scan(FilterExpression=wanted)
    while True:
        for item in page["Items"]:
            session = read_session(item)
            if session is not None:
                yield session
        if "LastEvaluatedKey" not in page:
            return
        page = bridge.table.scan(FilterExpression=wanted, ExclusiveStartKey=page["LastEvaluatedKey"])


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
