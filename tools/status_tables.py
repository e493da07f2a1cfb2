"""What a service's answers mean, written down from the table of the core and what the connectors add to it.

python -m tools.status_tables      # part of `make docs`: writes docs/statuses.md
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path

from patchbay.domain.model import Side
from patchbay.kit import registry
from patchbay.kit.statuses import TABLE, Rule, Statuses

PAGE = Path(__file__).parents[1] / "docs" / "statuses.md"

_INTRODUCTION = """\
# What a service's responses mean

`make docs` writes this page from `patchbay/kit/statuses.py` and the connectors. Do not edit it.

When a call to a service fails, two questions decide what happens to the message: may the service have carried out the
call, and who can help? The first row that covers an answer counts. A service's own rows come before these.

"""

_WITHOUT_ANSWER = (
    ("no connection", "not processed: retried later", "the request cannot have arrived"),
    (
        "broken connection, or no response in time",
        "may have been processed: retried if a second call does no harm, else looked up or marked",
        "the request may have arrived",
    ),
    (
        "2xx that cannot be read",
        "may have been processed, as above; if the response is not needed, processed",
        "another server may have answered",
    ),
)

_REST = """
A second call does no harm if it reads (GET, HEAD), sets (PUT, DELETE), or if the service accepts the same thing once.
Then an uncertain call is made again. If it does harm, and the service can be asked what has arrived, it is asked; a
question that fails is asked again. Otherwise the message is sent once more after a while, and marked as uncertain.

**Retry-After** is read in both of its forms: seconds (also 2.5), and a date, which is compared with the answer's own
Date, else with Patchbay's clock. If it cannot be read, it is ignored. No wait is longer than a day.

## What services document differently

"""


def statuses_of(service: str) -> list[Statuses]:
    """What the connector's modules for calls declare (`client` first), or its own where it is a single file."""
    folder = "messengers" if registry.load(service).side is Side.MESSENGER else "platforms"
    package = importlib.import_module(f"patchbay.{folder}.{service}")
    modules = [package]
    if hasattr(package, "__path__"):
        names = [one.name for one in pkgutil.iter_modules(package.__path__) if one.name.endswith("client")]
        ordered = sorted(names, key=lambda name: (name != "client", name))
        modules = [importlib.import_module(f"{package.__name__}.{name}") for name in ordered]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Statuses)]
    return list(dict.fromkeys(found))


def make_page() -> str:
    rows = [(_list(rule.statuses), rule.meaning.value, f"{rule.because} ({rule.source})") for rule in TABLE]
    own = [row for service in registry.names() for row in _describe_service(service)]
    return (
        _INTRODUCTION
        + _table(("Answer", "Meaning", "Why"), [*rows, *_WITHOUT_ANSWER])
        + _REST
        + _table(("Service", "Calls", "Answer", "Meaning", "Why"), own)
    )


def _describe_service(service: str) -> Iterator[tuple[str, ...]]:
    for statuses in statuses_of(service):
        for rule in statuses.exceptions:
            yield (registry.load(service).title, statuses.calls, *_describe(rule))


def _describe(rule: Rule) -> tuple[str, ...]:
    answer = _list(rule.statuses) + (", according to its body" if rule.when else "")
    return answer, rule.meaning.value, f"{rule.because} ({rule.source})"


def _list(statuses: Collection[int]) -> str:
    """Like "300-399, 404"."""
    known = sorted(statuses)
    starts = [known[0], *(later for earlier, later in pairwise(known) if later != earlier + 1)]
    ends = [*(earlier for earlier, later in pairwise(known) if later != earlier + 1), known[-1]]
    return ", ".join(
        str(first) if first == last else f"{first}-{last}" for first, last in zip(starts, ends, strict=True)
    )


def _table(columns: tuple[str, ...], rows: Collection[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> int:
    PAGE.write_text(make_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
