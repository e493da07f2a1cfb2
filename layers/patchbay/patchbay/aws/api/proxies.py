"""The proxy that calls to AWS leave a private network through, where the owner's environment names one."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from patchbay.domain.errors import Misconfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """It is spoken to in plain HTTP and passes the encrypted bytes on. `headers` are for its eyes only."""

    host: str
    port: int
    headers: Mapping[str, str] = field(repr=False)


def proxy_for(endpoint: str) -> Proxy | None:
    """What HTTPS_PROXY and NO_PROXY (or these names in lower case) say of `endpoint`. Raises Misconfigured.

    Plain HTTP only ever goes to this machine or a private network, and takes no proxy.
    """
    target = urlsplit(endpoint)
    if target.scheme != "https" or not any(name.lower() == "https_proxy" for name in os.environ):
        return None
    # Costs 30 ms of CPU, which only owners with a proxy pay; it reads these variables as boto3 and requests do.
    from urllib.request import getproxies_environment, proxy_bypass

    address = getproxies_environment().get("https", "")
    if not address or proxy_bypass(target.netloc):
        return None
    return _read_address(address)


def _read_address(address: str) -> Proxy:
    parts = urlsplit(address if "://" in address else f"http://{address.removeprefix('//')}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if parts.scheme != "http" or not host:
        raise Misconfigured("HTTPS_PROXY must be the address of an HTTP proxy, such as http://proxy.example:3128")
    headers = {}
    if parts.username and parts.password:
        pair = f"{unquote(parts.username)}:{unquote(parts.password)}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Proxy(host=host, port=port or 80, headers=headers)
