"""Checks of receipts and typing: whether the service reports what the other side can show, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from patchbay.bridge.webhook_restoration import IN_USE
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import PatchbayError
from patchbay.domain.feedback import FeedbackKind
from patchbay.kit import registry
from patchbay.kit.account_setup import SelectsFeedback
from patchbay.kit.contract import Connector
from patchbay_cli.checks.context import CheckContext
from patchbay_cli.checks.results import CheckResult, Level
from patchbay_cli.command_audit import begin_act
from patchbay_cli.connection_setup.feedback import find_wanted, fix_feedback, select
from patchbay_cli.deployment import Deployment

_CHECK = "receipts"


def check_feedback(context: CheckContext) -> Iterator[CheckResult]:
    """What links and settings ask for: a command that changed them may have been refused or interrupted."""
    if context.inputs.feedback_fix is not None:
        yield context.inputs.feedback_fix
    if context.connection.status not in IN_USE:
        return
    try:
        found = _find_difference(context.deployment, context.connector, context.connection)
    except PatchbayError:
        return  # the checks of the webhook and of the credentials say why
    if found is not None:
        yield found


def fix_all_feedback(deployment: Deployment, connections: Iterable[Connection]) -> Mapping[str, CheckResult]:
    """Registers again what differs. The results by connection; those that cannot be checked are not in the answer."""
    results: dict[str, CheckResult] = {}
    for known in connections:
        connection = deployment.connection(known.id)
        try:
            connector = registry.load(connection.service)
            is_wrong = connection.status in IN_USE and _find_difference(deployment, connector, connection) is not None
        except PatchbayError:
            continue
        if is_wrong:
            deployment.add_audit_targets([connection.id])
            begin_act(deployment)
            results[connection.id] = _fix(deployment, connection)
    return results


def _fix(deployment: Deployment, connection: Connection) -> CheckResult:
    problems = [one.problem for one in fix_feedback(deployment, connection) if one.problem]
    if problems:
        return CheckResult(check=_CHECK, level=Level.PROBLEM, found=f"could not be set at the service: {problems[0]}")
    return CheckResult(
        check=_CHECK, level=Level.NOTICE, found="were not set as the links need it; fixed now", fixed=True
    )


def _find_difference(deployment: Deployment, connector: Connector, connection: Connection) -> CheckResult | None:
    wanted = find_wanted(deployment, connection)
    noted = wanted if connection.feedback is None else connection.feedback
    asked, reported = select(connector, wanted), select(connector, wanted)
    if isinstance(connector, SelectsFeedback) and connection.id in deployment.configuration.registered():
        reported = connector.get_registered_feedback(connection, deployment.http)
    missing, useless = (wanted - noted) | (asked - reported), (noted - wanted) | (reported - asked)
    advice = f"run `patchbay doctor {connection.id} --fix`"
    if missing:
        found = f"{_name(missing)} can be shown on its other side, but would not get there"
        return CheckResult(check=_CHECK, level=Level.PROBLEM, found=found, advice=advice)
    if useless:
        found = f"{_name(useless)} cannot be shown on its other side, and every report costs a webhook"
        return CheckResult(check=_CHECK, level=Level.NOTICE, found=found, advice=advice)
    return None


def _name(kinds: frozenset[FeedbackKind]) -> str:
    return ", ".join(sorted(kinds))
