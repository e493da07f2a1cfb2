"""What lets a browser open one live connection: signed, good for seconds, for one visitor and one site's pages.

Browsers cannot set headers on a WebSocket, and addresses end up in logs of proxies: the visitor's token never travels
there, and whoever finds a ticket finds one that is used or over.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chat.model import Site

TICKET_TIME = timedelta(seconds=30)
_NONCE_BYTES = 16
_FORM = re.compile(r"([A-Za-z0-9_-]{1,200})\.([0-9a-f]{64})\.([0-9]{1,10})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """`nonce` names it: a ticket opens one connection. `signature` is not verified before `is_genuine` says so."""

    webhook_token: str = field(repr=False)
    visitor: str
    until: datetime
    nonce: str = field(repr=False)
    signature: str = field(default="", repr=False)

    def write(self, site: Site, origin: str) -> str:
        return ".".join((*self._parts(), self._sign(site, origin)))

    def is_genuine(self, site: Site, origin: str, now: datetime) -> bool:
        """Whether `site` issued it to a page of this `origin`, not long ago."""
        return bool(site.secrets.get("service_key")) and (
            hmac.compare_digest(self._sign(site, origin), self.signature) and now < self.until
        )

    def _parts(self) -> tuple[str, str, str, str]:
        return self.webhook_token, self.visitor, str(int(self.until.timestamp())), self.nonce

    def _sign(self, site: Site, origin: str) -> str:
        text = "\n".join(("live connection", *self._parts(), origin))
        key = site.secrets.get("service_key").encode()
        return urlsafe_b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode().rstrip("=")


def issue(site: Site, visitor: str, now: datetime) -> Ticket:
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    return Ticket(webhook_token=site.webhook_token, visitor=visitor, until=now + TICKET_TIME, nonce=nonce)


def read_ticket(text: str) -> Ticket | None:
    """None for what has not even the form of one."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    webhook_token, visitor, until, nonce, signature = match.groups()
    return Ticket(
        webhook_token=webhook_token,
        visitor=visitor,
        until=datetime.fromtimestamp(int(until), UTC),
        nonce=nonce,
        signature=signature,
    )
