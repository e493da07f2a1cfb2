"""The documentation site, from the repository's Markdown.

    python -m tools.site            # builds site/; a link that leads nowhere stops it
    python -m tools.site --check    # the same, without leaving anything behind

Pages live where people look for them in a repository: README.md at the top, the rest in docs/. The site wants one
folder, so the pages are gathered in build/site-source first. Links between pages are rewritten for it; links to code,
which is no part of the site, become plain text.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from os.path import relpath
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "build" / "site-source"
SITE = ROOT / "site"
GENERATOR = ROOT / ".local" / "docs" / "bin" / "zensical"

#: Pages outside of docs/, and their names on the site.
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
}
_SHOWN = {".md", ".svg", ".png", ".css"}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_ITEM = re.compile(r"(?:-|\d\.) (?=\S)")
_FENCE = re.compile(r"^( *```.*?^ *```)", re.DOTALL | re.MULTILINE)


def pages() -> dict[Path, Path]:
    """Every file of the site: where it is in the repository, and where on the site."""
    found = {ROOT / name: Path(target) for name, target in OUTSIDE.items()}
    docs = ROOT / "docs"
    return found | {path: path.relative_to(docs) for path in sorted(docs.rglob("*")) if path.suffix in _SHOWN}


def gather(folder: Path) -> None:
    """Copies all pages into `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    known = pages()
    for source, target in known.items():
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            place.write_text(rewrite(source, known), encoding="utf-8")
        else:
            shutil.copyfile(source, place)


def rewrite(source: Path, known: dict[Path, Path]) -> str:
    """A page with its links as the site needs them. What stands in blocks of code is left as it is."""
    pieces = _FENCE.split(source.read_text(encoding="utf-8"))
    return indent(
        "".join(piece if number % 2 else _rewrite_text(piece, source, known) for number, piece in enumerate(pieces))
    )


def indent(text: str) -> str:
    """What belongs to an item of a list, four columns in: a git host is content with the width of the item's mark."""
    lines, missing = [], 0
    for line in text.split("\n"):
        item = _ITEM.match(line)
        if item:
            missing = 4 - len(item[0])
        elif line and not line.startswith(" "):
            missing = 0
        belongs = missing and not item and line.startswith(" " * (4 - missing))
        lines.append(" " * missing + line if belongs else line)
    return "\n".join(lines)


def _rewrite_text(text: str, source: Path, known: dict[Path, Path]) -> str:
    def replace(link: re.Match[str]) -> str:
        mark, label, address = link.groups()
        path, _, anchor = address.partition("#")
        if "://" in address or address.startswith("mailto:") or not path:
            return link[0]
        target = known.get((source.parent / unquote(path)).resolve())
        if target is None:
            return label
        here = known[source].parent
        return f"{mark}[{label}]({relpath(target, here)}{'#' if anchor else ''}{anchor})"

    return _LINK.sub(replace, text)


def build() -> Iterator[str]:
    """What the generator has to say. Nothing when the site was built and every link leads somewhere."""
    gather(SOURCE)
    command = [str(GENERATOR), "build", "--strict", "--clean", "--config-file", str(ROOT / "zensical.toml")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        yield re.sub(r"\x1b\[[0-9;]*m", "", result.stdout + result.stderr).partition("Traceback")[0]


def main() -> int:
    problems = "".join(build())
    if problems:
        print(problems, file=sys.stderr)  # noqa: T201
        return 1
    if "--check" in sys.argv[1:]:
        shutil.rmtree(SITE)
    else:
        print(f"The documentation is in {SITE.relative_to(ROOT)}/index.html.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
