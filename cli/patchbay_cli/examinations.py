"""What `patchbay doctor` looks at in one connection, and what it says about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from patchbay import connectors
from patchbay.accounts import Connection, ConnectionStatus
from patchbay.caring import IN_USE
from patchbay.connecting import ChecksCredentials, HealsWebhooks, RegistersWebhooks, SetsUpAccounts, Webhooks
from patchbay.contract import Connector
from patchbay.errors import AuthorizationNeeded, Misconfigured, PatchbayError
from patchbay.model import Side
from patchbay_cli import apps
from patchbay_cli.bridge import Bridge
from patchbay_cli.failures import explain
from patchbay_cli.findings import Finding, Level, describe_time
from patchbay_cli.readiness import list_steps

PATIENCE = timedelta(minutes=5)  #: services open accounts and conversations within seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is counted once for all connections, as far as it concerns this one.

    `pending` tells of each conversation that waits to be opened since when it does.
    """

    parked: int = 0
    pending: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """The connection under examination. `join_address` is where its app, or the app it is itself, is joined."""

    bridge: Bridge
    connector: Connector
    connection: Connection
    webhooks: Webhooks
    is_app: bool
    join_address: str
    circumstances: Circumstances

    @property
    def command(self) -> str:
        return f"patchbay connect {self.connection.service} {self.connection.id}"

    @property
    def consent(self) -> str:
        """How an account that joined an app joins it again; "" for others."""
        if self.is_app or not self.join_address:
            return ""
        return f"open {self.join_address} in that account and consent again"


def examine(bridge: Bridge, connection_id: str, circumstances: Circumstances) -> Iterator[Finding]:
    connection = bridge.connection(connection_id)
    try:
        subject = _introduce(bridge, connection, circumstances)
    except Misconfigured as error:
        yield Finding(check="configuration", level=Level.PROBLEM, found=str(error))
        return
    for look in _LOOKS:
        yield from look(subject)


def _introduce(bridge: Bridge, connection: Connection, circumstances: Circumstances) -> _Subject:
    connector = connectors.load(connection.service)
    is_app = apps.is_app_of(connector, connection)
    app = connection if is_app else apps.find_app(bridge, connection)
    addresses = bridge.join_addresses(app) if app else {}
    webhooks = bridge.webhooks(connector, connection)
    return _Subject(
        bridge=bridge,
        connector=connector,
        connection=connection,
        webhooks={**webhooks, **addresses} if is_app else webhooks,
        is_app=is_app,
        join_address=addresses.get("oauth_start", ""),
        circumstances=circumstances,
    )


# --- the account -----------------------------------------------------------------------------------------------------


def _examine_status(subject: _Subject) -> Iterator[Finding]:
    connection = subject.connection
    reason = f": {connection.status_reason}" if connection.status_reason else ""
    if connection.status is ConnectionStatus.NEEDS_AUTHORIZATION:
        renewal = subject.consent or f"get new ones and say `{subject.command} --secret ...`"
        yield Finding(
            check="status",
            level=Level.PROBLEM,
            found=f"the service refuses our credentials{reason}",
            advice=f"{renewal}: what waits goes out after that",
        )
    elif connection.status is ConnectionStatus.DISABLED:
        yield Finding(
            check="status",
            level=Level.PROBLEM,
            found=f"the account is switched off at the service{reason}",
            advice=f"switch it on there, then {subject.consent or f'say `{subject.command} --secret ...`'}",
        )
    elif connection.status is ConnectionStatus.PENDING:
        yield _examine_pending(subject)
    elif isinstance(subject.connector, SetsUpAccounts) and not subject.is_app:
        yield Finding(check="status", level=Level.OK, found="the service has opened the account")


def _examine_pending(subject: _Subject) -> Finding:
    """Messages wait meanwhile, so that a moment is no matter."""
    since = subject.connection.changed_at
    waited = datetime.now(UTC) - since if since else None
    if waited is not None and waited < PATIENCE:
        return Finding(
            check="status",
            level=Level.NOTICE,
            found="the service has not opened the account yet",
            advice="look here again in a minute",
        )
    lasting = f" for {describe_time(waited)}" if waited else ""
    return Finding(
        check="status",
        level=Level.PROBLEM,
        found=f"the service has not opened the account{lasting}: messages wait",
        advice=f"see that {subject.connector.title} calls our webhook address, then say `{subject.command}`, "
        "which asks for it again",
    )


def _examine_credentials(subject: _Subject) -> Iterator[Finding]:
    connector = subject.connector
    if not isinstance(connector, ChecksCredentials):
        found = f"{connector.title} offers no way to check them"
        yield Finding(check="credentials", level=Level.NOTICE, found=found)
        return
    try:
        account = connector.check(subject.connection, subject.bridge.http)
    except (AuthorizationNeeded, Misconfigured) as error:
        advice = subject.consent or f"correct them with `{subject.command} --secret ...`"
        yield Finding(check="credentials", level=Level.PROBLEM, found=explain(error), advice=advice)
    except PatchbayError as error:
        yield Finding(check="credentials", level=Level.PROBLEM, found=explain(error))
    else:
        level, found = Level.OK, f"accepted ({account.name or account.external_id})"
        if account.warnings:
            level, found = Level.NOTICE, "; ".join(account.warnings)
        yield Finding(check="credentials", level=level, found=found)


def _examine_accounts(subject: _Subject) -> Iterator[Finding]:
    """Those of an app: it carries no messages itself, and has no link."""
    if not subject.is_app:
        return
    joined = [one.id for one in apps.list_accounts(subject.bridge, subject.connection)]
    if joined:
        yield Finding(check="accounts", level=Level.OK, found=", ".join(joined))
    else:
        advice = "open the start address in an account of the service, and consent"
        yield Finding(check="accounts", level=Level.NOTICE, found="none has joined yet", advice=advice)
    yield Finding(check="start address", level=Level.OK, found=subject.join_address)


