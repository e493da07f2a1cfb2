"""Receipts and typing that can be shown somewhere: noted for the functions, and asked for at the service.

Links decide what that is, and some settings do. So it is looked at again after each command that changes one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from patchbay.bridge.wanted_feedback import WantedFeedback
from patchbay.bridge.webhook_restoration import IN_USE
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.domain.feedback import FeedbackKind, is_wanted
from patchbay.kit import registry
from patchbay.kit.account_setup import ListsManualSteps, SelectsFeedback
from patchbay.kit.contract import Connector
from patchbay_cli.connection_setup import service_setup
from patchbay_cli.deployment import Deployment
from patchbay_cli.secret_masks import mask_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What was done for one connection. `steps` are new ones for the owner; `problem` is why its service refused."""

    connection_id: str
    registered: bool = False
    steps: tuple[str, ...] = ()
    problem: str = ""


def find_wanted(deployment: Deployment, connection: Connection) -> frozenset[FeedbackKind]:
    """For a connection as it is, or as it is about to be stored."""
    others = [one for one in deployment.configuration.connections() if one.id != connection.id]
    return WantedFeedback([*others, connection], registry.load).find(connection)


def select(connector: Connector, wanted: frozenset[FeedbackKind] | None) -> frozenset[FeedbackKind]:
    """What the service is asked for."""
    return frozenset(kind for kind in connector.behavior.selectable_feedback if is_wanted(kind, wanted))


def renew_feedback(deployment: Deployment, ids: Iterable[str]) -> list[Renewal]:
    """For these connections and those beside them, after a change of links or settings.

    A service that refuses undoes nothing: the answer says so, and the doctor does until it is fixed.
    """
    known = deployment.configuration.connections()
    wanted = WantedFeedback(known, registry.load)
    return [
        renewal for one in wanted.list_affected(ids) for renewal in _renew(deployment, one, wanted.find(one), fix=False)
    ]


def fix_feedback(deployment: Deployment, connection: Connection) -> list[Renewal]:
    """For one connection, also if only the service has something else than what is noted."""
    return list(_renew(deployment, connection, find_wanted(deployment, connection), fix=True))


def report(deployment: Deployment, renewals: Sequence[Renewal]) -> None:
    """On the terminal."""
    for one in renewals:
        if one.problem:
            deployment.terminal.warn(
                f"{one.connection_id} is not registered again for the receipts that its other side can show: "
                f"{one.problem}. When that is fixed, run `patchbay doctor {one.connection_id} --fix`"
            )
        if one.steps:
            lines = (f"{number}. {step}" for number, step in enumerate(one.steps, start=1))
            deployment.terminal.show_block(f"Left to do for {one.connection_id}", list(lines), style="yellow")


def _renew(
    deployment: Deployment, known: Connection, wanted: frozenset[FeedbackKind], *, fix: bool
) -> Iterator[Renewal]:
    """Noted first: while the service is being asked, its receipts may come in."""
    if wanted == known.feedback and not fix:
        return
    deployment.configuration.note_feedback(known.id, wanted)
    try:
        connector = registry.load(known.service)
    except Misconfigured:
        return  # its service has been removed since
    connection = deployment.connection(known.id)
    steps = _list_new_steps(deployment, connector, connection, known.feedback)
    problem, registered = "", False
    if isinstance(connector, SelectsFeedback) and (fix or _differs(connector, known.feedback, wanted)):
        problem, registered = _register(deployment, connector, connection)
    if registered or steps or problem:
        yield Renewal(connection_id=known.id, registered=registered, steps=steps, problem=problem)


def _differs(connector: Connector, before: frozenset[FeedbackKind] | None, now: frozenset[FeedbackKind]) -> bool:
    return select(connector, before) != select(connector, now)


def _register(deployment: Deployment, connector: Connector, connection: Connection) -> tuple[str, bool]:
    """Where our webhook is registered, and the service does not refuse the account anyway."""
    if connection.status not in IN_USE or connection.id not in deployment.configuration.registered():
        return "", False
    deployment.add_audit_targets([connection.id])
    try:
        service_setup.register_webhook(deployment, connector, connection)
    except Misconfigured as problem:
        return str(problem), False
    return "", True


def _list_new_steps(
    deployment: Deployment, connector: Connector, connection: Connection, before: frozenset[FeedbackKind] | None
) -> tuple[str, ...]:
    if not isinstance(connector, ListsManualSteps):
        return ()
    urls = deployment.webhooks(connector, connection)
    known = service_setup.list_steps(connector, urls, replace(connection, feedback=before))
    steps = service_setup.list_steps(connector, urls, connection)
    mask = mask_steps(deployment, connector, connection)
    return tuple(mask.hide(step) for step in steps if step not in known)
