"""A connection before it is stored: from what was typed, what is stored already, and what the service says."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_bytes, token_urlsafe

from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import Misconfigured
from patchbay.kit.account_setup import ChecksCredentials, IdentifiesAccounts, SetsUpAccounts, get_topic_source
from patchbay.kit.contract import ALLOWED_SOURCES, Connector, Setting, list_needed
from patchbay_cli import apps
from patchbay_cli.connection_setup import inputs
from patchbay_cli.connection_setup.prompts import ask_secret, fill_in
from patchbay_cli.deployment import Deployment

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectOptions:
    """What was typed."""

    service: str
    id: str
    settings: Sequence[str]
    secrets: Sequence[str] = field(repr=False)
    endpoint: str | None
    register: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDraft:
    """A connection whose credentials work, not stored yet."""

    connection: Connection
    is_app: bool
    account_name: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def build_draft(
    deployment: Deployment, connector: Connector, options: ConnectOptions, stored: Connection | None
) -> ConnectionDraft:
    """Raises Misconfigured or a DeliveryError, with nothing stored, when it cannot become a connection."""
    settings = inputs.read_settings(connector, options.settings)
    given = inputs.read_secrets(connector, options.secrets, lambda setting: ask_secret(deployment, setting))
    inputs.check_first_writers(connector, settings, deployment.configuration.connection)
    secrets = {**given, **_make_secrets(connector, stored, settings, given)}
    if stored is not None and stored.service != options.service:
        raise Misconfigured(
            f"{options.id} is already a connection to {stored.service}: choose another ID, or run "
            f"`patchbay disconnect {options.id}` first"
        )
    base = stored or Connection(id=options.id, service=connector.service, side=connector.side, endpoint_id=options.id)
    if options.endpoint:
        base = _share_endpoint(deployment, connector, options.endpoint, base, is_new=stored is None)
    _check_shared(connector, settings, base)
    connection = fill_in(deployment, connector, _change(base, settings, secrets, is_new=stored is None))
    draft = _check_credentials(deployment, connector, connection, settings)
    _check_kind(connector, draft, stored)
    if not draft.is_app:
        _check_account(deployment, connector, draft.connection)
        _check_topic(deployment, connector, draft.connection)
    return replace(draft, connection=_set_status(connector, draft, stored))


def _make_secrets(
    connector: Connector, stored: Connection | None, settings: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """Secrets that Patchbay generates: once, and again when an empty value is given.

    The service gets them when the webhook is registered, or from the owner.
    """
    ours = list_needed(connector, {**(stored.settings if stored else {}), **settings})
    known = {**(stored.secrets.values if stored else {}), **given}
    return {
        setting.name: _make_secret(setting) for setting in ours if setting.generated and not known.get(setting.name)
    }


def _make_secret(setting: Setting) -> str:
    if setting.prefix:
        return setting.prefix + b64encode(token_bytes(_SECRET_BYTES)).decode()
    return token_urlsafe(_SECRET_BYTES)


def _change(base: Connection, settings: dict[str, str], secrets: dict[str, str], *, is_new: bool) -> Connection:
    kept = {**base.settings, **settings}
    changed = base.secrets.renew(secrets)
    return replace(
        base,
        settings={name: value for name, value in kept.items() if value},
        # A new connection has no past: what it would have inherited is another's.
        secrets=replace(changed, previous={}) if is_new else changed,
    )


def _set_status(connector: Connector, draft: ConnectionDraft, stored: Connection | None) -> Connection:
    """With its first status: active, or pending until the service has set the account up.

    An account that the service has not activated, or has disabled, keeps that status: its messages would be refused.
    Credentials that were refused have just been replaced, or work again.
    """
    waits = isinstance(connector, SetsUpAccounts) and not draft.is_app
    if waits and stored is None:
        return replace(draft.connection, status=ConnectionStatus.PENDING, status_reason="")
    if waits and draft.connection.status is not ConnectionStatus.NEEDS_AUTHORIZATION:
        return draft.connection
    return replace(draft.connection, status=ConnectionStatus.ACTIVE, status_reason="")


# --- a shared URL ----------------------------------------------------------------------------------------------------


def _check_shared(connector: Connector, settings: Mapping[str, str], base: Connection) -> None:
    """What belongs to the URL is set on the connection that owns it."""
    for setting in connector.settings:
        if setting.shared and settings.get(setting.name) and base.endpoint_id != base.id:
            raise Misconfigured(
                f"{base.id} shares the webhook URL of {base.endpoint_id}: set {setting.name} there with "
                f"`patchbay connect {base.service} {base.endpoint_id} --set {setting.name}=…`"
            )


def _share_endpoint(
    deployment: Deployment, connector: Connector, other_id: str, base: Connection, *, is_new: bool
) -> Connection:
    """`base` on the endpoint of another connection, with what both have in common.

    If the other is an account too, these are all credentials. An app and its accounts have credentials of their own;
    they have the other settings in common.
    """
    other = deployment.connection(other_id)
    if other.service != base.service or not isinstance(connector, IdentifiesAccounts):
        raise Misconfigured(
            f"{base.id} cannot share the webhook URL of {other_id}: the service's webhooks do not name the "
            "account that they belong to"
        )
    if not is_new:
        if base.endpoint_id != other.endpoint_id:
            raise Misconfigured(
                f"{base.id} already has a webhook URL: to share another one, run `patchbay disconnect {base.id}` first"
            )
        return base
    app = other if apps.is_app(deployment, other) else apps.find_app(deployment, other)
    if app is not None:
        common = {name: value for name, value in app.settings.items() if name != ALLOWED_SOURCES.name}
        return replace(base, endpoint_id=app.id, settings=common)
    inherited = {"base_url": other.setting("base_url")} if other.setting("base_url") else {}
    secrets = replace(base.secrets, values=dict(other.secrets.credentials))
    return replace(base, endpoint_id=other.endpoint_id, settings=inherited, secrets=secrets)


# --- what the service says -------------------------------------------------------------------------------------------


def _check_credentials(
    deployment: Deployment, connector: Connector, connection: Connection, given: dict[str, str]
) -> ConnectionDraft:
    is_app = apps.is_app_of(connector, connection)
    if not isinstance(connector, ChecksCredentials):
        return ConnectionDraft(connection=connection, is_app=is_app)
    with deployment.terminal.working(f"Checking the credentials with {connector.title}"):
        account = connector.check_credentials(connection, deployment.http)
    typed = {name: value for name, value in given.items() if value}
    return ConnectionDraft(
        connection=replace(connection, settings={**connection.settings, **account.settings, **typed}),
        is_app=is_app,
        account_name=account.name,
        warnings=account.warnings,
        notes=account.notes,
    )


def _check_kind(connector: Connector, draft: ConnectionDraft, stored: Connection | None) -> None:
    """Accounts and links depend on it: an app stays an app, an account stays an account."""
    connection = draft.connection
    if draft.is_app and connection.endpoint_id != connection.id:
        raise Misconfigured(f"{connection.id} is an app, which needs a webhook URL of its own: leave out --endpoint")
    if stored is None or not stored.secrets.values or apps.is_app_of(connector, stored) is draft.is_app:
        return
    if draft.is_app:
        raise Misconfigured(f"{connection.id} is an account and cannot become an app: choose another ID for the app")
    raise Misconfigured(
        f"{connection.id} is an app and cannot become an account: choose another ID for the account, and add "
        f"--endpoint {connection.id} if it shares the app's webhook URL"
    )


def _check_topic(deployment: Deployment, connector: Connector, draft: Connection) -> None:
    """Messages of the stack's topic lead to one endpoint, which those share that they call by one name."""
    source = get_topic_source(connector, draft)
    if not source or draft.endpoint_id != draft.id:
        return
    for other in deployment.configuration.connections():
        is_another = other.id != draft.id and other.service == draft.service
        if is_another and other.endpoint_id != draft.id and get_topic_source(connector, other) == source:
            raise Misconfigured(
                f"{other.endpoint_id} is connected to the same account, whose news come together: run the command "
                f"again with --endpoint {other.endpoint_id}"
            )


def _check_account(deployment: Deployment, connector: Connector, draft: Connection) -> None:
    """No two connections that share a URL have the same account."""
    if not isinstance(connector, IdentifiesAccounts):
        return
    account = connector.get_account_id(draft)
    if not account and isinstance(connector, SetsUpAccounts):
        return
    for other in deployment.configuration.connections():
        if other.id != draft.id and other.endpoint_id == draft.endpoint_id and other.account == account:
            raise Misconfigured(
                f"{other.id} is already connected to this account: choose another account for {draft.id}"
            )
