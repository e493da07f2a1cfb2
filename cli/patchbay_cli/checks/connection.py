"""All that `patchbay doctor` checks in one connection, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from patchbay.domain.errors import Misconfigured
from patchbay_cli.checks.account import check_accounts, check_credentials, check_status
from patchbay_cli.checks.context import CheckContext, CheckInputs, make_context
from patchbay_cli.checks.feedback import check_feedback
from patchbay_cli.checks.messages import check_conversations, check_dead_letters, check_link
from patchbay_cli.checks.results import CheckResult, Level
from patchbay_cli.checks.templates import check_templates
from patchbay_cli.checks.webhooks import check_arrivals, check_verification, check_webhook, restore_webhook
from patchbay_cli.deployment import Deployment

_CHECKS: tuple[Callable[[CheckContext], Iterator[CheckResult]], ...] = (
    check_status,
    check_credentials,
    check_accounts,
    check_verification,
    restore_webhook,
    check_webhook,
    check_feedback,
    check_templates,
    check_arrivals,
    check_link,
    check_conversations,
    check_dead_letters,
)


def check_connection(deployment: Deployment, connection_id: str, inputs: CheckInputs) -> Iterator[CheckResult]:
    connection = deployment.connection(connection_id)
    try:
        context = make_context(deployment, connection, inputs)
    except Misconfigured as error:
        yield CheckResult(check="configuration", level=Level.PROBLEM, found=str(error))
        return
    for check in _CHECKS:
        yield from check(context)
