"""What an owner may set for the web chat, and what is said about the rest."""

from __future__ import annotations

import pytest

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.domain.model import Side
from patchbay.kit.account_setup import ChecksCredentials, ListsManualSteps
from patchbay.messengers.webchat.connector import WebChat
from tests.harness.wsgi_http import WsgiHttp

PAGE = "https://bridge.test/webchat/hook"
WEB_CHAT = WebChat()


def make_connection(**settings: str) -> Connection:
    return Connection(id="site", service="webchat", side=Side.MESSENGER, endpoint_id="site", settings=settings)


def check(**settings: str) -> str:
    assert isinstance(WEB_CHAT, ChecksCredentials)
    return WEB_CHAT.check_credentials(make_connection(**settings), WsgiHttp({})).name


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"colour": "#2F6fed", "language": "fi", "retention_days": "3650", "title": "Ask us"},
        {"retention_days": "1"},
        {"open": "no", "visitors_a_day": "1", "messages_a_minute": "20", "uploads_mb_a_day": "1000000"},
        {"open": "yes"},
        {"push": "yes", "push_text": "no"},
        {"allowed_origins": "https://www.example.com"},
        {"allowed_origins": "https://example.com, https://shop.example.com:8443,http://localhost:3000"},
        {"allowed_origins": "http://127.0.0.1:8000,http://[::1]:8000"},
        {"allowed_origins": "https://xn--rksmrgs-5wao1o.example"},
    ],
)
def test_what_the_page_can_use_is_taken(settings: dict[str, str]) -> None:
    assert check(**settings) == settings.get("title", "")


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("colour", "blue", "#2f6fed"),
        ("colour", "#fff", "#2f6fed"),
        ("colour", "#2f6fed; background: url(//evil.test)", "#2f6fed"),
        ("language", "sv", "en, de, fr, es, fi"),
        ("language", "EN", "en, de, fr, es, fi"),
        ("retention_days", "0", "1 to 3650"),
        ("retention_days", "3651", "1 to 3650"),
        ("retention_days", "a month", "1 to 3650"),
        ("retention_days", "-1", "1 to 3650"),
        ("retention_days", "٣٠", "1 to 3650"),
        ("open", "closed", "write yes or no"),
        ("open", "No", "write yes or no"),
        ("push", "on", "write yes or no"),
        ("push_text", "true", "write yes or no"),
        ("visitors_a_day", "0", "1 to 1000000"),
        ("visitors_a_day", "many", "1 to 1000000"),
        ("messages_a_minute", "60001", "20 to 60000"),
        ("messages_a_minute", "1.5", "20 to 60000"),
        ("messages_a_minute", "19", "20 to 60000"),
        ("uploads_mb_a_day", "-5", "1 to 1000000"),
        ("uploads_mb_a_day", "1e3", "1 to 1000000"),
        ("allowed_origins", "*", "https://www.example.com"),
        ("allowed_origins", "https://*.example.com", "https://www.example.com"),
        ("allowed_origins", "null", "https://www.example.com"),
        ("allowed_origins", "www.example.com", "https://www.example.com"),
        ("allowed_origins", "http://www.example.com", "https://www.example.com"),
        ("allowed_origins", "https://me:pw@example.com", "https://www.example.com"),
        ("allowed_origins", "https://example.com:0", "https://www.example.com"),
        ("allowed_origins", "https://example.com:none", "https://www.example.com"),
        ("allowed_origins", "https://[", "https://www.example.com"),
        ("allowed_origins", "https://example.com/", "write https://example.com instead"),
        ("allowed_origins", "https://example.com/shop?a=b#c", "write https://example.com instead"),
        ("allowed_origins", "https://Example.COM", "write https://example.com instead"),
        ("allowed_origins", "https://example.com:443", "write https://example.com instead"),
        ("allowed_origins", "https://räksmörgås.example", "write https://xn--rksmrgs-5wao1o.example instead"),
        ("allowed_origins", f"https://{'ä' * 80}.example", "invalid host name"),
        ("allowed_origins", "https://ok.example,https://example.com/", "write https://example.com instead"),
    ],
)
def test_what_the_page_cannot_use_is_refused_with_what_to_write_instead(name: str, value: str, instead: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        check(**{name: value})
    assert name in str(caught.value)
    assert instead in str(caught.value)


def test_the_owner_is_given_the_page_and_the_line_for_the_site() -> None:
    assert isinstance(WEB_CHAT, ListsManualSteps)
    page, line, site = WEB_CHAT.list_manual_steps({"webhook": PAGE}, make_connection())
    assert page.endswith(PAGE)
    assert f'<script src="{PAGE}/widget.js" async></script>' in line
    assert "--set allowed_origins=https://www.example.com" in site


def test_who_has_named_the_site_is_not_asked_to() -> None:
    steps = WEB_CHAT.list_manual_steps({"webhook": PAGE}, make_connection(allowed_origins="https://www.example.com"))
    assert len(steps) == 2
