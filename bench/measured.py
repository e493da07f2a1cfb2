"""The counts of the last benchmark, as data: what `make docs` and the tables of costs are made from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bench.books import Cost
from bench.traffic import PAIRS, Traffic

DATA = Path(__file__).with_name("measured.json")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """`traffic` is by messenger and platform, `question` one of visitor_hour's. CPU in seconds, of one machine."""

    traffic: Mapping[tuple[str, str], Traffic]
    question: Cost
    webhook_cpu: float
    event_cpu: float


def save(counts: Counts, path: Path = DATA) -> None:
    content = {
        "cpu": {"webhook": round(counts.webhook_cpu, 6), "event": round(counts.event_cpu, 6)},
        "question": _write(counts.question),
        "pairs": {
            " ".join(pair): {
                direction: {label: _write(cost) for label, cost in costs.items()}
                for direction, costs in (("to_agent", one.to_agent), ("to_customer", one.to_customer))
            }
            for pair, one in counts.traffic.items()
        },
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(path: Path = DATA) -> Counts:
    content: Json = json.loads(path.read_text(encoding="utf-8"))
    return Counts(
        traffic={pair: _read_traffic(content["pairs"][" ".join(pair)]) for pair in PAIRS},
        question=_read(content["question"]),
        webhook_cpu=content["cpu"]["webhook"],
        event_cpu=content["cpu"]["event"],
    )


def _write(cost: Cost) -> Json:
    """Without what is nothing."""
    values = {one.name: getattr(cost, one.name) for one in fields(cost)}
    return {name: dict(sorted(value.items())) if name == "calls" else value for name, value in values.items() if value}


def _read(stored: Json) -> Cost:
    return Cost(**{**stored, "calls": Counter(stored.get("calls", {}))})


def _read_traffic(stored: Json) -> Traffic:
    return Traffic(
        to_agent={label: _read(cost) for label, cost in stored["to_agent"].items()},
        to_customer={label: _read(cost) for label, cost in stored["to_customer"].items()},
    )
