"""What `make bench` times runs: the AWS in it that answers at once knows all that the functions ask of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench.runtime import VARIABLES
from bench.slow_platform import slow_platform
from tests.infra.aws import ROOT


def run(probe: str, **variables: str) -> Any:
    """What it writes of one round."""
    environment = {"PATH": os.environ["PATH"], **VARIABLES, "ROUNDS": "1", **variables}
    command = [sys.executable, "-m", f"bench.probes.{probe}"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_webhooks_are_answered_by_us_and_by_the_floor() -> None:
    times = run("warm_webhook")
    assert len(times["ours"]) == len(times["floor"]) == 1


def test_a_batch_is_delivered_to_the_platform() -> None:
    with slow_platform() as platform:
        times = run("batch", PLATFORM=platform)
    assert len(times["ten"]) == len(times["one"]) == 1
