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
from patchbay_cli.checks.context import Circumstances, Subject, introduce
from patchbay_cli.checks.results import Finding, Level, describe_place, describe_time
from patchbay_cli.connection_setup.service_setup import list_steps
from patchbay_cli.dead_letters.explanations import explain_cause, name_of
from patchbay_cli.deployment import Bridge
from patchbay_cli.error_messages import explain
from patchbay_cli.secret_masks import mask_steps

PATIENCE = timedelta(minutes=5)  #: services open accounts and conversations within seconds


def examine(bridge: Bridge, connection_id: str, circumstances: Circumstances) -> Iterator[Finding]:
    connection = bridge.connection(connection_id)
    try:
        subject = introduce(bridge, connection, circumstances)
    except Misconfigured as error:
        yield Finding(check="configuration", level=Level.PROBLEM, found=str(error))
        return
    for look in _LOOKS:
        yield from look(subject)


# --- the account -----------------------------------------------------------------------------------------------------


def _examine_status(subject: Subject) -> Iterator[Finding]:
    connection = subject.connection
    reason = f": {connection.status_reason}" if connection.status_reason else ""
    if connection.status is ConnectionStatus.NEEDS_AUTHORIZATION:
        renewal = subject.consent or f"get new ones and run `{subject.command} --secret ...`"
        yield Finding(
            check="status",
            level=Level.PROBLEM,
            found=f"the service refuses our credentials{reason}{_describe_checks(connection)}",
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


def _describe_checks(connection: Connection) -> str:
    """The webhook monitor tries refused credentials again: it may be over without the owner."""
    if connection.checked_at is None:
        return ""
    ago = describe_time(datetime.now(UTC) - connection.checked_at)
    return f" (tried again {connection.checks} times, last {ago} ago)"


def _examine_pending(subject: Subject) -> Finding:
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


def _examine_credentials(subject: Subject) -> Iterator[Finding]:
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
        yield from (Finding(check="account", level=Level.OK, found=note) for note in account.notes)


def _examine_accounts(subject: Subject) -> Iterator[Finding]:
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


def _examine_verification(subject: Subject) -> Iterator[Finding]:
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


def _mend_webhook(subject: Subject) -> Iterator[Finding]:
    """What the webhook monitor does every few minutes, for an owner who looks before its round."""
    if not isinstance(subject.connector, HealsWebhooks) or subject.connection.status not in IN_USE:
        return
    try:
        mended = subject.connector.heal(subject.webhooks, subject.connection, subject.bridge.http)
    except PatchbayError as error:
        yield Finding(check="webhook", level=Level.PROBLEM, found=f"cannot be looked after: {explain(error)}")
        return
    if mended:
        found = f"was switched off by the service after failures; put back now ({mended})"
        yield Finding(check="webhook", level=Level.NOTICE, found=found, mended=True)


def _examine_webhook(subject: Subject) -> Iterator[Finding]:
    if not isinstance(subject.connector, RegistersWebhooks):
        return
    if subject.circumstances.taken_back is not None:
        yield subject.circumstances.taken_back
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
    else:
        called = f"another address ({describe_place(current)})" if current else "no address"
        mending = f"patchbay doctor {subject.connection.id} --mend"
        yield Finding(
            check="webhook",
            level=Level.PROBLEM,
            found=f"the service calls {called}",
            advice=f"say `{mending if subject.connection.status in IN_USE else subject.command}`, which registers ours",
        )


def _examine_arrivals(subject: Subject) -> Iterator[Finding]:
    """Accounts that share an address share this too."""
    last = subject.bridge.administration.last_webhook(subject.connection)
    if last is not None:
        yield Finding(check="last webhook", level=Level.OK, found=f"{last:%Y-%m-%d %H:%M} UTC")
        return
    steps = list_steps(subject.connector, subject.webhooks, subject.connection)
    advice = "let an account join" if subject.is_app else "write a message on the service"
    in_vain = subject.circumstances.waited_in_vain
    yield Finding(
        check="last webhook",
        level=Level.PROBLEM if in_vain else Level.NOTICE,
        found="never: none came while we waited" if in_vain else "never: no verified webhook has come yet",
        advice="" if steps else f"{advice}, and look here again in a minute",
    )
    mask = mask_steps(subject.bridge, subject.connector, subject.connection)
    for step in steps:
        advice = mask.hide(step)
        yield Finding(check="to do by hand", level=Level.NOTICE, found="perhaps not done yet", advice=advice)


# --- what goes on ----------------------------------------------------------------------------------------------------


def _examine_link(subject: Subject) -> Iterator[Finding]:
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


def _examine_conversations(subject: Subject) -> Iterator[Finding]:
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


def _examine_parked(subject: Subject) -> Iterator[Finding]:
    for cause, amount in subject.circumstances.parked.items():
        explanation = explain_cause(cause)
        yield Finding(
            check="dead letters",
            level=Level.PROBLEM,
            found=f"{amount} of its messages: {name_of(cause)} ({explanation.meaning})",
            advice=explanation.advice,
        )


_LOOKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
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
