"""Which addresses a stranger may make us call.

An attachment's address comes from outside, so fetching it could reach into our own network or the cloud's metadata
service. The check happens where the connection is made: the name is resolved, every answer is judged, and the socket
goes to an address that was judged. Nothing is resolved twice, so a name cannot change its answer in between; TLS still
verifies the certificate against the name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from patchbay.aws.net.sockets import Address, TimedAdapter, TimedConnection, TimedTlsConnection
from patchbay.domain.errors import MediaRefused

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# IANA gives these a special purpose, though Python counts them, or parts of them, as ordinary: protocol assignments and
# anycast to the nearest relay or translator, former site-local addresses (routers may still know them), documentation,
# segment routing. Nobody serves files there.
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            *("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24"),
            *("2001::/23", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fec0::/10"),
        ),
    )
)
_HTTPS = 443


def check_url(url: str, *, local: bool, own_port: int | None = None) -> SplitResult:
    """The parts of an address that may be called as far as one can tell without resolving. Raises MediaRefused.

    Files of the world lie behind the port of https. `own_port` is that of a service that the owner named.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise MediaRefused("the attachment's URL is not valid") from None
    if not host or parts.scheme not in ({"https", "http"} if local else {"https"}):
        raise MediaRefused("the attachment's URL is not https")
    if parts.username is not None or parts.password is not None:
        raise MediaRefused("the attachment's URL contains credentials")
    if not local and port not in {None, _HTTPS, own_port}:
        raise MediaRefused("the attachment's URL has a port that Patchbay does not allow")
    return parts


def is_public(address: Address) -> bool:
    """Whether `address` is an ordinary one of the internet, also after what is wrapped in it is unwrapped."""
    if address in _NAT64:  # the whole range counts as reserved, yet stands for the IPv4 internet
        return is_public(_last_four(address))
    if any(address in network for network in _SPECIAL):
        return False
    usable = address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
    return usable and all(is_public(inner) for inner in _embedded(address))


def is_loopback(address: Address) -> bool:
    return address.is_loopback


class GuardedAdapter(TimedAdapter):
    """Connects to public addresses over https; on the local AWS also to this machine over plain http.

    Raises MediaRefused from within the request.
    """

    def __init__(self, *, local: bool) -> None:
        self.pools = {"https": _PublicPool, **({"http": _LoopbackPool} if local else {})}
        super().__init__()


class _Guarded(TimedConnection):
    def refuse(self) -> Exception:
        return MediaRefused("the attachment's URL leads to a network that is not public")


class _PublicConnection(_Guarded, TimedTlsConnection):
    def allows(self, address: Address) -> bool:
        return is_public(address)


class _LoopbackConnection(_Guarded):
    def allows(self, address: Address) -> bool:
        return is_loopback(address)


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _LoopbackPool(HTTPConnectionPool):
    ConnectionCls = _LoopbackConnection


def _embedded(address: Address) -> Iterator[Address]:
    """The IPv4 addresses that an IPv6 address stands for (mapped, 6to4, Teredo)."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    candidates = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    yield from (inner for inner in candidates if inner is not None)


def _last_four(address: Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
