"""What people paste where an address belongs, and what becomes of it."""

from __future__ import annotations

import pytest

from patchbay.domain.model import Location
from patchbay.kit.links import WEB, describe_link, map_link, read_link, tidy_link


@pytest.mark.parametrize(
    ("pasted", "opened"),
    [
        ("https://shop.example/a?b=1&c=%20#d", "https://shop.example/a?b=1&c=%20#d"),
        ("www.example.com", "https://www.example.com"),
        ("example.com/x", "https://example.com/x"),
        ("example.com", "https://example.com"),
        ("example.com:8080/x?y", "https://example.com:8080/x?y"),
        ("//example.com/x", "https://example.com/x"),
        ("shop.example/list.pdf", "https://shop.example/list.pdf"),
        (" https://shop.example/a ", "https://shop.example/a"),
        ("\u200bhttps://shop.example/\u00a0", "https://shop.example/"),
        ("https://shop.example/\n a", "https://shop.example/%20a"),
        ("https://e.example/a b", "https://e.example/a%20b"),
        ("www.e.example/a b", "https://www.e.example/a%20b"),
        ("HTTPS://SHOP.example/A", "https://SHOP.example/A"),
        ("http://localhost:3000/x", "http://localhost:3000/x"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("https://bücher.example/straße?q=ä", "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A4"),
        ("straße.de", "https://xn--strae-oqa.de"),
        ("https://例え.jp:8443/道", "https://xn--r8jz45g.jp:8443/%E9%81%93"),
        ("https://en.wikipedia.org/wiki/A_(b)", "https://en.wikipedia.org/wiki/A_(b)"),
        ('https://shop.example/"a"<b>', "https://shop.example/%22a%22%3Cb%3E"),
    ],
)
def test_web_addresses_are_opened_as_they_were_meant(pasted: str, opened: str) -> None:
    assert read_link(pasted, WEB) == opened


@pytest.mark.parametrize(
    "pasted",
    [
        *["myapp://order/1", "tel:+4670", "mailto:a@shop.example", "javascript:alert(1)", "data:text/html,<b>x</b>"],
        *["ftp://shop.example/a", "viber://pa?chatURI=x", "intent://scan/#Intent;end", "blob:https://a.example/1"],
        *[
            "",
            " ",
            "https://",
            "https:///a",
            "https://a b.example/",
            "https://a.example:port/",
            "http://[::1",
            "https:x",
        ],
        *["see our page", "example.com is it", "order.pdf", "a@shop.example", "10.5", "1.2.3.4/x", "/relative", "#top"],
        *["JavaScript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "https://👍.example/"],
    ],
)
def test_a_button_of_a_messenger_of_the_web_opens_nothing_else(pasted: str) -> None:
    assert read_link(pasted, WEB) is None


@pytest.mark.parametrize(
    ("pasted", "opened"),
    [
        ("tel:+358401234567", "tel:+358401234567"),
        ("tel:+49 30/123-45.6", "tel:+4930123456"),
        ("tel:+49 (0)30 12345", "tel:+493012345"),
        ("TEL:112", "tel:112"),
        ("tel:*100%23", "tel:*100#"),
        ("tel:1-800-FLOWERS", None),
        ("tel:", None),
    ],
)
def test_telephone_numbers_are_called_where_buttons_can(pasted: str, opened: str | None) -> None:
    assert read_link(pasted, WEB | {"tel"}) == opened


@pytest.mark.parametrize(
    ("label", "url", "words"),
    [
        ("Read more", "https://shop.example/a", "Read more: https://shop.example/a"),
        ("Read more", "www.example.com", "Read more: https://www.example.com"),
        ("www.example.com", "www.example.com", "https://www.example.com"),
        ("Read", "https://bücher.example/ä b", "Read: https://bücher.example/ä%20b"),
        ("Open", "myapp://order/1", "Open: myapp://order/1"),
        ("Call us", "tel:+49 (0)30 123", "Call us: +4930123"),
        ("+358 40 123", "tel:+358 40 123", "+35840123"),
        ("Call", "tel:1-800-FLOWERS", "Call: 1-800-FLOWERS"),
        ("Write", "mailto:help@shop.example?subject=Order%201", "Write: help@shop.example"),
        ("Run", "javascript:alert(1)", "Run: javascript:alert(1)"),
        ("Page", "data:text/html," + "x" * 5000, "Page: data:text/html," + "x" * 84 + "…"),
        ("Price list", "order.pdf", "Price list: order.pdf"),
        ("Nothing", " ", "Nothing"),
    ],
)
def test_a_link_in_words_says_what_it_is_and_where_it_leads(label: str, url: str, words: str) -> None:
    assert describe_link(label, url) == words


def test_a_tidy_link_stays_as_it_is() -> None:
    for address in ("https://bücher.example/ä%20b", "myapp://a/b c", "tel:+4930", "order.pdf", ""):
        assert tidy_link(address) == address


@pytest.mark.parametrize(
    ("latitude", "longitude", "query"),
    [
        (59.3293, 18.0686, "59.3293,18.0686"),
        (1e-05, -1e-05, "0.00001,-0.00001"),
        (-0.0, 0.0, "0,0"),
        (-1e-12, 1e-12, "0,0"),
        (90, 180, "90,180"),
        (-90.0, -180.0, "-90,-180"),
        (59.123456789012345, 100.0, "59.1234568,100"),
        (10, 20, "10,20"),
    ],
)
def test_a_map_link_is_in_plain_decimals_everywhere_on_earth(latitude: float, longitude: float, query: str) -> None:
    assert map_link(Location(latitude=latitude, longitude=longitude)) == f"https://maps.google.com/?q={query}"
