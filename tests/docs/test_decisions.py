"""The decisions are numbered, have a status, and are all in the index."""

from __future__ import annotations

import re

import pytest

from tools.decisions import ACCEPTED, BEGIN, END, PAGE, anchor, read, renew

TEXT = PAGE.read_text(encoding="utf-8")
DECISIONS = read(TEXT)


def test_the_index_is_fresh_and_every_decision_has_a_number() -> None:
    assert renew(TEXT) == TEXT, "run `make docs`"


def test_numbers_are_given_once() -> None:
    numbers = [decision.number for decision in DECISIONS]
    assert len(numbers) > 150
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_every_decision_has_a_status_and_is_replaced_by_another_one_that_exists() -> None:
    numbers = {decision.number for decision in DECISIONS}
    assert [decision.number for decision in DECISIONS if not decision.status] == []
    replaced = [decision for decision in DECISIONS if decision.superseded_by is not None]
    assert replaced
    assert all(decision.superseded_by in numbers - {decision.number} for decision in replaced)


def test_links_between_decisions_carry_the_number_that_they_lead_to() -> None:
    anchors = {f"#{anchor(f'{one.number}. {one.title}')}": one.number for one in DECISIONS}
    links = re.findall(r"\[(\d+)\]\((#\d+-[^)]+)\)", TEXT)
    assert links
    assert [link for link in links if anchors.get(link[1]) != int(link[0])] == []


# --- a small page ----------------------------------------------------------------------------------------------------

OLD = f"# Decisions\n\n{BEGIN}\n{END}\n\n## A group\n\n### 1. An old one\n\n{ACCEPTED}\n\nBecause.\n"


def test_a_bold_paragraph_becomes_a_numbered_decision() -> None:
    text = renew(f"{OLD}\n**A new one.** *Why:* it is better.\n\n**Another goes on,** in its sentence.\n")
    assert "### 2. A new one\n\n*Status:* accepted.\n\n*Why:* it is better." in text
    assert "### 3. Another goes on\n\n*Status:* accepted.\n\nAnother goes on, in its sentence." in text
    assert "| 3 | [Another goes on](#3-another-goes-on) | accepted |" in text
    assert renew(text) == text


def test_what_replaces_a_decision_is_shown_in_the_index() -> None:
    replaced = OLD.replace(ACCEPTED, "*Status:* superseded by [2](#2-a-new-one).")
    text = renew(f"{replaced}\n**A new one.** *Why:* it is better.\n")
    assert "| 1 | [An old one](#1-an-old-one) | superseded by [2](#2-a-new-one) |" in text
    assert [decision.superseded_by for decision in read(text)] == [2, None]


def test_a_missing_status_is_noticed() -> None:
    assert "| 1 | [An old one](#1-an-old-one) | missing |" in renew(OLD.replace(ACCEPTED, "Status: hm."))


def test_a_page_without_an_index_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="has no"):
        renew("# Decisions\n")
