"""What a sample means is never overwritten unnoticed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tools.sample_events.samples import ACCEPT, ExpectationChanged, write_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_files(tmp_path, {"one": {"body": "1"}}, {"one": ["hello"]})
    return tmp_path


def stored(folder: Path) -> tuple[object, object]:
    event, meaning = (json.loads((folder / name).read_text()) for name in ("one.json", "expected/one.json"))
    return event, meaning


def test_another_meaning_is_refused_with_the_difference_and_nothing_is_written(folder: Path) -> None:
    with pytest.raises(ExpectationChanged, match=r'-  "hello"\n\+  "goodbye"') as refused:
        write_files(folder, {"one": {"body": "2"}, "two": {}}, {"one": ["goodbye"], "two": []})
    assert ACCEPT in str(refused.value)
    assert stored(folder) == ({"body": "1"}, ["hello"])
    assert not (folder / "two.json").exists()


def test_another_meaning_is_written_where_somebody_accepts_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["samples", ACCEPT])
    write_files(folder, {"one": {"body": "2"}}, {"one": ["goodbye"]})
    assert stored(folder) == ({"body": "2"}, ["goodbye"])


def test_the_same_meaning_of_another_webhook_is_written(folder: Path) -> None:
    write_files(folder, {"one": {"body": "2"}}, {"one": ["hello"]})
    assert stored(folder) == ({"body": "2"}, ["hello"])
