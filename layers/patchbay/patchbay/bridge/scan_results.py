"""What the malware scanner says of a file of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patchbay.domain.hazards import Hazard


class ScanState(StrEnum):
    CLEAN = "clean"
    PENDING = "pending"
    INFECTED = "infected"
    UNSCANNED = "unscanned"  #: it was tried and is not possible: a password, too large, no permission, a failure
    GONE = "gone"


#: Why a file is refused after its scan.
HAZARDS = {ScanState.INFECTED: Hazard.MALWARE, ScanState.UNSCANNED: Hazard.UNSCANNED}


@dataclass(frozen=True, slots=True)
class Scan:
    """`since` is when the file was stored, known while the scan is pending."""

    state: ScanState
    since: datetime | None = None
    said: str = ""  #: the scanner's own word, for the log


NO_SCANNER = Scan(ScanState.CLEAN)
