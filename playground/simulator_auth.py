"""What simulated services share in checking who calls and how often: credentials, and a limit of calls a second."""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import request

_WINDOW = timedelta(seconds=1)


def read_token(scheme: str = "Bearer") -> str:
    """The credential in the request's Authorization header; "" if there is none, or one of another scheme."""
    given, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if given == scheme else ""


def is_same(one: str, other: str) -> bool:
    """Compares two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def find_secret(given: str, known: Iterable[str]) -> str | None:
    """The one of `known` that equals `given`."""
    return next((secret for secret in known if is_same(secret, given)), None)


class RateLimiter:
    """Counts the calls of each credential within the last second. Refused calls do not use up the limit."""

    def __init__(self) -> None:
        self._tried: dict[str, deque[datetime]] = {}
        self._admitted: dict[str, deque[datetime]] = {}
        self._most: dict[str, int] = {}

    def busiest(self, credential: str) -> int:
        """The most calls that came with a credential within one second, refused ones included."""
        return self._most.get(credential, 0)

    def admit(self, credential: str, now: datetime, limit: int | None) -> bool:
        """Counts a call. False if more than `limit` calls came within a second; None is no limit."""
        tried = self._tried.setdefault(credential, deque())
        admitted = self._admitted.setdefault(credential, deque())
        for times in (tried, admitted):
            while times and now - times[0] >= _WINDOW:
                times.popleft()
        tried.append(now)
        self._most[credential] = max(self.busiest(credential), len(tried))
        if limit is not None and len(admitted) >= limit:
            return False
        admitted.append(now)
        return True


def is_public_address(address: str) -> bool:
    """Whether a service would call this address: https, or http on this machine, for which there is no certificate."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or any(character.isspace() for character in address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
