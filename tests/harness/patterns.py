"""Every regular expression of the product, and texts that are as bad as can be for each of them."""

from __future__ import annotations

import ast
import importlib
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from re import _parser as parser  # type: ignore[attr-defined]  # the reader of patterns, which has no public name
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "layers/patchbay", ROOT / "cli", ROOT / "functions/webchat", ROOT / "functions")
METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")

_SHORT = 4_000  #: characters
_LONG = 10_000
_AT_ONCE = 0.002  #: seconds for a short text, above which a longer one is tried as well
_MOST_SECONDS = 0.5
_MOST_GROWTH = 3.0  #: twice the text takes about twice the time; four times it where time grows with the square


@dataclass(frozen=True)
class Found:
    """A pattern, and how it is used."""

    place: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]

    def __str__(self) -> str:
        return f"{self.place}:{self.pattern.pattern!r:.40}"


# --- finding ---------------------------------------------------------------------------------------------------------


@cache
def find_patterns() -> Sequence[Found]:
    """Those with a name of their own in a module, and those that stand where they are used."""
    return [found for folder in FOLDERS for path in sorted(folder.rglob("*.py")) for found in _read(folder, path)]


def _read(folder: Path, path: Path) -> Iterator[Found]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    place = str(path.relative_to(ROOT))
    uses = _uses(nodes)
    if folder.name != "functions":
        module = importlib.import_module(".".join(path.relative_to(folder).with_suffix("").parts))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and uses.get(name):
                yield Found(f"{place}:{name}", value, frozenset(uses[name]))
            elif name == "_FORMS":  # of settings: each with the words that say what is wanted
                for form, _ in value.values():
                    yield Found(f"{place}:{name}", re.compile(form), frozenset({"fullmatch"}))
    for node in nodes:
        if _is_call_of_re(node) and node.func.attr in METHODS and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
            yield Found(place, re.compile(node.args[0].value), frozenset({node.func.attr}))  # type: ignore[attr-defined]


def _uses(nodes: Sequence[ast.AST]) -> dict[str, set[str]]:
    """Which methods of which name are called in a module."""
    uses: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in METHODS:
            uses.setdefault(node.value.id, set()).add(node.attr)
    return uses | {name: {*METHODS} for name in _handed_on(nodes) if name not in uses}


def _handed_on(nodes: Sequence[ast.AST]) -> set[str]:
    """Names that stand in a row or a call: how these are used is not seen, so every way counts."""
    made = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_call_of_re(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return {node.id for node in nodes if isinstance(node, ast.Name) and node.id in made}


def _is_call_of_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and bool(node.args)
    )


# --- texts that are bad for a pattern --------------------------------------------------------------------------------


def attacks(pattern: re.Pattern[Any], random: Random) -> list[tuple[str, str, str]]:
    """(beginning, what is repeated, end): pieces of texts that match, pumped up, and an end that spoils the match."""
    tree = parser.parse(
        pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    )
    spoilers = ("\x00", "", "b", *sorted(_excluded(tree))[:4])
    found: dict[tuple[str, str, str], None] = {}
    for _ in range(8):
        text = _write(tree, random, {})[:48]
        for start, size in product(range(len(text)), (1, 2, 3, 5, 8)):
            piece = text[start : start + size]
            for end in (*spoilers, text[start + size :]):
                found[text[:start], piece, end] = None
    return list(found)


def _excluded(tree: Any) -> set[str]:
    """The signs that a set in the pattern leaves out: they end what went well so far."""
    found: set[str] = set()
    for kind, what in tree:
        if str(kind) == "IN" and str(what[0][0]) == "NEGATE":
            found |= {chr(code) for member, code in what[1:] if str(member) == "LITERAL"}
        for inner in what if isinstance(what, tuple | list) else [what]:
            for branch in inner if isinstance(inner, list) else [inner]:
                if isinstance(branch, parser.SubPattern):
                    found |= _excluded(branch)
    return found


