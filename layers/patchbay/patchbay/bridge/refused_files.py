"""Files that are not passed on: their sender and the owner are informed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.deliver import PartSender
from patchbay.bridge.ledger import Copy
from patchbay.bridge.scan_results import HAZARDS, Scan, ScanState
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.domain.errors import DeliveryError, NotYet
from patchbay.domain.hazards import Hazard, explain
from patchbay.domain.model import Attachment
from patchbay.kit.abilities import ReportsFailures
from patchbay.kit.attachment_fitting import name_attachment
from patchbay.kit.failures import Failure

_METRICS = {Hazard.MALWARE: "MalwareFound", Hazard.UNSCANNED: "FileNotScanned"}


class RefusedFiles:
    def __init__(self, context: Context, calls: ServiceCalls, sender: PartSender) -> None:
        self._context = context
        self._calls = calls
        self._sender = sender

    def note(self, attempt: Attempt, number: int, copy: Copy) -> None:
        """Remembers in the attempt's ledger entry what became of one of its files."""
        attempt.progress.keep_file(number, copy)
        self._context.ledger.save(attempt.delivery)

    def refuse(self, attempt: Attempt, route: Route, file: Attachment, hazard: Hazard) -> None:
        """Informs the file's sender, and the owner."""
        service = attempt.source.service
        self._context.telemetry.warning("file refused", service=service, event=attempt.event.id, reason=hazard.value)
        self._context.telemetry.count(_METRICS.get(hazard, "FileRefused"), service)
        self._inform_sender(attempt, route, f"{name_attachment(file)}: {explain(hazard)}")

    def await_scans(self, attempt: Attempt, route: Route, files: Sequence[Attachment]) -> Sequence[Attachment]:
        """The files, each found clean or without an address. Raises NotYet while the result of one is missing."""
        if not self._context.media.scans:
            return files
        return [self._await_scan(attempt, route, file, number) for number, file in enumerate(files)]

    def _await_scan(self, attempt: Attempt, route: Route, file: Attachment, number: int) -> Attachment:
        if file.url is None:
            return file
        scan = self._context.media.scan_result(file)
        if scan.state is ScanState.PENDING:
            scan = self._wait_or_end(scan)
        if scan.state is ScanState.CLEAN:
            return file
        self._take_away(attempt, route, file, number, scan)
        return replace(file, url=None)

    def _wait_or_end(self, scan: Scan) -> Scan:
        """A file that is never scanned must not hold up its conversation for ever."""
        waited = (self._context.clock.now() - scan.since).total_seconds() if scan.since else 0.0
        if waited < retry_policy.SCAN_PATIENCE:
            raise NotYet("one of the message's files is being scanned for malware", after=retry_policy.SCAN_CHECK)
        return Scan(ScanState.UNSCANNED, said="no result")

    def _take_away(self, attempt: Attempt, route: Route, file: Attachment, number: int, scan: Scan) -> None:
        """Deleted first: whatever fails afterwards, it is never served. A file that is gone is treated alike."""
        copy = attempt.delivery.files[number]
        self._context.media.erase(copy.token)
        hazard = HAZARDS.get(scan.state)
        if hazard is not None:
            self.refuse(attempt, route, file, hazard)
            self._context.telemetry.warning("file deleted after its scan", event=attempt.event.id, reason=scan.said)
        self.note(attempt, number, replace(copy, stored=False, refused=True, hazard=hazard))

    def _inform_sender(self, attempt: Attempt, route: Route, text: str) -> None:
        """Best effort, once: the message that it is about must not wait for it."""
        if route.to_platform:
            self._sender.notify(attempt, route, f"[{text}]")
            return
        source, connector = route.source, self._context.connector(route.source)
        if not isinstance(connector, ReportsFailures):
            return
        try:
            with self._calls.calling(source) as http:
                message_id = attempt.event.message.external_id
                connector.report_failure(Failure(reason=text), message_id, route.source_conversation, source, http)
        except DeliveryError as failure:
            self._context.telemetry.warning("refusal not reported", event=attempt.event.id, reason=str(failure))
