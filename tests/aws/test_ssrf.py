"""Which addresses may be called, and that the one that was judged is the one that is called."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from patchbay.aws.net import ssrf
from patchbay.aws.net.download import Downloader
from patchbay.aws.net.sockets import Address
from patchbay.aws.net.ssrf import GuardedAdapter, check_url, is_public
from patchbay.domain.errors import MediaRefused
from patchbay.kit.contract import HttpRequest
from tests.aws.servers import make_certificate, reply, serving

NAME = "files.messenger.test"


@pytest.mark.parametrize("address", ["1.1.1.1", "52.95.110.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "169.254.170.2",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",
        "fec0::1",
        "feff:ffff::1",
        "192.88.99.1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "5f00::1",
        "::ffff:192.88.99.1",
        "2002:c058:6301::1",
    ],
)
def test_everything_that_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


#: IANA's registries of special-purpose addresses (RFC 6890 and what came after), as of November 2026, and what lies
#: outside of them: multicast, former site-local addresses, and IPv6 that is not given out. NAT64's range is judged by
#: the address inside. Some are reachable from everywhere (anycast of AS112, AMT, PCP, TURN), yet none serves files.
SPECIAL = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local, and the metadata of clouds",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "AMT relays",
    "192.88.99.0/24": "6to4 relays, retired",
    "192.168.0.0/16": "private use",
    "192.175.48.0/24": "AS112",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved, and broadcast",
    "::/128": "unspecified",
    "::1/128": "loopback",
    "::ffff:0:0/96": "an IPv4 address",
    "64:ff9b:1::/48": "translation inside a network",
    "100::/64": "discard",
    "100:0:0:1::/64": "dummy",
    "2001::/23": "protocol assignments",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "AS112",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local",
    "fe80::/10": "link local",
    "fec0::/10": "site local, retired",
    "ff00::/8": "multicast",
}
#: Registered blocks inside of those above, which have a line of their own in the registries.
INSIDE = {
    "192.0.0.0/29": "DS-Lite",
    "192.0.0.8/32": "dummy",
    "192.0.0.9/32": "PCP",
    "192.0.0.10/32": "TURN",
    "192.0.0.170/31": "NAT64 discovery",
    "192.88.99.2/32": "6a44 relays",
    "255.255.255.255/32": "broadcast",
    "2001::/32": "Teredo",
    "2001:1::1/128": "PCP",
    "2001:1::2/128": "TURN",
    "2001:1::3/128": "DNS-SD",
    "2001:2::/48": "benchmarks",
    "2001:3::/32": "AMT relays",
    "2001:4:112::/48": "AS112",
    "2001:10::/28": "ORCHID, retired",
    "2001:20::/28": "ORCHIDv2",
    "2001:30::/28": "drone identifiers",
}
NETWORKS = [ipaddress.ip_network(text) for text in SPECIAL]
NAT64 = ipaddress.ip_network("64:ff9b::/96")
GIVEN_OUT = ipaddress.ip_network("2000::/3")  # all of IPv6 that is


@pytest.mark.parametrize("text", SPECIAL | INSIDE)
def test_no_address_of_a_special_purpose_is_public(text: str) -> None:
    network = ipaddress.ip_network(text)
    for place in {0, 1, network.num_addresses // 2, network.num_addresses - 1}:
        address = network[min(place, network.num_addresses - 1)]
        assert not is_public(address), address
        if isinstance(address, ipaddress.IPv4Address):
            assert not is_public(ipaddress.ip_address(f"::ffff:{address}"))
            assert not is_public(NAT64[int(address)])


@given(st.ip_addresses())
@settings(max_examples=1000)
def test_every_other_address_is_public(address: Address) -> None:
    special = any(address in network for network in NETWORKS)
    given_out = address.version == 4 or address in GIVEN_OUT
    if address not in NAT64:
        assert is_public(address) == (given_out and not special)
    if not address.is_global:
        assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.test/a",
        "ftp://files.test/a",
        "file:///etc/passwd",
        "//files.test/a",
        "https:///a",
        "https://user:password@files.test/a",
        "https://files.test:port/a",
        "https://[::1/a",
        "https://files.test:22/a",
        "https://files.test:80/a",
        "https://files.test:8443/a",
        "https://files.test:0/a",
        "",
    ],
)
def test_only_plain_https_addresses_are_read(url: str) -> None:
    with pytest.raises(MediaRefused) as refusal:
        check_url(url, local=False)
    assert "password" not in str(refusal.value)


def test_a_service_that_the_owner_named_may_have_a_port_of_its_own_and_no_other() -> None:
    assert check_url("https://files.test:443/a", local=False).port == 443
    assert check_url("https://desk.test:8443/a", local=False, own_port=8443).port == 8443
    with pytest.raises(MediaRefused, match="port"):
        check_url("https://desk.test:22/a", local=False, own_port=8443)


@pytest.mark.parametrize(("headers", "reason"), [({}, "port"), ({"Authorization": "Bearer t"}, "not public")])
def test_only_what_a_connector_signs_is_fetched_from_another_port(headers: dict[str, str], reason: str) -> None:
    request = HttpRequest(method="GET", url="https://127.0.0.1:8443/a", headers=headers)
    with pytest.raises(MediaRefused, match=reason), Downloader(local=False).open(request, 1000):
        pytest.fail("it was fetched")


def _answer_names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Makes the resolver give these answers, one list a question; the value collects the questions."""
    asked: list[str] = []
    waiting = list(answers)

    def resolve(host: str, port: int, *rest: int, **named: int) -> Sequence[tuple[object, ...]]:
        if host != NAME:
            return real(host, port, *rest, **named)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in waiting.pop(0)]

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", GuardedAdapter(local=False))
    return session


@pytest.mark.parametrize("answers", [["10.0.0.1"], ["1.1.1.1", "169.254.169.254"], ["::ffff:127.0.0.1"]])
def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    _answer_names(monkeypatch, answers)
    with pytest.raises(MediaRefused, match="not public"):
        _session().get(f"https://{NAME}/a")


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "017700000001", "localhost", "[::ffff:7f00:1]"])
def test_disguises_of_this_machine_are_refused(host: str) -> None:
    with pytest.raises(MediaRefused, match="not public"):
        _session().get(f"https://{host}/a")


def test_the_address_that_was_judged_is_called_and_the_certificate_is_the_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, NAME)
    asked = _answer_names(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    judged: list[str] = []

    def judge(address: Address) -> bool:
        judged.append(str(address))
        return True

    monkeypatch.setattr(ssrf, "is_public", judge)
    with serving(reply(b"hello"), certificate) as port:
        answer = _session().get(f"https://{NAME}:{port}/a", verify=str(certificate))
        answer.close()
    assert answer.content == b"hello"
    assert (asked, judged) == ([NAME], ["127.0.0.1"])


def test_a_certificate_of_another_name_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "other.test")
    _answer_names(monkeypatch, ["127.0.0.1"])
    monkeypatch.setattr(ssrf, "is_public", lambda address: True)
    with serving(reply(b"hello"), certificate) as port, pytest.raises(requests.exceptions.SSLError) as failure:
        _session().get(f"https://{NAME}:{port}/a", verify=str(certificate))
    assert "match" in str(failure.value)
    assert ssl.SSLCertVerificationError.__name__ in repr(failure.value)
