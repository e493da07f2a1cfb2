"""The glossary speaks of what the code has."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
ROWS = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \| ([^|]*?) ?\|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
TERMS = [row for row in ROWS if row[0] not in {"Word", "---"}]
NAMES = sorted({name for _, _, code in TERMS for name in re.findall(r"`([^`]+)`", code)})


def resolve(name: str) -> object:
    """A module, or something in one. Names of the package `patchbay` are written without it."""
    first, _, rest = name.partition(".")
    full = {"cli": rest, "playground": name}.get(first, f"patchbay.{name}")
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError:
        module, _, attribute = full.rpartition(".")
        return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_glossary_names_exists(name: str) -> None:
    assert resolve(name) is not None


def test_every_term_has_a_meaning_and_stands_once() -> None:
    words = [word for word, _, _ in TERMS]
    assert len(words) > 50
    assert len(words) == len(set(words))
    assert [word for word, meaning, _ in TERMS if not meaning.endswith(".")] == []


def test_most_terms_lead_into_the_code() -> None:
    assert sum("`" in code for _, _, code in TERMS) > len(TERMS) * 0.8
