"""Agents' words on a phone that reads signs in them as markup: nothing becomes bold that was not meant to be."""

from __future__ import annotations

import re

import pytest

from patchbay.domain.model import Role, Sender
from patchbay.messengers.whatsapp.markup import JOINER, sign, write_plain, write_title

LIMIT = 4096


def names(*texts: str) -> list[str]:
    return [text.replace(JOINER, "|") for text in texts]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("*bold*", "*|bold*|"),
        ("_a_ ~b~ `c`", "_|a_| ~|b~| `|c`|"),
        ("```code```", "`|`|`|code`|`|`|"),
        ("2*3*4 = 24", "2*|3*|4 = 24"),
        ("only one * here", "only one * here"),
        ("one * here\none * there", "one * here\none * there"),
        ("no signs at all", "no signs at all"),
        ("https://a.test/x_y_z and _this_", "https://a.test/x_y_z and _|this_|"),
        ("_this_ at www.a.test/_b_ or _that_", "_|this_| at www.a.test/_b_ or _|that_|"),
    ],
)
def test_signs_that_would_make_a_pair_are_kept_apart(text: str, written: str) -> None:
    assert names(write_plain(text, LIMIT)) == [written]


def test_the_words_are_the_same_without_the_invisible_signs() -> None:
    for text in ("*a* _b_", "**", "* * *", "_\n_", "😀*😀*", "a" * 4000 + "*b*" * 10):
        assert write_plain(text, LIMIT).replace(JOINER, "") == text


def test_words_that_would_become_too_long_stay_as_they_are() -> None:
    text = "*" * 100
    assert write_plain(text, 100) == text
    drawing = "*" * 4000
    assert write_plain(drawing, 8000) == drawing


def test_a_name_stands_above_the_words_in_bold() -> None:
    agent = Sender(role=Role.AGENT, name="Ana Lind")
    assert sign("hello", agent, LIMIT) == "*Ana Lind:*\nhello"
    assert sign("", agent, LIMIT) == "*Ana Lind:*"
    assert sign("hello", Sender(role=Role.BOT), LIMIT) == "hello"
    assert sign("hello", Sender(role=Role.AGENT, name="*An_a*"), LIMIT) == "*Ana:*\nhello"
    assert sign("hello", Sender(role=Role.AGENT, name="***"), LIMIT) == "***:\nhello"
    assert len(sign("x" * 4028, Sender(role=Role.AGENT, name="n" * 300), LIMIT)) == LIMIT


def test_a_title_is_bold_where_nothing_in_it_ends_that() -> None:
    assert write_title(" Shoe ") == "*Shoe*"
    assert write_title("5* hotel") == "5* hotel"
    assert write_title("") == ""


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    text = ("*a_b~c`d " * 20 + "\n") * 100
    assert len(re.findall(JOINER, write_plain(text, 10**6))) in {0, 8000}
