"""Where Lambda keeps the credentials of a function's role.

An ordinary function finds them in its environment. One that starts from a snapshot is given the address of a server
inside its own machine instead, and asks it again before what it was given expires.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from threading import Lock
from urllib.parse import urlsplit

from patchbay.aws.api.signing import Credentials
from patchbay.aws.api.transport import NoAnswer
from patchbay.domain.errors import Misconfigured

_RELATIVE, _FULL = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN, _TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
_SERVER_VARIABLES = (_RELATIVE, _FULL, _TOKEN, _TOKEN_FILE)
_RELATIVE_HOST = "169.254.170.2"
#: Beside loopback addresses: the only hosts that are asked without TLS.
_PLAIN_HOSTS = frozenset({_RELATIVE_HOST, "169.254.170.23", "fd00:ec2::23", "localhost"})
_EARLY = 600.0  #: seconds before credentials expire in which new ones are asked for
_PAUSE = 30.0  #: seconds between two such questions while the old ones still work
_TIMEOUT = 1.0
#: What a header can carry: the text of an error about any other would quote the secret.
_PRINTABLE = re.compile(r"[!-~]+")

type Wall = Callable[[], float]


def read_credentials() -> Credentials:
    """Asked for with each attempt, for Lambda may replace them while the process lives.

    Raises Misconfigured where there are none, NoAnswer where Lambda's server gives none just now.
    """
    if not os.environ.get("AWS_ACCESS_KEY_ID") and (os.environ.get(_FULL) or os.environ.get(_RELATIVE)):
        return _server().read()
    return _checked(*(os.environ.get(name, "") for name in _VARIABLES))


_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def _checked(access_key: str, secret_key: str, session_token: str) -> Credentials:
    for name, value in zip(_VARIABLES, (access_key, secret_key, session_token), strict=True):
        if not value and name != "AWS_SESSION_TOKEN":
            raise Misconfigured(f"there are no credentials for AWS: {name} is missing")
        if value and not _PRINTABLE.fullmatch(value):
            raise Misconfigured(f"{name} holds characters that credentials of AWS never have: set it again")
    return Credentials(access_key=access_key, secret_key=secret_key, session_token=session_token)


class ServedCredentials:
    """What the server at `address` gives, kept until shortly before it expires. Threads may share it.

    `now` is the time of day in seconds: a snapshot's other clocks may stand still.
    """

    def __init__(self, address: str, now: Wall = time.time) -> None:
        self._address = address
        self._now = now
        self._lock = Lock()
        self._kept: Credentials | None = None
        self._expires = 0.0
        self._ask_at = 0.0

    def read(self) -> Credentials:
        """Raises NoAnswer when the server gives none and those that are kept have expired."""
        if self._kept and self._now() < self._ask_at:
            return self._kept
        with self._lock:
            if self._kept and self._now() < self._ask_at:
                return self._kept
            try:
                self._kept, self._expires = _fetch(self._address)
            except _NoCredentials as error:
                if not self._kept or self._now() >= self._expires:
                    raise NoAnswer(f"Lambda's server gave no credentials ({error})") from None
            self._ask_at = max(self._expires - _EARLY, min(self._now() + _PAUSE, self._expires))
            return self._kept


class _NoCredentials(Exception):
    """The text names the kind of failure."""


@cache
def _server() -> ServedCredentials:
    relative = os.environ.get(_RELATIVE)
    return ServedCredentials(f"http://{_RELATIVE_HOST}{relative}" if relative else os.environ[_FULL])


def _fetch(address: str) -> tuple[Credentials, float]:
    """With when they expire, in seconds since 1970."""
    return _read(_ask(address))


def _ask(address: str) -> bytes:
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" and not _is_near(host):
        raise Misconfigured(f"{_FULL} must be an address inside the function's machine, or one with https")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(host, parts.port, timeout=_TIMEOUT)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request("GET", target, headers={"accept": "application/json", **_authorization()})
        response = connection.getresponse()
        body = response.read()
    except (OSError, HTTPException) as error:
        raise _NoCredentials(type(error).__name__) from None
    finally:
        connection.close()
    if response.status != 200:
        raise _NoCredentials(f"HTTP {response.status}")
    return body


def _is_near(host: str) -> bool:
    try:
        return host in _PLAIN_HOSTS or ip_address(host).is_loopback
    except ValueError:
        return False


def _authorization() -> dict[str, str]:
    file = os.environ.get(_TOKEN_FILE)
    if file:
        with open(file, encoding="ascii") as opened:  # noqa: PTH123 - pathlib is not loaded for this
            token = opened.read()
    else:
        token = os.environ.get(_TOKEN, "")
    if token and not _PRINTABLE.fullmatch(token):
        raise Misconfigured(f"{_TOKEN} holds characters that a header cannot carry")
    return {"authorization": token} if token else {}


def _read(body: bytes) -> tuple[Credentials, float]:
    try:
        given = json.loads(body)
        expires = datetime.fromisoformat(given["Expiration"]).timestamp()
        return _checked(given["AccessKeyId"], given["SecretAccessKey"], given["Token"]), expires
    except (ValueError, KeyError, TypeError):
        raise _NoCredentials("an answer that cannot be read") from None
