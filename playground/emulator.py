"""Starting and ending one MiniStack, the emulator of AWS, reachable only from this machine."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
SERVER = Path(__file__).with_name("emulator_server.py")
PYTHON = LOCAL / "aws" / "bin" / "python3.13"
HOST = "127.0.0.1"
PREFERRED_PORT = 4566  #: where tools for local AWS look first
REGION = "eu-west-1"
_SECONDS_TO_START = 60
_SECONDS_TO_END = 10
_ATTEMPTS = 5


class LocalAwsFailed(Exception):
    """A step of bringing up the local AWS failed. The message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class MiniStack:
    """A running emulator. `home` holds its files and its log, and goes away with it."""

    process: subprocess.Popen[bytes] = field(repr=False)
    port: int
    home: Path

    @property
    def endpoint_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "ministack.log"


@contextmanager
def running_ministack(port: int | None = None) -> Iterator[MiniStack]:
    """Runs MiniStack on `port`, by default on 4566 or, when that is taken, on any free one."""
    if not PYTHON.exists():
        raise LocalAwsFailed(f"MiniStack is not installed in {PYTHON.parent.parent}.\n  Run `make setup` first.")
    LOCAL.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="run-", dir=LOCAL))
    try:
        stack = _start_in_turn(home, port)
        try:
            yield stack
        finally:
            _end(stack.process)
    finally:
        _forget(home)


def _start_in_turn(home: Path, port: int | None) -> MiniStack:
    """Two that start side by side would find the same port free, and one would take the other for itself."""
    with (LOCAL / "start.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        return _start(home, port)


def _forget(home: Path) -> None:
    """Nobody waits for it: the layers were unpacked there, thousands of files."""
    subprocess.run(
        ["sh", "-c", 'rm -rf -- "$1" >/dev/null 2>&1 &', "sh", str(home)], check=False, start_new_session=True
    )


def _start(home: Path, port: int | None) -> MiniStack:
    """Another process may take a port between our look and MiniStack's start: then try the next."""
    for attempt in range(_ATTEMPTS):
        chosen = port or free_port(PREFERRED_PORT if attempt == 0 else 0)
        stack = MiniStack(process=_launch(home, chosen), port=chosen, home=home)
        if _is_up(stack):
            return stack
        _end(stack.process)
        if "already in use" not in _tail(stack.log) or port:
            break
    raise LocalAwsFailed(f"MiniStack did not start.\n{_tail(stack.log)}\n  Run `make clean setup`, then try again.")


def free_port(preferred: int = 0) -> int:
    """`preferred` if it is free, else one that the system gives."""
    for wanted in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise LocalAwsFailed("this machine has no free port")


def _launch(home: Path, port: int) -> subprocess.Popen[bytes]:
    (home / "tmp").mkdir(exist_ok=True)
    with (home / "ministack.log").open("wb") as log:
        return subprocess.Popen(
            [PYTHON, "-P", SERVER],
            cwd=home,
            env=_environment(home, port),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is for us: we end things in order
        )


def _environment(home: Path, port: int) -> dict[str, str]:
    """What the emulator and the functions in it see: nothing of the user's own AWS, Python or proxy settings."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TMPDIR": str(home / "tmp"),
        "STATE_DIR": str(home / "state"),
        "S3_DATA_DIR": str(home / "s3"),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "AUTH": "true",  # the functions' roles are enforced: a permission that the template lacks fails here already
        "LOG_LEVEL": "WARNING",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",  # the functions'; AWS takes it from their LoggingConfig, MiniStack does not
        "IOT_MTLS_ENABLED": "0",  # these two would take ports of their own
        "SFTP_ENABLED": "0",
    }


def _is_up(stack: MiniStack) -> bool:
    deadline = time.monotonic() + _SECONDS_TO_START
    while stack.process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{stack.endpoint_url}/_ministack/health", timeout=5):  # noqa: S310 - our own
                return stack.process.poll() is None
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the server and the Lambda workers, which are in its process group."""
    for sign, patience in ((signal.SIGTERM, _SECONDS_TO_END), (signal.SIGKILL, _SECONDS_TO_END)):
        try:
            os.killpg(process.pid, sign)
        except (ProcessLookupError, PermissionError):  # macOS says PermissionError for a group of zombies
            break
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    if process.stdin:
        process.stdin.close()
    process.wait(_SECONDS_TO_END)


def _tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
