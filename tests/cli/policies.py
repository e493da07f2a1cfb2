"""The policies for people in docs/policies, held against what the commands ask of AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

from patchbay_cli.main import main
from patchbay_cli.rights import Right, Role, right_of
from tests.cli.recorder import is_record, is_write
from tests.harness.iam import Call, is_allowed

FOLDER = Path(__file__).parents[2] / "docs/policies"


@cache
def read_policy(role: str) -> Mapping[str, Any]:
    policy: Mapping[str, Any] = json.loads((FOLDER / f"{role}.json").read_text(encoding="utf-8"))
    return policy


def find_command(words: Sequence[str]) -> tuple[str, Mapping[str, Any]] | None:
    """The command's path and what was given to it; None for what is no whole command."""
    command: click.Command | None = main
    path: list[str] = []
    rest = list(words)
    while isinstance(command, click.Group):
        if not rest or rest[0].startswith("-"):
            return None
        command = command.commands.get(rest[0])
        path.append(rest.pop(0))
    if command is None:
        return None
    flags = {option.name or "": any(one in rest for one in option.opts) for option in command.params}
    return " ".join(path), flags


def check_calls(words: Sequence[str], calls: Sequence[Call]) -> None:
    """Each call is allowed to the command's role, and nothing is written before the audit trail knows."""
    found = find_command(words)
    if found is None:
        return
    command, given = found
    right = right_of(command)
    asked = right.raised is not None and any(map(is_write, calls))  # somebody was asked, and agreed
    role = right.raised if asked and right.raised else _role_for(right, given)
    refused = sorted({f"{call.action} {call.resource} {call.keys}" for call in calls if not _may(role, call)})
    assert not refused, f"`patchbay {command}` asks for what docs/policies/{role}.json does not allow: {refused}"
    writes = [call for call in calls if is_write(call)]
    assert not writes or is_record(writes[0]), f"`patchbay {command}` writes before the audit trail knows: {writes[0]}"
    assert not writes or is_record(writes[-1]), f"`patchbay {command}` does not record how it ended"


def _role_for(right: Right, given: Mapping[str, Any]) -> Role:
    return right.raised if right.raised and any(given.get(name) for name in right.only_if) else right.role


def _may(role: str, call: Call) -> bool:
    return is_allowed(call, read_policy(role))
