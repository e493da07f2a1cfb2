"""Telegram's HTML: what people see of it, and what cannot be parsed."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.telegram.errors import RefusedCall
from playground.services.telegram.markup import length, parse_html, trim


def entity(kind: str, offset: int, size: int, **more: str) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": size, **more}


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b>", "a", [entity("bold", 0, 1)]),
        ("<B>a</b >", "a", [entity("bold", 0, 1)]),
        ("😀<i>a</i>", "😀a", [entity("italic", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        (
            "<u>a</u><s>b</s><del>c</del>",
            "abc",
            [entity("underline", 0, 1), *(entity("strikethrough", n, 1) for n in (1, 2))],
        ),
        ("<b></b>", "", []),
        ("&lt;b&gt; &amp;amp; &quot;&#39;&#x41;", "<b> &amp; \"'A", []),
        ("&nbsp;&copy; AT&T &ltx", "&nbsp;&copy; AT&T &ltx", []),
        ("a > b", "a > b", []),
        (
            '<a href="https://a.test/?x=1&amp;y=2">go</a>',
            "go",
            [entity("text_link", 0, 2, url="https://a.test/?x=1&y=2")],
        ),
        ("<a href='tg://user?id=1'>Ann</a>", "Ann", [entity("text_link", 0, 3, url="tg://user?id=1")]),
        ("<a href='javascript:0'>go</a>", "go", []),
        ("<a href='mailto:a@shop.test'>go</a>", "go", []),
        ("<a href='http://localhost/x'>go</a>", "go", []),
        ("<a href='shop.test'>go</a>", "go", [entity("text_link", 0, 2, url="http://shop.test/")]),
        ("<a href='shop.test/x'>go</a>", "go", [entity("text_link", 0, 2, url="http://shop.test/x")]),
        ("<a>https://a.test</a>", "https://a.test", [entity("text_link", 0, 14, url="https://a.test")]),
        ("<code>x &lt; y</code>", "x < y", [entity("code", 0, 5)]),
        ("<pre>a\nb</pre>", "a\nb", [entity("pre", 0, 3)]),
        ('<pre><code class="language-py">x</code></pre>', "x", [entity("pre", 0, 1, language="py")]),
        ("<tg-spoiler>x</tg-spoiler>", "x", [entity("spoiler", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [entity("spoiler", 0, 1)]),
        (
            '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
            "👍",
            [entity("custom_emoji", 0, 2, custom_emoji_id="5368324170671202286")],
        ),
        ("<blockquote>x</blockquote>", "x", [entity("blockquote", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
        ("<b>a</>", "a", [entity("bold", 0, 1)]),
    ],
)
def test_what_people_see(markup: str, text: str, entities: list[dict[str, Any]]) -> None:
    assert parse_html(markup) == (text, entities)


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("ü<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("1 < 2 > 0", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("I <3 you", "Unclosed start tag at byte offset 2"),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>a</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<!-- x -->", 'Unsupported start tag "!--" at byte offset 0'),
        ("<b>a</b x>", "Unclosed end tag at byte offset 4"),
    ],
)
def test_what_cannot_be_parsed(markup: str, problem: str) -> None:
    with pytest.raises(RefusedCall) as caught:
        parse_html(markup)
    assert str(caught.value) == f"Bad Request: can't parse entities: {problem}"


def test_an_emoji_of_ones_own_needs_a_number() -> None:
    with pytest.raises(RefusedCall, match="Invalid custom emoji"):
        parse_html('<tg-emoji emoji-id="smile">x</tg-emoji>')


def test_blanks_around_a_text_are_taken_away_from_its_entities_too() -> None:
    assert trim(*parse_html("  <b> a </b>  ")) == ("a", [entity("bold", 0, 1)])
    assert trim(*parse_html("<i>  </i>x")) == ("x", [])


def test_lengths_are_in_utf_16_units() -> None:
    assert [length(text) for text in ("a", "ü", "語", "😀", "👩‍👩‍👧")] == [1, 1, 1, 2, 8]
