"""What helps developers is there and works: hooks, the public CI workflow, owners' patterns and templates."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.harness.product import ROOT

WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_hooks_are_valid_and_start_what_the_set_up_installs() -> None:
    subprocess.run(["pre-commit", "validate-config"], cwd=ROOT, check=True, capture_output=True, timeout=60)
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    for hook in config["repos"][0]["hooks"]:
        program, *arguments = hook["entry"].split()
        if program == "make":
            assert arguments[-1] in TARGETS
        else:
            assert program.startswith((".venv/bin/", "node_modules/.bin/"))
            assert (ROOT / program).exists()


@pytest.mark.parametrize("job", WORKFLOW["jobs"])
def test_the_public_workflow_runs_commands_that_you_can_run_too(job: str) -> None:
    """But for those that give an empty container what your machine has."""
    steps = [step for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]
    commands = [step["run"] for step in steps if step.get("name") != "Install what the container lacks"]
    assert commands
    for command in commands:
        words = command.split()
        assert words[0] == ".ci/run" or (words[0] == "make" and set(words[1:]) <= TARGETS)


def test_a_job_of_the_workflow_is_what_continuous_integration_runs() -> None:
    assert any(step.get("run") == ".ci/run" for job in WORKFLOW["jobs"].values() for step in job["steps"])


def test_the_owners_patterns_name_folders_that_are_there() -> None:
    text = (ROOT / ".github/CODEOWNERS").read_text(encoding="utf-8")
    patterns = re.findall(r"^# (/\S+)", text, re.MULTILINE)
    assert patterns
    assert [pattern for pattern in patterns if not (ROOT / pattern.strip("/")).exists()] == []


@pytest.mark.parametrize("path", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem)
def test_issue_forms_have_what_the_forge_wants(path: Any) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    if path.stem != "config":
        assert {"name", "description", "body"} <= set(form)
        fields = [field for field in form["body"] if field["type"] != "markdown"]
        assert all(field["attributes"]["label"] for field in fields)
        assert len({field["id"] for field in fields}) == len(fields)
