"""Which addresses a stranger may make us call.

An attachment's address comes from outside, so fetching it could reach into our own network or the cloud's metadata
service. The check happens where the connection is made: the name is resolved, every answer is judged, and the socket
goes to an address that was judged. Nothing is resolved twice, so a name cannot change its answer in between; TLS still
verifies the certificate against the name.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from urllib.parse import SplitResult, urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from patchbay.errors import MediaRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def check_url(url: str, *, local: bool) -> SplitResult:
    """The parts of an address that may be called as far as one can tell without resolving. Raises MediaRefused."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # parsed only when asked for
    except ValueError:
        raise MediaRefused("the attachment's address cannot be read") from None
    if not host or parts.scheme not in ({"https", "http"} if local else {"https"}):
        raise MediaRefused("the attachment's address is not https")
    if parts.username is not None or parts.password is not None:
        raise MediaRefused("the attachment's address holds credentials")
    return parts


def is_public(address: Address) -> bool:
    """Whether `address` is an ordinary one of the internet, also after what is wrapped in it is unwrapped."""
    if address in _NAT64:  # the whole range counts as reserved, yet stands for the IPv4 internet
        return is_public(_last_four(address))
    usable = address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
    return usable and all(is_public(inner) for inner in _embedded(address))


def is_loopback(address: Address) -> bool:
    return address.is_loopback


class GuardedAdapter(HTTPAdapter):
    """Connects to public addresses over https; in stage local also to this machine over plain http.

    Raises MediaRefused from within the request.
    """

    def __init__(self, *, local: bool) -> None:
        self._local = local
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: object) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"https": _PublicPool, **({"http": _LoopbackPool} if self._local else {})}


class _PublicConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self, is_public)


class _LoopbackConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self, is_loopback)


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _LoopbackPool(HTTPConnectionPool):
    ConnectionCls = _LoopbackConnection


def _connect(connection: HTTPConnection, allows: Callable[[Address], bool]) -> socket.socket:
    try:
        addresses = _resolve(connection.host, connection.port)
    except OSError as error:
        problem = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(connection.host, connection, problem) from error
    except UnicodeError:
        raise MediaRefused("the attachment's address has an impossible name") from None
    # One bad answer is enough to refuse all: an honest name has none.
    if not all(allows(address) for address in addresses):
        raise MediaRefused("the attachment's address leads into a network that is not public")
    return _connect_first(connection, addresses)


def _connect_first(connection: HTTPConnection, addresses: list[Address]) -> socket.socket:
    problem: OSError | None = None
    for address in addresses:
        try:
            return create_connection(
                (str(address), connection.port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:
            problem = error
    raise NewConnectionError(connection, "no address of the host answers") from problem


def _resolve(host: str, port: int | None) -> list[Address]:
    """Every address of the host, in the resolver's order. Never empty; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in found))


def _embedded(address: Address) -> Iterator[Address]:
    """The IPv4 addresses that an IPv6 address stands for (mapped, 6to4, Teredo)."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    candidates = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    yield from (inner for inner in candidates if inner is not None)


def _last_four(address: Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
