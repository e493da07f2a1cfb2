"""Notifications of agents' messages for visitors who agreed to them, while no page of theirs is open."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chat.admission import MESSAGES
from chat.errors import Refused, unknown_token, unreadable
from chat.model import SERVICE, Chat, Entry, Site, Subscription
from chat.ports import PushFailed
from patchbay.domain.errors import Conflict
from patchbay.domain.text import cut_text
from patchbay.kit.addresses import is_loopback

if TYPE_CHECKING:
    from chat.context import ChatContext
    from chat.requests import NewSubscription

MOST_SUBSCRIPTIONS = 5  #: of one visitor: a browser may get a new address now and then
MOST_SECONDS = 2.0  #: for all notifications of a message: the dispatcher waits meanwhile
_LEAST_SECONDS = 0.3
_MOST_AN_HOUR, _HOUR = 20, timedelta(hours=1)
_KEPT_BY_SERVICE = timedelta(days=1)
_LONGEST_TITLE, _LONGEST_TEXT = 100, 300  #: UTF-16 units: a notification shows less
_GONE = frozenset({404, 410})
# The push services of Chrome and its kin, Firefox, Safari and Edge. A browser gives an address of its own maker's.
_SERVICES = ("fcm.googleapis.com", "updates.push.services.mozilla.com")
_FAMILIES = (".push.apple.com", ".notify.windows.com")


def allows_push(site: Site) -> bool:
    return site.setting("push") == "yes" and bool(site.secrets.get("push_key"))


def is_push_service(address: str, *, local: bool) -> bool:
    """Whether it is an address of a known push service. `local` allows plain http to this machine, for tests."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if local and parts.scheme == "http" and is_loopback(host):
        return True
    known = host in _SERVICES or host.endswith(_FAMILIES)
    return parts.scheme == "https" and known and port in {None, 443} and parts.username is None


class Presence:
    """Visitors whose page asked for messages a moment ago, or got an update, in this container.

    Another container may have answered them. Then one notification too many is sent, which the page's worker does not
    show while the page is visible. To write down each look would cost more than all messages.
    """

    _LASTS = timedelta(seconds=6)  #: a visible page without a connection asks every four seconds at least
    _MOST = 5000

    def __init__(self) -> None:
        self._seen: dict[str, datetime] = {}

    def note(self, visitor: str, now: datetime) -> None:
        self._seen.pop(visitor, None)
        if len(self._seen) >= self._MOST:
            del self._seen[next(iter(self._seen))]
        self._seen[visitor] = now

    def is_here(self, visitor: str, now: datetime) -> bool:
        seen = self._seen.get(visitor)
        return seen is not None and now - seen < self._LASTS