def _write(tree: Any, random: Random, groups: dict[int, str]) -> str:
    """A text that matches, lookarounds left out of account."""
    return "".join(_write_one(str(kind), what, random, groups) for kind, what in tree)


def _write_one(kind: str, what: Any, random: Random, groups: dict[int, str]) -> str:
    if kind == "LITERAL":
        return chr(what)
    if kind in {"ANY", "NOT_LITERAL"}:
        return random.choice([sign for sign in "a <\n" if kind == "ANY" or ord(sign) != what])
    if kind == "IN":
        return _write_set(what, random)
    if kind == "BRANCH":
        return _write(random.choice(what[1]), random, groups)
    if kind in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        least, most, inner = what
        times = min(least + random.choice((0, 1, 1, 2, 3)), int(most))
        return "".join(_write(inner, random, groups) for _ in range(min(times, 64)))
    if kind == "SUBPATTERN":
        text = _write(what[-1], random, groups)
        groups[what[0]] = text
        return text
    if kind == "ATOMIC_GROUP":
        return _write(what, random, groups)
    return groups.get(what, "") if kind == "GROUPREF" else ""


_OF_CATEGORY = {"CATEGORY_SPACE": " \n", "CATEGORY_DIGIT": "17", "CATEGORY_WORD": "a_1"}
_OTHER = "a1 \n-<&"


def _write_set(members: Any, random: Random) -> str:
    kinds: list[tuple[str, Any]] = [(str(kind), what) for kind, what in members]
    if kinds[0][0] == "NEGATE":
        taken = {sign for kind, what in kinds[1:] for sign in _signs(kind, what)}
        free: list[str] = [sign for sign in (*_OTHER, "\u20ac") if sign not in taken]
        return random.choice(free) if free else "\x07"
    signs = _signs(*random.choice(kinds))
    return random.choice(signs) if signs else "a"


def _signs(kind: str, what: Any) -> Sequence[str]:
    if kind == "LITERAL":
        return [chr(what)]
    if kind == "RANGE":
        return [chr(code) for code in sorted({what[0], what[1], *range(what[0], min(what[1], what[0] + 64))})]
    category = str(what)
    if "NOT_" in category:
        return [sign for sign in _OTHER if sign not in _OF_CATEGORY.get(category.replace("NOT_", ""), "")]
    return _OF_CATEGORY.get(category, "a")


# --- measuring -------------------------------------------------------------------------------------------------------


class TookTooLong(Exception):
    pass


def find_slow(read: Callable[[str], object], attack: tuple[str, str, str]) -> str:
    """Why `read` is too slow for such texts; "" when its time grows with their length."""
    first = _time(read, _build(attack, _SHORT))
    if first >= _MOST_SECONDS:
        return f"{first:.1f} s and more for {_SHORT} characters of {attack!r}"
    if first < _AT_ONCE or _least(read, _build(attack, _SHORT)) < _AT_ONCE:
        return ""
    half, whole = _least(read, _build(attack, _LONG // 2)), _least(read, _build(attack, _LONG))
    if whole >= _MOST_SECONDS:
        return f"{whole:.1f} s for {_LONG} characters of {attack!r}"
    if whole > _AT_ONCE * 10 and whole > half * _MOST_GROWTH:
        return f"{half * 1000:.0f} ms, and for twice as much {whole * 1000:.0f} ms, of {attack!r}"
    return ""


def _build(attack: tuple[str, str, str], size: int) -> str:
    beginning, piece, end = attack
    return beginning + piece * ((size - len(beginning) - len(end)) // len(piece)) + end


def _least(read: Callable[[str], object], text: str) -> float:
    """Of three: other programs only ever add to it."""
    first = _time(read, text)
    return first if first >= _MOST_SECONDS else min(first, _time(read, text), _time(read, text))


def _time(read: Callable[[str], object], text: str) -> float:
    """Seconds of the processor; `_MOST_SECONDS` for all that takes longer, which is broken off."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _MOST_SECONDS)
    start = time.process_time()
    try:
        read(text)
        return time.process_time() - start
    except TookTooLong:
        return _MOST_SECONDS
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
