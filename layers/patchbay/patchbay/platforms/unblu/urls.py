"""Where a tenant's API is, and in which of its two generations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from patchbay.domain.errors import Misconfigured

V3, V4 = "v3", "v4"
AUTO = "auto"

_API = re.compile(r"/rest(?:/v\d+)?$")


def read_entry(settings: Mapping[str, str]) -> str:
    """The tenant's address up to where its APIs begin. Raises Misconfigured for what is none.

    Unblu: technical users come in by the internal entry path, which is /app unless the owner has changed it.
    """
    text = settings.get("base_url", "").strip().rstrip("/")
    example = "write it like https://unblu.cloud"
    if not text:
        raise Misconfigured(f"base_url is missing: {example}")
    try:
        address = urlsplit(text)
        trusted = address.scheme == "https" or (address.scheme == "http" and _is_loopback(address.hostname or ""))
        named = address.username is not None or address.password is not None
        origin = f"{address.scheme}://{address.netloc}"
    except ValueError:
        raise Misconfigured(f"base_url is no address: {example}") from None
    if not trusted or not address.hostname:
        raise Misconfigured(f"base_url must be an https address: {example}")
    if named or address.query or address.fragment:
        raise Misconfigured(f"base_url must be the bare address: {example}")
    return f"{origin}{_API.sub('', address.path).rstrip('/') or '/app'}"


def read_generation(settings: Mapping[str, str]) -> str:
    """v3 or v4: as the owner says, else as Unblu has told. Raises Misconfigured for another word."""
    wanted = settings.get("api_version", "") or AUTO
    if wanted not in {AUTO, V3, V4}:
        raise Misconfigured(f"api_version must be {AUTO}, {V3} or {V4}")
    if wanted != AUTO:
        return wanted
    return V3 if settings.get("api_version_found") == V3 else V4


def same_origin(one: str, other: str) -> bool:
    """Whether both addresses lead to the same server."""
    try:
        return _read_origin(one) == _read_origin(other)
    except ValueError:
        return False


def _read_origin(text: str) -> tuple[str, str, int | None]:
    address = urlsplit(text)
    return (
        address.scheme,
        (address.hostname or "").lower(),
        address.port or {"https": 443, "http": 80}.get(address.scheme),
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
