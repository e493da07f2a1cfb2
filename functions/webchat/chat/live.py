"""Changes of a chat reach open pages at once, over connections that the pages keep open.

An update carries what a question for news would have answered, and the cursor that it follows: a page that is at this
cursor needs to ask nothing, and any other one asks. So order, and that nothing is missing, do not depend on updates. An
update that does not arrive costs time and nothing else: pages go on asking, seldom while they are connected.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from chat.errors import Refused
from chat.model import SERVICE, Chat, Entry, Listener, Site
from chat.ports import Channel, Listeners, NotSent
from chat.responses import Json, show_chat, show_entry
from chat.tickets import TICKET_TIME, Ticket, issue
from patchbay.bridge.ports import Clock, Telemetry
from patchbay.domain.errors import Conflict

MOST_LISTENERS = 8  #: of one visitor; the next one takes the oldest one's place
LONGEST = timedelta(hours=2, minutes=10)  #: API Gateway closes a connection after two hours
_MOST_BYTES = 30 * 1024  #: API Gateway carries 32 KB as one message
_BUDGET = timedelta(milliseconds=800)  #: for all of a visitor's connections: somebody waits for the answer


class LiveUpdates:
    def __init__(
        self, address: str, listeners: Listeners, channel: Channel, clock: Clock, telemetry: Telemetry
    ) -> None:
        """`address` is where browsers connect to, "" when this is off."""
        self.address = address
        self._listeners = listeners
        self._channel = channel
        self._clock = clock
        self._telemetry = telemetry

    @property
    def is_on(self) -> bool:
        return bool(self.address)

    def offer(self, site: Site, visitor: str, origin: str) -> str:
        """The address at which this visitor may connect once, within seconds, from a page of this origin."""
        ticket = issue(site, visitor, self._clock.now())
        return f"{self.address}?ticket={ticket.write(site, origin)}"

    def connect(self, site: Site, ticket: Ticket, origin: str, connection: str) -> None:
        """The browser with this ticket listens from now on. Raises Refused with 401."""
        now = self._clock.now()
        if not (self.is_on and ticket.is_genuine(site, origin, now)):
            raise _bad_ticket()
        listener = Listener(connection=connection, ticket=ticket.nonce, since=now, until=now + LONGEST)
        try:
            self._listeners.add_listener(site.id, ticket.visitor, listener)
        except Conflict:
            raise _bad_ticket() from None
        for old in self._of(site.id, ticket.visitor)[MOST_LISTENERS:]:
            self._forget(site.id, ticket.visitor, old)

    def announce(self, before: Chat, after: Chat, entries: Sequence[Entry]) -> bool:
        """Sends what has changed to the visitor's open pages, if that shows anywhere. Never raises.

        The answer is whether one got it.
        """
        if not self.is_on or not _shows(before, after):
            return False
        try:
            listeners = self._of(after.site, after.visitor)
            return bool(listeners) and self._send(after, listeners, _write(self._describe(before, after, entries)))
        except Exception as error:  # noqa: BLE001  a page that hears nothing asks
            self._telemetry.warning("webchat update not sent", service=SERVICE, error=type(error).__name__)
            self._telemetry.count("LiveUpdateFailed", SERVICE)
            return False

    def _send(self, chat: Chat, listeners: Sequence[Listener], update: bytes) -> bool:
        end = self._clock.now() + _BUDGET
        failed = sent = 0
        for listener in listeners:
            if failed or self._clock.now() >= end:  # the API is slow: the next one would wait, too
                failed += 1
                continue
            try:
                if self._channel.send(listener.connection, update):
                    sent += 1
                else:
                    self._forget(chat.site, chat.visitor, listener)
            except NotSent:
                failed += 1
        if failed:
            self._telemetry.count("LiveUpdateFailed", SERVICE, failed)
        return sent > 0

    def _of(self, site: str, visitor: str) -> list[Listener]:
        """The latest first."""
        return sorted(self._listeners.listeners(site, visitor), key=lambda one: one.since, reverse=True)

    def _forget(self, site: str, visitor: str, listener: Listener) -> None:
        """Not at once: a connection that is being opened is not there yet, and its ticket must not open another."""
        if self._clock.now() - listener.since > TICKET_TIME:
            self._listeners.remove_listener(site, visitor, listener)

    def _describe(self, before: Chat, after: Chat, entries: Sequence[Entry]) -> Json:
        typing = after.typing_until is not None and self._clock.now() < after.typing_until
        erased = after.erased or after.reset_at > before.revision
        return {
            "chat": show_chat(replace(after, preview="", unread=0) if after.erased else after),
            "after": None if erased else f"r{before.revision}",
            "messages": [] if erased else [show_entry(entry) for entry in entries],
            "cursor": f"r{after.revision}",
            "typing": {"name": after.typing_name} if typing else None,
        }


def _shows(before: Chat, after: Chat) -> bool:
    """Whether visitors see a difference. Receipts and what the bridge has taken are no news for them."""
    return any(
        getattr(before, name) != getattr(after, name)
        for name in ("revision", "typing_until", "unread", "name", "erased")
    )


def _write(update: Json) -> bytes:
    """What is too long for one message of the API is asked for."""
    body = _dump(update)
    return body if len(body) <= _MOST_BYTES else _dump({**update, "after": None, "messages": []})


def _dump(update: Json) -> bytes:
    return json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode()


def _bad_ticket() -> Refused:
    return Refused(401, "bad_ticket", "This ticket is not valid, or was used. Ask for a new one.")
