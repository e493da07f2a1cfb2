"""CPU of a warm webhook, a function's and the floor's in turn: `warm PATH EVENTS`, a file with `ours` and `floor`.

Writes milliseconds per webhook of each round.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROUNDS = int(os.environ.get("ROUNDS", "20"))
FLOOR = "bench/floors/webhook/app.py"
Json = dict[str, Any]
Handler = Callable[[Json, object], Json]


def main(path: str, events_path: str) -> None:
    events = json.loads(Path(events_path).read_text(encoding="utf-8"))
    handlers = {"ours": runpy.run_path(path)["handler"], "floor": runpy.run_path(FLOOR)["handler"]}
    times: dict[str, list[float]] = {name: [] for name in handlers}
    with contextlib.redirect_stdout(io.StringIO()):
        for number in range(ROUNDS + 2):
            for name, handler in handlers.items():
                taken = _time(handler, events[name])
                if number >= 2:
                    times[name].append(taken)
    print(json.dumps(times))


def _time(handler: Handler, events: Sequence[Json]) -> float:
    started = time.process_time()
    statuses = {handler(event, None)["statusCode"] for event in events}
    taken = (time.process_time() - started) * 1000 / len(events)
    if max(statuses) >= 300:
        raise RuntimeError(f"the webhooks were answered {statuses}")
    return taken


if __name__ == "__main__":
    main(*sys.argv[1:])
