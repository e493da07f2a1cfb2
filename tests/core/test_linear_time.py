"""Nothing of a stranger's text may take more than linear time: every pattern and every reader, on texts made for it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Any

import pytest

from patchbay.aws.files.examination import examine
from patchbay.aws.files.filenames import judge_name
from patchbay.aws.files.mime import clean_name, sniff
from patchbay.bridge.template_choices import read_command, show_filled
from patchbay.domain.characters import clean_text, read_json
from patchbay.domain.model import Message, Role, Sender, Text
from patchbay.domain.names import read_name
from patchbay.domain.templates import FilledTemplate
from patchbay.domain.text import shorten, split_text
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.fallbacks import render
from patchbay.kit.html import html_to_text
from patchbay.kit.links import label_link
from patchbay.kit.markdown import markdown_to_text
from patchbay.kit.phones import read_number
from tests.harness.fakes.windowed import GREETING
from tests.harness.patterns import Found, attacks, find_patterns, find_slow

PATTERNS = find_patterns()


def use(pattern: re.Pattern[Any], method: str) -> Callable[[str], object]:
    """Reads a text as the product does."""
    call = getattr(pattern, method)
    if isinstance(pattern.pattern, bytes):
        return lambda text: call(b"", text.encode()) if method == "sub" else call(text.encode())
    return lambda text: call("", text) if method == "sub" else call(text)


def test_the_patterns_of_the_product_are_found() -> None:
    assert len(PATTERNS) > 60
    assert {"_HEADING", "_PAGE", "_ODD"} <= {found.place.rpartition(":")[2] for found in PATTERNS}


@pytest.mark.parametrize("found", PATTERNS, ids=str)
def test_a_pattern_takes_linear_time(found: Found) -> None:
    for attack, method in product(attacks(found.pattern, Random(1)), sorted(found.methods)):
        assert not find_slow(use(found.pattern, method), attack), method


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"(a+)+$", "match"),
        (r"\s*(<!--.*?-->\s*)*<html", "match"),
        (r" {2,}$", "sub"),
        (r"#\s+(.*?)(?:\s+#+)?\s*$", "match"),
        (r"(?:\d|\d\d)*x", "match"),
        (r"<[^>]*>", "search"),
    ],
)
def test_a_bad_pattern_is_noticed(pattern: str, method: str) -> None:
    compiled = re.compile(pattern, re.DOTALL)
    assert any(find_slow(use(compiled, method), attack) for attack in attacks(compiled, Random(1)))


@pytest.mark.parametrize("pattern", [r"a+b", r"\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<html", r"[a-z]{1,20}:\d+"])
def test_a_good_pattern_passes(pattern: str) -> None:
    compiled = re.compile(pattern, re.DOTALL)
    assert not [attack for attack in attacks(compiled, Random(1)) if find_slow(use(compiled, "match"), attack)]


# --- what reads texts ------------------------------------------------------------------------------------------------

UNITS = (
    *" \n\t#`~*_>|-+\\&<[]()!:/.,'\"=a1",
    *("# ", "``", "~~", "**", "***", "__", "_a ", "*a ", "**a ", "~~a ", "a_ ", "`a ", "- ", "> ", "1. "),
    *("[a](", "![", "](", "[a](a", "[a](<", "http://", "https://a "),
    *("<a ", "<a>", "</a>", "<a href='", "<!--", "-->", "<!", "<?", "</", "<![CDATA[", "<p>", "<li>", "<script>", "<b"),
    *("<br><", "&#", "&amp", "&a;", "\\u", '\\"', "\r\n", "\x00", "\ufffe", "\ud7ff", "a. ", "word "),
    *("\u0301", "\u200d", "👍", "🇩🇪", "👩\u200d", "a\u0301", "\ufe0f", "\U000e0067", "\u1100", "ก็"),
)
FRAMES = (("", ""), ("# a", "b"), ("[a](", "b"), ("<a ", "\x00"), ("<!--", "\x00"), ("a", ">"), ("", "`"))


def render_text(text: str) -> object:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    sender = Sender(role=Role.AGENT, name=text)
    message = Message(external_id="m", sender=sender, content=(Text(text=text),), sent_at=now)
    return render(message, Capabilities(text_limit=1000), "e", now)


READERS: dict[str, Callable[[str], object]] = {
    "markdown": markdown_to_text,
    "html": html_to_text,
    "cutting": lambda text: split_text(text, 100),
    "cutting long": lambda text: split_text(text, 7000),
    "shortening": lambda text: shorten(text, 7000),
    "cleaning": clean_text,
    "json": lambda text: read_json(json.dumps([text, {text: text}])),
    "odd json": lambda text: is_json(text.encode()),
    "rendering": render_text,
    "sniffing": lambda text: sniff(text.encode()),
    "file name": lambda text: clean_name(text, "image/png"),
    "judging a name": judge_name,
    "name of a person": read_name,
    "phone number": read_number,
    "link": lambda text: label_link(text, f"https://{text}"),
    "number behind a label": lambda text: label_link(text, f"tel:{text}"),
    "command": lambda text: read_command(f"/template {text}", numbers=True),
    "template": lambda text: show_filled(FilledTemplate(template=replace(GREETING, body=text), values={"1": text})),
    "examining": lambda text: examine(io.BytesIO(text.encode()), "text/plain", text),
}


def is_json(body: bytes) -> bool:
    try:
        read_json(body)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_linear_time(name: str) -> None:
    slow = (find_slow(READERS[name], (begin, unit, end)) for unit, (begin, end) in product(UNITS, FRAMES))
    assert not next(filter(None, slow), "")
