"""What gets installed is what was locked: every file by its hash, from wherever the machine gets its packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "layers" / "dependencies" / "requirements.txt"]
LAYER = LOCKS[-1]


def pins(lock: Path) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9-]+(?:\[[^\]]*\])?)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.partition("[")[0]: version for name, version in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: f"{lock.parent.name}/{lock.name}")
def test_every_pin_has_hashes_and_no_lock_names_a_host(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())

    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_the_functions_are_tested_with_the_versions_that_they_run_with() -> None:
    tested = pins(ROOT / "requirements" / "test.txt")
    used_locally = pins(ROOT / "requirements" / "local.txt")

    assert pins(LAYER)
    assert {name: version for name, version in pins(LAYER).items() if tested.get(name) != version} == {}
    assert {name: version for name, version in used_locally.items() if tested.get(name) != version} == {}


def test_the_layer_leaves_out_what_lambda_has_itself() -> None:
    assert {"boto3", "botocore", "s3transfer"} & set(pins(LAYER)) == set()
