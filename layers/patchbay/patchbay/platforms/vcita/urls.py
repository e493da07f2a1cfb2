"""Where vcita is: its hosts and paths, which white-label partners have of their own."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.platforms.vcita.spec import API_PREFIX, API_URL, APP_URL

_PREFIX = re.compile(r"(/[\w.~-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Addresses without a slash at their end."""

    api: str
    app: str
    token: str
    communication: str
    typing: str

    @property
    def platform(self) -> str:
        return f"{self.api}/platform/v1"


def read_places(connection: Connection) -> Places:
    """Raises Misconfigured for what is no address or no path."""
    api = _read_address(connection, "base_url", API_URL)
    prefix = _read_prefix(connection, "api_prefix", API_PREFIX)
    return Places(
        api=api,
        app=_read_address(connection, "app_url", APP_URL),
        token=_read_address(connection, "token_url", f"{api}/oauth/token"),
        communication=api + prefix,
        typing=api + _read_prefix(connection, "typing_prefix", prefix),
    )


def _read_address(connection: Connection, name: str, default: str) -> str:
    text = connection.setting(name, default).strip().rstrip("/")
    example = f"write it like {API_URL if name == 'base_url' else default}"
    try:
        address = urlsplit(text)
        usable = _is_usable(address)
    except ValueError:
        raise Misconfigured(f"{name} is no address: {example}") from None
    if not usable:
        raise Misconfigured(f"{name} must be an https address without a query: {example}")
    return text


def _is_usable(address: SplitResult) -> bool:
    """Tokens travel there, so never in the clear; except to this machine, for simulators."""
    if address.username is not None or address.password is not None or address.query or address.fragment:
        return False
    host = address.hostname or ""
    return bool(host) and (address.scheme == "https" or (address.scheme == "http" and _is_loopback(host)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read_prefix(connection: Connection, name: str, default: str) -> str:
    text = connection.setting(name, default).rstrip("/")
    if not _PREFIX.fullmatch(text):
        raise Misconfigured(f"{name} must be a path that starts with a slash: write it like {API_PREFIX}")
    return text
