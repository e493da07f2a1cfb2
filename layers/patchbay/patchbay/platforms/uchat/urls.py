"""Where UChat's APIs are. Two addresses: the partner's and workspace's, and the one that takes contacts' messages."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from patchbay.domain.errors import Misconfigured
from patchbay.platforms.uchat.spec import DEFAULT_BASE_URL


def read_base(settings: Mapping[str, str]) -> str:
    """UChat's address without a path, given with or without /api. Raises Misconfigured for what is none."""
    text = settings.get("base_url", "").strip() or DEFAULT_BASE_URL
    return _check("base_url", text.rstrip("/").removesuffix("/api"), f"write it like {DEFAULT_BASE_URL}").rstrip("/")


def read_bot_url(settings: Mapping[str, str]) -> str:
    """Where messages are posted, "" when it is not known yet. Raises Misconfigured for what is no address."""
    text = settings.get("bot_url", "").strip()
    return _check("bot_url", text, "copy it whole from UChat's answer to Set webhook") if text else ""


def _check(name: str, text: str, advice: str) -> str:
    try:
        address = urlsplit(text)
        trusted = address.scheme == "https" or (address.scheme == "http" and _is_loopback(address.hostname or ""))
        bare = address.username is None and address.password is None and not address.query and not address.fragment
    except ValueError:
        raise Misconfigured(f"{name} is no address: {advice}") from None
    if not trusted or not address.hostname:
        raise Misconfigured(f"{name} must be an https address: {advice}")
    if not bare:
        raise Misconfigured(f"{name} must be the bare address: {advice}")
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
