"""docs/benchmarks.md, from what the parts measured. What other parts measured before stays on it."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bench.part import Figure, Measuring, Part

_INTRODUCTION = """\
Every time is divided by the time of a floor that is measured in the same run, in turn with it, so that a slow or busy
machine slows both. A floor is a small function in `bench/floors` that does only the necessary work, without Patchbay. A
ratio is the median of the rounds' own ratios. A ratio of 1.28 means 28 % more than the floor.
"""
_ROW = re.compile(r"^\| \(([a-z])\) .*\|$", re.M)
_METHOD = re.compile(r"^- \*\*\(([a-z])\)\*\* .*(?:\n  .*)*", re.M)
_DATES = re.compile(r"\(([a-z])\) (\d{4}-\d\d-\d\d)")


@dataclass(slots=True)
class _Piece:
    """What the page says of one part. `dates` are by the letters of figures."""

    rows: list[str] = field(default_factory=list)
    method: str = ""
    section: str = ""
    dates: dict[str, str] = field(default_factory=dict)


def write(path: Path, parts: Mapping[str, Measuring], measured: Mapping[str, Part]) -> None:
    """The page of all `parts`, by name and in their order, with those renewed that were `measured`."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    pieces = {
        name: _make(part, measured[name]) if name in measured else _find(name, part, before)
        for name, part in parts.items()
    }
    path.write_text("\n".join(_lines(pieces)) + "\n", encoding="utf-8")


def _make(part: Measuring, result: Part) -> _Piece:
    today = date.today().isoformat()  # noqa: DTZ011
    return _Piece(
        rows=[_row(one) for one in result.figures],
        method=result.method,
        section=result.section,
        dates=dict.fromkeys(part.LETTERS, today),
    )


def _row(figure: Figure) -> str:
    verdict = ("met" if figure.met else "**missed**") if figure.aim else ""
    return f"| {figure.name} | {figure.floor} | {figure.shown} | {figure.aim} | {verdict} |"


def _find(name: str, part: Measuring, page: str) -> _Piece:
    """What the page said of a part before."""
    _, _, rest = page.partition(_begin(name))
    return _Piece(
        rows=[found[0] for found in _ROW.finditer(page) if found[1] in part.LETTERS],
        method="\n".join(found[0] for found in _METHOD.finditer(page) if found[1] in part.LETTERS),
        section=rest.partition(_end(name))[0].strip(),
        dates={letter: day for letter, day in _DATES.findall(page) if letter in part.LETTERS},
    )


def _lines(pieces: Mapping[str, _Piece]) -> Iterator[str]:
    yield "# Benchmarks\n"
    yield "Written by `make bench`. Run it again to measure on your machine.\n"
    yield "| Figure | Compared with | Measured | Aim | |"
    yield "| --- | --- | --- | --- | --- |"
    for piece in pieces.values():
        yield from piece.rows
    yield f"\nMachine: {describe_machine()}. {_describe_dates(list(pieces.values()))}\n"
    yield "## How it is measured\n"
    yield _INTRODUCTION
    for piece in pieces.values():
        if piece.method:
            yield piece.method
    for name, piece in pieces.items():
        if piece.section:
            yield f"\n{_begin(name)}\n{piece.section.strip()}\n{_end(name)}"


def _describe_dates(pieces: Sequence[_Piece]) -> str:
    dates = sorted((letter, day) for piece in pieces for letter, day in piece.dates.items())
    return f"Measured: {', '.join(f'({letter}) {day}' for letter, day in dates)}."


def _begin(name: str) -> str:
    return f"<!-- {name} -->"


def _end(name: str) -> str:
    return f"<!-- /{name} -->"


def describe_machine() -> str:
    """Without anything that names it."""
    cores = os.process_cpu_count() or 1
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"
