"""`patchbay link`, `unlink` and `disconnect`: where messages go, and the end of a connection."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum, auto

import click

from patchbay import connectors
from patchbay.accounts import Connection
from patchbay.connecting import RegistersWebhooks
from patchbay.contract import Connector
from patchbay.errors import Misconfigured, PatchbayError
from patchbay.model import Side
from patchbay_cli import apps
from patchbay_cli.checks.results import describe_host
from patchbay_cli.commands.erase import describe_erased
from patchbay_cli.contact_data.erasure import Erased, erase_contacts
from patchbay_cli.deployment import Deployment
from patchbay_cli.error_messages import explain
from patchbay_cli.options import pass_deployment, with_json


@click.command()
@click.argument("messenger_id")
@click.argument("platform_id")
@with_json
@pass_deployment
def link(deployment: Deployment, messenger_id: str, platform_id: str) -> None:
    """Send what customers write on MESSENGER_ID to PLATFORM_ID.

    A messenger goes to one platform; a platform takes any number of messengers. From the platform before, agents'
    answers in open conversations still reach their customers.
    """
    messenger = _on_side(deployment, messenger_id, Side.MESSENGER)
    platform = _on_side(deployment, platform_id, Side.PLATFORM)
    for end in (messenger, platform):
        _refuse_app(deployment, end)
    before = messenger.link
    deployment.administration.link(messenger.id, platform.id)
    if deployment.terminal.as_json:
        deployment.terminal.report({"messenger": messenger.id, "platform": platform.id, "before": before})
        return
    deployment.terminal.show(
        f"What customers write on {messenger.id} goes to {platform.id}, within a minute.", style="green"
    )
    if before and before != platform.id:
        deployment.terminal.show(f"Answers that agents give on {before} still reach their customers.")


@click.command()
@click.argument("messenger_id")
@with_json
@pass_deployment
def unlink(deployment: Deployment, messenger_id: str) -> None:
    """Send what customers write on MESSENGER_ID nowhere: it waits. Agents' answers still reach them."""
    messenger = _on_side(deployment, messenger_id, Side.MESSENGER)
    deployment.administration.link(messenger.id, None)
    if deployment.terminal.as_json:
        deployment.terminal.report({"messenger": messenger.id, "platform": None, "before": messenger.link})
        return
    deployment.terminal.show(
        f"{messenger.id} is linked to nothing: what customers write waits until it is linked again."
    )


@click.command()
@click.argument("id")
@click.option("--keep-contacts", is_flag=True, help="Keep what is known of its contacts, until you erase them.")
@click.option("--yes", is_flag=True, help="Do not ask. Without --keep-contacts, this erases them.")
@with_json
@pass_deployment
def disconnect(deployment: Deployment, id: str, keep_contacts: bool, yes: bool) -> None:  # noqa: A002 - the word in the help
    """Take the connection ID away: its webhook at the service, its record and its secret.

    What is known of the contacts who talk over it is erased too, unless you keep it: names, files, messages. Should the
    command break off, run it again.
    """
    connection = deployment.connection(id)
    others = [other for other in deployment.administration.connections() if other.id != connection.id]
    sharing = [other.id for other in others if other.endpoint_id == connection.endpoint_id]
    _tell_of_sharing(deployment, connection, sharing)
    linked = [other.id for other in others if other.link == connection.id]
    _confirm(deployment, connection, linked, yes=yes)
    erases = not keep_contacts and _agree_to_erase(deployment, connection, yes=yes)
    webhook = _Webhook.SHARED if sharing else _unregister(deployment, connection)
    for messenger in linked:
        deployment.administration.link(messenger, None)
    erased = erase_contacts(deployment, connection) if erases else Erased()
    deployment.administration.delete(connection)
    if erases:  # whoever has written in the meantime
        erased += erase_contacts(deployment, connection)
    if deployment.terminal.as_json:
        removed = webhook is _Webhook.REMOVED
        facts = {"id": connection.id, "unregistered": removed, "unlinked": linked}
        deployment.terminal.report({**facts, "erased": asdict(erased) if erases else None})
        return
    _tell(deployment, connection, webhook, sharing)
    _tell_of_contacts(deployment, connection, erased, kept=not erases)


