"""Compiling the built layers, so that no function compiles them again at each cold start.

    python -m tools.compile_layers [.aws-sam/build]

`sam build` leaves only sources, and Lambda's layers cannot be written to. The compiled files are valid for every patch
release of Python 3.13 and every architecture, and are not compared with the sources' times, which packing changes.
"""

from __future__ import annotations

import compileall
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

from playground.emulator import ROOT


def compile_layers(build: Path) -> int:
    """Compiles every layer below `build`; how many layers there are. Raises ValueError for a file that is no Python."""
    layers = sorted(build.glob("*Layer"))
    for layer in layers:
        if not compileall.compile_dir(
            layer,
            quiet=1,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
            stripdir=str(layer),
            prependdir="/opt",
        ):
            raise ValueError(f"something in {layer.name} is no Python: see above")
    return len(layers)


def main() -> int:
    build = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".aws-sam" / "build"
    done = compile_layers(build)
    if not done:
        sys.stderr.write(f"there is no built layer in {build}: run `make build`\n")
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
