"""The Flask app of a simulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import override

from flask import Flask
from werkzeug.routing import Rule


class _Route(Rule):
    """A route whose address nobody asks for: to get ready for that takes longer than most tests."""

    @override
    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(*_: object, **__: object) -> tuple[str, str]:
            raise NotImplementedError(f"simulators have no addresses of {self.rule}")

        return build


class SimulatorApp(Flask):
    url_rule_class = _Route
