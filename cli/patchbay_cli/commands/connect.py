"""`patchbay connect`: from credentials to a connection whose webhooks arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click

from patchbay import connectors
from patchbay.accounts import Connection, ConnectionStatus
from patchbay.connecting import Webhooks
from patchbay.contract import Connector
from patchbay.infra.documents import PREVIOUS_KEPT
from patchbay.model import Side
from patchbay_cli.connection_setup import inputs, service_setup
from patchbay_cli.connection_setup.draft import ConnectionDraft, ConnectOptions, build_draft
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json, with_secrets
from patchbay_cli.secret_masks import HINT, mask_addresses, mask_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """What became of it. `addresses` are our webhooks' and, for an app, those that accounts join by.

    Both they and the steps have their secrets hidden, unless somebody is to see them. `hides` says that one is hidden.
    """

    connection: Connection
    is_app: bool
    account_name: str
    addresses: Webhooks
    registered: bool
    manual_steps: tuple[str, ...]
    hides: bool
    changed: bool
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


@click.command()
@click.argument("service")
@click.argument("id")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting. KEY= takes it away.")
@click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="KEY[=@FILE|-|env:NAME|VALUE]",
    help="A secret. KEY asks for it without showing it, KEY=@FILE reads a file, KEY=- reads standard input, "
    "KEY=env:NAME an environment variable: these are safe. KEY=VALUE is not: the list of processes shows it, and your "
    "shell's history keeps it. KEY= takes the secret away, and makes a new one where it is ours to choose.",
)
@click.option("--endpoint", metavar="OTHER_ID", help="Share the webhook address of another connection of this service.")
@click.option("--no-register", is_flag=True, help="Leave the service's webhook, or its app, as it is.")
@with_secrets
@with_json
@pass_deployment
def connect(
    deployment: Deployment,
    *,
    service: str,
    id: str,  # noqa: A002 - the word that the owner reads in the help
    settings: tuple[str, ...],
    secrets: tuple[str, ...],
    endpoint: str | None,
    no_register: bool,
) -> None:
    """Connect an account or an app on SERVICE and call it ID, or change the connection ID.

    What is missing is asked for. On a connection that exists, what is given changes and the rest stays.
    """
    wish = ConnectOptions(
        service=service, id=id, settings=settings, secrets=secrets, endpoint=endpoint, register=not no_register
    )
    _show(deployment, _connect(deployment, wish))


def _connect(deployment: Deployment, wish: ConnectOptions) -> Connected:
    inputs.check_id(wish.id)
    connector = connectors.load(wish.service)
    stored = deployment.administration.connection(wish.id)
    draft = build_draft(deployment, connector, wish, stored)
    connection, registered = _make_ready(deployment, connector, draft, stored, register=wish.register)
    deployment.administration.note_registered(connection.id, registered)
    addresses = deployment.webhooks(connector, connection)
    if draft.is_app:
        addresses = {**addresses, **deployment.oauth_urls(connection)}
    steps = service_setup.list_steps(connector, addresses, connection)
    shown = {name: mask_addresses(deployment, connector, connection).hide(url) for name, url in addresses.items()}
    return Connected(
        connection=connection,
        is_app=draft.is_app,
        account_name=draft.account_name,
        addresses=shown,
        registered=registered,
        manual_steps=tuple(map(mask_steps(deployment, connector, connection).hide, steps)),
        hides=shown != addresses,
        changed=stored is not None,
        warnings=(*draft.warnings, *_warn_of_old_secrets(connector, connection, registered=registered)),
        notes=draft.notes,
    )


def _warn_of_old_secrets(connector: Connector, connection: Connection, *, registered: bool) -> Iterator[str]:
    """Where the service is told of a new secret by hand, there is a time to do it in."""
    hours = PREVIOUS_KEPT.total_seconds() / 3600
    for setting in connector.settings:
        if setting.verifies and not registered and connection.secrets.previous.get(setting.name):
            yield (
                f"{setting.name} was replaced: webhooks that come with the old one are taken for {hours:.0f} hours "
                "from then, so see that the service uses the new one by that time"
            )


def _has_new_verifier(connector: Connector, stored: Connection | None, connection: Connection) -> bool:
    """Whether functions may know another secret than the service signs with. A new address is nobody's yet."""
    names = [setting.name for setting in connector.settings if setting.verifies]
    return stored is not None and any(stored.secrets.get(name) != connection.secrets.get(name) for name in names)


def _make_ready(
    deployment: Deployment, connector: Connector, draft: ConnectionDraft, stored: Connection | None, *, register: bool
) -> tuple[Connection, bool]:
    """The connection as stored, and whether the service calls us."""
    connection, is_pointed = draft.connection, False
    was_registered = connection.id in deployment.administration.registered()
    if not draft.is_app:
        connection = service_setup.set_up(deployment, connector, connection)
    else:
        deployment.administration.save(connection)
        deployment.administration.note_app(connection.id)
        if register:
            connection, is_pointed = service_setup.make_app(deployment, connector, connection)
    if not register:
        return connection, was_registered
    connection, is_registered = service_setup.register(
        deployment, connector, connection, has_new_secret=_has_new_verifier(connector, stored, connection)
    )
    return connection, is_registered or is_pointed


# --- saying so -------------------------------------------------------------------------------------------------------


def _show(deployment: Deployment, result: Connected) -> None:
    connection = result.connection
    for warning in result.warnings:
        deployment.terminal.warn(warning)
    if deployment.terminal.as_json:
        deployment.terminal.report(
            {
                "id": connection.id,
                "service": connection.service,
                "side": connection.side.value,
                "app": result.is_app,
                "status": connection.status.value,
                "webhooks": dict(result.addresses),
                "registered": result.registered,
                "manual_steps": list(result.manual_steps),
                "notes": list(result.notes),
            }
        )
        return
    verb = "Changed" if result.changed else "Connected"
    title = f"{verb} {connection.id}" + (f" ({result.account_name})" if result.account_name else "")
    is_open = connection.status is ConnectionStatus.ACTIVE and not result.manual_steps
    deployment.terminal.show_block(title, _lines(result), style="green" if is_open else "yellow")


def _lines(result: Connected) -> list[str]:
    connection = result.connection
    lines = [f"{name}: {url}" for name, url in result.addresses.items()]
    if result.hides:
        lines.append(HINT)
    if result.registered:
        lines.append("The service's app points at us now." if result.is_app else "The service calls this address now.")
    lines += [*result.notes, *_describe_status(connection)]
    if result.manual_steps:
        lines += ["", "Left for you to do:"]
        lines += [f"{number}. {step}" for number, step in enumerate(result.manual_steps, start=1)]
    if result.is_app:
        lines += ["", f"Accounts join it at {result.addresses['oauth_start']}"]
        lines.append(f"Each becomes a connection {connection.id}-NAME, for messengers to be linked to:")
        lines.append(f"patchbay link MESSENGER_ID {connection.id}-NAME")
    elif connection.side is Side.MESSENGER and not connection.link:
        lines += ["", f"Then say where its messages go: patchbay link {connection.id} PLATFORM_ID"]
    return lines


def _describe_status(connection: Connection) -> list[str]:
    if connection.status is ConnectionStatus.PENDING:
        return [f"The service has not opened the account yet; `patchbay doctor {connection.id}` tells when it has."]
    if connection.status is ConnectionStatus.DISABLED:
        return ["The service has switched the account off: messages wait until it is switched on there."]
    return []
