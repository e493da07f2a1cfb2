"""What `patchbay doctor` looks at in one connection, and what it says about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from patchbay.accounts import Connection, ConnectionStatus
from patchbay.caring import IN_USE
from patchbay.connecting import ChecksCredentials, HealsWebhooks, RegistersWebhooks, SetsUpAccounts
from patchbay.errors import AuthorizationNeeded, Misconfigured, PatchbayError
from patchbay.model import Side
from patchbay_cli import apps
from patchbay_cli.checks.context import CheckContext, CheckInputs, make_context
from patchbay_cli.checks.results import CheckResult, Level, describe_host, describe_time
from patchbay_cli.connection_setup.service_setup import list_steps
from patchbay_cli.dead_letters.explanations import explain_cause, name_of
from patchbay_cli.deployment import Deployment
from patchbay_cli.error_messages import explain
from patchbay_cli.secret_masks import mask_steps

PATIENCE = timedelta(minutes=5)  #: services open accounts and conversations within seconds


def examine(deployment: Deployment, connection_id: str, inputs: CheckInputs) -> Iterator[CheckResult]:
    connection = deployment.connection(connection_id)
    try:
        context = make_context(deployment, connection, inputs)
    except Misconfigured as error:
        yield CheckResult(check="configuration", level=Level.PROBLEM, found=str(error))
        return
    for look in _CHECKS:
        yield from look(context)


# --- the account -----------------------------------------------------------------------------------------------------


def _examine_status(context: CheckContext) -> Iterator[CheckResult]:
    connection = context.connection
    reason = f": {connection.status_reason}" if connection.status_reason else ""
    if connection.status is ConnectionStatus.NEEDS_AUTHORIZATION:
        renewal = context.consent or f"get new ones and run `{context.command} --secret ...`"
        yield CheckResult(
            check="status",
            level=Level.PROBLEM,
            found=f"the service refuses our credentials{reason}{_describe_checks(connection)}",
            advice=f"{renewal}: what waits goes out after that",
        )
    elif connection.status is ConnectionStatus.DISABLED:
        yield CheckResult(
            check="status",
            level=Level.PROBLEM,
            found=f"the account is switched off at the service{reason}",
            advice=f"switch it on there, then {context.consent or f'say `{context.command} --secret ...`'}",
        )
    elif connection.status is ConnectionStatus.PENDING:
        yield _examine_pending(context)
    elif isinstance(context.connector, SetsUpAccounts) and not context.is_app:
        yield CheckResult(check="status", level=Level.OK, found="the service has opened the account")


def _describe_checks(connection: Connection) -> str:
    """The webhook monitor tries refused credentials again: it may be over without the owner."""
    if connection.checked_at is None:
        return ""
    ago = describe_time(datetime.now(UTC) - connection.checked_at)
    return f" (tried again {connection.checks} times, last {ago} ago)"


def _examine_pending(context: CheckContext) -> CheckResult:
    """Messages wait meanwhile, so that a moment is no matter."""
    since = context.connection.changed_at
    waited = datetime.now(UTC) - since if since else None
    if waited is not None and waited < PATIENCE:
        return CheckResult(
            check="status",
            level=Level.NOTICE,
            found="the service has not opened the account yet",
            advice="look here again in a minute",
        )
    lasting = f" for {describe_time(waited)}" if waited else ""
    return CheckResult(
        check="status",
        level=Level.PROBLEM,
        found=f"the service has not opened the account{lasting}: messages wait",
        advice=f"see that {context.connector.title} calls our webhook address, then say `{context.command}`, "
        "which asks for it again",
    )


def _examine_credentials(context: CheckContext) -> Iterator[CheckResult]:
    connector = context.connector
    if not isinstance(connector, ChecksCredentials):
        found = f"{connector.title} offers no way to check them"
        yield CheckResult(check="credentials", level=Level.NOTICE, found=found)
        return
    try:
        account = connector.check(context.connection, context.deployment.http)
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


def _examine_accounts(context: CheckContext) -> Iterator[CheckResult]:
    """Those of an app: it carries no messages itself, and has no link."""
    if not context.is_app:
        return
    joined = [one.id for one in apps.list_accounts(context.deployment, context.connection)]
    if joined:
        yield CheckResult(check="accounts", level=Level.OK, found=", ".join(joined))
    else:
        advice = "open the start address in an account of the service, and consent"
        yield CheckResult(check="accounts", level=Level.NOTICE, found="none has joined yet", advice=advice)
    yield CheckResult(check="start address", level=Level.OK, found=context.oauth_start_url)


# --- what comes in ---------------------------------------------------------------------------------------------------


def _examine_verification(context: CheckContext) -> Iterator[CheckResult]:
    """What verifies webhooks belongs to their address, which may be another connection's."""
    connection, connector = context.connection, context.connector
    owner = (
        connection if connection.endpoint_id == connection.id else context.deployment.connection(connection.endpoint_id)
    )
    for setting in connector.settings if connector.signs else ():
        if setting.verifies and not owner.secrets.accepted(setting.name):
            yield CheckResult(
                check="signature",
                level=Level.PROBLEM,
                found=f"{setting.name} is missing: every webhook is refused, and nothing comes in",
                advice=f"{setting.help}: `patchbay connect {owner.service} {owner.id} --secret {setting.name}=@FILE`",
            )


