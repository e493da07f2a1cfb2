"""Texts are cut between visible characters, in every script, and never within one that fits."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest
import regex

from patchbay.domain.clusters import find_border, is_border
from patchbay.domain.text import cut_text, shorten, split_text, text_length
from tests.connectors.services import ROOT

#: One visible character each.
CHARACTERS = {
    "letter": "a",
    "line feed": "\n",
    "blank": " ",
    "dot": ".",
    "flag": "🇩🇪",
    "keycap": "1️⃣",
    "England": "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "family": "👨‍👩‍👧‍👦",
    "skin": "👍🏽",
    "astronaut": "👩🏽‍🚀",
    "pride": "🏳️‍🌈",
    "heart": "❤️",
    "accents": "e\u0301\u0302\u0323",
    "accent on a blank": " \u0301",
    "Devanagari conjunct": "क्ष्म",
    "Devanagari vowel": "नि",
    "Malayalam": "ക്ത",
    "Tamil": "நி",
    "Bengali": "ক্ষ",
    "Thai": "ก็",
    "Thai am": "กำ",
    "Hangul": "\u1100\u1161\u11a8",
    "Hangul syllable": "한",
    "old Hangul": "\ua960\ud7b0\ud7cb",
    "Arabic": "م\u064e\u0651",
    "Arabic number sign": "\u0600١",
    "Hebrew": "ש\u05c1\u05b8",
    "Khmer": "ស្ត",
    "Tibetan": "ཀྵ",
    "enclosed": "a\u20dd",
    "joiner": "a\u200d",
    "variation": "葛\U000e0100",
    "CJK": "漢",
    "emoji": "😀",
}


@pytest.mark.parametrize("character", CHARACTERS.values(), ids=CHARACTERS)
def test_what_is_seen_as_one_is_never_taken_apart(character: str) -> None:
    size = text_length(character)
    for limit in range(size + 1, 4 * size + 2):
        for before in ("", "x" * (limit - 1), "x" * (limit - size)):
            text = f"{before}{character * 9}y"
            check(text, split_text(text, limit), limit)
            assert_whole(text, cut_text(text, limit))
            assert_whole(text, shorten(text, limit).removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "limit", "first"),
    [
        ("a" + "🇩🇪" * 2000, 4000, "a" + "🇩🇪" * 999),
        ("a" * 3999 + "1️⃣", 4001, "a" * 3999),
        ("a" * 3990 + "🏴󠁧󠁢󠁥󠁮󠁧󠁿", 4000, "a" * 3990),
    ],
    ids=["flags", "keycap", "England"],
)
def test_a_long_message_ends_with_a_whole_sign(text: str, limit: int, first: str) -> None:
    assert split_text(text, limit)[0] == first
    assert "".join(split_text(text, limit)) == text


@pytest.mark.parametrize("seed", range(60))
def test_any_mixture_is_cut_between_characters(seed: int) -> None:
    random = Random(seed)
    for _ in range(20):
        text = "".join(random.choices([*CHARACTERS.values(), "ab", "word ", ". "], k=random.randint(1, 200)))
        limit = random.randint(max(map(text_length, regex.findall(r"\X", text))), 300)
        check(text, split_text(text, limit), limit)
        assert_whole(text, cut_text(text, limit))
        for at in random.sample(range(len(text) + 1), k=min(20, len(text))):
            assert is_border(text, at) == (at in borders(text))
            assert find_border(text, at) == max(border for border in borders(text) if border <= at)


@pytest.mark.parametrize("seed", range(20))
def test_a_character_longer_than_the_limit_is_cut_and_nothing_is_lost(seed: int) -> None:
    random = Random(seed)
    units = ("\u0301", "\u200d", "👩\u200d", "क\u094d", "\U000e0067", "\u1100", "a", "🇩", "\u0600")
    text = "".join(random.choice(units) * random.randint(1, 2000) for _ in range(5))
    limit = random.randint(1, 100)
    pieces = split_text(text, limit)
    assert "".join(pieces) == text
    assert all(text_length(piece) <= max(limit, 2) for piece in pieces)


def test_plain_text_is_cut_without_the_library() -> None:
    """It takes longer to load than most messages take to be delivered."""
    script = "import sys; from patchbay.domain.text import split_text; split_text('words und Wörter. ' * 999, 100)"
    command = [sys.executable, "-c", f"{script}; print('regex' in sys.modules)"]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(ROOT / "layers/patchbay")}, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"


def borders(text: str) -> set[int]:
    return {0, *(found.end() for found in regex.finditer(r"\X", text))}


def check(text: str, pieces: list[str], limit: int) -> None:
    assert "".join("".join(pieces).split()) == "".join(text.split())
    at = 0
    for piece in pieces:
        assert text_length(piece) <= limit
        start = text.index(piece, at)
        assert not text[at:start].strip()
        at = start + len(piece)
        assert {start, at} <= borders(text), (piece, text)


def assert_whole(text: str, beginning: str) -> None:
    assert text.startswith(beginning)
    assert len(beginning) in borders(text)
