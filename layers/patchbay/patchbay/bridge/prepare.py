"""Making a message ready: complete, with its sender's name, the choice resolved, files hosted, fitted to the target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.ledger import Copy
from patchbay.bridge.optional_calls import PAUSE
from patchbay.bridge.quick_replies import read_postback, resolve_choice, sign_buttons
from patchbay.bridge.refused_files import RefusedFiles
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.domain.errors import DeliveryError, MediaMissing, MediaRefused, MediaUnsafe, NotYet, OutOfTime, Transient
from patchbay.domain.hazards import explain
from patchbay.domain.model import Attachment, Card, Content, Message, Postback, Role, Sender, Text, Unsupported
from patchbay.kit.abilities import CompletesMessages, DescribesSenders
from patchbay.kit.attachment_fitting import name_attachment
from patchbay.kit.contract import HttpRequest
from patchbay.kit.fallbacks import Rendering, render
from patchbay.kit.file_abilities import DownloadsAttachments
from patchbay.kit.links import describe_link
from patchbay.kit.references_in_words import say_from_where

MAX_FILE = 100 * 1024 * 1024  #: bytes; more than any messenger carries
_NEXT_LOOK = 3.0  #: seconds until a file that its service holds back is asked for again
_SENDER_LIFETIME = 3600.0  #: seconds that an agent's name is remembered
_NAME_PATIENCE = 2.0  #: seconds that a message is old at most while it waits for a turn to ask for a name


class Preparer:
    def __init__(self, context: Context, calls: ServiceCalls, files: RefusedFiles) -> None:
        self._context = context
        self._calls = calls
        self._files = files
        self._senders: dict[tuple[str, str], tuple[datetime, Sender]] = {}  #: with the time until which they count

    def prepare(self, attempt: Attempt, route: Route, *, in_place: bool = False) -> Rendering:
        """The parts of the message for its target. `in_place`: as they replace those of the message that it changes."""
        event = attempt.event
        message = self._complete(attempt)
        message = replace(message, sender=self.describe(message.sender, attempt))
        if route.to_platform:
            is_choice = not message.change and not attempt.is_from_elsewhere
            message = replace(message, tapped=_find_choice(message, route) if is_choice else None)
        message = self._host_files(message, attempt, route)
        connector = self._context.connector(route.target)
        capabilities = connector.capabilities
        if attempt.is_from_elsewhere:
            message = say_from_where(message)
        if in_place:  # what it answers is shown beside it already
            message = replace(message, change=None, reply_to=None if capabilities.quotes else message.reply_to)
        quoted = self._find_quoted(attempt, route) if capabilities.quotes and not in_place else ""
        rendering = render(message, capabilities, event.ledger_id, attempt.delivery.first_attempt_at, quoted)
        if route.to_platform:
            return rendering
        most = connector.behavior.payload_bytes
        return replace(rendering, parts=tuple(sign_buttons(part, route.source.id, most) for part in rendering.parts))

    def _find_quoted(self, attempt: Attempt, route: Route) -> str:
        """What looks for it is loaded with the first message that is about another one."""
        if attempt.event.message.reply_to is None and attempt.event.message.change is None:
            return ""
        from patchbay.bridge.related_messages import RelatedMessages

        return RelatedMessages(self._context).find_quoted(attempt, route)

    def _complete(self, attempt: Attempt) -> Message:
        """What the webhook left out. Words are waited for like a call; a file like one that is out of reach."""
        event, source = attempt.event, attempt.source
        connector = self._context.connector(source)
        if not event.message.incomplete or not isinstance(connector, CompletesMessages):
            return event.message
        try:
            with self._calls.reading(source) as http:
                return connector.complete_message(event, source, http)
        except NotYet:
            if self._may_complete(attempt):
                raise
            return event.message
        except Transient as failure:
            if attempt.delivery.attempts < retry_policy.MEDIA_ATTEMPTS or not _lacks_files_only(event.message):
                raise
            self._note_incomplete(attempt, str(failure))
            return event.message

    def _may_complete(self, attempt: Attempt) -> bool:
        """Whether the message is still to wait for what its service has not given out."""
        age = (self._context.clock.now() - attempt.event.occurred_at).total_seconds()
        return age < self._context.connector(attempt.source).behavior.completion_timeout

    def describe(self, sender: Sender, attempt: Attempt) -> Sender:
        """The agent with their name, asked for once an hour and container; without it when that does not work.

        A name is not worth a message: whatever is wrong with looking it up, the message does not wait for it. Only for
        a turn of our own rate limiter it waits, a moment.
        """
        source = attempt.source
        connector = self._context.connector(source)
        if sender.role is Role.CONTACT or sender.name or not isinstance(connector, DescribesSenders):
            return sender
        now = self._context.clock.now()
        known = self._senders.get((source.id, sender.external_id))
        if known and now < known[0]:
            return known[1]
        described, lifetime = sender, PAUSE
        try:
            with self._calls.reading_briefly(source) as http:
                described, lifetime = connector.describe_sender(sender, source, http), _SENDER_LIFETIME
        except OutOfTime:
            raise  # the function's end: the next invocation asks
        except DeliveryError as failure:
            if isinstance(failure, NotYet) and (now - attempt.queued_at).total_seconds() < _NAME_PATIENCE:
                raise NotYet(str(failure), after=min(failure.after, _NAME_PATIENCE)) from None
            self._context.telemetry.warning(
                "sender not described", service=source.service, connection=source.id, reason=str(failure)
            )
        self._senders[source.id, sender.external_id] = (now + timedelta(seconds=lifetime), described)
        return described

    def _host_files(self, message: Message, attempt: Attempt, route: Route) -> Message:
        """Copies every file: a service's addresses are short-lived or want our credentials.

        The ledger remembers where the copies are, so that a retry does not fetch them again; what the files are called
        is in the event and in our store.
        """
        shows_cards = self._context.connector(route.target).capabilities.cards is not None
        files = [file for item in message.content if (file := self._file_of(item, shows_cards))]
        copies = [self._copy(file, number, attempt, route) for number, file in enumerate(files)]
        clean = self._files.await_scans(attempt, route, copies)
        placed = iter(zip(clean, attempt.delivery.files, strict=True))
        content = [copy for item in message.content for copy in self._put_copy(item, placed, shows_cards)]
        return replace(message, content=tuple(content))

    def _copy(self, file: Attachment, number: int, attempt: Attempt, route: Route) -> Attachment:
        """Where it will be is recorded first: whatever happens then, who erases the contact finds it."""
        if number == len(attempt.delivery.files):
            self._files.note(attempt, number, self._begin(file))
        copy = attempt.delivery.files[number]
        if copy.refused:
            return replace(file, url=None)
        if copy.stored:
            return file if file.hosted else self._context.media.recall(file, copy)
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
            token = self._context.media.token_of(file)
            return Copy(token=token, stored=True, content_type=file.content_type, size=file.size)
        return Copy(token=self._context.media.reserve())

    def _host(self, file: Attachment, attempt: Attempt, token: str) -> Attachment:
        """The copy; without an address when the file cannot be had, so that the other side reads that it is missing.

        A file that stays out of reach must not hold up the conversation for a day: its message goes on without it.
        """
        source = attempt.source
        connector = self._context.connector(source)
        request = HttpRequest(method="GET", url=file.url or "")
        if file.protected and isinstance(connector, DownloadsAttachments):
            request = connector.make_download_request(file, source)
        try:
            with self._calls.reading(source):
                return self._context.media.host(file, request, MAX_FILE, token)
        except (OutOfTime, MediaUnsafe):
            raise
        except MediaRefused as refusal:
            if self._is_held(refusal, request, attempt):
                raise NotYet("the service has not released one of the message's files yet", after=_NEXT_LOOK) from None
            missing = isinstance(refusal, MediaMissing)
            if missing and self._is_young(attempt) and attempt.delivery.attempts < retry_policy.MISSING_ATTEMPTS:
                raise Transient(str(refusal)) from None
            problem = str(refusal)
        except Transient as failure:
            if attempt.delivery.attempts < retry_policy.MEDIA_ATTEMPTS:
                raise
            problem = str(failure)
        self._note_incomplete(attempt, problem)
        return replace(file, url=None)

    def _note_incomplete(self, attempt: Attempt, reason: str) -> None:
        service = attempt.source.service
        self._context.telemetry.warning("media refused", service=service, event=attempt.event.id, reason=reason)

    def _is_held(self, refusal: MediaRefused, request: HttpRequest, attempt: Attempt) -> bool:
        """Only by the service's own link, for which the connector has added credentials."""
        statuses = self._context.connector(attempt.source).behavior.pending_file_statuses
        own = bool(request.headers)
        return own and refusal.status in statuses and self._may_complete(attempt)

    def _file_of(self, item: Content, shows_cards: bool) -> Attachment | None:
        """What is to be copied, or is a copy already and to be scanned.

        A card's image is shown from where it is, unless that wants credentials; in place of a card it is a file.
        """
        if isinstance(item, Attachment):
            return item if item.url and (not item.hosted or self._context.media.scans) else None
        if isinstance(item, Card) and item.image and item.image.url and (item.image.protected or not shows_cards):
            return item.image
        return None

    def _put_copy(
        self, item: Content, placed: Iterator[tuple[Attachment, Copy]], shows_cards: bool
    ) -> Iterator[Content]:
        """The copy in place of the file; of a refused one the reason, and what was written under it."""
        file = self._file_of(item, shows_cards)
        if file is None:
            yield item
            return
        hosted, copy = next(placed)
        if copy.hazard is not None:
            yield Unsupported(description=f"{name_attachment(file)}: {explain(copy.hazard)}")
        if isinstance(item, Card):
            yield replace(item, image=hosted if copy.hazard is None else None)
        elif file.maybe_page and not hosted.url and copy.hazard is None:
            yield Text(text="\n".join(filter(None, (file.caption, describe_link(file.name, file.url or "")))))
        elif copy.hazard is None:
            yield hosted
        elif file.caption:
            yield Text(text=file.caption)

    def _is_young(self, attempt: Attempt) -> bool:
        """Some services send a file's address before the file is there."""
        return (self._context.clock.now() - attempt.event.occurred_at).total_seconds() < retry_policy.FILE_APPEARS


def _find_choice(message: Message, route: Route) -> Postback | None:
    """What the messenger says was tapped; else what the words pick."""
    if message.tapped:
        return read_postback(message.tapped, route.target.id, route.session.quick_replies)
    return resolve_choice(message, route.session.quick_replies)


def _lacks_files_only(message: Message) -> bool:
    return any(isinstance(item, Attachment) for item in message.content)
