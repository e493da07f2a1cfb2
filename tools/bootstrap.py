"""Makes the environments from nothing but a python3: finds or gets Python 3.13 and uv, installs what is locked.

    python3 tools/bootstrap.py local     # what `make run` needs
    python3 tools/bootstrap.py test      # and what the tests need

It runs before anything is installed, on whatever python3 the machine has (3.8 or later, standard library alone).
uv installs, because pip takes a minute and a half for what uv does in a few seconds; both check every hash.
`.venv` is for people and tests. `.local/aws` is for the local AWS and the functions that run in it, so that a function
finds there what Lambda gives it (boto3 and its layers), and not what happens to be installed for a test. `.local/docs`
is for the generator of the documentation site, so that it decides no version of anything else.
The checks also take four tools from npm, which verifies their hashes too: Biome and TypeScript for JavaScript and CSS,
esbuild, which bundles the web chat's page, and axe, which looks for barriers in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
VENV = ROOT / ".venv"
AWS_VENV = LOCAL / "aws"
DOCS_VENV = LOCAL / "docs"
NODE_MODULES = ROOT / "node_modules"
WANTED = "3.13"
PROFILES = {"local": "local.txt", "test": "test.txt"}  # each holds all of the one before


class SetupFailed(Exception):
    """A step failed. The message says what to do."""


def main() -> int:
    profile = sys.argv[1] if len(sys.argv) > 1 else "local"
    if profile not in PROFILES:
        say(f"set-up: unknown profile {profile!r}: use one of {', '.join(PROFILES)}")
        return 2
    if is_current(profile):
        return 0
    started = time.monotonic()
    os.environ["PATH"] = os.pathsep.join(folder for folder in os.get_exec_path() if not is_ours(Path(folder)))
    try:
        install(profile)
    except SetupFailed as failure:
        say(f"\nset-up: {failure}")
        return 1
    say(f"set-up: done in {time.monotonic() - started:.0f} s")
    return 0


def install(wanted: str) -> None:
    profile = largest(wanted, installed().get("profile", ""))  # who has the tests' tools keeps them
    stamp().unlink(missing_ok=True)
    python = find_python()
    uv = find_uv(python)
    python = python or get_python(uv)
    say(f"set-up: Python {WANTED} is {python}")
    for venv in (VENV, AWS_VENV):
        make_venv(uv, python, venv)
    say(f"set-up: installing requirements/{PROFILES[profile]} and aws.txt, every file checked against its hash")
    sync(uv, VENV, PROFILES[profile])
    sync(uv, AWS_VENV, "aws.txt")
    project = ["pip", "install", "--quiet", "--python", str(VENV), "--no-deps", "--no-build-isolation"]
    run_uv(uv, [*project, "--editable", str(ROOT)], "the project itself cannot be installed")
    if profile == "test":
        make_venv(uv, python, DOCS_VENV)
        sync(uv, DOCS_VENV, "docs.txt")
        run_npm()
    stamp().write_text(json.dumps({"profile": profile, "digest": digest()}), encoding="utf-8")


# --- has it been done? -----------------------------------------------------------------------------------------------


def stamp() -> Path:
    return VENV / "patchbay-setup.json"


def digest() -> str:
    """Of everything that decides what gets installed, and of the place (scripts hold absolute paths)."""
    locks = [ROOT / "pyproject.toml", ROOT / ".npmrc", ROOT / "package-lock.json"]
    inputs = [Path(__file__), *locks, *sorted((ROOT / "requirements").glob("*.txt"))]
    return hashlib.sha256(b"\0".join([bytes(ROOT), *(path.read_bytes() for path in inputs)])).hexdigest()


def is_current(profile: str) -> bool:
    return (
        largest(profile, installed().get("profile", "")) == installed().get("profile")
        and installed().get("digest") == digest()
        and all(is_wanted(bin_python(venv)) for venv in (VENV, AWS_VENV))
        and (profile != "test" or (NODE_MODULES.is_dir() and is_wanted(bin_python(DOCS_VENV))))
    )


def installed() -> dict[str, str]:
    """What the last set-up wrote down, empty when there was none."""
    try:
        return dict(json.loads(stamp().read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def largest(*profiles: str) -> str:
    return max((profile for profile in profiles if profile in PROFILES), key=list(PROFILES).index)


# --- Python ----------------------------------------------------------------------------------------------------------


def find_python() -> Path | None:
    """A Python 3.13 that really starts: pyenv's shim, for one, is there and fails when no version is selected."""
    on_path = [Path(folder) / f"python{WANTED}" for folder in os.get_exec_path() if folder]
    for candidate in [Path(sys.executable), *on_path, *pyenv_pythons()]:
        if is_wanted(candidate) and not is_ours(candidate):
            return candidate
    return None


