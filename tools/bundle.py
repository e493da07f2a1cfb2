"""Bundles what browsers load of the web chat, so that a first visit is three files and not thirty.

What few visitors use is a script of its own, which the page loads when it is first needed. It imports from the page.

    python -m tools.bundle [--check]     # what `make bundle` does; --check only compares

The sources are the modules in `functions/webchat/static`. The function serves `functions/webchat/dist`, which is kept
in git: who deploys needs no npm. A test compares both, with the esbuild that package-lock.json names. Nothing is
shortened or renamed, so that git can merge a bundle and people can read it; comments are left out.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "functions/webchat/static"
TARGET = ROOT / "functions/webchat/dist"
ESBUILD = ROOT / "node_modules/.bin/esbuild"
#: The browsers of the last years: what the sources need anyway (popover, dialog) is younger.
_OPTIONS = ("--bundle", "--target=es2022", "--charset=utf8", "--log-level=warning")
_STYLES = ("style.css", "chat.css")
_LATER = "later.js"
_COPIED = ("page.html", "widget.js", "worker.js")


def main() -> int:
    made = bundle()
    if "--check" in sys.argv[1:]:
        stale = find_stale(made)
        for name in stale:
            sys.stderr.write(f"{(TARGET / name).relative_to(ROOT)} is not what its sources make: run `make bundle`\n")
        return 1 if stale else 0
    TARGET.mkdir(exist_ok=True)
    for path in TARGET.iterdir():
        path.unlink()
    for name, content in made.items():
        (TARGET / name).write_bytes(content)
    return 0


def bundle() -> dict[str, bytes]:
    """What the function serves, by the name of the file. Raises CalledProcessError when a source has an error."""
    styles = "".join(f'@import "./{name}";\n' for name in _STYLES)
    return {
        **{name: (SOURCE / name).read_bytes() for name in _COPIED},
        "page.css": _run("--loader=css", content=styles),
        "page.js": _run("page.js", "--format=esm", f"--external:./{_LATER}"),
        _LATER: _run(_LATER, "--format=esm", "--external:./page.js"),
    }


def find_stale(made: dict[str, bytes], folder: Path = TARGET) -> list[str]:
    """The files of the folder that are missing, other than `made`, or too many."""
    present = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
    return sorted(name for name in made.keys() | present.keys() if made.get(name) != present.get(name))


def _run(*arguments: str, content: str = "") -> bytes:
    command = [str(ESBUILD), *arguments, *_OPTIONS]
    done = subprocess.run(command, cwd=SOURCE, input=content.encode(), stdout=subprocess.PIPE, check=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
