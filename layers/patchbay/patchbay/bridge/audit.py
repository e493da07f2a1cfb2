"""The audit trail of administration: who did what to which connection, and what became of it. It is only added to.

An act has two records. One is written before it: without that record the act does not happen. One is written after it,
with the outcome; an act without one was interrupted. Neither holds a secret, a setting's value or what people wrote.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import uuid4

from patchbay.bridge.ports import Clock


class AuditOutcome(StrEnum):
    BEGUN = "begun"  #: the record that stands before the act
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"  #: somebody was asked, and said no


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One line of the trail. Records of one act share its `act`; `at` is in ISO 8601, UTC."""

    act: str
    at: str
    actor: str
    action: str
    outcome: AuditOutcome
    targets: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    reason: str = ""  #: of a failure: its kind, never its text, which may quote a service's answer


class AuditTrail(Protocol):
    def add(self, record: AuditRecord) -> None:
        """Raises what the store raises: nobody acts unrecorded."""

    def read(self, month: str) -> Iterator[AuditRecord]:
        """The records of a month, such as "2026-11", in the order of their time."""


@dataclass(slots=True)
class Act:
    """What is being done. Targets that are known only later are added meanwhile."""

    action: str
    targets: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: uuid4().hex)

    def concern(self, targets: Sequence[str]) -> None:
        self.targets += [target for target in targets if target not in self.targets]


class Auditor:
    """Records acts of one actor. Who that is, is asked once, when the first act begins."""

    def __init__(self, trail: AuditTrail, clock: Clock, actor: Callable[[], str]) -> None:
        self._trail = trail
        self._clock = clock
        self._find_actor = actor
        self._actor = ""

    @contextmanager
    def recording(self, action: str, targets: Sequence[str] = (), details: Sequence[str] = ()) -> Iterator[Act]:
        """Records that the act begins, and how it ends, an exception included, which goes on."""
        act = Act(action, list(targets), list(details))
        self.begin(act)
        try:
            yield act
        except BaseException as failure:
            self.end(act, AuditOutcome.FAILED, type(failure).__name__)
            raise
        self.end(act, AuditOutcome.DONE)

    def note(self, action: str, targets: Sequence[str]) -> None:
        """Records in one line what was found to be done: for programs that only know afterwards whether they acted."""
        self.end(Act(action, list(targets)), AuditOutcome.DONE)

    def begin(self, act: Act) -> None:
        self._add(act, AuditOutcome.BEGUN)

    def end(self, act: Act, outcome: AuditOutcome, reason: str = "") -> None:
        self._add(act, outcome, reason)

    def _add(self, act: Act, outcome: AuditOutcome, reason: str = "") -> None:
        self._actor = self._actor or self._find_actor()
        self._trail.add(
            AuditRecord(
                act=act.id,
                at=self._clock.now().isoformat(timespec="milliseconds"),
                actor=self._actor,
                action=act.action,
                outcome=outcome,
                targets=tuple(act.targets),
                details=tuple(act.details),
                reason=reason,
            )
        )


def fingerprint_contact(connection_id: str, contact_id: str) -> str:
    """Names a contact without its id, so that the record of an erasure keeps nothing that was erased."""
    return "contact:" + hashlib.sha256(f"{connection_id}/{contact_id}".encode()).hexdigest()[:16]
