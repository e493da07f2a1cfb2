"""`patchbay link` and `unlink`: the platform that a messenger's messages are delivered to."""

from __future__ import annotations

from collections.abc import Sequence

import click

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.domain.model import Side
from patchbay_cli import apps
from patchbay_cli.connection_setup.feedback import Renewal, renew_feedback, report
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json


@click.command(short_help="Link a messenger to a platform.")
@click.argument("messenger_id")
@click.argument("platform_id")
@with_json
@pass_deployment
def link(deployment: Deployment, messenger_id: str, platform_id: str) -> None:
    """Deliver the messages of MESSENGER_ID to PLATFORM_ID.

    A messenger is linked to one platform; a platform can be linked to any number of messengers. If the messenger was
    linked to another platform before, agents there can still reply in open conversations.
    """
    messenger = _find_on_side(deployment, messenger_id, Side.MESSENGER)
    platform = _find_on_side(deployment, platform_id, Side.PLATFORM)
    for end in (messenger, platform):
        _refuse_app(deployment, end)
    before = messenger.link
    deployment.configuration.link(messenger.id, platform.id)
    renewals = renew_feedback(deployment, filter(None, (messenger.id, platform.id, before)))
    if deployment.terminal.as_json:
        ends = {"messenger": messenger.id, "platform": platform.id, "before": before}
        deployment.terminal.report({**ends, **_describe(renewals)})
        return
    deployment.terminal.show(
        f"Linked {messenger.id} to {platform.id}. New messages are delivered there within a minute.", style="green"
    )
    if before and before != platform.id:
        deployment.terminal.show(f"Replies of agents on {before} in open conversations are still delivered.")
    report(deployment, renewals)


@click.command(short_help="Unlink a messenger.")
@click.argument("messenger_id")
@with_json
@pass_deployment
def unlink(deployment: Deployment, messenger_id: str) -> None:
    """Unlink MESSENGER_ID. New messages are held until you link it again; agents' replies are still delivered."""
    messenger = _find_on_side(deployment, messenger_id, Side.MESSENGER)
    deployment.configuration.link(messenger.id, None)
    renewals = renew_feedback(deployment, filter(None, (messenger.id, messenger.link)))
    if deployment.terminal.as_json:
        ends = {"messenger": messenger.id, "platform": None, "before": messenger.link}
        deployment.terminal.report({**ends, **_describe(renewals)})
        return
    deployment.terminal.show(
        f"Unlinked {messenger.id}. New messages are held until you link it again: "
        f"patchbay link {messenger.id} PLATFORM_ID"
    )
    report(deployment, renewals)


def _describe(renewals: Sequence[Renewal]) -> dict[str, object]:
    """Whose webhooks were registered again, because other receipts can be shown now, and what is left to do."""
    return {
        "registered_again": [one.connection_id for one in renewals if one.registered],
        "not_registered": {one.connection_id: one.problem for one in renewals if one.problem},
        "manual_steps": {one.connection_id: list(one.steps) for one in renewals if one.steps},
    }


def _refuse_app(deployment: Deployment, connection: Connection) -> None:
    if not apps.is_app(deployment, connection):
        return
    accounts = ", ".join(account.id for account in apps.list_accounts(deployment, connection))
    start = deployment.oauth_urls(connection)["oauth_start"]
    advice = f"Link to one of its accounts instead: {accounts}." if accounts else "It has no accounts yet."
    raise Misconfigured(
        f"{connection.id} is an app, which carries no messages itself. {advice} To add an account, open {start}"
    )


def _find_on_side(deployment: Deployment, connection_id: str, side: Side) -> Connection:
    connection = deployment.connection(connection_id)
    if connection.side is not side:
        raise Misconfigured(
            f"{connection_id} is a {connection.side} ({connection.service}), but a {side} is needed here: "
            "patchbay link MESSENGER_ID PLATFORM_ID"
        )
    return connection
