"""Where a service's API is: what an owner may enter, which links stay on the same server, and how paths are quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.domain.errors import Misconfigured
from patchbay.kit.addresses import (
    check_base_url,
    is_loopback,
    is_own,
    is_web_address,
    read_origin,
    resolve_link,
    same_origin,
    write_url,
)

DEFAULT = "https://api.pigeon.example"


@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        ("", DEFAULT),
        ("  ", DEFAULT),
        ("https://pigeon.example", "https://pigeon.example"),
        (" https://pigeon.example/// ", "https://pigeon.example"),
        ("HTTPS://pigeon.example/loft", "https://pigeon.example/loft"),
        ("https://pigeon.example:8443/api", "https://pigeon.example:8443"),
        ("https://pigeon.example/loft/api/v5/", "https://pigeon.example/loft"),
        ("https://pigeon.example/myapi", "https://pigeon.example/myapi"),
        ("https://pigeon.example/api/v5/x", "https://pigeon.example/api/v5/x"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_may_be_entered_in_any_usual_way(entered: str, expected: str) -> None:
    assert check_base_url({"base_url": entered}, default=DEFAULT, api_path="/api") == expected


def test_a_setting_is_named_and_the_hint_says_what_to_enter() -> None:
    with pytest.raises(Misconfigured, match=r"^app_url is missing: copy it from the app$"):
        check_base_url({}, name="app_url", hint="copy it from the app")
    with pytest.raises(Misconfigured, match=rf"^base_url must start with https://: enter it like {DEFAULT}$"):
        check_base_url({"base_url": "pigeon.example"}, default=DEFAULT)


@pytest.mark.parametrize(
    ("entered", "trusted"),
    [
        ("https://pigeon.example", True),
        ("https://eu.pigeon.example:443", True),
        ("https://PIGEON.example", True),
        ("https://evilpigeon.example", False),
        ("https://pigeon.example.evil.example", False),
        ("https://pigeon.example:8443", False),
        ("http://127.0.0.1:8000", True),
    ],
)
def test_a_service_with_hosts_of_its_own_accepts_no_others(entered: str, trusted: bool) -> None:
    if trusted:
        check_base_url({"base_url": entered}, hosts=("pigeon.example",))
        return
    with pytest.raises(Misconfigured, match="does not belong to the service"):
        check_base_url({"base_url": entered}, hosts=("pigeon.example",))


@given(st.text() | st.text("htps:/@?#[].\\ \t%0aé", max_size=30).map("https://".__add__))
def test_whatever_is_entered_is_an_address_or_is_refused(entered: str) -> None:
    try:
        base_url = check_base_url({"base_url": entered}, default=DEFAULT)
    except Misconfigured:
        return
    origin = read_origin(base_url)
    assert origin is not None
    assert origin[0] == "https" or is_loopback(origin[1])
    assert not base_url.endswith("/")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_has_many_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example", "127.0.0.1.example", "10.0.0.1", "0.0.0.0", "::"])
def test_no_other_machine_is_this_one(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://a.example:443/y?z#w", True),
        ("https://A.example", "https://a.EXAMPLE", True),
        ("http://a.example", "http://a.example:80", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://b.example", False),
        ("https://a.example@b.example", "https://a.example", False),
        ("https://[broken", "https://[broken", False),
        ("https://a.example:port", "https://a.example:port", False),
        ("", "", False),
        ("/x", "/x", False),
    ],
)
def test_the_same_server_is_the_same_scheme_host_and_port(one: str, other: str, same: bool) -> None:
    assert same_origin(one, other) is same
    assert same_origin(other, one) is same


def test_nothing_is_the_services_own_while_its_address_cannot_be_used() -> None:
    def read(settings: object) -> str:
        raise Misconfigured("base_url is missing")

    assert not is_own("https://a.example", {}, read)
    assert is_own("https://a.example/file", {}, lambda _settings: "https://a.example/app")
    assert not is_own("https://files.example/file", {}, lambda _settings: "https://a.example/app")


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/v2/users?page=2", "https://a.example/v2/users?page=2"),
        ("https://a.example/v2/users?page=2", "https://a.example/v2/users?page=2"),
        ("?page=2", "https://a.example/v2?page=2"),
        ("https://b.example/v2/users", None),
        ("//b.example/v2/users", None),
        ("http://a.example/v2/users", None),
        ("https://[broken", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_link_is_followed_on_the_same_server_only(link: str, expected: str | None) -> None:
    assert resolve_link(link, "https://a.example/v2") == expected


def test_what_a_browser_opens_is_a_web_address() -> None:
    assert is_web_address("HTTPS://a.example")
    assert is_web_address("http://a.example")
    assert not is_web_address("ftp://a.example")
    assert not is_web_address("")


def test_every_part_of_a_path_and_a_query_is_quoted() -> None:
    url = write_url("https://a.example/v2", "users", "a/b ?#+%ö", query={"id": "a b+c&d=/é", "page": "2"})
    assert url == "https://a.example/v2/users/a%2Fb%20%3F%23%2B%25%C3%B6?id=a%20b%2Bc%26d%3D%2F%C3%A9&page=2"
    assert write_url("https://a.example/bot/") == "https://a.example/bot/"
    assert write_url("https://a.example", query={}) == "https://a.example"
