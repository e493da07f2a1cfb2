"""Phone numbers as people write them, and as programs copy them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chat.responses import button_target
from patchbay.kit.phones import dial_number, is_same_number, read_number
from tests.connectors.services import ROOT

ONE_NUMBER = (
    "+4915123456789",
    "+49 1512 3456789",
    "+49 (0)1512 3456789",
    "+49 (0) 1512 / 345 67-89",
    "0049 (0)1512 3456789",
    "0049 1512 3456789",
    "(0049) 1512 3456789",
    "+0049 1512 3456789",
    "\u202a+49 1512 3456789\u202c",
    "\u200e+49\u00a01512\u202f3456789",
    "\u2066+49 1512 345\u20116789\u2069",
    " +49\n1512 3456789 ",
    "＋４９ １５１２ ３４５６７８９",
    "+٤٩ ١٥١٢ ٣٤٥٦٧٨٩",
    "tel:+49-1512-3456789",
    "TEL:+4915123456789",
)


@pytest.mark.parametrize("text", ONE_NUMBER, ids=ascii)
def test_a_number_is_read_however_it_is_written(text: str) -> None:
    assert read_number(text) == "+4915123456789"
    assert dial_number(text) == "+4915123456789"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+39 06 12345678", "+390612345678"),  # Italy dials its zero
        ("+39 (0)6 12345678", "+390612345678"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+34 (0)912 345 678", "+34912345678"),
        ("+7 (8) 912 345-67-89", "+79123456789"),
        ("+36 (06) 1 234 5678", "+3612345678"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("+972 (0)51-112-3123", "+972511123123"),
    ],
)
def test_each_country_has_its_own_zero(text: str, number: str) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "Ann", "0151 2345678", "4915112345678", "+49", "+", "00", "+1234567890123456", "+999 1512 3456789"),
        *("+49 CALL ME", "+49 1512 3456789 or +49 1512 3456780", "+1" * 100, "(0)", "\u202a\u202c"),
    ],
)
def test_what_has_no_country_code_is_not_guessed_at(text: str) -> None:
    assert read_number(text) == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+49 (0)1512 3456789", "4915123456789", True),
        ("0049 1512 3456789", "+49 1512/3456789", True),
        ("\u202a+49 1512 3456789\u202c", "+4915123456789", True),
        ("0151 2345678", "0151/234 56 78", True),
        ("0151 2345678", "+491512345678", False),
        ("+49 1512 3456789", "+49 1512 3456780", False),
        ("+4915123456789", "15123456789", False),
        ("", "", False),
        ("Ann", "Bob", False),
    ],
)
def test_two_numbers_are_one_however_they_are_written(one: str, other: str, same: bool) -> None:
    assert is_same_number(one, other) is same
    assert is_same_number(other, one) is same


@pytest.mark.parametrize(("text", "dialled"), [("030 / 123-456", "030123456"), ("*100#", "*100#"), ("Ann", "")])
def test_what_has_no_country_code_is_dialled_as_it_stands(text: str, dialled: str) -> None:
    assert dial_number(text) == dialled


def test_a_plain_number_is_dialled_and_compared_without_the_library() -> None:
    script = (
        "import sys; from patchbay.kit.phones import *; dial_number('+4915123456789'); is_same_number('+1 2', '12')"
    )
    command = [sys.executable, "-c", f"{script}; print('phonenumbers' in sys.modules)"]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(ROOT / "layers/patchbay")}, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("tel:+4915123456789", "tel:+4915123456789"),
        ("tel:+49 (0)1512 3456789", "tel:+4915123456789"),
        ("TEL:0049-1512-3456789", "tel:+4915123456789"),
        ("tel:*100#", "tel:*100#"),
        ("tel:Ann", None),
        ("https://a.example/", "https://a.example/"),
    ],
)
def test_a_button_of_the_web_chat_calls_a_number_however_it_is_written(address: str, target: str | None) -> None:
    assert button_target(address) == target
