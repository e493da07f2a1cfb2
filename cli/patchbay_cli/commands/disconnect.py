"""`patchbay disconnect`: the end of a connection."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum, auto

import click

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured, PatchbayError
from patchbay.kit import registry
from patchbay.kit.account_setup import RegistersWebhooks
from patchbay.kit.contract import Connector
from patchbay_cli import apps
from patchbay_cli.checks.results import describe_host
from patchbay_cli.commands.erase import describe_erased
from patchbay_cli.connection_setup.feedback import renew_feedback, report
from patchbay_cli.contact_data.erasure import Erased, erase_contacts
from patchbay_cli.deployment import Deployment
from patchbay_cli.error_messages import explain
from patchbay_cli.options import pass_deployment, with_json


class _Webhook(Enum):
    """What became of our URL at the service."""

    REMOVED = auto()  #: or there was none
    FOREIGN = auto()  #: the service calls another URL, which is not ours to remove
    SHARED = auto()  #: other connections need it
    LEFT = auto()  #: the service has no API for it, or refused


@click.command(short_help="Delete a connection.")
@click.argument("id")
@click.option(
    "--keep-contacts", is_flag=True, help="Keep the stored data of its contacts until you erase it with patchbay erase."
)
@click.option(
    "--yes", is_flag=True, help="Skip the confirmation questions. Contacts are erased unless you add --keep-contacts."
)
@with_json
@pass_deployment
def disconnect(deployment: Deployment, id: str, keep_contacts: bool, yes: bool) -> None:  # noqa: A002 - word in the help
    """Delete the connection ID: its webhook at the service, its record and its secrets.

    The stored data of its contacts (names, files, messages) is erased too, unless you keep it. If the command is
    interrupted, run it again.
    """
    connection = deployment.connection(id)
    others = [other for other in deployment.configuration.connections() if other.id != connection.id]
    sharing = [other.id for other in others if other.endpoint_id == connection.endpoint_id]
    _check_sharing(deployment, connection, sharing)
    linked = [other.id for other in others if other.link == connection.id]
    _confirm(deployment, connection, linked, yes=yes)
    erases = not keep_contacts and _confirm_erasure(deployment, connection, yes=yes)
    webhook = _Webhook.SHARED if sharing else _unregister(deployment, connection)
    for messenger in linked:
        deployment.configuration.link(messenger, None)
    erased = erase_contacts(deployment, connection) if erases else Erased()
    deployment.configuration.delete(connection)
    if erases:  # contacts that have written in the meantime
        erased += erase_contacts(deployment, connection)
    report(deployment, renew_feedback(deployment, filter(None, (*linked, connection.link))))
    if deployment.terminal.as_json:
        removed = webhook is _Webhook.REMOVED
        facts = {"id": connection.id, "unregistered": removed, "unlinked": linked}
        deployment.terminal.report({**facts, "erased": asdict(erased) if erases else None})
        return
    _show(deployment, connection, webhook, sharing)
    _show_contacts(deployment, connection, erased, kept=not erases)


def _check_sharing(deployment: Deployment, connection: Connection, sharing: list[str]) -> None:
    """Before anything is done. Raises Misconfigured when other connections use this one's webhook URL."""
    if not sharing:
        return
    owner = connection.endpoint_id
    if owner != connection.id:
        deployment.terminal.notify(
            f"{connection.id} shares the webhook URL of {owner}. The URL stays; only what belongs to {connection.id} "
            "is deleted."
        )
        return
    names, commands = ", ".join(sharing), ", ".join(f"`patchbay disconnect {one}`" for one in sharing)
    if apps.is_app(deployment, connection):
        raise Misconfigured(
            f"nothing was changed: {owner} is an app with connected accounts ({names}). "
            f"Disconnect the accounts first: {commands}"
        )
    raise Misconfigured(
        f"nothing was changed: the webhook URL of {owner} is shared by {names}. Disconnect that first: {commands}"
    )


# --- questions -------------------------------------------------------------------------------------------------------


def _confirm(deployment: Deployment, connection: Connection, linked: list[str], *, yes: bool) -> None:
    if linked:
        are = "is" if len(linked) == 1 else "are"
        deployment.terminal.confirm(
            f"{', '.join(linked)} {are} linked to {connection.id} and will be unlinked. Disconnect {connection.id}?",
            yes=yes,
        )
    elif not yes and deployment.sessions.has_any(connection.id):
        deployment.terminal.confirm(f"{connection.id} has conversations, which will end. Disconnect it?", yes=yes)


def _confirm_erasure(deployment: Deployment, connection: Connection, *, yes: bool) -> bool:
    """Erasing is the default answer: data that is no longer needed should not be kept."""
    if yes or not deployment.sessions.has_any(connection.id):
        return True
    return deployment.terminal.ask_yes_no(
        f"Also erase the stored data of the contacts of {connection.id}?", default=True
    )


# --- the service -----------------------------------------------------------------------------------------------------


def _unregister(deployment: Deployment, connection: Connection) -> _Webhook:
    """Removes the webhook at the service. If that fails (a revoked token, for example) the connection goes anyway."""
    try:
        connector: Connector = registry.load(connection.service)
        if not isinstance(connector, RegistersWebhooks):
            return _Webhook.LEFT
        current = connector.get_registered_url(connection, deployment.http)
        if current is None:
            return _Webhook.LEFT
        if not current:
            return _Webhook.REMOVED
        if current not in deployment.webhooks(connector, connection).values():
            deployment.terminal.warn(
                f"{connector.title} calls another URL ({describe_host(current)}), which is left in place"
            )
            return _Webhook.FOREIGN
        connector.unregister_webhooks(connection, deployment.http)
    except PatchbayError as error:
        deployment.terminal.warn(f"the webhook could not be removed: {explain(error)}")
        return _Webhook.LEFT
    return _Webhook.REMOVED


# --- output ----------------------------------------------------------------------------------------------------------


def _show(deployment: Deployment, connection: Connection, webhook: _Webhook, sharing: list[str]) -> None:
    deployment.terminal.show(f"Disconnected {connection.id} and deleted its secrets.", style="green")
    if webhook is _Webhook.SHARED:
        deployment.terminal.show(f"Its webhook URL is still used by {', '.join(sharing)}.")
    elif webhook is _Webhook.LEFT:
        deployment.terminal.show(f"If the webhook URL is still set at {connection.service}, remove it there.")


def _show_contacts(deployment: Deployment, connection: Connection, erased: Erased, *, kept: bool) -> None:
    if kept:
        deployment.terminal.show(
            "The stored data of its contacts is kept. To list them, run "
            f"`patchbay sessions --connection {connection.id}`; to erase one, run `patchbay erase CONNECTION CONTACT`."
        )
    elif erased != Erased():
        for line in describe_erased(connection, erased):
            deployment.terminal.show(line)
