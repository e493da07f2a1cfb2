"""A batch of ten conversations through the dispatcher, one conversation, and one bare call, in turn: `batch BATCHES`.

BATCHES is a file with batches of records, `ten` and `one`, and the `platform` that is called. Writes seconds of each
round.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.context import Context
from bench.floors.call import Caller

WARM_UP = 2  #: rounds: the first one opens the conversations
Json = dict[str, Any]


def main(batches_path: str) -> None:
    batches = json.loads(Path(batches_path).read_text(encoding="utf-8"))
    platform = batches["platform"]
    dispatcher = runpy.run_path("functions/dispatcher/app.py")["handler"]
    caller = Caller(platform["settings"]["base_url"], platform["secrets"]["api_token"])
    times: dict[str, list[float]] = {"ten": [], "one": [], "call": []}
    with contextlib.redirect_stdout(io.StringIO()):
        while batches["ten"]:
            times["ten"].append(_dispatch(dispatcher, batches["ten"].pop()))
            times["call"].append(caller.call())
            times["one"].append(_dispatch(dispatcher, batches["one"].pop()))
    print(json.dumps({name: taken[WARM_UP:] for name, taken in times.items()}))


def _dispatch(dispatcher: Callable[[Json, object], Json], records: Sequence[Json]) -> float:
    started = time.perf_counter()
    answer = dispatcher({"Records": records}, Context())
    took = time.perf_counter() - started
    if answer["batchItemFailures"]:
        raise RuntimeError("the batch was not delivered")
    return took


if __name__ == "__main__":
    main(*sys.argv[1:])