@dataclass(frozen=True, slots=True)
class PushActions:
    context: ChatContext

    def show_key(self, site: Site) -> str:
        """What the browser must subscribe with. Raises Refused with 404 when the owner has not turned this on."""
        if not allows_push(site):
            raise Refused(404, "no_push", "This chat sends no notifications.")
        from chat.webpush import derive_key

        return derive_key(site.secrets.get("push_key")).public

    def subscribe(self, site: Site, visitor_id: str, new: NewSubscription, source: str) -> Subscription:
        """Raises Refused. The oldest subscription goes when there are too many."""
        context = self.context
        context.visitor(site, visitor_id)
        if new.key != self.show_key(site):
            raise Refused(409, "other_key", "The chat has another key now. Ask for it and subscribe again.")
        if not is_push_service(new.endpoint, local=context.push_services.local):
            raise unreadable("The endpoint is not one of a push service that the chat knows.")
        context.admission.limit(site, visitor_id, "push", _MOST_AN_HOUR, _HOUR)
        context.admission.admit(site, source, MESSAGES)  # it costs what a message does
        now = context.clock.now()
        subscription = Subscription(
            id=hashlib.sha256(new.endpoint.encode()).hexdigest()[:32],
            endpoint=new.endpoint,
            browser_key=new.keys.p256dh,
            auth=new.keys.auth,
            key=new.key,
            at=now,
            until=now + site.retention,
        )
        others = [one for one in self._list(site, visitor_id) if one.id != subscription.id]
        try:
            context.subscriptions.save_subscription(site.id, visitor_id, subscription)
        except Conflict:  # who left meanwhile leaves nothing behind
            raise unknown_token() from None
        for old in sorted(others, key=lambda one: one.at, reverse=True)[MOST_SUBSCRIPTIONS - 1 :]:
            context.subscriptions.forget_subscription(site.id, visitor_id, old.id)
        return subscription

    def unsubscribe(self, site: Site, visitor_id: str, subscription_id: str) -> None:
        """Writes only when there is one: whoever repeats it costs no more than reading."""
        if any(one.id == subscription_id for one in self._list(site, visitor_id)):
            self.context.subscriptions.forget_subscription(site.id, visitor_id, subscription_id)

    def forget(self, site: Site, visitor_id: str) -> None:
        """All of a visitor's."""
        for one in self._list(site, visitor_id):
            self.context.subscriptions.forget_subscription(site.id, visitor_id, one.id)

    def notify(self, site: Site, chat: Chat, entry: Entry) -> None:
        """Never raises: the message is stored, and it is delivered whatever becomes of the notification."""
        context = self.context
        if not allows_push(site) or context.presence.is_here(chat.visitor, context.clock.now()):
            return
        try:
            self._notify(site, chat, entry)
        except Exception as error:  # noqa: BLE001  of no exception may a message fail that has arrived
            self._report(site, type(error).__name__)

    def _notify(self, site: Site, chat: Chat, entry: Entry) -> None:
        clock = self.context.clock
        ends = clock.now() + timedelta(seconds=MOST_SECONDS)
        for subscription in self._list(site, chat.visitor):
            seconds = (ends - clock.now()).total_seconds()
            if seconds < _LEAST_SECONDS:
                self._report(site, "no time left")
                return
            try:
                status = self._send(site, chat, entry, subscription, seconds)
            except PushFailed as failure:
                self._report(site, str(failure))
                continue
            if status in _GONE:
                self.context.subscriptions.forget_subscription(site.id, chat.visitor, subscription.id)
            elif status >= 300:
                self._report(site, f"HTTP {status}")
            else:
                self.context.telemetry.count("PushSent", SERVICE)

    def _send(self, site: Site, chat: Chat, entry: Entry, subscription: Subscription, seconds: float) -> int:
        """The status of the push service; 410 also when it need not be asked: no such subscription works again."""
        from chat import webpush

        services = self.context.push_services
        keys = map(webpush.derive_key, site.secrets.accepted("push_key"))
        key = next((one for one in keys if one.public == subscription.key), None)
        if key is None or not is_push_service(subscription.endpoint, local=services.local):
            return 410
        try:
            body = webpush.encrypt(write_notice(site, chat, entry), subscription.browser_key, subscription.auth)
        except ValueError:
            return 410
        headers = {
            "authorization": webpush.authorize(key, subscription.endpoint, _contact(site), self.context.clock.now()),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(int(_KEPT_BY_SERVICE.total_seconds())),
            "topic": chat.id,  # of several messages in a chat the service keeps the last for a browser that is off
            "urgency": "normal",
        }
        return services.post(subscription.endpoint, headers, body, seconds)

    def _list(self, site: Site, visitor_id: str) -> list[Subscription]:
        return list(self.context.subscriptions.subscriptions(site.id, visitor_id))

    def _report(self, site: Site, reason: str) -> None:
        self.context.telemetry.count("PushFailed", SERVICE)
        if self.context.admission.may_remark(site, "push"):
            self.context.warning("notification failed", site, reason)


def write_notice(site: Site, chat: Chat, entry: Entry) -> bytes:
    """What the page's worker shows. An agent's words only if the owner wants them on a locked screen."""
    text = cut_text(entry.text, _LONGEST_TEXT) if site.setting("push_text") == "yes" else ""
    notice: Mapping[str, str] = {"title": cut_text(site.title, _LONGEST_TITLE), "chat": chat.own_id, "text": text}
    return json.dumps(notice, ensure_ascii=False, separators=(",", ":")).encode()


def _contact(site: Site) -> str:
    parts = urlsplit(site.base)
    return f"https://{parts.netloc}"
