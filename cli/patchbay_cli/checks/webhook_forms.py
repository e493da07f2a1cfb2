"""Webhooks that arrive in several forms, each of which the owner sets up separately."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.kit import registry
from patchbay.kit.abilities import ReceivesInForms
from patchbay.kit.account_setup import WebhookForm
from patchbay.kit.contract import Connector
from patchbay_cli.checks.context import CheckContext
from patchbay_cli.checks.results import CheckResult, Level
from patchbay_cli.deployment import Deployment
from patchbay_cli.secret_masks import mask_steps

_STILL_ARRIVES = timedelta(days=1)  #: the last one of a form that is turned off is older, sooner or later
ANY_FORM = ""  #: as `last_webhook` has it


def list_forms(deployment: Deployment, connector: Connector, connection: Connection) -> Mapping[str, WebhookForm]:
    """The forms of the webhooks at the connection's URL; none where the service has only one."""
    if not isinstance(connector, ReceivesInForms):
        return {}
    owner = deployment.owner_of_url(connection)
    return connector.list_forms(deployment.webhooks(connector, connection), owner)


def list_expected(deployment: Deployment, connection: Connection) -> Sequence[str]:
    """The forms that have to arrive before the connection's webhooks are known to work."""
    try:
        forms = list_forms(deployment, registry.load(connection.service), connection)
    except Misconfigured:
        return [ANY_FORM]  # its service has been removed, or its secret, which its own check reports
    return [name for name, form in forms.items() if form.expected] or [ANY_FORM]


def check_forms(context: CheckContext, forms: Mapping[str, WebhookForm]) -> Iterator[CheckResult]:
    for name, form in forms.items():
        yield from _check_expected(context, name, form) if form.expected else _check_other(context, name, form)


def _check_expected(context: CheckContext, name: str, form: WebhookForm) -> Iterator[CheckResult]:
    last = context.deployment.configuration.last_webhook(context.connection, name)
    if last is not None:
        yield CheckResult(check=f"last webhook ({name})", level=Level.OK, found=f"{last:%Y-%m-%d %H:%M} UTC")
        return
    missing = context.inputs.first_webhook_missing
    again = f"write a message at the service, then run `patchbay doctor {context.connection.id}` again in a minute"
    yield CheckResult(
        check=f"last webhook ({name})",
        level=Level.PROBLEM if missing else Level.NOTICE,
        found=f"none arrived from {form.title} while waiting" if missing else f"none has arrived from {form.title} yet",
        advice="" if form.steps else again,
    )
    mask = mask_steps(context.deployment, context.connector, context.connection)
    for step in form.steps:
        yield CheckResult(check="manual step", level=Level.NOTICE, found="may not be done yet", advice=mask.hide(step))


def _check_other(context: CheckContext, name: str, form: WebhookForm) -> Iterator[CheckResult]:
    """A notice for a day: whether the form was turned off since the last one, nobody can tell sooner."""
    last = context.deployment.configuration.last_webhook(context.connection, name)
    if last is None or context.deployment.clock.now() - last > _STILL_ARRIVES:
        return
    yield CheckResult(
        check=f"last webhook ({name})",
        level=Level.NOTICE,
        found=f"{last:%Y-%m-%d %H:%M} UTC, from {form.title}, which the settings do not expect",
        advice=form.advice,
    )
