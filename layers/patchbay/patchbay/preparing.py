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
from patchbay.errors import DeliveryError, MediaMissing, MediaRefused, NotYet, OutOfTime, Transient
from patchbay.events import MessageReceived
from patchbay.model import Attachment, Card, Content, Message, Role, Sender
from patchbay.workbench import Workbench

MAX_FILE = 100 * 1024 * 1024  #: bytes; more than any messenger carries
_SENDER_LIFETIME = 3600  #: seconds that an agent's name is remembered
_NAMELESS_LIFETIME = 60  #: the same where it could not be looked up: each failing call may cost its whole timeout


class Preparer:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._senders: dict[tuple[str, str], tuple[datetime, Sender]] = {}  #: with the time until which they count

    def prepare(self, attempt: Attempt, route: Route) -> Rendering:
        """The parts of the message for its target."""
        event = attempt.event
        message = self._complete(event, attempt.source)
        message = replace(message, sender=self._describe(message.sender, attempt.source))
        if route.to_platform and not message.tapped:
            message = replace(message, tapped=resolve_choice(message, route.session.offers, self._bench.clock.now()))
        message = self._host_files(message, attempt)
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
            age = (self._bench.clock.now() - event.occurred_at).total_seconds()
            if age < self._bench.connector(source).capabilities.completion:
                raise
            return event.message

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

    def _host_files(self, message: Message, attempt: Attempt) -> Message:
        """Copies every file: a service's addresses are short-lived or want our credentials.

        The ledger remembers where the copies are, so that a retry does not fetch them again; what the files are called
        is in the event and in our store.
        """
        files = [file for item in message.content if (file := _file_to_copy(item))]
        hosted = iter([self._copy(file, number, attempt) for number, file in enumerate(files)])
        return replace(message, content=tuple(_put_copy(item, hosted) for item in message.content))

    def _copy(self, file: Attachment, number: int, attempt: Attempt) -> Attachment:
        """Where it will be is recorded first: whatever happens then, who erases the contact finds it."""
        copies = attempt.delivery.files
        if number == len(copies):
            copies = self._note_copy(Copy(token=self._bench.media.reserve()), number, attempt)
        copy = copies[number]
        if copy.refused:
            return replace(file, url=None)
        if copy.stored:
            return self._bench.media.recall(file, copy)
        hosted = self._host(file, attempt, copy.token)
        stored = hosted.url is not None
        size, content_type = (hosted.size, hosted.content_type) if stored else (None, "")
        copy = replace(copy, stored=stored, refused=not stored, size=size, content_type=content_type)
        self._note_copy(copy, number, attempt)
        return hosted

    def _note_copy(self, copy: Copy, number: int, attempt: Attempt) -> tuple[Copy, ...]:
        known = attempt.delivery.files
        copies = (*known[:number], copy, *known[number + 1 :])
        attempt.delivery = replace(attempt.delivery, files=copies, in_flight=True)
        self._bench.ledger.save(attempt.delivery)
        return copies

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
        except OutOfTime:
            raise
        except MediaMissing as missing:
            if self._is_young(attempt) and attempt.delivery.attempts < schedule.MISSING_ATTEMPTS:
                raise Transient(str(missing)) from None
            problem = str(missing)
        except MediaRefused as refusal:
            problem = str(refusal)
        except Transient as failure:
            if attempt.delivery.attempts < schedule.MEDIA_ATTEMPTS:
                raise
            problem = str(failure)
        self._bench.journal.warn("media refused", service=source.service, event=attempt.event.id, reason=problem)
        return replace(file, url=None)

    def _is_young(self, attempt: Attempt) -> bool:
        """Some services send a file's address before the file is there."""
        return (self._bench.clock.now() - attempt.event.occurred_at).total_seconds() < schedule.FILE_APPEARS


def _file_to_copy(item: Content) -> Attachment | None:
    if isinstance(item, Attachment):
        return item if item.url and not item.hosted else None
    if isinstance(item, Card) and item.image and item.image.protected:
        return item.image
    return None


def _put_copy(item: Content, hosted: Iterator[Attachment]) -> Content:
    if _file_to_copy(item) is None:
        return item
    copy = next(hosted)
    if isinstance(item, Card):
        return replace(item, image=copy if copy.url else None)
    return copy
