"""A journal that can be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from patchbay.bridge.ports import Unit


@dataclass(slots=True)
class MemoryTelemetry:
    lines: list[tuple[str, dict[str, str | int | float | bool | None]]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)  #: what was logged as a warning or an error
    metrics: Counter[str] = field(default_factory=Counter)
    gauges: dict[tuple[str, str], float] = field(default_factory=dict)  #: the last value by metric and service

    def detail(self, what: str, **fields: str | int | float | bool | None) -> None:
        self.info(what, **fields)

    def info(self, what: str, **fields: str | int | float | bool | None) -> None:
        self.lines.append((what, fields))

    def warning(self, what: str, **fields: str | int | float | bool | None) -> None:
        self.troubles.append(what)
        self.info(what, **fields)

    def error(self, what: str, **fields: str | int | float | bool | None) -> None:
        self.warning(what, **fields)

    def count(self, metric: str, service: str, amount: int = 1) -> None:
        self.metrics[metric] += amount

    def gauge(self, metric: str, service: str, value: float, unit: Unit = "Count") -> None:
        self.gauges[metric, service] = value

    def logged(self, what: str) -> list[dict[str, str | int | float | bool | None]]:
        return [fields for line, fields in self.lines if line == what]
