"""`pip install .` gives a `patchbay` that starts, and names all that it needs."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.harness.product import CHAT, CORE, ROOT
from tests.tools.test_locks import pins

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = {requirement.name: requirement for requirement in map(Requirement, PROJECT["dependencies"])}
#: Installed with others: boto3 brings botocore, pydantic its core.
BROUGHT_ALONG = {"botocore", "pydantic-core"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a wheel, installed into an empty folder. What it needs is there already."""
    folder, sources = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, sources)
    for name in ("layers/patchbay", "cli", "functions/webchat"):
        shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    install = ["install", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(folder), str(sources)]
    subprocess.run([*pip, *install], check=True, capture_output=True, text=True, timeout=120)
    return folder


def test_the_installed_command_starts_and_knows_its_version(installed: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(installed / "bin" / "patchbay"), "--version"],
        env={"PYTHONPATH": str(installed)},
        cwd=installed,
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip().endswith(PROJECT["version"])


def test_the_wheel_holds_the_product_and_nothing_else(installed: Path) -> None:
    folders = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
    assert folders == {"bin", "patchbay", "patchbay_cli", "chat"}


def test_every_package_that_is_imported_is_a_dependency() -> None:
    distributions = packages_distributions()
    imported = {
        distributions[name][0].replace("_", "-")
        for folder in (CORE, CHAT, ROOT / "cli/patchbay_cli")
        for path in folder.rglob("*.py")
        for name in _imports(path)
        if name in distributions
    }
    types_only = {name for name in imported if name.startswith(("mypy-boto3", "boto3-stubs", "patchbay"))}
    assert imported - types_only - BROUGHT_ALONG == set(NEEDED)


def test_the_locked_versions_are_among_those_that_are_allowed() -> None:
    locked = pins(ROOT / "requirements/local.txt")
    assert [name for name, need in NEEDED.items() if not need.specifier.contains(locked[name])] == []


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.split(".")[0] for name in plain | named}
