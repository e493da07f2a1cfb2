"""What the function serves is what the sources make, and no more than a first visit needs."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from tools import bundle

MOST_BYTES = 45_000  #: of a first visit, compressed: the page, its script with all texts, its style


def test_the_bundle_is_fresh() -> None:
    assert bundle.find_stale(bundle.bundle()) == [], "run `make bundle`"


def test_a_stale_bundle_is_found(tmp_path: Path) -> None:
    made = {"page.js": b"now", "page.css": b"same"}
    (tmp_path / "page.js").write_bytes(b"before")
    (tmp_path / "page.css").write_bytes(b"same")
    (tmp_path / "old.js").write_bytes(b"")
    assert bundle.find_stale(made, tmp_path) == ["old.js", "page.js"]
    assert bundle.find_stale(made, tmp_path / "missing") == ["page.css", "page.js"]


def test_a_first_visit_loads_one_script_and_one_style() -> None:
    page = (bundle.TARGET / "page.html").read_text(encoding="utf-8")
    loaded = re.findall(r'(?:src|href)="(static/[^"]+)"', page)
    assert sorted(loaded) == ["static/page.css", "static/page.js"]
    script = re.sub(r"/\*.*?\*/", "", (bundle.TARGET / "page.js").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"\bimport\b\s*[{*\"']", script) == []
    later = re.findall(r"await import\((.*?)\)", (bundle.TARGET / "page.js").read_text(encoding="utf-8"))
    assert later == ['"./later.js"'], "when it is first needed"
    style = (bundle.TARGET / "page.css").read_text(encoding="utf-8")
    assert "@import" not in style
    assert "url(" not in style


def test_a_first_visit_is_small() -> None:
    files = ("page.html", "page.css", "page.js")
    assert sum(len(gzip.compress((bundle.TARGET / name).read_bytes())) for name in files) < MOST_BYTES
