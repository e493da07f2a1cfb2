"""`sam build` and `sam deploy`, as anybody would run them, with the local AWS as their target."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playground.emulator import LOCAL, ROOT, LocalAwsFailed
from tools.compile_layers import compile_build

BUILD = LOCAL / "build"
_INPUTS = ("functions", "layers", "template.yaml", "tools/compile_layers.py")
_LEFT_OUT = {"__pycache__"}


def architecture() -> str:
    """This machine's, in Lambda's words: the local AWS runs functions on it."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


@contextmanager
def built_template() -> Iterator[Path]:
    """The template that `sam build` made of the present sources. Nobody rebuilds it while the context is open.

    Several local AWSs (tests beside an open playground) share one build.
    """
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = digest()
        stamp = BUILD / "digest"
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            stamp.unlink(missing_ok=True)
            _build()
            stamp.write_text(wanted, encoding="utf-8")
        fcntl.flock(lock, fcntl.LOCK_SH)  # others may read it, too
        yield BUILD / "template.yaml"


def digest() -> str:
    """Of all that goes into the build: when it is the same, so is the result."""
    total = hashlib.sha256(architecture().encode())
    for path in _sources():
        total.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return total.hexdigest()


def _sources() -> list[Path]:
    found: list[Path] = []
    for name in _INPUTS:
        place = ROOT / name
        found += place.rglob("*") if place.is_dir() else [place]
    return sorted(path for path in found if path.is_file() and not _LEFT_OUT.intersection(path.parts))


def _build() -> None:
    arguments = ["build", "--build-dir", str(BUILD), "--cache-dir", str(LOCAL / "build-cache")]
    parameters = ["--parameter-overrides", f"Architecture={architecture()}"]
    hint = "If a package could not be downloaded, check the network, then run the same command again."
    run_sam([*arguments, *parameters], os.environ, hint)
    compile_build(BUILD)


def deploy(template: Path, stack_name: str, environment: Mapping[str, str]) -> None:
    """Deploys `template` with the environment `local` of samconfig.toml, to the AWS that `environment` points at."""
    arguments = ["deploy", "--template-file", str(template), "--stack-name", stack_name]
    chosen = (
        "Stage=local",
        "Emulator=yes",
        f"Architecture={architecture()}",
        "LogRetentionDays=1",
        "DispatcherConcurrency=20",
    )
    parameters = ["--parameter-overrides", *chosen]
    hint = "Find the reason in the table of events, in the line with CREATE_FAILED."
    run_sam([*arguments, *parameters], {**environment, "SAM_CLI_POLL_DELAY": "0.3"}, hint)


def sam_command(arguments: Sequence[str]) -> list[str]:
    """The `sam` of this virtual environment, with our configuration."""
    sam = str(Path(sys.executable).parent / "sam")
    return [sam, *arguments, "--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local"]


def sam_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with this virtual environment first on PATH: `sam build` takes the python3.13 that it finds."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return {**environment, "PATH": path, "SAM_CLI_TELEMETRY": "0"}


def run_sam(arguments: Sequence[str], environment: Mapping[str, str], hint: str) -> None:
    """Raises LocalAwsFailed with the end of what `sam` printed, and `hint`."""
    result = subprocess.run(
        sam_command(arguments),
        cwd=ROOT,
        env=sam_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode:
        raise LocalAwsFailed(f"`sam {arguments[0]}` failed.\n{result.stdout[-6000:].strip()}\n  {hint}")
