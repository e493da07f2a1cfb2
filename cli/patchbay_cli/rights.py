"""Who may run each command, and what the audit trail records of it. One line for each command.

A command that is missing here is recorded whenever it runs, and a test asks for its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who may run a command, by the policies in docs/policies. Each may what those before it may."""

    READER = "reader"
    OPERATOR = "operator"
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """`targets` are parameters that hold ids, `keys` those of KEY=VALUE, of which only the keys are recorded.

    `contact` are the two that name a customer (connection and id): a fingerprint of both is recorded. A command with
    `only_if` is recorded when one of these parameters is given, one that is not `audited` never.
    """

    role: Role
    audited: bool = True
    only_if: tuple[str, ...] = ()
    raised: Role | None = None  #: the role that it takes with one of `only_if`
    targets: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    contact: tuple[str, str] | None = None

    def is_recorded(self, given: Mapping[str, Any]) -> bool:
        return self.audited and (not self.only_if or any(given.get(name) for name in self.only_if))


RIGHTS: Mapping[str, Right] = {
    "connections": Right(role=Role.READER, audited=False),
    "sessions": Right(role=Role.READER, audited=False),
    "audit": Right(role=Role.READER, audited=False),
    "costs": Right(role=Role.READER, audited=False),
    "templates list": Right(role=Role.OPERATOR, audited=False),
    "templates show": Right(role=Role.OPERATOR, audited=False),
    "templates create": Right(role=Role.OWNER, targets=("connection_id",)),
    "templates edit": Right(role=Role.OWNER, targets=("connection_id",)),
    "templates delete": Right(role=Role.OWNER, targets=("connection_id",), flags=("name", "language")),
    "templates sync": Right(role=Role.OWNER, targets=("connection_id",)),
    "dlq list": Right(role=Role.OPERATOR, audited=False),
    "dlq show": Right(role=Role.OPERATOR, only_if=("show_content",), targets=("id",), flags=("show_content",)),
    "dlq redrive": Right(role=Role.OPERATOR, targets=("ids",), flags=("everything", "include_uncertain")),
    "dlq resolve": Right(role=Role.OPERATOR, targets=("ids",)),
    "dlq discard": Right(role=Role.OPERATOR, targets=("ids",), flags=("everything",)),
    "doctor": Right(role=Role.OPERATOR, only_if=("fix",), raised=Role.OWNER, targets=("id",), flags=("fix",)),
    "connect": Right(
        role=Role.OWNER, targets=("id", "endpoint"), keys=("settings", "secrets"), flags=("service", "no_register")
    ),
    "link": Right(role=Role.OWNER, targets=("messenger_id", "platform_id")),
    "unlink": Right(role=Role.OWNER, targets=("messenger_id",)),
    "introduce": Right(role=Role.OWNER, targets=("messenger_id",), contact=("messenger_id", "number")),
    "disconnect": Right(role=Role.OWNER, targets=("id",), flags=("keep_contacts",)),
    "erase": Right(role=Role.OWNER, targets=("connection_id",), contact=("connection_id", "contact_id")),
    "export": Right(role=Role.OWNER, targets=("connection_id",), contact=("connection_id", "contact_id")),
}

UNDECLARED = Right(role=Role.OWNER)


def right_of(command: str) -> Right:
    """`command` is its path below `patchbay`, such as "dlq list"."""
    return RIGHTS.get(command, UNDECLARED)
