"""A contact who has never written gets a conversation on a platform where agents choose among those that there are."""

from __future__ import annotations

from dataclasses import replace

from patchbay.bridge.attempt import Route
from patchbay.bridge.context import Context
from patchbay.bridge.conversations import ConversationOpener
from patchbay.bridge.identity import Identity
from patchbay.bridge.outcomes import DONE, Defer, Disposition
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.session_writer import SessionWriter, begin_session
from patchbay.bridge.skipped_events import record_skipped
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Conflict, ConversationGone, NotYet, Rejected
from patchbay.domain.events import ContactIntroduced
from patchbay.domain.model import Part, Role, Sender, Session, Text

_CONFLICT_RETRY = 0.5


class Introductions:
    def __init__(self, context: Context, calls: ServiceCalls, writer: SessionWriter) -> None:
        self._context = context
        self._calls = calls
        self._writer = writer

    def introduce(self, event: ContactIntroduced, messenger: Connection) -> Disposition:
        """Again and again until the platform has made it active. Raises a DeliveryError of a call."""
        linked = self._context.connections.renew(messenger.id) or messenger
        platform = self._context.connections.connection(linked.link) if linked.link else None
        if platform is None or not self._context.connector(platform).behavior.opens_empty:
            record_skipped(self._context.telemetry, event, "no platform is linked whose agents need an introduction")
            return DONE
        try:
            self._open(event, messenger, platform)
        except Conflict as conflict:
            return Defer(_CONFLICT_RETRY, str(conflict))
        except NotYet as failure:
            return Defer(failure.after, str(failure))
        except (Rejected, ConversationGone) as failure:
            self._context.telemetry.warning(
                "contact not introduced", event=event.id, service=platform.service, reason=str(failure)
            )
        return DONE

    def _open(self, event: ContactIntroduced, messenger: Connection, platform: Connection) -> None:
        home, session = self._context.sessions.find(messenger.id, event.thread)
        if session is None:
            session = self._begin(event, messenger, platform, home)
        if session.platform_connection != platform.id:
            return  # they have written meanwhile, or an agent of another platform has
        route = Route(source=messenger, target=platform, session=session)
        opener = ConversationOpener(self._context, Identity(self._context, self._writer), self._calls, self._writer)
        opener.find(route, _say_nothing(event))

    def _begin(self, event: ContactIntroduced, messenger: Connection, platform: Connection, home: str) -> Session:
        now = self._context.clock.now()
        contact = replace(event.contact, external_id=home)
        erased_at = self._context.ledger.erased_at(event.thread_group)
        return begin_session(messenger, platform, contact, now, erased_at, thread=event.thread)


def _say_nothing(event: ContactIntroduced) -> Part:
    """Where conversations are opened empty, nothing of it is shown."""
    nobody = Sender(role=Role.CONTACT, external_id=event.thread)
    return Part(key=f"{event.ledger_id}:0", content=Text(text=""), sender=nobody, sent_at=event.occurred_at)
