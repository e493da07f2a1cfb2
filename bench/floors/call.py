"""The least that calls a platform: one request over one kept-alive connection."""

from __future__ import annotations

import time
from http.client import HTTPConnection
from urllib.parse import urlsplit


class Caller:
    def __init__(self, base_url: str, token: str) -> None:
        address = urlsplit(base_url)
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
        self._path = f"{address.path}/accounts/configuration"
        self._headers = {"Authorization": f"Bearer {token}"}

    def call(self) -> float:
        """Seconds until the answer is read."""
        started = time.perf_counter()
        self._connection.request("GET", self._path, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the platform answered {answer.status}")
        return time.perf_counter() - started
