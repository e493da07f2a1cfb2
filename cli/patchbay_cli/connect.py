"""`patchbay connect`: from credentials to a connection whose webhooks arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import click

from patchbay import connectors
from patchbay.accounts import Connection, ConnectionStatus
from patchbay.connecting import ChecksCredentials, PicksAccount, RegistersWebhooks, WantsManualSteps, Webhooks
from patchbay.contract import Connector
from patchbay.errors import DeliveryError, Misconfigured
from patchbay.infra.administration import replace_values
from patchbay.model import Side
from patchbay_cli import inputs
from patchbay_cli.bridge import Bridge
from patchbay_cli.failures import explain
from patchbay_cli.options import pass_bridge, with_json
from patchbay_cli.questions import fill_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was typed."""

    service: str
    id: str
    settings: Sequence[str]
    secrets: Sequence[str] = field(repr=False)
    endpoint: str | None
    register: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """What became of it."""

    connection: Connection
    account_name: str
    webhooks: Webhooks
    registered: bool
    manual_steps: tuple[str, ...]
    changed: bool
    warnings: tuple[str, ...]


@click.command()
@click.argument("service")
@click.argument("id")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting. KEY= takes it away.")
@click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="KEY=VALUE|@FILE|env:NAME",
    help="A secret, from a file or an environment variable. As VALUE it stays in your shell's history.",
)
@click.option("--endpoint", metavar="OTHER_ID", help="Share the webhook address of another connection of this service.")
@click.option("--no-register", is_flag=True, help="Leave the service's webhook as it is.")
@with_json
@pass_bridge
def connect(
    bridge: Bridge,
    *,
    service: str,
    id: str,  # noqa: A002 - the word that the owner reads in the help
    settings: tuple[str, ...],
    secrets: tuple[str, ...],
    endpoint: str | None,
    no_register: bool,
) -> None:
    """Connect an account on SERVICE and call it ID, or change the connection ID.

    What is missing is asked for. On a connection that exists, what is given changes and the rest stays.
    """
    wish = Wish(service=service, id=id, settings=settings, secrets=secrets, endpoint=endpoint, register=not no_register)
    _show(bridge, _connect(bridge, wish))


def _connect(bridge: Bridge, wish: Wish) -> Connected:
    inputs.check_id(wish.id)
    connector = connectors.load(wish.service)
    stored = bridge.administration.connection(wish.id)
    draft = _draft(bridge, connector, wish, stored)
    draft = fill_in(bridge, connector, draft)
    given = inputs.read_settings(connector, wish.settings)
    draft, account_name, warnings = _check_credentials(bridge, connector, draft, given)
    draft = _pick_account(bridge, connector, draft)
    was_registered = draft.id in bridge.administration.registered()
    bridge.administration.save(draft)
    webhooks = bridge.webhooks(connector, draft)
    registered = _register(bridge, connector, draft, webhooks) if wish.register else was_registered
    bridge.administration.note_registered(draft.id, registered)
    return Connected(
        connection=draft,
        account_name=account_name,
        webhooks=webhooks,
        registered=registered,
        manual_steps=connector.manual_steps(webhooks, draft) if isinstance(connector, WantsManualSteps) else (),
        changed=stored is not None,
        warnings=warnings,
    )


# --- what it shall be ------------------------------------------------------------------------------------------------


def _draft(bridge: Bridge, connector: Connector, wish: Wish, stored: Connection | None) -> Connection:
    settings = inputs.read_settings(connector, wish.settings)
    secrets = inputs.read_secrets(connector, wish.secrets)
    if stored is not None and stored.service != wish.service:
        raise Misconfigured(f"{wish.id} is a connection to {stored.service}: choose another ID, or disconnect it first")
    base = stored or Connection(
        id=wish.id, service=connector.service, side=connector.side, endpoint_id=wish.endpoint or wish.id
    )
    if wish.endpoint:
        base = _share_endpoint(bridge, connector, wish.endpoint, base, is_new=stored is None)
    kept = {**base.settings, **settings}
    return replace(
        base,
        settings={name: value for name, value in kept.items() if value},
        secrets=replace_values(base.secrets, secrets),
        status=ConnectionStatus.ACTIVE,
        status_reason="",
    )


