"""Checks of what comes in: the webhook at the service, its signature, its last call."""

from __future__ import annotations

from collections.abc import Iterator

from patchbay.bridge.webhook_restoration import IN_USE
from patchbay.domain.errors import PatchbayError
from patchbay.kit.account_setup import RegistersWebhooks, RestoresWebhooks
from patchbay.kit.contract import list_needed
from patchbay_cli.checks.context import CheckContext
from patchbay_cli.checks.results import CheckResult, Level, describe_host
from patchbay_cli.checks.webhook_forms import check_forms, list_forms
from patchbay_cli.connection_setup.service_setup import list_steps
from patchbay_cli.error_messages import explain
from patchbay_cli.secret_masks import mask_steps


def check_verification(context: CheckContext) -> Iterator[CheckResult]:
    """What verifies webhooks belongs to their URL, which may be another connection's."""
    connector, owner = context.connector, context.deployment.owner_of_url(context.connection)
    for setting in list_needed(connector, owner.settings) if connector.signs else ():
        if setting.verifies and not owner.secrets.accepted(setting.name):
            yield CheckResult(
                check="signature",
                level=Level.PROBLEM,
                found=f"{setting.name} is missing: every webhook is rejected, and no message comes in",
                advice=f"{setting.help}: `patchbay connect {owner.service} {owner.id} --secret {setting.name}=@FILE`",
            )


def restore_webhook(context: CheckContext) -> Iterator[CheckResult]:
    """What the webhook monitor does every few minutes, for an owner who checks before its next run."""
    if not isinstance(context.connector, RestoresWebhooks) or context.connection.status not in IN_USE:
        return
    try:
        restored = context.connector.restore_webhooks(context.webhooks, context.connection, context.deployment.http)
    except PatchbayError as error:
        yield CheckResult(check="webhook", level=Level.PROBLEM, found=f"cannot be restored: {explain(error)}")
        return
    if restored:
        found = f"the service had disabled it after failures; restored now ({restored})"
        yield CheckResult(check="webhook", level=Level.NOTICE, found=found, fixed=True)


def check_webhook(context: CheckContext) -> Iterator[CheckResult]:
    if not isinstance(context.connector, RegistersWebhooks):
        return
    if context.inputs.webhook_fix is not None:
        yield context.inputs.webhook_fix
    try:
        current = context.connector.get_registered_url(context.connection, context.deployment.http)
    except PatchbayError as error:
        yield CheckResult(check="webhook", level=Level.PROBLEM, found=f"cannot be checked: {explain(error)}")
        return
    if current is None:
        yield CheckResult(
            check="webhook",
            level=Level.NOTICE,
            found="is set manually at the service, and cannot be checked with these credentials",
        )
    elif current in context.webhooks.values():
        called = "publishes to our topic" if current.startswith("arn:") else "calls our URL"
        yield CheckResult(check="webhook", level=Level.OK, found=f"the service {called}")
    else:
        fix = f"patchbay doctor {context.connection.id} --fix"
        yield CheckResult(
            check="webhook",
            level=Level.PROBLEM,
            found=f"the service calls {describe_called(current)}",
            advice=f"run `{fix if context.connection.status in IN_USE else context.command}` to register ours",
        )


def describe_called(url: str) -> str:
    """What a service calls instead of our URL."""
    if url.startswith("arn:"):
        return f"another topic ({url})"
    return f"another URL ({describe_host(url)})" if url else "no URL"


def check_arrivals(context: CheckContext) -> Iterator[CheckResult]:
    """Accounts that share a URL share this too."""
    forms = list_forms(context.deployment, context.connector, context.connection)
    if forms:
        yield from check_forms(context, forms)
        return
    last = context.deployment.configuration.last_webhook(context.connection)
    if last is not None:
        yield CheckResult(check="last webhook", level=Level.OK, found=f"{last:%Y-%m-%d %H:%M} UTC")
        return
    steps = list_steps(context.connector, context.webhooks, context.connection)
    missing = context.inputs.first_webhook_missing
    action = "connect an account" if context.is_app else "write a message at the service"
    yield CheckResult(
        check="last webhook",
        level=Level.PROBLEM if missing else Level.NOTICE,
        found="none arrived while waiting" if missing else "none has arrived yet",
        advice="" if steps else f"{action}, then run `patchbay doctor {context.connection.id}` again in a minute",
    )
    mask = mask_steps(context.deployment, context.connector, context.connection)
    for step in steps:
        yield CheckResult(check="manual step", level=Level.NOTICE, found="may not be done yet", advice=mask.hide(step))
