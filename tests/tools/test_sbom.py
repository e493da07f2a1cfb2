"""The bill of materials is valid CycloneDX, lists what is deployed, and is the same for the same commit."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from tests.tools.test_locks import LAYER, ROOT, pins
from tools import sbom


@pytest.fixture(scope="module")
def written() -> str:
    return sbom.write()


@pytest.fixture(scope="module")
def bill(written: str) -> dict[str, Any]:
    return dict(json.loads(written))


def test_it_is_valid(written: str) -> None:
    from cyclonedx.validation.json import JsonStrictValidator  # takes a second, which each process of pytest would need

    assert JsonStrictValidator(sbom.VERSION).validate_str(written) is None


def test_the_same_commit_gives_the_same_bytes(written: str, tmp_path: Path) -> None:
    again = tmp_path / "folder" / "sbom.json"
    subprocess.run([sys.executable, "-m", "tools.sbom", str(again)], cwd=ROOT, check=True, capture_output=True)
    assert again.read_text(encoding="utf-8") == written


def test_every_package_of_the_layer_is_in_it_with_its_licence(bill: dict[str, Any]) -> None:
    packages = {one["name"]: one for one in bill["components"] if "purl" in one}
    assert {name: one["version"] for name, one in packages.items()} == pins(LAYER)
    assert [name for name, one in packages.items() if not one["licenses"]] == []
    assert packages["requests"]["purl"] == f"pkg:pypi/requests@{metadata.version('requests')}"


def test_every_function_of_the_template_is_in_it(bill: dict[str, Any]) -> None:
    lines = (ROOT / "template.yaml").read_text(encoding="utf-8").splitlines()
    deployed = {line.strip().rstrip("/").rsplit("/", 1)[-1] for line in lines if "CodeUri: functions/" in line}
    listed = {one["name"] for one in bill["components"] if one.get("description", "").startswith("functions/")}
    assert deployed
    assert listed == deployed


def test_everything_in_it_is_reached_from_the_application(bill: dict[str, Any]) -> None:
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    reached: set[str] = set()
    ahead = [bill["metadata"]["component"]["bom-ref"]]
    while ahead:
        current = ahead.pop()
        reached.add(current)
        ahead += [ref for ref in needs[current] if ref not in reached]
    assert {one["bom-ref"] for one in bill["components"]} <= reached
