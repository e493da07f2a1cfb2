"""Making a message ready: complete, with its sender's name, the choice resolved, files hosted, fitted to the target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from patchbay import schedule
from patchbay.abilities import CompletesMessages, DescribesSenders, DownloadsAttachments
from patchbay.accounts import Connection
from patchbay.attempt import Attempt, Route
from patchbay.choices import resolve_choice
from patchbay.contract import HttpRequest
from patchbay.degrade import Rendering, render
from patchbay.deliveries import Copy
from patchbay.errors import DeliveryError, MediaMissing, MediaRefused, MediaUnsafe, NotYet, OutOfTime, Transient
from patchbay.events import MessageReceived
from patchbay.hazards import explain
from patchbay.model import Attachment, Card, Content, Message, Role, Sender, Text, Unsupported
from patchbay.refused_files import RefusedFiles
from patchbay.workbench import Workbench

MAX_FILE = 100 * 1024 * 1024  #: bytes; more than any messenger carries
_NEXT_LOOK = 3.0  #: seconds until a file that its service holds back is asked for again
_SENDER_LIFETIME = 3600  #: seconds that an agent's name is remembered
_NAMELESS_LIFETIME = 60  #: the same where it could not be looked up: each failing call may cost its whole timeout


class Preparer:
    def __init__(self, bench: Workbench, files: RefusedFiles) -> None:
        self._bench = bench
        self._files = files
        self._senders: dict[tuple[str, str], tuple[datetime, Sender]] = {}  #: with the time until which they count

    def prepare(self, attempt: Attempt, route: Route) -> Rendering:
        """The parts of the message for its target."""
        event = attempt.event
        message = self._complete(event, attempt.source)
        message = replace(message, sender=self._describe(message.sender, attempt.source))
        if route.to_platform and not message.tapped:
            message = replace(message, tapped=resolve_choice(message, route.session.offers, self._bench.clock.now()))
        message = self._host_files(message, attempt, route)
        capabilities = self._bench.connector(route.target).capabilities
        return render(message, capabilities, event.ledger_id, self._bench.clock.now())

    def _complete(self, event: MessageReceived, source: Connection) -> Message:
        connector = self._bench.connector(source)
        if not event.message.incomplete or not isinstance(connector, CompletesMessages):
            return event.message
        try:
            with self._bench.reading(source) as http:
                return connector.complete_message(event, source, http)
        except NotYet:
            if self._may_complete(event, source):
                raise
            return event.message

    def _may_complete(self, event: MessageReceived, source: Connection) -> bool:
        """Whether the message is still to wait for what its service has not given out."""
        age = (self._bench.clock.now() - event.occurred_at).total_seconds()
        return age < self._bench.connector(source).capabilities.completion

    def _describe(self, sender: Sender, source: Connection) -> Sender:
        """The agent with their name, asked for once an hour and container; without it when that does not work.

        A name is not worth a message: whatever is wrong with looking it up, the message does not wait for it.
        """
        connector = self._bench.connector(source)
        if sender.role is Role.CONTACT or sender.name or not isinstance(connector, DescribesSenders):
            return sender
        now = self._bench.clock.now()
        known = self._senders.get((source.id, sender.external_id))
        if known and now < known[0]:
            return known[1]
        described, lifetime = sender, _NAMELESS_LIFETIME
        try:
            with self._bench.reading(source) as http:
                described, lifetime = connector.describe_sender(sender, source, http), _SENDER_LIFETIME
        except (NotYet, OutOfTime):
            raise  # our own rate limiter, or the function's end: a matter of a second
        except DeliveryError as failure:
            self._bench.journal.warn(
                "sender not described", service=source.service, connection=source.id, reason=str(failure)
            )
        self._senders[source.id, sender.external_id] = (now + timedelta(seconds=lifetime), described)
        return described

    def _host_files(self, message: Message, attempt: Attempt, route: Route) -> Message:
        """Copies every file: a service's addresses are short-lived or want our credentials.

        The ledger remembers where the copies are, so that a retry does not fetch them again; what the files are called
        is in the event and in our store.
        """
        files = [file for item in message.content if (file := self._file_of(item))]
        copies = [self._copy(file, number, attempt, route) for number, file in enumerate(files)]
        clean = self._files.await_scans(attempt, route, copies)
        placed = iter(zip(clean, attempt.delivery.files, strict=True))
        content = [copy for item in message.content for copy in self._put_copy(item, placed)]
        return replace(message, content=tuple(content))

    def _copy(self, file: Attachment, number: int, attempt: Attempt, route: Route) -> Attachment:
        """Where it will be is recorded first: whatever happens then, who erases the contact finds it."""
        if number == len(attempt.delivery.files):
            self._files.note(attempt, number, self._begin(file))
        copy = attempt.delivery.files[number]
        if copy.refused:
            return replace(file, url=None)
        if copy.stored:
            return file if file.hosted else self._bench.media.recall(file, copy)
        hazard = None
        try:
            hosted = self._host(file, attempt, copy.token)
        except MediaUnsafe as unsafe:
            hosted, hazard = replace(file, url=None), unsafe.hazard
            self._files.refuse(attempt, route, file, hazard)
        stored = hosted.url is not None
        size, content_type = (hosted.size, hosted.content_type) if stored else (None, "")
        done = replace(copy, stored=stored, refused=not stored, hazard=hazard, size=size, content_type=content_type)
        self._files.note(attempt, number, done)
        return hosted

    def _begin(self, file: Attachment) -> Copy:
        """The web chat's own files lie in our store already."""
        if file.hosted:
            token = self._bench.media.token_of(file)
            return Copy(token=token, stored=True, content_type=file.content_type, size=file.size)
        return Copy(token=self._bench.media.reserve())

    def _host(self, file: Attachment, attempt: Attempt, token: str) -> Attachment:
        """The copy; without an address when the file cannot be had, so that the other side reads that it is missing.

        A file that stays out of reach must not hold up the conversation for a day: its message goes on without it.
        """
        source = attempt.source
        connector = self._bench.connector(source)
        request = HttpRequest(method="GET", url=file.url or "")
        if file.protected and isinstance(connector, DownloadsAttachments):
            request = connector.download_request(file, source)
        try:
            with self._bench.reading(source):
                return self._bench.media.host(file, request, MAX_FILE, token)
        except (OutOfTime, MediaUnsafe):
            raise
        except MediaRefused as refusal:
            if self._is_held(refusal, request, attempt):
                raise NotYet("the service has not given a file of it out yet", after=_NEXT_LOOK) from None
            missing = isinstance(refusal, MediaMissing)
            if missing and self._is_young(attempt) and attempt.delivery.attempts < schedule.MISSING_ATTEMPTS:
                raise Transient(str(refusal)) from None
            problem = str(refusal)
        except Transient as failure:
            if attempt.delivery.attempts < schedule.MEDIA_ATTEMPTS:
                raise
            problem = str(failure)
        self._bench.journal.warn("media refused", service=source.service, event=attempt.event.id, reason=problem)
        return replace(file, url=None)

    def _is_held(self, refusal: MediaRefused, request: HttpRequest, attempt: Attempt) -> bool:
        """Only by the service's own link, for which the connector has added credentials."""
        statuses = self._bench.connector(attempt.source).capabilities.held_files
        own = bool(request.headers)
        return own and refusal.status in statuses and self._may_complete(attempt.event, attempt.source)

    def _file_of(self, item: Content) -> Attachment | None:
        """What is to be copied, or is a copy already and to be scanned."""
        if isinstance(item, Attachment):
            return item if item.url and (not item.hosted or self._bench.media.scans) else None
        if isinstance(item, Card) and item.image and item.image.protected:
            return item.image
        return None

    def _put_copy(self, item: Content, placed: Iterator[tuple[Attachment, Copy]]) -> Iterator[Content]:
        """The copy in place of the file; of a refused one the reason, and what was written under it."""
        file = self._file_of(item)
        if file is None:
            yield item
            return
        hosted, copy = next(placed)
        if copy.hazard is not None:
            yield Unsupported(description=f"{file.name or file.kind.value}: {explain(copy.hazard)}")
        if isinstance(item, Card):
            yield replace(item, image=hosted if hosted.url else None)
        elif copy.hazard is None:
            yield hosted
        elif file.caption:
            yield Text(text=file.caption)

    def _is_young(self, attempt: Attempt) -> bool:
        """Some services send a file's address before the file is there."""
        return (self._bench.clock.now() - attempt.event.occurred_at).total_seconds() < schedule.FILE_APPEARS
