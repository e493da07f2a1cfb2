"""Records commands in the audit trail. Every command is wrapped here, so that none can forget it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from patchbay.bridge.audit import Act, AuditOutcome, fingerprint_contact
from patchbay.domain.errors import Misconfigured, PatchbayError
from patchbay.kit import registry
from patchbay_cli.deployment import Deployment
from patchbay_cli.error_messages import explain, is_refusal
from patchbay_cli.rights import Right, right_of

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_CANCELLED = (click.Abort, KeyboardInterrupt)


def record_commands(group: click.Group, path: str = "") -> None:
    """Wraps every command of the group, and of the groups below it."""
    for name, command in group.commands.items():
        whole = f"{path} {name}".strip()
        if isinstance(command, click.Group):
            record_commands(command, whole)
        elif command.callback is not None:
            command.callback = _recorded(command.callback, whole)


def _recorded[**P, R](callback: Callable[P, R], command: str) -> Callable[P, R]:
    right = right_of(command)

    @functools.wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        context = click.get_current_context()
        deployment = context.find_object(Deployment)
        given = context.params
        if deployment is None:
            return callback(*args, **kwargs)
        deployment.act = Act(command, _list_targets(right, given), _list_details(right, given))
        if right.is_recorded(given):
            begin_act(deployment)
        return _run(deployment, functools.partial(callback, *args, **kwargs))

    return run


def begin_act(deployment: Deployment) -> None:
    """Records that the command begins, once. Raises PatchbayError, with nothing done, when it cannot be recorded."""
    if deployment.act is None or deployment.act_begun:
        return
    try:
        deployment.auditor.begin(deployment.act)
    except (BotoCoreError, ClientError) as error:
        raise PatchbayError(f"nothing was changed: the audit trail could not be written ({_explain(error)})") from error
    deployment.act_begun = True


def _explain(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError) and is_refusal(error):
        return "your AWS credentials need dynamodb:PutItem on the stack's table; see docs/policies"
    return explain(error)


def _run[R](deployment: Deployment, callback: Callable[[], R]) -> R:
    try:
        result = callback()
    except _CANCELLED:
        _end(deployment, AuditOutcome.CANCELLED)
        raise
    except click.exceptions.Exit as ending:  # doctor found a problem
        _end(deployment, AuditOutcome.DONE, f"exit code {ending.exit_code}" if ending.exit_code else "")
        raise
    except BaseException as failure:
        _end(deployment, AuditOutcome.FAILED, type(failure).__name__)
        raise
    _end(deployment, AuditOutcome.DONE)
    return result


def _end(deployment: Deployment, outcome: AuditOutcome, reason: str = "") -> None:
    """The act is over by now: when its outcome cannot be recorded, the first record stays, and a warning is printed."""
    if deployment.act is None or not deployment.act_begun:
        return
    try:
        deployment.auditor.end(deployment.act, outcome, reason)
    except (BotoCoreError, ClientError) as error:
        deployment.terminal.warn(f"the outcome could not be written to the audit trail ({type(error).__name__})")


def _list_targets(right: Right, given: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for name in right.targets:
        value = given.get(name)
        found += [_read_id(one) for one in value] if isinstance(value, tuple) else [_read_id(value)] if value else []
    if right.contact:
        found.append(fingerprint_contact(*(str(given.get(name)) for name in right.contact)))
    return found


def _list_details(right: Right, given: Mapping[str, Any]) -> list[str]:
    """Options, and names of settings. Records are kept for good: they must not hold what was typed in a wrong place."""
    flags = [(name, given[name]) for name in right.flags if given[name]]
    details = [name if value is True else f"{name}={_read_id(value)}" for name, value in flags]
    if right.keys:
        known = _list_settings(str(given.get("service")))
        for option in right.keys:
            keys = [str(pair).partition("=")[0] for pair in given.get(option) or ()]
            details += [f"{option}: {key}" for key in keys if key in known]
    return details


def _list_settings(service: str) -> set[str]:
    try:
        return {setting.name for setting in registry.load(service).settings}
    except Misconfigured:
        return set()


def _read_id(value: object) -> str:
    return str(value) if _ID.fullmatch(str(value)) else "(not an id)"
