"""Where a service's API is, and which other addresses belong to it. Pure.

Credentials are sent to the address that the owner gives, so it is checked by one set of rules for every service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import quote, urljoin, urlsplit

from patchbay.domain.accounts import Settings
from patchbay.domain.errors import Misconfigured

_PORTS = {"https": 443, "http": 80}
_NEVER_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]")


def check_base_url(
    settings: Settings,
    *,
    name: str = "base_url",
    default: str = "",
    hint: str = "",
    api_path: str = "",
    hosts: Collection[str] = (),
) -> str:
    """The address in the setting `name`, else `default`, without a slash at its end.

    Owners often copy it with the beginning of the API's own path: `api_path` and a version behind it are cut off. With
    `hosts`, only these and the hosts below them are accepted. Raises Misconfigured with what to enter.
    """
    hint = hint or f"enter it like {default}"
    text = (settings.get(name, "").strip() or default).rstrip("/")
    if not text:
        raise Misconfigured(f"{name} is missing: {hint}")
    if fault := _find_fault(text, hosts):
        raise Misconfigured(f"{name} {fault}: {hint}")
    address = urlsplit(text)
    path = re.sub(rf"{re.escape(api_path)}(?:/v\d+)?$", "", address.path) if api_path else address.path
    return f"{address.scheme}://{address.netloc}{path.rstrip('/')}"


def _find_fault(text: str, hosts: Collection[str]) -> str:
    """Why no credentials may be sent there, "" when they may. Plain http is for simulators on this machine."""
    try:
        address = urlsplit(text)
        host, port = address.hostname or "", address.port
    except ValueError:
        return "is not a valid URL"
    if address.scheme != "https" and not (address.scheme == "http" and is_loopback(host)):
        return "must start with https://"
    if not host or port == 0 or _NEVER_IN_A_URL.search(text):
        return "is not a valid URL"
    if address.username is not None or address.password is not None or address.query or address.fragment:
        return "must not contain a user name, a query or a fragment"
    if hosts and address.scheme == "https" and not (_is_below(host, hosts) and port in {None, _PORTS["https"]}):
        return "does not belong to the service"
    return ""


def _is_below(host: str, hosts: Collection[str]) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in hosts)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_web_address(url: str) -> bool:
    return url.lower().startswith(("https://", "http://"))


def same_origin(one: str, other: str) -> bool:
    """Whether both addresses lead to the same server: scheme, host and port."""
    origin = read_origin(one)
    return origin is not None and origin == read_origin(other)


def read_origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port, the standard one where none is named. None for what is no address."""
    try:
        address = urlsplit(url)
        port = address.port or _PORTS.get(address.scheme)
    except ValueError:
        return None
    return (address.scheme, address.hostname, port) if address.hostname else None


def is_own(url: str, settings: Settings, read_base_url: Callable[[Settings], str]) -> bool:
    """Whether the address is on the service's own server, the only one that may see our credentials."""
    try:
        return same_origin(url, read_base_url(settings))
    except Misconfigured:
        return False


def resolve_link(link: str, base_url: str) -> str | None:
    """The whole address of a link in an answer. None for one to another server: credentials are not sent there."""
    try:
        url = urljoin(base_url, link)
    except ValueError:
        return None
    return url if same_origin(url, base_url) else None


def write_url(base_url: str, *path: str, query: Mapping[str, str] | None = None) -> str:
    """The address of something below `base_url`. Every part of the path and of the query is quoted.

    A blank in a query is %20 and a plus %2B: contact ids hold both, and a bare plus would read as a blank.
    """
    url = "/".join((base_url, *(quote(part, safe="") for part in path)))
    words = "&".join(f"{name}={quote(value, safe='')}" for name, value in (query or {}).items())
    return f"{url}?{words}" if words else url


def warn_of_other_webhook(url: str, service: str) -> Iterator[str]:
    """What the owner is to know about the webhook `url` that a bot has before it is connected; "" for none.

    One that looks like ours is not worth a word: `get_registered_url` shows whether it is the right one.
    """
    address = urlsplit(url)
    if url and f"/{service}/" not in address.path:
        yield f"the bot's webhook is set to {address.hostname}: connecting the bot here disconnects it there"
