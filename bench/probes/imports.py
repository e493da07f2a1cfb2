"""How long importing a function takes in a fresh process: writes milliseconds of CPU and of the wall."""

from __future__ import annotations

import json
import runpy
import sys
import time


def main(path: str) -> None:
    before = set(sys.modules)
    wall, cpu = time.perf_counter(), time.process_time()
    runpy.run_path(path)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    modules = len(set(sys.modules) - before)
    print(json.dumps({"cpu": cpu * 1000, "wall": wall * 1000, "modules": modules}))


if __name__ == "__main__":
    main(sys.argv[1])
