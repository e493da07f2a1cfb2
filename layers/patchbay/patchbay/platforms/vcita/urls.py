"""Where vcita is: its hosts and paths, which white-label partners have of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.kit.addresses import check_base_url
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


def read_places(connection: Connection) -> Places:
    """Raises Misconfigured for an address or a path that cannot be used."""
    settings = connection.settings
    api = check_base_url(settings, default=API_URL)
    prefix = _read_prefix(connection, "api_prefix", API_PREFIX)
    return Places(
        api=api,
        app=check_base_url(settings, name="app_url", default=APP_URL),
        token=check_base_url(settings, name="token_url", default=f"{api}/oauth/token"),
        communication=api + prefix,
        typing=api + _read_prefix(connection, "typing_prefix", prefix),
    )


def _read_prefix(connection: Connection, name: str, default: str) -> str:
    text = connection.setting(name, default).rstrip("/")
    if not _PREFIX.fullmatch(text):
        raise Misconfigured(f"{name} must be a path that starts with a slash: enter it like {API_PREFIX}")
    return text
