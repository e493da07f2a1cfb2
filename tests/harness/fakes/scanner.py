"""GuardDuty's Malware Protection for S3, as documented: a file gets its tag once, some time after it was stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from patchbay.aws.stores.malware_scans import RESULTS, state_of
from patchbay.bridge.ports import Clock
from patchbay.bridge.scan_results import Scan, ScanState

PREFIX = "/media/"  #: of the plan in the template: nothing else is scanned


@dataclass(slots=True)
class GuardDuty:
    """`says` is the result for a content, None for none ever."""

    clock: Clock
    seconds: float = 5.0
    says: Callable[[bytes], str | None] = lambda _content: "NO_THREATS_FOUND"
    asked: int = 0
    _stored: dict[str, datetime] = field(default_factory=dict)
    _tags: dict[str, str] = field(default_factory=dict)

    def result(self, url: str, content: bytes | None) -> Scan:
        self.asked += 1
        assert urlsplit(url).path.startswith(PREFIX)
        if content is None:
            return Scan(ScanState.GONE)
        since = self._stored.setdefault(url, self.clock.now())
        said = self.says(content)
        if said is not None and (self.clock.now() - since).total_seconds() >= self.seconds:
            assert said in RESULTS
            self._tags.setdefault(url, said)
        if url not in self._tags:
            return Scan(ScanState.PENDING, since=since)
        return Scan(state_of(self._tags[url]), said=self._tags[url])