def pyenv_pythons() -> list[Path]:
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [folder for folder in versions.glob(f"{WANTED}.*") if re.fullmatch(r"[\d.]+", folder.name)]
    newest_first = sorted(found, key=lambda folder: [int(part) for part in folder.name.split(".")], reverse=True)
    return [bin_python(folder) for folder in newest_first]


def bin_python(folder: Path) -> Path:
    return folder / "bin" / f"python{WANTED}"


def is_ours(place: Path) -> bool:
    """A virtual environment must not be built on itself, which a shim would do that looks along PATH."""
    return any(folder in place.parents for folder in (VENV, AWS_VENV))


def is_wanted(python: Path) -> bool:
    """Whether it starts, is 3.13, and can reach a package index (some builds lack ssl)."""
    check = f"import ssl, sys; sys.exit('%d.%d' % sys.version_info[:2] != '{WANTED}')"
    try:
        return subprocess.run([python, "-c", check], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def get_python(uv: Path) -> Path:
    say(f"set-up: Python {WANTED} is not installed, downloading it (about 30 MB)")
    run_uv(uv, ["python", "install", "--quiet", WANTED], f"Python {WANTED} is not installed and cannot be downloaded")
    found = run_uv(
        uv, ["python", "find", "--managed-python", WANTED], f"the downloaded Python {WANTED} cannot be found"
    )
    return Path(found.strip())


# --- uv --------------------------------------------------------------------------------------------------------------


def find_uv(python: Path | None) -> Path:
    """The pinned uv, fetched by any pip that is there; else a uv of the user's."""
    lock = ROOT / "requirements" / "uv.txt"
    home = LOCAL / f"uv-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    uv = home / "bin" / "uv"
    if uv.exists():
        return uv
    say("set-up: installing uv, the package installer")
    for installer in (Path(sys.executable), *([python] if python else [])):
        if fetch_uv(installer, lock, home) and uv.exists():
            return uv
    shutil.rmtree(home, ignore_errors=True)
    users_own = shutil.which("uv")
    if users_own:
        return Path(users_own)
    raise SetupFailed(
        "uv cannot be installed with pip.\n  Check that this machine reaches a Python package index (a proxy or mirror"
        "\n  is taken from pip's own settings), and that python3 has pip (on Debian: apt install python3-pip)."
    )


def fetch_uv(installer: Path, lock: Path, home: Path) -> bool:
    command = [str(installer), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wanted = ["--require-hashes", "--no-deps", "--upgrade", "--target", str(home), "-r", str(lock)]
    return subprocess.run([*command, *wanted], capture_output=True, check=False).returncode == 0


def run_uv(uv: Path, arguments: list[str], problem: str) -> str:
    result = subprocess.run([str(uv), *arguments], capture_output=True, text=True, env=uv_environment(), check=False)
    if result.returncode:
        hint = "Check the network (uv reads UV_DEFAULT_INDEX and the usual proxy variables), then run make again."
        raise SetupFailed(f"{problem}.\n{result.stderr.strip()}\n  {hint}")
    return result.stdout


def uv_environment() -> dict[str, str]:
    """uv does not read pip's settings: hand on the package index, and trust the certificates the machine trusts."""
    settings = {"UV_PYTHON_INSTALL_DIR": str(LOCAL / "python"), "UV_SYSTEM_CERTS": "true", "UV_NO_PROGRESS": "1"}
    index = os.environ.get("PIP_INDEX_URL")
    if index:
        settings["UV_DEFAULT_INDEX"] = index
    return {**settings, **{name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}}


def make_venv(uv: Path, python: Path, venv: Path) -> None:
    if not is_wanted(bin_python(venv)):
        shutil.rmtree(venv, ignore_errors=True)
        run_uv(
            uv,
            ["venv", "--quiet", "--python", str(python), str(venv)],
            f"the virtual environment {venv} cannot be created",
        )


def sync(uv: Path, venv: Path, lock: str) -> None:
    arguments = ["pip", "sync", "--quiet", "--require-hashes", "--python", str(venv)]
    run_uv(uv, [*arguments, str(ROOT / "requirements" / lock)], f"requirements/{lock} cannot be installed")


# --- npm -------------------------------------------------------------------------------------------------------------


def run_npm() -> None:
    """Installs what package-lock.json names; no script of a package is run."""
    npm = shutil.which("npm")
    if npm is None:
        raise SetupFailed("the tests need npm, which is not installed (on Debian: apt install npm).")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        hint = "Check the network (npm reads its own settings for a mirror or proxy), then run make again."
        raise SetupFailed(f"package-lock.json cannot be installed.\n{result.stderr.strip()}\n  {hint}")


def say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
