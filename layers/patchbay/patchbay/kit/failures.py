"""What the author of a message reads when it was not delivered: one sentence for each kind of failure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureCode(StrEnum):
    """The same for customers, for whom `reason` is not meant: it names services and what they answered."""

    REFUSED = "refused"
    FILE_GONE = "file_gone"  #: the file was kept for as long as files are, and the message waited longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a message was not delivered, in words for its author.

    `final` is False while it waits for the owner and may still arrive. `unreachable` means that the recipient cannot be
    written to at all: they blocked the account, unsubscribed, or do not exist. `uncertain`: it may have arrived.
    `code` is all that a customer may read of it. `notice`: nothing has failed, and `reason` is all that is to be said.
    """

    reason: str
    code: FailureCode = FailureCode.REFUSED
    final: bool = True
    unreachable: bool = False
    uncertain: bool = False
    notice: bool = False

    @property
    def sentence(self) -> str:
        """The whole text that an agent reads. It never promises that the owner was alarmed, which is not known here."""
        if self.notice:
            return self.reason
        if self.uncertain:
            return (
                "The messenger did not confirm this message. It may have reached the customer, perhaps twice: "
                "check before you send it again."
            )
        if not self.final:
            return (
                f"Not delivered to the customer so far: {self.reason}. Your Patchbay administrator can send it again."
            )
        return f"Not delivered to the customer: {self.reason}"
