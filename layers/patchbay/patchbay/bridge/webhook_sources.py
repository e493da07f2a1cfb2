"""Where webhooks may come from: networks that the owner lists, for services that sign nothing or say no time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from patchbay.domain.errors import Misconfigured
from patchbay.kit.contract import ALLOWED_SOURCES

Network = IPv4Network | IPv6Network
_NAME = ALLOWED_SOURCES.name


def is_allowed(source: str, listed: str) -> bool:
    """Whether `source`, a network address, is in one of the listed networks. A list that is unreadable has none."""
    try:
        networks, address = _read(listed), _read_address(source)
    except (Misconfigured, ValueError):
        return False
    return any(address in network for network in networks)


def read_networks(listed: str) -> Sequence[Network]:
    """The networks in a list with commas between. Raises Misconfigured, with the network as it must be."""
    return [_read_network(word.strip()) for word in listed.split(",")]


@lru_cache(maxsize=64)
def _read(listed: str) -> tuple[Network, ...]:
    return tuple(read_networks(listed))


def _read_address(source: str) -> IPv4Address | IPv6Address:
    """IPv4 may come in the clothes of IPv6."""
    address = ip_address(source)
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _read_network(word: str) -> Network:
    try:
        network = ip_network(word, strict=False)
    except ValueError:
        raise Misconfigured(
            f"{_NAME} contains an entry that is not a network: write IP addresses or CIDR blocks like "
            "203.0.113.0/24, separated by commas"
        ) from None
    if not network.prefixlen:
        raise Misconfigured(f"{_NAME} contains {network}, which allows every address: leave {_NAME} out instead")
    if "/" in word and network.network_address != ip_address(word.partition("/")[0]):
        raise Misconfigured(f"{_NAME} contains {word}: write {network} instead")
    return network
