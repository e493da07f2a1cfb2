"""What people type in place of what stands there."""

from __future__ import annotations

import unicodedata

import pytest

from patchbay.bridge.text_matching import label_forms, normalize_words, read_number


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("yes", "Yes"),
        ("YES!", "Yes"),
        ("Yes please.", "Yes\u00a0please"),
        ("  yes   please", "Yes please"),
        ("\u202ayes\u202c", "Yes"),
        ("y\u200bes\ufeff", "Yes"),
        ("l'eau", "L\u2019eau"),
        ("L\u2019eau", "L'eau"),
        ("say “hello”", 'Say "hello"'),
        ("“Yes”", "Yes"),
        ("e-mail", "E\u2011Mail"),
        ("ＹＥＳ", "Yes"),
        ("STRASSE", "Straße"),
        ("ΟΔΟΣ", "Οδός".replace("ό", "ο")),
        ("HAYIR", "Hayır"),
        ("hayir", "Hayır"),
        ("İPTAL", "iptal"),
        ("iptal", "İPTAL"),
        (unicodedata.normalize("NFD", "Café"), unicodedata.normalize("NFC", "CAFÉ")),
        ("ﬁne", "Fine"),
        ("size ٤٠", "Size 40"),
        ("はい。", "はい"),
        ("نعم،", "نعم"),
        ("हाँ।", "हाँ"),
        ("Where is my order", "Where is my order?"),
        ("where is my order?", "Where is my order?"),
        ("❤", "❤️"),
        ("1 Yes", "1️⃣ Yes"),
        ("Wait", "Wait…"),
        ("!", "!"),
    ],
)
def test_people_mean_the_label(typed: str, label: str) -> None:
    assert normalize_words(typed) in label_forms(label)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("yes please", "Yes"),
        ("yes?", "Yes"),
        ("yes؟", "Yes"),
        ("5", "5%"),
        ("c", "C++"),
        ("C", "C#"),
        ("cafe", "Café"),
        ("yes", ""),
        ("", ""),
        ("\u200b", ""),
        ("no", "On"),
        ("👍🏽", "👍"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e007f"),
    ],
)
def test_people_do_not_mean_the_label(typed: str, label: str) -> None:
    assert normalize_words(typed) not in label_forms(label)


@pytest.mark.parametrize(
    "typed",
    # Digits of Arabic, Persian, Devanagari, Bengali, Thai, full-width and mathematical; keycaps, circles, brackets.
    [
        *["2", "2.", "2)", "(2)", "[2]", "#2", "# 2", "№2", "2️⃣", "2️⃣.", "２", "２．", "٢", "۲", "२", "২", "๒", "𝟐"],
        *["②", "⑵", "⒉", "\u00a02", "2\u200b", "\u202a2\u202c", "2!", "2,", "'2'", "“2”", "( 2 )", "2 ."],
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str) -> None:
    assert read_number(typed) == 2


def test_ten_has_an_emoji_of_its_own() -> None:
    assert read_number("🔟") == 10
    assert read_number("1️⃣2️⃣") == 12


@pytest.mark.parametrize(
    "typed",
    [
        *[
            "",
            "2 please",
            "I take 2",
            "2 3",
            "2-3",
            "2/3",
            "-2",
            "+2",
            "2.5",
            "2,5",
            "02",
            "0",
            "2nd",
            "2x",
            "x2",
            "2%",
        ],
        *["2 €", "½", "Ⅱ", "二", "two", "2?", "2:30", "99999", "12345678901234567890", ".."],
    ],
)
def test_anything_longer_is_no_number(typed: str) -> None:
    assert read_number(typed) is None
