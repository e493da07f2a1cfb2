"""Running probes as a deployed function runs: boto3 from the runtime, the two layers, and nothing else installed.

Packages that happen to lie in the developers' environment would flatter the floors: where pyOpenSSL is installed,
botocore loads it, and a bare function that imports boto3 takes half as long again.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playground.deployment import built_template
from playground.emulator import LOCAL, PYTHON, ROOT

#: What a deployed function finds in its environment, with the template's defaults. Credentials of a role are long.
VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_LOG_LEVEL": "INFO",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "x" * 20,
    "AWS_SECRET_ACCESS_KEY": "x" * 40,
    "AWS_SESSION_TOKEN": "x" * 800,
    "PATCHBAY_STAGE": "local",
    "PATCHBAY_EMULATOR": "yes",
    "PATCHBAY_LOG_DETAIL": "brief",
    "TABLE_NAME": "table",
    "QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters.fifo",
    "BUCKET_NAME": "bucket",
    "PUBLIC_URL": "",
    "KMS_KEY_ARN": "",
    "NETWORK_POLICY": "",
    "TRUSTED_PROXY_HEADER": "",
    "TRUSTED_PROXY_SECRET_HASH": "",
    "URL_SUFFIX": "amazonaws.com",
    "MEDIA_RETENTION_DAYS": "30",
    "POWERTOOLS_METRICS_NAMESPACE": "Patchbay/local",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "PYDANTIC_DISABLE_PLUGINS": "1",
    "API_ID": "abc123",
    "FLOOR_SECRET": "4e0000000000abcd-0000000000000001-00000000000000ff",
    "FLOOR_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/floor.fifo",
}


class ProbeFailed(Exception):
    """A probe ended with an error; the message holds what it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """`folder` holds compiled modules, so that neither the floor nor Patchbay is compiled while it is timed.

    `packages` comes first on the path, and `variables` are those of every probe.
    """

    folder: Path = field(repr=False)
    python: Path = PYTHON
    packages: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, probe: str, *arguments: str, variables: Mapping[str, str] | None = None) -> str:
        """The last line that a probe writes, a module of `bench.probes`. Raises ProbeFailed."""
        paths = [
            *([self.packages] if self.packages else []),
            ROOT / "layers" / "patchbay",
            ROOT / "functions" / "webchat",
            LOCAL / "build" / "DependenciesLayer" / "python",
            ROOT,
        ]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "PYTHONPYCACHEPREFIX": str(self.folder / "compiled"),
            "PYTHONHASHSEED": "0",
            **VARIABLES,
            **self.variables,
            **(variables or {}),
        }
        command = [str(self.python), "-P", "-m", f"bench.probes.{probe}", *arguments]
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
        )
        if done.returncode or not done.stdout.strip():
            raise ProbeFailed(f"{probe} {' '.join(arguments)}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done.stdout.splitlines()[-1]

    def start(self, function: str, events: Sequence[object] = ()) -> dict[str, Any]:
        """Of a cold start: what the probe `cold` measured, and the function's answers to these events."""
        written = self.run("cold", function, *([str(self.write(events))] if events else []))
        measured: dict[str, Any] = json.loads(written)
        return measured

    def write(self, value: object) -> Path:
        """A file for a probe."""
        path = self.folder / "given.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        return path


@contextmanager
def lambda_runtime(packages: Path, variables: Mapping[str, str]) -> Iterator[Runtime]:
    with built_template(), TemporaryDirectory(prefix="bench-") as folder:
        yield Runtime(folder=Path(folder), packages=packages, variables=variables)
