"""Checks of an account at its service: its status, its credentials, the accounts of an app."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, PatchbayError
from patchbay.kit.account_setup import ChecksCredentials, SetsUpAccounts
from patchbay_cli import apps
from patchbay_cli.checks.context import CheckContext
from patchbay_cli.checks.results import CheckResult, Level, describe_time
from patchbay_cli.error_messages import explain

PATIENCE = timedelta(minutes=5)  #: services open accounts and conversations within seconds


def check_status(context: CheckContext) -> Iterator[CheckResult]:
    connection = context.connection
    reason = f": {connection.status_reason}" if connection.status_reason else ""
    new_credentials = context.consent or f"run `{context.command} --secret ...` with new credentials"
    if connection.status is ConnectionStatus.NEEDS_AUTHORIZATION:
        yield CheckResult(
            check="status",
            level=Level.PROBLEM,
            found=f"the service rejects the credentials{reason}{_describe_retries(connection)}",
            advice=f"{new_credentials}. Queued messages are then delivered",
        )
    elif connection.status is ConnectionStatus.DISABLED:
        yield CheckResult(
            check="status",
            level=Level.PROBLEM,
            found=f"the account is disabled at the service{reason}",
            advice=f"enable it there, then {new_credentials}",
        )
    elif connection.status is ConnectionStatus.PENDING:
        yield _check_pending(context)
    elif isinstance(context.connector, SetsUpAccounts) and not context.is_app:
        yield CheckResult(check="status", level=Level.OK, found="the service has activated the account")


def _describe_retries(connection: Connection) -> str:
    """The webhook monitor tries rejected credentials again: the problem may end without the owner."""
    if connection.checked_at is None:
        return ""
    ago = describe_time(datetime.now(UTC) - connection.checked_at)
    times = f"{connection.checks} time{'' if connection.checks == 1 else 's'}"
    return f" (tried again {times}, most recently {ago} ago)"


def _check_pending(context: CheckContext) -> CheckResult:
    """Messages wait meanwhile, so a short delay does no harm."""
    since = context.connection.changed_at
    waited = datetime.now(UTC) - since if since else None
    if waited is not None and waited < PATIENCE:
        return CheckResult(
            check="status",
            level=Level.NOTICE,
            found="the service has not activated the account yet",
            advice=f"run `patchbay doctor {context.connection.id}` again in a minute",
        )
    lasting = f" for {describe_time(waited)}" if waited else ""
    return CheckResult(
        check="status",
        level=Level.PROBLEM,
        found=f"the service has not activated the account{lasting}. Messages are held",
        advice=f"make sure that {context.connector.title} can call our webhook URL, then run `{context.command}` "
        "to request activation again",
    )


def check_credentials(context: CheckContext) -> Iterator[CheckResult]:
    connector = context.connector
    if not isinstance(connector, ChecksCredentials):
        found = f"cannot be checked: {connector.title} has no API for it"
        yield CheckResult(check="credentials", level=Level.NOTICE, found=found)
        return
    try:
        account = connector.check_credentials(context.connection, context.deployment.http)
    except (AuthorizationNeeded, Misconfigured) as error:
        advice = context.consent or f"correct them with `{context.command} --secret ...`"
        yield CheckResult(check="credentials", level=Level.PROBLEM, found=explain(error), advice=advice)
    except PatchbayError as error:
        yield CheckResult(check="credentials", level=Level.PROBLEM, found=explain(error))
    else:
        level, found = Level.OK, f"accepted ({account.name or account.external_id})"
        if account.warnings:
            level, found = Level.NOTICE, "; ".join(account.warnings)
        yield CheckResult(check="credentials", level=level, found=found)
        yield from (CheckResult(check="account", level=Level.OK, found=note) for note in account.notes)


def check_accounts(context: CheckContext) -> Iterator[CheckResult]:
    """Of an app: it carries no messages itself, and has no link."""
    if not context.is_app:
        return
    accounts = [one.id for one in apps.list_accounts(context.deployment, context.connection)]
    if accounts:
        yield CheckResult(check="accounts", level=Level.OK, found=", ".join(accounts))
    else:
        advice = "open the start URL in an account of the service, and allow access"
        yield CheckResult(check="accounts", level=Level.NOTICE, found="none connected yet", advice=advice)
    yield CheckResult(check="start URL", level=Level.OK, found=context.oauth_start_url)
