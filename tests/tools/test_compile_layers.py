"""What was built is compiled, and Lambda takes the compiled files whatever packing did to the sources' times."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import compile_layers


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "build" / "SmallLayer" / "python" / "small"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text('"""A package."""\n\nNAME = "small"\n')
    return tmp_path / "build"


def test_a_compiled_module_is_taken_although_its_source_has_another_time(build: Path) -> None:
    assert compile_layers.compile_build(build) == 1
    source = build / "SmallLayer" / "python" / "small" / "__init__.py"
    source.write_text('NAME = "edited"\n')  # only to see which of the two is read
    os.utime(source, (0, 0))
    printed = subprocess.run(
        [sys.executable, "-c", "import small; print(small.NAME, small.__spec__.cached)"],
        env={"PYTHONPATH": str(source.parent.parent)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.startswith("small ")
    assert "__pycache__" in printed


def test_a_traceback_names_the_place_on_lambda(build: Path) -> None:
    compile_layers.compile_build(build)
    [file] = (build / "SmallLayer").rglob("*.pyc")
    assert b"/opt/python/small/__init__.py" in file.read_bytes()


def test_a_function_is_compiled_too(build: Path) -> None:
    folder = build / "SmallFunction" / "server"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("NAME = 'app'\n")
    assert compile_layers.compile_build(build) == 2
    [file] = (build / "SmallFunction").rglob("*.pyc")
    assert b"/var/task/server/app.py" in file.read_bytes()


def test_an_invalid_file_is_named(build: Path) -> None:
    (build / "SmallLayer" / "python" / "broken.py").write_text("def :\n")
    with pytest.raises(ValueError, match="SmallLayer"):
        compile_layers.compile_build(build)


def test_without_a_build_it_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["compiled", str(tmp_path)])
    assert compile_layers.main() == 1
    assert "make build" in capsys.readouterr().err