# --- what comes in ---------------------------------------------------------------------------------------------------


def _examine_verification(subject: _Subject) -> Iterator[Finding]:
    """What verifies webhooks belongs to their address, which may be another connection's."""
    connection, connector = subject.connection, subject.connector
    owner = connection if connection.endpoint_id == connection.id else subject.bridge.connection(connection.endpoint_id)
    for setting in connector.settings if connector.signs else ():
        if setting.verifies and not owner.secrets.accepted(setting.name):
            yield Finding(
                check="signature",
                level=Level.PROBLEM,
                found=f"{setting.name} is missing: every webhook is refused, and nothing comes in",
                advice=f"{setting.help}: `patchbay connect {owner.service} {owner.id} --secret {setting.name}=@FILE`",
            )


def _mend_webhook(subject: _Subject) -> Iterator[Finding]:
    """What the caretaker does every few minutes, for an owner who looks before it comes round."""
    if not isinstance(subject.connector, HealsWebhooks) or subject.connection.status not in IN_USE:
        return
    try:
        mended = subject.connector.heal(subject.webhooks, subject.connection, subject.bridge.http)
    except PatchbayError as error:
        yield Finding(check="webhook", level=Level.PROBLEM, found=f"cannot be looked after: {explain(error)}")
        return
    if mended:
        found = f"was switched off by the service after failures; put back now ({mended})"
        yield Finding(check="webhook", level=Level.NOTICE, found=found)


def _examine_webhook(subject: _Subject) -> Iterator[Finding]:
    if not isinstance(subject.connector, RegistersWebhooks):
        return
    again = f"say `{subject.command}`, which registers ours"
    try:
        current = subject.connector.registered(subject.connection, subject.bridge.http)
    except PatchbayError as error:
        yield Finding(check="webhook", level=Level.PROBLEM, found=f"cannot be asked for: {explain(error)}")
        return
    if current is None:
        yield Finding(
            check="webhook", level=Level.NOTICE, found="is set by hand, and our credentials cannot ask for it"
        )
    elif current in subject.webhooks.values():
        yield Finding(check="webhook", level=Level.OK, found="the service calls our address")
    elif current:
        yield Finding(check="webhook", level=Level.PROBLEM, found="the service calls another address", advice=again)
    else:
        yield Finding(check="webhook", level=Level.PROBLEM, found="the service calls no address", advice=again)


def _examine_arrivals(subject: _Subject) -> Iterator[Finding]:
    """Accounts that share an address share this too."""
    last = subject.bridge.administration.last_webhook(subject.connection)
    if last is not None:
        yield Finding(check="last webhook", level=Level.OK, found=f"{last:%Y-%m-%d %H:%M} UTC")
        return
    steps = list_steps(subject.connector, subject.webhooks, subject.connection)
    advice = "let an account join" if subject.is_app else "write a message on the service"
    yield Finding(
        check="last webhook",
        level=Level.NOTICE,
        found="never: no verified webhook has come yet",
        advice="" if steps else f"{advice}, and look here again in a minute",
    )
    for step in steps:
        yield Finding(check="to do by hand", level=Level.NOTICE, found="perhaps not done yet", advice=step)


# --- what goes on ----------------------------------------------------------------------------------------------------


def _examine_link(subject: _Subject) -> Iterator[Finding]:
    connection = subject.connection
    known = {other.id: other for other in subject.bridge.administration.connections()}
    if subject.is_app:
        return
    if connection.side is Side.PLATFORM:
        linked = [other.id for other in known.values() if other.link == connection.id]
        level = Level.OK if linked else Level.NOTICE
        advice = "" if linked else f"say `patchbay link MESSENGER_ID {connection.id}`"
        yield Finding(check="link", level=level, found=f"from {', '.join(linked) or 'no messenger'}", advice=advice)
    elif connection.link is None or connection.link not in known:
        yield Finding(
            check="link",
            level=Level.PROBLEM,
            found="what customers write goes nowhere",
            advice=f"say `patchbay link {connection.id} PLATFORM_ID`",
        )
    else:
        yield Finding(check="link", level=Level.OK, found=f"to {connection.link}")


def _examine_conversations(subject: _Subject) -> Iterator[Finding]:
    waited = [datetime.now(UTC) - since for since in subject.circumstances.pending]
    stuck = [time for time in waited if time >= PATIENCE]
    if stuck:
        yield Finding(
            check="conversations",
            level=Level.PROBLEM,
            found=f"{len(stuck)} stuck in pending, the oldest for {describe_time(max(stuck))}",
            advice="see `patchbay sessions`, and ask the service why it does not open them: what waits goes out then",
        )
    elif waited:
        yield Finding(
            check="conversations", level=Level.NOTICE, found=f"{len(waited)} waiting for the service to open them"
        )


def _examine_parked(subject: _Subject) -> Iterator[Finding]:
    if subject.circumstances.parked:
        yield Finding(
            check="parked",
            level=Level.PROBLEM,
            found=f"{subject.circumstances.parked} of its messages were given up",
            advice="see `patchbay parked list`, then `patchbay parked retry --all`",
        )


_LOOKS: tuple[Callable[[_Subject], Iterator[Finding]], ...] = (
    _examine_status,
    _examine_credentials,
    _examine_accounts,
    _examine_verification,
    _mend_webhook,
    _examine_webhook,
    _examine_arrivals,
    _examine_link,
    _examine_conversations,
    _examine_parked,
)
