"""Delivering the parts of a message that are not out yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import datetime

from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.contact_updates import ContactUpdates
from patchbay.bridge.context import Context
from patchbay.bridge.conversations import ConversationOpener
from patchbay.bridge.ledger import Sent
from patchbay.bridge.quick_replies import keep_quick_replies, spend_choice
from patchbay.bridge.sent_records import covers_earlier, is_recorded, shows_sent
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.session_writer import SessionWriter
from patchbay.bridge.threads import Threads
from patchbay.bridge.time_budget import TimeBudget
from patchbay.bridge.uncertain_parts import UncertainParts
from patchbay.domain.albums import Album
from patchbay.domain.errors import (
    ConversationGone,
    DeliveryError,
    MediaRefused,
    Moved,
    OutOfTime,
    Rejected,
    Transient,
    Unreachable,
    WindowClosed,
)
from patchbay.domain.model import (
    Attachment,
    Conversation,
    Delivered,
    Part,
    Postback,
    ReceiptState,
    Role,
    Sender,
    Session,
    Text,
)
from patchbay.kit.albums import split_albums
from patchbay.kit.failures import FailureCode
from patchbay.kit.fallbacks import Rendering
from patchbay.kit.file_abilities import InlinesAlbums, InlinesAttachments, UploadsAttachments
from patchbay.kit.template_abilities import SendsTemplates


class PartSender:
    def __init__(
        self,
        context: Context,
        budget: TimeBudget,
        calls: ServiceCalls,
        opener: ConversationOpener,
        writer: SessionWriter,
        updates: ContactUpdates,
    ) -> None:
        self._context = context
        self._threads = Threads(context, calls, writer)
        self._budget = budget
        self._calls = calls
        self._opener = opener
        self._writer = writer
        self._updates = updates
        self._uncertain = UncertainParts(context, calls)

    def deliver(self, attempt: Attempt, route: Route, rendering: Rendering) -> None:
        """Sends every part after the last recorded one and records each: a retry never repeats the first half."""
        parts = split_albums(rendering.parts, attempt.delivery.split_from)
        done = begun = len(attempt.delivery.parts)
        ends_choices = rendering.quick_replies or not attempt.event.message.change
        if done < len(parts) and not route.to_platform and ends_choices:
            self._remember_quick_replies(route, rendering)
        while done < len(parts):
            if done > begun and self._budget.is_spent:
                raise OutOfTime("the function ran out of time: the rest of the message follows")
            try:
                delivered = self._deliver_once(attempt, route, parts[done])
            except Rejected as refusal:
                self._split_album(attempt, route, parts[done], refusal)
                parts = split_albums(rendering.parts, done)
                continue
            delivered = self._uncertain.learn_id(attempt, route, parts[done], delivered)
            done += 1
            attempt.progress.record_part(delivered)
            self._index(attempt, route, delivered, closing=done == len(parts))
            if done < len(parts):
                self._context.ledger.save(attempt.delivery)
        if route.to_platform and rendering.parts and rendering.parts[0].tapped:
            self._spend_choice(route, rendering.parts[0].tapped, rendering.parts[0].sent_at)

    def _split_album(self, attempt: Attempt, route: Route, part: Part, refusal: Rejected) -> None:
        """What is not shown together goes file by file, each as if it were the only one.

        Nothing of a refused album is out. It is recorded before the first of its files is sent, so that no attempt
        takes those that are out for the whole album. Raises the refusal of anything else, and of the conversation.
        """
        if not isinstance(part.content, Album) or isinstance(refusal, Unreachable | WindowClosed):
            raise refusal
        attempt.progress.keep_split(len(attempt.delivery.parts))
        self._context.ledger.save(attempt.delivery)
        self._context.telemetry.info(
            "album sent file by file", event=attempt.event.id, service=route.target.service, reason=str(refusal)
        )

    def note_shown(self, attempt: Attempt, route: Route) -> None:
        """Records what went out as no part: it was shown on a message that is there already."""
        self._index(attempt, route, Delivered(external_id=""), closing=True)

    def notify(self, attempt: Attempt, route: Route, text: str) -> None:
        """Sends the author a line of our own. Best effort: it must not hold up the message that it is about."""
        source = route.source
        part = Part(
            key=f"{attempt.event.ledger_id}:notice",
            content=Text(text=text),
            sender=Sender(role=Role.BOT),
            sent_at=self._context.clock.now(),
        )
        try:
            with self._calls.calling(source) as http:
                self._context.connector(source).deliver(part, route.source_conversation, source, http)
        except DeliveryError as failure:
            self._context.telemetry.warning(
                "notice not shown", event=attempt.event.id, service=source.service, reason=str(failure)
            )

    def _spend_choice(self, route: Route, tap: Postback, said_at: datetime) -> None:
        if spend_choice(route.session.quick_replies, tap, said_at) != route.session.quick_replies:
            route.session = self._writer.revise(
                route.session,
                lambda session: replace(session, quick_replies=spend_choice(session.quick_replies, tap, said_at)),
            )

    def _remember_quick_replies(self, route: Route, rendering: Rendering) -> None:
        """Saved before they are shown: a customer may tap one faster than we could save it afterwards.

        Earlier ones end here, so a message without offers costs a write when it is the first after one that had some.
        """
        now = self._context.clock.now()
        if keep_quick_replies(route.session.quick_replies, rendering.quick_replies, now) != route.session.quick_replies:
            route.session = self._writer.revise(
                route.session,
                lambda session: replace(
                    session, quick_replies=keep_quick_replies(session.quick_replies, rendering.quick_replies, now)
                ),
            )

    # --- one part ----------------------------------------------------------------------------------------------------

    def _deliver_once(self, attempt: Attempt, route: Route, part: Part) -> Delivered:
        """One part into the conversation; into a new one when the old has ended, once."""
        part = self._upload(attempt, route, part)
        try:
            return self._send_or_open(attempt, route, part)
        except ConversationGone as gone:
            if not route.to_platform:
                raise Rejected(str(gone)) from None
            self._forget_conversation(route)
            self._uncertain.stop_looking(attempt, route)  # the old conversation cannot be asked any more
        try:
            return self._send_or_open(attempt, route, part)
        except ConversationGone as gone:
            raise Transient(f"the conversation no longer exists, even after it was opened again: {gone}") from None

    def _forget_conversation(self, route: Route) -> None:
        """Saved at once: if there is no room for an opening now, the next attempt must not try the old one again."""
        gone = route.session.conversation
        if gone is None:
            return
        route.session = self._writer.revise(
            route.session,
            lambda session: replace(session, conversation=None) if _is_in(session, gone) else session,
        )

    def _send_or_open(self, attempt: Attempt, route: Route, part: Part) -> Delivered:
        """Opening a conversation carries the part along on some platforms."""
        if not route.to_platform:
            return self._send_to_contact(attempt, route, part)
        known = route.session.conversation
        if attempt.progress.is_uncertain and known is not None and not self._opener.can_go_on(known, route):
            found = self._uncertain.resolve(attempt, route, part, known)  # the next one does not know of it
            if found is not None:
                return found
        contact = route.session.contact
        opened = self._opener.find(route, part)
        if opened.profile_error:
            self._updates.show_later(attempt.event, contact, route.target, opened.profile_error)
        if opened.delivered is None:
            return self._send(attempt, route, part, opened.conversation)
        # An attempt that was cut off may have opened another conversation, which has ended since.
        self._uncertain.stop_looking(attempt, route)
        return opened.delivered

    def _send_to_contact(self, attempt: Attempt, route: Route, part: Part) -> Delivered:
        """To where they are by now: a messenger may answer that their thread has moved, and takes it there."""
        try:
            return self._send(attempt, route, part, route.session.thread)
        except Moved as moved:
            now = self._context.clock.now()
            session = self._threads.move(route.session.thread.external_id, moved.moved_to, route.target, now)
            if session is None or session.thread.external_id != moved.moved_to:
                raise
            route.session = session
        return self._send(attempt, route, part, route.session.thread)

    def _upload(self, attempt: Attempt, route: Route, part: Part) -> Part:
        """Once per part: a second upload has another id, by which an uncertain delivery could not be found again."""
        connector = self._context.connector(route.target)
        if not isinstance(part.content, Attachment) or not isinstance(connector, UploadsAttachments):
            return part
        uploaded = attempt.delivery.uploaded.get(part.key)
        if uploaded is None:
            with _needing_file(), self._calls.reading(route.target) as http:
                uploaded = connector.upload_attachment(part.content, self._context.media, route.target, http)
            attempt.progress.keep_upload(part.key, uploaded)
            self._context.ledger.save(attempt.delivery)
        said = part.content
        named = replace(uploaded, name=said.name, caption=said.caption)
        return replace(part, content=replace(named, voice=said.voice, duration=said.duration, emoji=said.emoji))

    def _send(self, attempt: Attempt, route: Route, part: Part, conversation: Conversation) -> Delivered:
        connector = self._context.connector(route.target)
        if attempt.progress.is_uncertain:
            found = self._uncertain.resolve(attempt, route, part, conversation)
            if found is not None:
                return found
        if isinstance(part.content, Attachment) and isinstance(connector, InlinesAttachments):
            return self._send_file(route, part, part.content, conversation, connector)
        if isinstance(part.content, Album) and isinstance(connector, InlinesAlbums):
            return self._send_album(route, part, part.content, conversation, connector)
        with self._calls.calling(route.target, route.session) as http:
            if part.template is not None and isinstance(connector, SendsTemplates):
                return connector.send_template(part.template, part, conversation, route.target, http)
            return connector.deliver(part, conversation, route.target, http)

    def _send_file(
        self, route: Route, part: Part, file: Attachment, conversation: Conversation, connector: InlinesAttachments
    ) -> Delivered:
        with _needing_file():
            data = self._context.media.open(file)
        with closing(data), self._calls.calling(route.target, route.session) as http:
            return connector.deliver_file(part, data, conversation, route.target, http)

    def _send_album(
        self, route: Route, part: Part, album: Album, conversation: Conversation, connector: InlinesAlbums
    ) -> Delivered:
        with ExitStack() as opened:
            with _needing_file():
                files = [opened.enter_context(closing(self._context.media.open(file))) for file in album.files]
            with self._calls.calling(route.target, route.session) as http:
                return connector.deliver_album(part, files, conversation, route.target, http)

    def _index(self, attempt: Attempt, route: Route, delivered: Delivered, *, closing: bool) -> None:
        """Records the part under its id on the other side, by which receipts and echoes will name it.

        Where the service gives no ids, the last part is recorded under our own id of the message. The receipt that says
        "handed over", which we write ourselves, names it so.
        """
        if attempt.leaves_nothing or not is_recorded(self._context, attempt.source, route.target):
            return
        is_awaited = shows_sent(self._context, attempt.source)
        names = (delivered.external_id or (attempt.event.ledger_id if closing else ""), *delivered.aliases)
        for external_id in filter(None, names):
            self._context.ledger.index(
                Sent(
                    connection_id=route.target.id,
                    external_id=external_id,
                    thread=_name_thread(route),
                    source_connection=attempt.source.id,
                    source_thread=route.source_conversation.external_id,
                    source_message_id=attempt.event.message.external_id,
                    sent_at=self._context.clock.now(),
                    state=ReceiptState.QUEUED if is_awaited else ReceiptState.SENT,
                    closing=closing,
                ),
                by_thread=covers_earlier(self._context, route.target),
            )


def _name_thread(route: Route) -> str:
    """Under which all that was delivered there is found: of a contact the id that stays."""
    return route.target_conversation.external_id if route.to_platform else route.session.contact.external_id


def _is_in(session: Session, conversation: Conversation) -> bool:
    return session.conversation is not None and session.conversation.external_id == conversation.external_id


@contextmanager
def _needing_file() -> Iterator[None]:
    """Where our copy of a file is opened: a message may wait for longer than files are kept."""
    try:
        yield
    except MediaRefused as refusal:
        raise Rejected(f"the file is no longer available: {refusal}", code=FailureCode.FILE_GONE) from None