def _tell_of_sharing(deployment: Deployment, connection: Connection, sharing: list[str]) -> None:
    """Before anything is done, in whichever order they are disconnected. Raises Misconfigured for the first of them."""
    if not sharing:
        return
    owner = connection.endpoint_id
    if owner != connection.id:
        deployment.terminal.notify(
            f"{connection.id} shares the webhook address of {owner}, which stays: only what belongs to {connection.id} "
            "is taken away"
        )
        return
    commands = ", ".join(f"`patchbay disconnect {one}`" for one in sharing)
    if apps.is_app(deployment, connection):
        raise Misconfigured(
            f"nothing was done: {owner} is an app that {', '.join(sharing)} joined. Disconnect the accounts first: "
            f"{commands}"
        )
    raise Misconfigured(
        f"nothing was done: {', '.join(sharing)} shares the webhook address of {owner}. Disconnect that first: "
        f"{commands}"
    )


def _refuse_app(deployment: Deployment, connection: Connection) -> None:
    if not apps.is_app(deployment, connection):
        return
    accounts = ", ".join(account.id for account in apps.list_accounts(deployment, connection))
    start = deployment.oauth_urls(connection)["oauth_start"]
    advice = f"link to one of them ({accounts}), or let another join" if accounts else "let one join first,"
    raise Misconfigured(f"{connection.id} is an app, whose accounts carry the messages: {advice} at {start}")


class _Webhook(Enum):
    """What became of our address at the service."""

    REMOVED = auto()  #: or there was none
    OTHERS = auto()  #: the service calls somebody else, whose address it is
    SHARED = auto()  #: other connections need it
    LEFT = auto()  #: the service has no way to be told, or refuses


def _tell(deployment: Deployment, connection: Connection, webhook: _Webhook, still_used_by: list[str]) -> None:
    deployment.terminal.show(f"{connection.id} is disconnected; its secret is deleted.", style="green")
    if webhook is _Webhook.SHARED:
        deployment.terminal.show(f"Its webhook address stays in use by {', '.join(still_used_by)}.")
    elif webhook is _Webhook.LEFT:
        deployment.terminal.show(
            f"Take the webhook address away at {connection.service} by hand, if it is still there."
        )


def _agree_to_erase(deployment: Deployment, connection: Connection, *, yes: bool) -> bool:
    """Who only presses Enter erases: what nobody needs any more should not be kept."""
    if yes or not deployment.sessions.has_any(connection.id):
        return True
    return deployment.terminal.ask_yes_no(f"Erase what is known of the contacts of {connection.id} too?", default=True)


def _tell_of_contacts(deployment: Deployment, connection: Connection, erased: Erased, *, kept: bool) -> None:
    if kept:
        deployment.terminal.show(
            f"What is known of its contacts is kept: `patchbay sessions --connection {connection.id}` lists them, and "
            "`patchbay erase` erases each."
        )
    elif erased != Erased():
        for line in describe_erased(connection, erased):
            deployment.terminal.show(line)


def _confirm(deployment: Deployment, connection: Connection, linked: list[str], *, yes: bool) -> None:
    if linked:
        deployment.terminal.confirm(
            f"{', '.join(linked)} would be linked to nothing. Disconnect {connection.id}?", yes=yes
        )
    elif not yes and deployment.sessions.has_any(connection.id):
        deployment.terminal.confirm(
            f"{connection.id} has conversations, which would be cut off. Disconnect it?", yes=yes
        )


def _unregister(deployment: Deployment, connection: Connection) -> _Webhook:
    """Tells the service. When it cannot be told (a revoked token, say) the connection goes all the same."""
    try:
        connector: Connector = connectors.load(connection.service)
        if not isinstance(connector, RegistersWebhooks):
            return _Webhook.LEFT
        current = connector.registered(connection, deployment.http)
        if current is None:
            return _Webhook.LEFT
        if not current:
            return _Webhook.REMOVED
        if current not in deployment.webhooks(connector, connection).values():
            place = describe_host(current)
            deployment.terminal.warn(f"{connector.title} calls another address ({place}): it is not ours, and stays")
            return _Webhook.OTHERS
        connector.unregister(connection, deployment.http)
    except PatchbayError as error:
        deployment.terminal.warn(f"the webhook could not be removed: {explain(error)}")
        return _Webhook.LEFT
    return _Webhook.REMOVED


def _on_side(deployment: Deployment, connection_id: str, side: Side) -> Connection:
    connection = deployment.connection(connection_id)
    if connection.side is not side:
        raise Misconfigured(
            f"{connection_id} is a {connection.side} ({connection.service}), and a {side} is needed here: "
            "patchbay link MESSENGER_ID PLATFORM_ID"
        )
    return connection
