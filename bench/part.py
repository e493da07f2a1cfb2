"""What every part of the benchmarks is made of: rows for the table, how they were measured, and a section of its own.

A part is a module with `LETTERS`, those of its figures ("(f) ..." has the letter f), and `measure(say, cpu) -> Part`.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A row; `shown` is the measured value in words, `aim` "" for what is only reported."""

    name: str
    floor: str
    aim: str
    shown: str
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """Seconds of CPU, as this machine needs them."""

    webhook: float
    event: float


#: Of a run without the part that measures it, so that a price can be worked out without timing anything.
TYPICAL = Cpu(webhook=0.0005, event=0.005)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`method` is a list in Markdown; `section` begins with its title, "## ...", and is "" for a part without one.

    `cpu` is what later parts work with, of the part that measures it.
    """

    figures: Sequence[Figure]
    method: str
    section: str = ""
    cpu: Cpu | None = None


class Measuring(Protocol):
    """The module of a part."""

    LETTERS: str

    def measure(self, say: Say, cpu: Cpu) -> Part: ...


def ratio(name: str, floor: str, aim: float | None, value: float, detail: str) -> Figure:
    """`aim` is the most that it should be, None for what is only reported."""
    most = "" if aim is None else f"≤ {aim:g}"
    return Figure(name=name, floor=floor, aim=most, shown=f"{value:.2f} ({detail})", met=aim is None or value <= aim)


def explain_missed(figures: Sequence[Figure], tried: Mapping[str, str]) -> str:
    """Markdown about the rows that miss their aims: what was `tried`, by a word of the row's name."""
    lines = [
        f"- {figure.name}: {text}"
        for figure in figures
        if figure.aim and not figure.met
        for word, text in tried.items()
        if word in figure.name
    ]
    return "\n".join(["\nWhat was tried where an aim is missed:\n", *lines]) if lines else ""


def list_missed(title: str, figures: Sequence[Figure], tried: Mapping[str, str]) -> str:
    """A section of its own with `explain_missed`; "" where no aim is missed."""
    explained = explain_missed(figures, tried)
    return f"## {title}\n{explained}" if explained else ""


def quotients(ours: Sequence[float], floor: Sequence[float]) -> float:
    """The median of the rounds' own ratios: what slows a round down slows both sides of it."""
    return statistics.median(one / other for one, other in zip(ours, floor, strict=True))


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
