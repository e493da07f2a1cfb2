"""A function's cold start in a fresh process: `cold PATH [EVENTS]`, a file with one event for each invocation.

Writes milliseconds of CPU of the import and of the first event, and megabytes of memory after it.
"""

from __future__ import annotations

import json
import resource
import runpy
import sys
import time
from pathlib import Path
from typing import Any

from bench.context import Context


def main(path: str, events_path: str = "") -> None:
    events = json.loads(Path(events_path).read_text(encoding="utf-8")) if events_path else []
    started = time.process_time()
    handler = runpy.run_path(path)["handler"]
    imported = time.process_time()
    answers = [handler(event, Context()) for event in events]
    ended = time.process_time()
    for answer in answers:
        check(answer)
    times = {"import": (imported - started) * 1000, "first": (ended - imported) * 1000}
    print(json.dumps({**times, "memory": measure_memory(), "answers": answers}))


def check(answer: Any) -> None:
    if answer.get("batchItemFailures") or answer.get("statusCode", 200) >= 300:
        raise RuntimeError(f"the function answered {answer}")


def measure_memory() -> float:
    """The most that this process has held so far, in megabytes.

    Linux counts what the parent held in a process's `ru_maxrss`, and not in its VmHWM.
    """
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main(*sys.argv[1:])
