"""Setting up: a Python that is there but does not start is passed over, and nothing is installed twice."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tools import bootstrap


def make_python(folder: Path, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "python3.13"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    return python


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose own python3 is an old one, with an empty PATH and no pyenv versions."""
    monkeypatch.setattr(sys, "executable", str(make_python(tmp_path / "old", "exit 1")))
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_a_shim_that_does_not_start_is_passed_over_for_a_version_of_pyenv(machine: Path) -> None:
    make_python(machine / "shims", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    wanted = make_python(machine / "pyenv" / "versions" / "3.13.2" / "bin", "exit 0")

    assert bootstrap.find_python() == wanted


def test_the_newest_version_of_pyenv_is_taken(machine: Path) -> None:
    for version in ("3.13.2", "3.13.10", "3.13-dev"):
        make_python(machine / "pyenv" / "versions" / version / "bin", "exit 0")

    assert bootstrap.find_python() == machine / "pyenv" / "versions" / "3.13.10" / "bin" / "python3.13"


def test_every_python_on_the_path_is_looked_at(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_python(machine / "shims", "exit 127")
    wanted = make_python(machine / "usr" / "bin", "exit 0")
    monkeypatch.setenv("PATH", f"{machine / 'shims'}{os.pathsep}{machine / 'usr' / 'bin'}")

    assert bootstrap.find_python() == wanted


def test_without_any_nothing_is_found(machine: Path) -> None:
    assert machine.exists()
    assert bootstrap.find_python() is None


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where the tests' requirements have been installed; the answer is the stamp that says so."""
    for name in ("VENV", "AWS_VENV", "DOCS_VENV"):
        monkeypatch.setattr(bootstrap, name, tmp_path / name)
        make_python(tmp_path / name / "bin", "exit 0")
    monkeypatch.setattr(bootstrap, "NODE_MODULES", tmp_path / "node_modules")
    (tmp_path / "node_modules").mkdir()
    stamp = bootstrap.stamp()
    stamp.write_text(json.dumps({"profile": "test", "digest": bootstrap.digest()}), encoding="utf-8")
    return stamp


def test_what_is_installed_for_tests_is_enough_to_run(installed: Path) -> None:
    assert installed.exists()
    assert bootstrap.is_current("test")
    assert bootstrap.is_current("local")


def test_what_is_installed_to_run_is_not_enough_for_tests(installed: Path) -> None:
    installed.write_text(json.dumps({"profile": "local", "digest": bootstrap.digest()}), encoding="utf-8")

    assert bootstrap.is_current("local")
    assert not bootstrap.is_current("test")


@pytest.mark.parametrize("text", ["", "{}", "[", '{"profile": "test", "digest": "of other locks"}'])
def test_anything_else_is_installed_anew(installed: Path, text: str) -> None:
    installed.write_text(text, encoding="utf-8")

    assert not bootstrap.is_current("local")


def test_an_environment_whose_python_is_gone_is_made_anew(installed: Path) -> None:
    (bootstrap.AWS_VENV / "bin" / "python3.13").unlink()

    assert installed.exists()
    assert not bootstrap.is_current("local")


def test_what_npm_installed_is_missed_by_the_tests_alone(installed: Path) -> None:
    bootstrap.NODE_MODULES.rmdir()

    assert installed.exists()
    assert bootstrap.is_current("local")
    assert not bootstrap.is_current("test")


def test_the_generator_of_the_site_is_missed_by_the_tests_alone(installed: Path) -> None:
    (bootstrap.DOCS_VENV / "bin" / "python3.13").unlink()

    assert installed.exists()
    assert bootstrap.is_current("local")
    assert not bootstrap.is_current("test")


def make_npm(folder: Path, script: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    npm.chmod(0o755)


def test_npm_runs_no_script_of_a_package(machine: Path) -> None:
    make_npm(machine / "shims", f'echo "$@" > {machine / "asked"}')

    bootstrap.run_npm()

    assert (machine / "asked").read_text(encoding="utf-8").split()[:2] == ["ci", "--ignore-scripts"]


def test_a_machine_without_npm_is_told_what_to_install(machine: Path) -> None:
    assert machine.exists()
    with pytest.raises(bootstrap.SetupFailed, match="apt install npm"):
        bootstrap.run_npm()


def test_what_npm_complains_of_is_shown(machine: Path) -> None:
    make_npm(machine / "shims", "echo 'npm error code EINTEGRITY' >&2; exit 1")

    with pytest.raises(bootstrap.SetupFailed, match="EINTEGRITY"):
        bootstrap.run_npm()
