"""The real code of the Freshworks app, run by Node.js as Freshworks would run it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from tests.harness.product import ROOT

Json = Mapping[str, Any]

#: A request template takes names of hosts only; `server` is where the requests really go.
HOST = "https://patchbay.example.com"

_RUNNER = ROOT / "integrations" / "freshchat-app" / "test" / "run_app.mjs"


def run_app(payloads: Sequence[Json], *, server: str = "") -> list[dict[str, Any]]:
    """What the app does about each payload: its requests, and after each event what it answered the platform."""
    node = shutil.which("node")
    assert node, "Node.js is missing: install npm, which the tests need anyway"
    done = subprocess.run(
        [node, str(_RUNNER), *(("--send", server) if server else ())],
        input="\n".join(json.dumps({"payload": payload}) for payload in payloads),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
