"""Answers that a container keeps, so that what hardly ever changes is asked for once and not each time.

It is also how an opening that was interrupted goes on where it stopped: what was done a moment ago is not done again.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock

from patchbay.bridge.ports import Clock
from patchbay.domain.accounts import Connection
from patchbay.kit.contract import Http, HttpRequest, HttpResponse

_MOST = 4096  #: answers kept before all are forgotten
_LARGEST = 16 * 1024  #: bytes of a body that is kept


@dataclass(slots=True)
class ResponseCache:
    """Keeps what a request with `keep_for` was answered, for the same request with the same secrets.

    Another answer to the same request, asked for without `keep_for`, takes its place.
    """

    _kept: dict[Hashable, tuple[float, HttpResponse]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def remember(self, http: Http, connection: Connection, clock: Clock) -> Http:
        """`http` that answers from memory what it may."""
        return _RememberingHttp(self, http, frozenset(connection.secrets.credentials.items()), clock)

    def find(self, key: Hashable, now: float) -> HttpResponse | None:
        with self._lock:
            until, response = self._kept.get(key, (0.0, None))
        return response if now < until else None

    def keep(self, key: Hashable, response: HttpResponse, until: float | None) -> None:
        """`until` is None for an answer that nobody said may be kept: it counts where an older one is known."""
        with self._lock:
            known = self._kept.pop(key, None)
            until = until if until is not None or known is None else known[0]
            if until is None or not response.ok or len(response.body) > _LARGEST:
                return
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = (until, response)


class _RememberingHttp:
    def __init__(self, cache: ResponseCache, http: Http, account: Hashable, clock: Clock) -> None:
        self._cache = cache
        self._http = http
        self._account = account
        self._clock = clock

    def send(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" and not request.keep_for:
            return self._http.send(request)
        query, body = tuple(sorted(request.query.items())), json.dumps(request.json, sort_keys=True)
        key = (self._account, request.method, request.url, query, body)
        now = self._clock.now().timestamp()
        known = self._cache.find(key, now) if request.keep_for else None
        if known is not None:
            return known
        response = self._http.send(request)
        self._cache.keep(key, response, now + request.keep_for if request.keep_for else None)
        return response
