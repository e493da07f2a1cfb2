"""Texts that try to freeze a visitor's page: the time to show one grows only with its length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Page, expect

from tests.browser.webchat_harness import SCRIPTS, WebChatHarness, open_webchat

pytestmark = pytest.mark.browser

_LENGTHS = (500, 2000, 8000)  #: up to twice the longest text that the web chat takes; what is slow is not tried longer
_MOST_MILLISECONDS = 100

UNITS = (
    "😀",
    "👩\u200d",
    "👍🏽",
    "\ufe0f",
    "🇩🇪",
    "a",
    " ",
    ".",
    ")",
    "(",
    "().",
    "http://",
    "https://a.example/",
    "/",
    "#",
    "{a}",
)
FRAMES = (("", "x"), ("😀", "x"), ("http://a", "x"), ("http://a", ""), ("/widget.js?", "\n"), ("tel:", "x"))
_LITERAL = re.compile(r"/((?:\\.|\[[^\]\n]*\]|[^/\\\[\n])+)/([gim]*u)(?![\w/])")

_MEASURE = """async ([texts, lengths, patterns, most]) => {
    const { paragraph: text } = await import("./source/format.js");
    const readers = [["text()", text], ...patterns.map(([source, flags]) => {
        const pattern = new RegExp(source, flags.replace("g", ""));
        return [source, (words) => words.replace(pattern, "")];
    })];
    const slow = [];
    for (const [name, read] of readers)
        for (const [begin, unit, end] of texts) {
            for (const length of lengths) {
                const words = begin + unit.repeat(Math.floor(length / unit.length)) + end;
                const started = performance.now();
                read(words);
                const took = performance.now() - started;
                slow.push([took, length, name, begin, unit, end]);
                if (took > most) break;
            }
        }
    return slow.sort((a, b) => b[0] - a[0]).slice(0, 5);
}"""


@pytest.fixture
def page_of_chat(page: Page) -> Iterator[Page]:
    with open_webchat() as world:
        open_page(page, world)
        yield page
        page.goto("about:blank")


def open_page(page: Page, world: WebChatHarness) -> None:
    page.goto(world.page)
    expect(page.get_by_label("Your name")).to_be_visible()


def find_patterns() -> list[tuple[str, str]]:
    """The regular expressions in the page's scripts, with their flags: all of them have the u."""
    scripts = (path.read_text() for path in sorted(SCRIPTS.glob("*.js")))
    return [(match[1], match[2]) for script in scripts for match in _LITERAL.finditer(script)]


def test_no_text_freezes_the_page(page_of_chat: Page) -> None:
    patterns = find_patterns()
    assert any("Extended_Pictographic" in source for source, _ in patterns)
    assert len(patterns) > 10
    texts = [(begin, unit, end) for unit, (begin, end) in product(UNITS, FRAMES)]
    slowest = page_of_chat.evaluate(_MEASURE, [texts, _LENGTHS, patterns, _MOST_MILLISECONDS])
    assert slowest[0][0] < _MOST_MILLISECONDS, slowest


@pytest.mark.parametrize(
    ("words", "is_big"),
    [
        ("👍", True),
        ("👍🏽 👩‍👩‍👧‍👦 ❤️", True),
        ("👍👍👍👍", False),
        ("👍 yes", False),
        ("yes", False),
    ],
)
def test_a_few_emoji_and_nothing_else_are_shown_large(page_of_chat: Page, words: str, is_big: bool) -> None:
    shown = page_of_chat.evaluate(
        "async (words) => (await import('./source/format.js')).paragraph(words).className", words
    )
    assert (shown == "text big") is is_big