def _restore_webhook(context: CheckContext) -> Iterator[CheckResult]:
    """What the webhook monitor does every few minutes, for an owner who looks before its round."""
    if not isinstance(context.connector, HealsWebhooks) or context.connection.status not in IN_USE:
        return
    try:
        fixed = context.connector.heal(context.webhooks, context.connection, context.deployment.http)
    except PatchbayError as error:
        yield CheckResult(check="webhook", level=Level.PROBLEM, found=f"cannot be looked after: {explain(error)}")
        return
    if fixed:
        found = f"was switched off by the service after failures; put back now ({fixed})"
        yield CheckResult(check="webhook", level=Level.NOTICE, found=found, fixed=True)


def _examine_webhook(context: CheckContext) -> Iterator[CheckResult]:
    if not isinstance(context.connector, RegistersWebhooks):
        return
    if context.inputs.webhook_fix is not None:
        yield context.inputs.webhook_fix
    try:
        current = context.connector.registered(context.connection, context.deployment.http)
    except PatchbayError as error:
        yield CheckResult(check="webhook", level=Level.PROBLEM, found=f"cannot be asked for: {explain(error)}")
        return
    if current is None:
        yield CheckResult(
            check="webhook", level=Level.NOTICE, found="is set by hand, and our credentials cannot ask for it"
        )
    elif current in context.webhooks.values():
        yield CheckResult(check="webhook", level=Level.OK, found="the service calls our address")
    else:
        called = f"another address ({describe_host(current)})" if current else "no address"
        mending = f"patchbay doctor {context.connection.id} --mend"
        yield CheckResult(
            check="webhook",
            level=Level.PROBLEM,
            found=f"the service calls {called}",
            advice=f"say `{mending if context.connection.status in IN_USE else context.command}`, which registers ours",
        )


def _examine_arrivals(context: CheckContext) -> Iterator[CheckResult]:
    """Accounts that share an address share this too."""
    last = context.deployment.administration.last_webhook(context.connection)
    if last is not None:
        yield CheckResult(check="last webhook", level=Level.OK, found=f"{last:%Y-%m-%d %H:%M} UTC")
        return
    steps = list_steps(context.connector, context.webhooks, context.connection)
    advice = "let an account join" if context.is_app else "write a message on the service"
    in_vain = context.inputs.first_webhook_missing
    yield CheckResult(
        check="last webhook",
        level=Level.PROBLEM if in_vain else Level.NOTICE,
        found="never: none came while we waited" if in_vain else "never: no verified webhook has come yet",
        advice="" if steps else f"{advice}, and look here again in a minute",
    )
    mask = mask_steps(context.deployment, context.connector, context.connection)
    for step in steps:
        advice = mask.hide(step)
        yield CheckResult(check="to do by hand", level=Level.NOTICE, found="perhaps not done yet", advice=advice)


# --- what goes on ----------------------------------------------------------------------------------------------------


def _examine_link(context: CheckContext) -> Iterator[CheckResult]:
    connection = context.connection
    known = {other.id: other for other in context.deployment.administration.connections()}
    if context.is_app:
        return
    if connection.side is Side.PLATFORM:
        linked = [other.id for other in known.values() if other.link == connection.id]
        level = Level.OK if linked else Level.NOTICE
        advice = "" if linked else f"say `patchbay link MESSENGER_ID {connection.id}`"
        yield CheckResult(check="link", level=level, found=f"from {', '.join(linked) or 'no messenger'}", advice=advice)
    elif connection.link is None or connection.link not in known:
        yield CheckResult(
            check="link",
            level=Level.PROBLEM,
            found="what customers write goes nowhere",
            advice=f"say `patchbay link {connection.id} PLATFORM_ID`",
        )
    else:
        yield CheckResult(check="link", level=Level.OK, found=f"to {connection.link}")


def _examine_conversations(context: CheckContext) -> Iterator[CheckResult]:
    waited = [datetime.now(UTC) - since for since in context.inputs.pending]
    stuck = [time for time in waited if time >= PATIENCE]
    if stuck:
        yield CheckResult(
            check="conversations",
            level=Level.PROBLEM,
            found=f"{len(stuck)} stuck in pending, the oldest for {describe_time(max(stuck))}",
            advice="see `patchbay sessions`, and ask the service why it does not open them: what waits goes out then",
        )
    elif waited:
        yield CheckResult(
            check="conversations", level=Level.NOTICE, found=f"{len(waited)} waiting for the service to open them"
        )


def _examine_parked(context: CheckContext) -> Iterator[CheckResult]:
    for cause, amount in context.inputs.parked.items():
        explanation = explain_cause(cause)
        yield CheckResult(
            check="dead letters",
            level=Level.PROBLEM,
            found=f"{amount} of its messages: {name_of(cause)} ({explanation.meaning})",
            advice=explanation.advice,
        )


_CHECKS: tuple[Callable[[CheckContext], Iterator[CheckResult]], ...] = (
    _examine_status,
    _examine_credentials,
    _examine_accounts,
    _examine_verification,
    _restore_webhook,
    _examine_webhook,
    _examine_arrivals,
    _examine_link,
    _examine_conversations,
    _examine_parked,
)
