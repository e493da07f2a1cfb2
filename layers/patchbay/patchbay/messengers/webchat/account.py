"""Connecting: what the owner has set is looked at, and the service is asked whether it is there."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.characters import read_whole_number
from patchbay.domain.errors import Misconfigured, Unreachable
from patchbay.kit.account_setup import Account, Webhooks
from patchbay.kit.addresses import is_loopback
from patchbay.kit.contract import Http
from patchbay.kit.rest import read_answer
from patchbay.messengers.webchat import spec
from patchbay.messengers.webchat.client import Api
from patchbay.messengers.webchat.schemas import About

_PORTS = {"https": 443, "http": 80}


def check_settings(connection: Connection) -> Account:
    """The service is our own and live after this: there is nothing to ask it yet. Raises Misconfigured."""
    colour = connection.setting("colour")
    if colour and not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise Misconfigured("colour is not valid: write # and six hex digits, like #2f6fed")
    for origin in filter(None, connection.setting("allowed_origins").split(",")):
        _check_origin(origin.strip())
    language = connection.setting("language")
    if language and language not in spec.LANGUAGES:
        raise Misconfigured(f"language is not available on the page: write one of {', '.join(spec.LANGUAGES)}")
    for name in spec.SWITCHES:
        if connection.setting(name) not in {"", "yes", "no"}:
            raise Misconfigured(f"{name} is not valid: write yes or no")
    for name, (least, most, example) in spec.NUMBERS.items():
        value = connection.setting(name)
        if value and (read_whole_number(value, most) or 0) < least:
            raise Misconfigured(f"{name} must be a whole number from {least} to {most}, like {example}")
    return Account(external_id=connection.id, name=connection.setting("title"))


def register(webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
    """Webhooks come to the address of the page, and the API that the bridge calls is below it."""
    (address,) = webhooks.values()
    _ask(Api(connection, http, address))
    return {spec.ADDRESS: address}


def registered(connection: Connection, http: Http) -> str:
    if not connection.setting(spec.ADDRESS):
        return ""
    _ask(Api(connection, http))
    return connection.setting(spec.ADDRESS)


def list_manual_steps(webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
    (address,) = webhooks.values()
    site = f'put this line before </body> of its pages: <script src="{address}/widget.js" async></script>'
    steps = [f"Give your customers the chat's own page: {address}", f"To show the chat on your website, {site}"]
    if not connection.setting("allowed_origins"):
        steps.append(
            f"Allow that site to show the chat: patchbay connect webchat {connection.id} --set "
            "allowed_origins=https://www.example.com"
        )
    return tuple(steps)


def _ask(api: Api) -> None:
    try:
        about = read_answer(About, api.get("about"))
    except Unreachable as problem:
        raise Misconfigured(str(problem)) from None
    if about.service != "webchat":
        raise Misconfigured("another server answers at the web chat's address: deploy the stack again")


# --- origins ---------------------------------------------------------------------------------------------------------


def _check_origin(origin: str) -> None:
    """As browsers send it, or it would never match. Raises Misconfigured, with the origin as it must be."""
    parts = _split(origin)
    if parts is None or not parts.hostname or "*" in origin or parts.username or not _is_safe(parts):
        raise Misconfigured(
            "allowed_origins contains an entry that is not an origin: write each like https://www.example.com"
        )
    proper = _spell(parts, parts.hostname)
    if origin != proper:
        raise Misconfigured(f"allowed_origins contains {origin}: write {proper} instead")


def _split(origin: str) -> SplitResult | None:
    try:
        parts = urlsplit(origin)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _is_safe(parts: SplitResult) -> bool:
    """Plain http only for a site that is being made on the owner's own machine."""
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _spell(parts: SplitResult, host: str) -> str:
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise Misconfigured("allowed_origins contains an invalid host name") from None
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port and parts.port != _PORTS[parts.scheme] else ""
    return f"{parts.scheme}://{host}{port}"
