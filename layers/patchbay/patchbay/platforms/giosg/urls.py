"""Where Giosg is, and which addresses belong to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from patchbay.domain.errors import Misconfigured
from patchbay.platforms.giosg.spec import BASE_URL

_API = re.compile(r"/api(?:/v\d+)?$")


def read_entry(settings: Mapping[str, str]) -> str:
    """Giosg's address without a slash at its end. Raises Misconfigured for what is none."""
    example = f"write it like {BASE_URL}"
    try:
        address = urlsplit((settings.get("base_url") or BASE_URL).strip().rstrip("/"))
        trusted = address.scheme == "https" or (address.scheme == "http" and _is_loopback(address.hostname or ""))
        bare = address.username is None and address.password is None and not (address.query or address.fragment)
        origin = f"{address.scheme}://{address.netloc}"
    except ValueError:
        raise Misconfigured(f"base_url is no address: {example}") from None
    if not trusted or not address.hostname:
        raise Misconfigured(f"base_url must be an https address: {example}")
    if not bare:
        raise Misconfigured(f"base_url must be the bare address: {example}")
    return f"{origin}{_API.sub('', address.path).rstrip('/')}"


def is_own(url: str, settings: Mapping[str, str]) -> bool:
    """Whether the address is on Giosg's own server, which alone may see our token."""
    try:
        return _read_origin(url) == _read_origin(read_entry(settings))
    except (Misconfigured, ValueError):
        return False


def is_web_address(url: str) -> bool:
    return url.lower().startswith(("https://", "http://"))


def _read_origin(text: str) -> tuple[str, str, int | None]:
    address = urlsplit(text)
    standard = {"https": 443, "http": 80}.get(address.scheme)
    return address.scheme, (address.hostname or "").lower(), address.port or standard


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
