"""HTML as agents' editors, programs and people write it, and the words that customers read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.kit.html import html_to_text
from tests.harness.markup_cases import HTML


@pytest.mark.parametrize(("html", "text"), HTML)
def test_html_becomes_the_words_that_a_reader_sees(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text(alphabet=st.characters(exclude_characters="<&\xa0\r", exclude_categories=("Cs", "Zs", "Cc"))))
def test_plain_words_are_never_changed(text: str) -> None:
    assert html_to_text(text) == text.strip()


@given(st.text(alphabet="<>/!-[]&;#abp= \"'\n?x"))
def test_no_text_however_broken_stops_the_reader(text: str) -> None:
    assert len(html_to_text(text)) <= 4 * len(text)


def test_long_texts_are_read_in_time_that_grows_with_their_length() -> None:
    for piece in (" ", "<", "<a", "&", "\n", "<!--", "<b>", "</", "<script>", "<style>x</style>", '<a href="b">'):
        html_to_text(piece * 50_000)
