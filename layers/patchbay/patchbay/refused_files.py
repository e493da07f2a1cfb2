"""Files that are not passed on: nothing of them is lost in silence, for whoever sent one and for the owner."""

from __future__ import annotations

from dataclasses import replace

from patchbay import schedule
from patchbay.abilities import ReportsFailures
from patchbay.attempt import Attempt, Route
from patchbay.courier import Courier
from patchbay.errors import DeliveryError, NotYet
from patchbay.failures import Failure
from patchbay.hazards import Hazard, explain
from patchbay.model import Attachment
from patchbay.scans import HAZARDS, Scan, ScanState
from patchbay.workbench import Workbench

_METRICS = {Hazard.MALWARE: "MalwareFound", Hazard.UNSCANNED: "FileNotScanned"}


class RefusedFiles:
    def __init__(self, bench: Workbench, courier: Courier) -> None:
        self._bench = bench
        self._courier = courier

    def refuse(self, attempt: Attempt, route: Route, file: Attachment, number: int, hazard: Hazard) -> None:
        """Remembers it in the attempt's ledger entry, and informs whoever sent the file and the owner."""
        refused = {**attempt.delivery.refused, str(number): hazard}
        attempt.delivery = replace(attempt.delivery, refused=refused)
        service = attempt.source.service
        self._bench.journal.warn("file refused", service=service, event=attempt.event.id, reason=hazard.value)
        self._bench.journal.count(_METRICS.get(hazard, "FileRefused"), service)
        self._inform_sender(attempt, route, f"{file.name or file.kind.value}: {explain(hazard)}")

    def await_scans(self, attempt: Attempt, route: Route) -> None:
        """Returns when every copy is known to be clean or refused. Raises NotYet while the result of one is missing."""
        if not self._bench.media.scans:
            return
        for number, file in enumerate(attempt.delivery.hosted):
            if file.url is None:
                continue
            scan = self._bench.media.scan(file)
            if scan.state is ScanState.PENDING:
                scan = self._wait_or_end(scan)
            if scan.state is not ScanState.CLEAN:
                self._take_away(attempt, route, file, number, scan)

    def _wait_or_end(self, scan: Scan) -> Scan:
        """A file that is never scanned must not hold up its conversation for ever."""
        waited = (self._bench.clock.now() - scan.since).total_seconds() if scan.since else 0.0
        if waited < schedule.SCAN_PATIENCE:
            raise NotYet("a file of it is being scanned for malware", after=schedule.SCAN_CHECK)
        return Scan(ScanState.UNSCANNED, said="no result")

    def _take_away(self, attempt: Attempt, route: Route, file: Attachment, number: int, scan: Scan) -> None:
        """Deleted first: whatever fails afterwards, it is never served. A file that is gone says so like any other."""
        self._bench.media.erase(file)
        hazard = HAZARDS.get(scan.state)
        if hazard is not None:
            self.refuse(attempt, route, file, number, hazard)
            self._bench.journal.warn("file deleted after its scan", event=attempt.event.id, reason=scan.said)
        hosted = list(attempt.delivery.hosted)
        hosted[number] = replace(file, url=None)
        attempt.delivery = replace(attempt.delivery, hosted=tuple(hosted), in_flight=True)
        self._bench.ledger.save(attempt.delivery)

    def _inform_sender(self, attempt: Attempt, route: Route, text: str) -> None:
        """Best effort, once: the message that it is about must not wait for it."""
        if route.to_platform:
            self._courier.notify(attempt, route, f"[{text}]")
            return
        source, connector = route.source, self._bench.connector(route.source)
        if not isinstance(connector, ReportsFailures):
            return
        try:
            with self._bench.calling(source) as http:
                message_id = attempt.event.message.external_id
                connector.report_failure(Failure(reason=text), message_id, route.source_conversation, source, http)
        except DeliveryError as failure:
            self._bench.journal.warn("refusal not reported", event=attempt.event.id, reason=str(failure))
