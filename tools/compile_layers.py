"""Compiling what was built, so that no function compiles it again at each cold start.

    python -m tools.compile_layers [.aws-sam/build]

`sam build` leaves only sources, and in Lambda neither layers nor the function's own folder can be written to. The
compiled files are valid for every patch release of Python 3.13 and every architecture. They are not compared with the
sources' times, which packing changes.
"""

from __future__ import annotations

import compileall
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

from playground.emulator import ROOT

#: Where Lambda puts what is built, by the end of its folder's name.
_PLACES = {"Layer": "/opt", "Function": "/var/task"}


def compile_build(build: Path) -> int:
    """Compiles every layer and function below `build`; returns how many. Raises ValueError for invalid Python."""
    folders = [(folder, place) for end, place in _PLACES.items() for folder in sorted(build.glob(f"*{end}"))]
    for folder, place in folders:
        if not compileall.compile_dir(
            folder,
            quiet=1,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
            stripdir=str(folder),
            prependdir=place,
        ):
            raise ValueError(f"{folder.name} contains a file that is not valid Python: see above")
    return len(folders)


def main() -> int:
    build = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".aws-sam" / "build"
    done = compile_build(build)
    if not done:
        sys.stderr.write(f"{build} contains no built layer: run `make build`\n")
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
