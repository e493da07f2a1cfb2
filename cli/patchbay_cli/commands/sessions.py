"""`patchbay sessions`: the conversations that are bridged."""

from __future__ import annotations

from collections.abc import Sequence

import click

from patchbay.domain.model import Session, Side
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json

_DEFAULT_LIMIT = 100
_COLUMNS = ("messenger", "contact", "platform", "conversation", "status", "updated at")


@click.command(short_help="List the bridged conversations.")
@click.option(
    "--connection",
    "connection_id",
    metavar="ID",
    help="Only list conversations of this messenger or platform connection. It may have been disconnected.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=_DEFAULT_LIMIT,
    show_default=True,
    help="The maximum number of conversations. The most recent ones are listed.",
)
@with_json
@pass_deployment
def sessions(deployment: Deployment, connection_id: str | None, limit: int) -> None:
    """List the bridged conversations. The texts of messages are not listed.

    Patchbay does store texts: queued messages until they are delivered, dead letters for up to 14 days, and the web
    chat's transcript for its retention_days. docs/security.md lists everything that is stored, and for how long.
    """
    with deployment.terminal.working("Reading conversations"):
        found = list_sessions(deployment, connection_id, limit + 1)  # one more shows that there are more
    rows = [_describe(session) for session in found[:limit]]
    if deployment.terminal.as_json:
        deployment.terminal.report(rows)
        return
    if not rows:
        deployment.terminal.show("No conversations yet.")
        return
    deployment.terminal.show_table(_COLUMNS, [list(row.values()) for row in rows])
    if len(found) > limit:
        deployment.terminal.notify(f"There are more. To list more, run `patchbay sessions --limit {limit * 10}`.")


def list_sessions(deployment: Deployment, connection_id: str | None, most: int) -> Sequence[Session]:
    """The conversations of one connection, or of all connected messengers, the latest change first."""
    if connection_id is None:
        messengers = [one.id for one in deployment.configuration.connections() if one.side is Side.MESSENGER]
        return deployment.sessions.newest(messengers, most)
    found = [
        *deployment.sessions.newest([connection_id], most),
        *deployment.sessions.of_platform(connection_id, most),
    ]
    return sorted(found, key=lambda session: session.updated_at, reverse=True)[:most]


def _describe(session: Session) -> dict[str, str]:
    conversation = session.conversation
    return {
        "messenger": session.messenger_connection,
        "contact": session.contact.external_id,
        "platform": session.platform_connection,
        "conversation": conversation.external_id if conversation else "",
        "status": conversation.status.value
        if conversation
        else "opening"
        if session.platform_connection
        else "none yet",
        "updated_at": session.updated_at.isoformat(timespec="seconds"),
    }


def _describe_opening(session: Session) -> str:
    """A contact of whom only a new id is known has no platform yet."""
    return "opening" if session.platform_connection else "none yet"