def _share_endpoint(
    bridge: Bridge, connector: Connector, other_id: str, base: Connection, *, is_new: bool
) -> Connection:
    """`base` on the endpoint of another connection, whose credentials it takes over: it is the same app."""
    other = bridge.connection(other_id)
    if other.service != base.service or not isinstance(connector, PicksAccount):
        raise Misconfigured(f"{base.id} cannot share the address of {other_id}: webhooks would not tell them apart")
    if not is_new:
        if base.endpoint_id != other.endpoint_id:
            raise Misconfigured(f"{base.id} has an address of its own already: disconnect it first to share another")
        return base
    inherited = {"base_url": other.setting("base_url")} if other.setting("base_url") else {}
    secrets = replace(base.secrets, values=dict(other.secrets.values))
    return replace(base, endpoint_id=other.endpoint_id, settings=inherited, secrets=secrets)


# --- what the service says -------------------------------------------------------------------------------------------


def _check_credentials(
    bridge: Bridge, connector: Connector, draft: Connection, given: Mapping[str, str]
) -> tuple[Connection, str, tuple[str, ...]]:
    if not isinstance(connector, ChecksCredentials):
        return draft, "", ()
    with bridge.terminal.working(f"Asking {connector.title} whether the credentials work"):
        account = connector.check(draft, bridge.http)
    settings = {**draft.settings, **account.settings, **{name: value for name, value in given.items() if value}}
    return replace(draft, settings=settings), account.name, account.warnings


def _pick_account(bridge: Bridge, connector: Connector, draft: Connection) -> Connection:
    if not isinstance(connector, PicksAccount):
        return draft
    account = connector.account(draft)
    for other in bridge.administration.connections():
        if other.id != draft.id and other.endpoint_id == draft.endpoint_id and other.account == account:
            raise Misconfigured(f"{other.id} is connected to the same account already: give {draft.id} another one")
    return replace(draft, account=account)


def _register(bridge: Bridge, connector: Connector, draft: Connection, webhooks: Webhooks) -> bool:
    """Points the service at us, and asks it whether it now does. All is stored before: it may call us at once."""
    if not isinstance(connector, RegistersWebhooks):
        return False
    try:
        with bridge.terminal.working(f"Registering our webhook at {connector.title}"):
            connector.register(webhooks, draft, bridge.http)
            current = connector.registered(draft, bridge.http)
    except (DeliveryError, Misconfigured) as error:
        raise Misconfigured(
            f"{draft.id} is stored, but {connector.title} did not take our webhook: {explain(error)}. "
            "Repeat the command once that is mended"
        ) from None
    if current not in webhooks.values():
        raise Misconfigured(
            f"{draft.id} is stored, but {connector.title} still calls another address: is another program using it?"
        )
    return True


# --- saying so -------------------------------------------------------------------------------------------------------


def _show(bridge: Bridge, result: Connected) -> None:
    connection = result.connection
    for warning in result.warnings:
        bridge.terminal.warn(warning)
    if bridge.terminal.as_json:
        bridge.terminal.report(
            {
                "id": connection.id,
                "service": connection.service,
                "side": connection.side.value,
                "webhooks": dict(result.webhooks),
                "registered": result.registered,
                "manual_steps": list(result.manual_steps),
            }
        )
        return
    verb = "Changed" if result.changed else "Connected"
    title = f"{verb} {connection.id}" + (f" ({result.account_name})" if result.account_name else "")
    bridge.terminal.show_block(title, _lines(result), style="yellow" if result.manual_steps else "green")


def _lines(result: Connected) -> list[str]:
    connection = result.connection
    lines = [f"{name}: {url}" for name, url in result.webhooks.items()]
    if result.registered:
        lines.append("The service calls this address now.")
    if result.manual_steps:
        lines += ["", "Left for you to do:"]
        lines += [f"{number}. {step}" for number, step in enumerate(result.manual_steps, start=1)]
    if connection.side is Side.MESSENGER and not connection.link:
        lines += ["", f"Then say where its messages go: patchbay link {connection.id} PLATFORM_ID"]
    return lines
