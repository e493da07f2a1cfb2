"""The check of a messenger's templates: how many agents can send, and which ones the messenger does not let out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.errors import AuthorizationNeeded, PatchbayError
from patchbay.domain.template_status import TemplateStatus
from patchbay.domain.templates import Template
from patchbay.kit.template_abilities import ManagesTemplates, SendsTemplates
from patchbay_cli.checks.context import CheckContext
from patchbay_cli.checks.results import CheckResult, Level
from patchbay_cli.error_messages import explain

_APPROVED = TemplateStatus.APPROVED
_TROUBLED = (TemplateStatus.PAUSED, TemplateStatus.DISABLED, TemplateStatus.REJECTED)
_CHECK = "templates"
_MOST = 20  #: named; of more the command that lists them is named


def check_templates(context: CheckContext) -> Iterator[CheckResult]:
    """One call. Credentials that are refused are another check's finding."""
    connector = context.connector
    if not (isinstance(connector, SendsTemplates) and isinstance(connector, ManagesTemplates)) or context.is_app:
        return
    if context.connection.status is not ConnectionStatus.ACTIVE:
        return
    try:
        found = connector.list_templates(context.connection, context.deployment.http)
    except AuthorizationNeeded:
        return
    except PatchbayError as error:
        yield CheckResult(check=_CHECK, level=Level.NOTICE, found=f"they could not be listed: {explain(error)}")
        return
    yield CheckResult(check=_CHECK, level=Level.OK, found=_count(found))
    troubled = sorted((one for one in found if one.status in _TROUBLED), key=lambda one: (one.name, one.language))
    for one in troubled[:_MOST]:
        yield CheckResult(check=_CHECK, level=Level.NOTICE, found=_describe(one))
    if len(troubled) > _MOST:
        advice = f"run `patchbay templates list {context.connection.id}`"
        yield CheckResult(
            check=_CHECK, level=Level.NOTICE, found=f"{len(troubled) - _MOST} more cannot be sent", advice=advice
        )


def _count(found: Sequence[Template]) -> str:
    counts = {status: sum(one.status is status for one in found) for status in TemplateStatus}
    others = [f"{count} {status.value}" for status, count in counts.items() if count and status is not _APPROVED]
    return ", ".join([f"{counts[_APPROVED]} approved", *others])


def _describe(template: Template) -> str:
    because = f": {template.reason}" if template.reason else ""
    return f"{template.name} ({template.language}) is {template.status.value}{because}"
