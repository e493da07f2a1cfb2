"""Markdown as agents and bots write it, and the words that customers read."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.kit.markdown import markdown_to_text
from tests.harness.markup_cases import MARKDOWN


@pytest.mark.parametrize(("markdown", "text"), MARKDOWN)
def test_markdown_becomes_the_words_that_a_reader_sees(markdown: str, text: str) -> None:
    assert markdown_to_text(markdown) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Hello **Ann**", "Hello Ann"),
        ("Hello __Ann__ and _Bob_", "Hello Ann and Bob"),
        ("*One* ~~two~~ `three`", "One two three"),
        ("**bold _and slanted_ words**", "bold and slanted words"),
        ("***both***", "both"),
        ("un**frigging**believable", "unfriggingbelievable"),
    ],
)
def test_marks_are_taken_away(markdown: str, text: str) -> None:
    assert markdown_to_text(markdown) == text


@pytest.mark.parametrize(
    "words",
    [
        "2 * 3 * 4 = 24",
        "5*3*2",
        "snake_case_name",
        "a ** b",
        "** not bold **",
        "50% * 2",
        "C# and a #hashtag",
        "x < y & z > 1",
        "AT&T, R&D; 100 &euros",
        "[not a link] (really)",
        "~/home ~ 5",
        "Cost: 5 € - 7 €",
        "1. one\n2. two",
        "> quoted\nanswer",
        "ends with a star*",
        "שלום 👩‍👩‍👧 — مرحبا — 你好",
    ],
)
def test_words_that_only_look_like_marks_stay(words: str) -> None:
    assert markdown_to_text(words) == words


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("see [our help](https://example.com/faq)", "see our help (https://example.com/faq)"),
        ('[help](https://example.com "Title")', "help (https://example.com)"),
        ("[**bold** help](<https://example.com>)", "bold help (https://example.com)"),
        ("[https://example.com/](https://example.com)", "https://example.com"),
        ("[example.com](https://example.com)", "https://example.com"),
        ("[](https://example.com)", "https://example.com"),
        ("<https://example.com/a_b_c>", "https://example.com/a_b_c"),
        ("https://example.com/_a_/__b__?c=d", "https://example.com/_a_/__b__?c=d"),
        ("[wiki](https://en.wikipedia.org/wiki/A_(b))", "wiki (https://en.wikipedia.org/wiki/A_(b))"),
        ("[a](https://a.example) and [b](https://b.example)", "a (https://a.example) and b (https://b.example)"),
        ("![house](https://example.com/h.png)", "house (https://example.com/h.png)"),
        ("[write](mailto:ana@example.com)", "write (ana@example.com)"),
        ("<mailto:ana@example.com>", "ana@example.com"),
        ("**[bold](https://example.com)**", "bold (https://example.com)"),
        ("**https://example.com**", "https://example.com"),
        ("[x](https://example.com/?a=1&copy=2)", "x (https://example.com/?a=1&copy=2)"),
    ],
)
def test_links_are_kept(markdown: str, text: str) -> None:
    assert markdown_to_text(markdown) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Title\nwords", "Title\nwords"),
        ("### Title ###", "Title"),
        ("* one\n+ two\n- three\n  * nested", "- one\n- two\n- three\n  - nested"),
        ("```python\na = **b\n```\n**done**", "a = **b\ndone"),
        ("~~~\n*x*\n~~~", "*x*"),
        ("line one  \nline two\\\nline three", "line one\nline two\nline three"),
        ("a\r\n\r\nb", "a\n\nb"),
        (r"\*not slanted\* and \_this\_", "*not slanted* and _this_"),
        ("`a*b*c` and ``d`e``", "a*b*c and d`e"),
        ("5 &lt; 6 &amp; 7&nbsp;&#8364;", "5 < 6 & 7 €"),
    ],
)
def test_lines_and_letters_read_as_they_were_meant(markdown: str, text: str) -> None:
    assert markdown_to_text(markdown) == text


_MISSING = "[image: could not be downloaded]"


@given(st.text(alphabet="*_~`[]()<>\\#&;- \nab:/", max_size=400))
def test_anything_can_be_read(markdown: str) -> None:
    assert set(markdown_to_text(markdown)) <= {*markdown, *" ()-", *_MISSING}  # of links, bullets, images


@pytest.mark.parametrize("mark", ["*a ", "**a ", "_a ", "[", "[a](", "`", "~~a ", "<https://", "![a](b", "*_", "(" * 9])
def test_no_text_takes_long(mark: str) -> None:
    started = time.monotonic()
    markdown_to_text(mark * (8000 // len(mark)))
    assert time.monotonic() - started < 2
