"""`patchbay connect`: creates or changes a connection to an account or an app."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import click

from patchbay.aws.stores.secret_values import PREVIOUS_KEPT
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.model import Side
from patchbay.kit import registry
from patchbay.kit.abilities import ReceivesInForms
from patchbay.kit.account_setup import Webhooks
from patchbay.kit.contract import Connector
from patchbay_cli.connection_setup import feedback, inputs, service_setup
from patchbay_cli.connection_setup.draft import ConnectionDraft, ConnectOptions, build_draft
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json, with_secrets
from patchbay_cli.secret_masks import HINT, mask_steps, mask_urls


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The result. `urls` are our webhooks' and, for an app, those by which accounts install it.

    Secrets in them and in the steps are hidden, unless people have to see them. `hides`: at least one is hidden.
    """

    connection: Connection
    is_app: bool
    account_name: str
    urls: Webhooks
    registered: bool
    manual_steps: tuple[str, ...]
    hides: bool
    changed: bool
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


@click.command(short_help="Connect an account or app, or change it.")
@click.argument("service")
@click.argument("id")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting. KEY= removes it.")
@click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="KEY[=@FILE|-|env:NAME|VALUE]",
    help="A secret. These forms are safe: KEY prompts for it with hidden input, KEY=@FILE reads a file, KEY=- reads "
    "standard input, and KEY=env:NAME reads an environment variable. KEY=VALUE is not safe: the list of processes and "
    "your shell's history show the value. KEY= removes the secret; if Patchbay generates it, a new one is "
    "generated.",
)
@click.option("--endpoint", metavar="OTHER_ID", help="Share the webhook URL of another connection to the same service.")
@click.option("--no-register", is_flag=True, help="Do not change the webhook, or the app, at the service.")
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
    """Connect an account or an app of SERVICE under the name ID, or change the existing connection ID.

    You are prompted for missing values. For an existing connection, only the values you pass are changed.
    """
    options = ConnectOptions(
        service=service, id=id, settings=settings, secrets=secrets, endpoint=endpoint, register=not no_register
    )
    _show(deployment, _connect(deployment, options))


def _connect(deployment: Deployment, options: ConnectOptions) -> Connected:
    inputs.check_id(options.id)
    connector = registry.load(options.service)
    stored = deployment.configuration.connection(options.id)
    draft = build_draft(deployment, connector, options, stored)
    wanted = feedback.find_wanted(deployment, draft.connection)
    draft = replace(draft, connection=replace(draft.connection, feedback=wanted))
    connection, registered = _make_ready(deployment, connector, draft, stored, register=options.register)
    deployment.configuration.note_registered(connection.id, registered)
    feedback.report(deployment, feedback.renew_feedback(deployment, [connection.id]))
    urls = deployment.webhooks(connector, connection)
    if draft.is_app:
        urls = {**urls, **deployment.oauth_urls(connection)}
    # Forms are set up once for a URL, which may be another connection's.
    subject = deployment.owner_of_url(connection) if isinstance(connector, ReceivesInForms) else connection
    steps = service_setup.list_steps(connector, urls, subject)
    shown = {name: mask_urls(deployment, connector, connection).hide(url) for name, url in urls.items()}
    return Connected(
        connection=connection,
        is_app=draft.is_app,
        account_name=draft.account_name,
        urls=shown,
        registered=registered,
        manual_steps=tuple(map(mask_steps(deployment, connector, connection).hide, steps)),
        hides=shown != urls,
        changed=stored is not None,
        warnings=(*draft.warnings, *_warn_of_old_secrets(connector, connection, registered=registered)),
        notes=draft.notes,
    )


def _warn_of_old_secrets(connector: Connector, connection: Connection, *, registered: bool) -> Iterator[str]:
    """Where a new secret has to be entered at the service manually, there is a deadline for it."""
    hours = PREVIOUS_KEPT.total_seconds() / 3600
    for setting in connector.settings:
        if setting.verifies and not registered and connection.secrets.previous.get(setting.name):
            yield (
                f"{setting.name} was replaced. Webhooks signed with the old one are accepted for another {hours:.0f} "
                "hours: enter the new one at the service before then"
            )


def _has_new_verifier(connector: Connector, stored: Connection | None, connection: Connection) -> bool:
    """Whether functions may still know the secret before. A new connection has none."""
    names = [setting.name for setting in connector.settings if setting.verifies]
    return stored is not None and any(stored.secrets.get(name) != connection.secrets.get(name) for name in names)


def _make_ready(
    deployment: Deployment, connector: Connector, draft: ConnectionDraft, stored: Connection | None, *, register: bool
) -> tuple[Connection, bool]:
    """The connection as stored, and whether the service calls us."""
    connection, is_pointed = draft.connection, False
    was_registered = connection.id in deployment.configuration.registered()
    if not draft.is_app:
        connection = service_setup.set_up(deployment, connector, connection)
    else:
        deployment.configuration.save(connection)
        deployment.configuration.note_app(connection.id)
        if register:
            connection, is_pointed = service_setup.make_app(deployment, connector, connection)
    if not register:
        return connection, was_registered
    connection, is_registered = service_setup.register(
        deployment, connector, connection, has_new_secret=_has_new_verifier(connector, stored, connection)
    )
    return connection, is_registered or is_pointed


# --- output ----------------------------------------------------------------------------------------------------------


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
                "webhooks": dict(result.urls),
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
    lines = [f"{name}: {url}" for name, url in result.urls.items()]
    if result.hides:
        lines.append(HINT)
    if result.registered:
        calls = "publishes to this topic" if "topic" in result.urls else "calls this URL"
        lines.append("The app at the service now uses our URLs." if result.is_app else f"The service now {calls}.")
    lines += [*result.notes, *_describe_status(connection)]
    if result.manual_steps:
        lines += ["", "Left to do:"]
        lines += [f"{number}. {step}" for number, step in enumerate(result.manual_steps, start=1)]
    if result.is_app:
        lines += ["", f"To connect an account, open {result.urls['oauth_start']} in it and allow access."]
        lines.append(f"Each account becomes a connection {connection.id}-NAME. To link a messenger to it, run:")
        lines.append(f"patchbay link MESSENGER_ID {connection.id}-NAME")
    elif connection.side is Side.MESSENGER and not connection.link:
        lines += ["", f"To link it to a platform, run: patchbay link {connection.id} PLATFORM_ID"]
    return lines


def _describe_status(connection: Connection) -> list[str]:
    if connection.status is ConnectionStatus.PENDING:
        return [f"The service has not activated the account yet. To check, run `patchbay doctor {connection.id}`."]
    if connection.status is ConnectionStatus.DISABLED:
        return ["The account is disabled at the service. Messages are held until you enable it there."]
    return []
