"""Asks whether what is locked has a known vulnerability.

    python -m tools.audit [--required] [--osv-url URL]

pip-audit asks OSV, and PyPI where OSV cannot be reached; npm asks its registry. Where none of them can be reached, for
example behind a mirror of a package index, a line says so and nothing fails, unless `--required` is given. A database
counts as reached when it knows what is known of an old release: a mirror that knows nothing is not good news.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# test.txt holds all of local.txt and of the layer's lock, in the same versions.
LOCKS = tuple(ROOT / "requirements" / name for name in ("test.txt", "docs.txt", "aws.txt", "uv.txt"))
IGNORED = ROOT / "requirements" / "audit-ignored.toml"
_OLD_RELEASE = "jinja2==2.4.1"
_OLD_SECONDS, _SECONDS = 60, 300
_LONGEST = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Finding:
    """One vulnerability of one package, with all names that it has."""

    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: str = ""

    def __str__(self) -> str:
        fixed = f", fixed in {self.fixed_in}" if self.fixed_in else ", no fixed version is known"
        return f"{self.package} {self.version} has {' / '.join(self.ids)}{fixed}"


@dataclass(frozen=True, slots=True)
class Ignored:
    """A vulnerability that does not concern Patchbay, until a day on which it is checked again."""

    id: str
    package: str
    reason: str
    until: date

    def covers(self, finding: Finding) -> bool:
        return self.package == finding.package and self.id in finding.ids


def main(arguments: Sequence[str] | None = None) -> int:
    options = _read_options(arguments)
    answers = {"Python": ask_about_python(options.osv_url), "npm": ask_npm()}
    findings = [finding for answer in answers.values() for finding in answer or ()]
    problems = judge(findings, read_ignored(), datetime.now(UTC).date())
    for kind, answer in answers.items():
        if answer is None:
            say(f"{kind} packages: SKIPPED, no vulnerability database is reachable from this machine")
        else:
            say(f"{kind} packages: known vulnerabilities: {len(answer)}")
    for problem in problems:
        say(problem)
    return 1 if problems or (options.required and None in answers.values()) else 0


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="audit", description="Check the locked packages for known vulnerabilities.")
    parser.add_argument("--required", action="store_true", help="fail if no vulnerability database is reachable")
    parser.add_argument("--osv-url", default="", help="use only this copy of OSV for Python packages")
    return parser.parse_args(arguments)


def judge(findings: Sequence[Finding], ignored: Sequence[Ignored], today: date) -> list[str]:
    """What has to be done, a line each."""
    known = [entry for entry in ignored if today <= entry.until <= today + _LONGEST]
    problems = [
        (
            f"{entry.id} of {entry.package} is ignored until {entry.until}, which is past or more "
            f"than three months away: check it again, then correct {IGNORED.name}"
        )
        for entry in ignored
        if entry not in known
    ]
    return problems + [str(finding) for finding in findings if not any(entry.covers(finding) for entry in known)]


def read_ignored(path: Path = IGNORED) -> list[Ignored]:
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("ignored", [])
    return [Ignored(**entry) for entry in entries]


# --- Python ----------------------------------------------------------------------------------------------------------


def ask_about_python(osv_url: str, locks: Sequence[Path] = LOCKS) -> list[Finding] | None:
    """None when no database answers, or not to the end."""
    for service in [["osv", "--osv-url", osv_url]] if osv_url else [["osv"], ["pypi"]]:
        if knows_old_release(service):
            # One lock after the other: it refuses two that have another version of the same package.
            answers = [ask_pip_audit([*service, "--requirement", str(lock)], _SECONDS) for lock in locks]
            found = {finding: None for answer in answers for finding in answer or ()}
            return None if None in answers and not found else list(found)
    return None


def knows_old_release(service: Sequence[str]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder) / "old.txt"
        old.write_text(_OLD_RELEASE, encoding="utf-8")
        return bool(ask_pip_audit([*service, "--no-deps", "--requirement", str(old)], _OLD_SECONDS))


def ask_pip_audit(arguments: Sequence[str], seconds: float) -> list[Finding] | None:
    """None when it has no answer: it then prints no JSON, whatever the cause."""
    options = ["--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    command = [sys.executable, "-m", "pip_audit", *options, "--vulnerability-service", *arguments]
    answer = _read_json(command, seconds)
    if answer is None or any("skip_reason" in dependency for dependency in answer["dependencies"]):
        return None  # half an answer is not an answer
    return list(_read_findings(answer["dependencies"]))


def _read_findings(dependencies: list[dict[str, Any]]) -> Iterator[Finding]:
    for dependency in dependencies:
        for found in dependency["vulns"]:
            yield Finding(
                package=dependency["name"],
                version=dependency["version"],
                ids=(found["id"], *found["aliases"]),
                fixed_in=", ".join(found["fix_versions"]),
            )


# --- npm -------------------------------------------------------------------------------------------------------------


def ask_npm() -> list[Finding] | None:
    command = ["npm", "audit", "--package-lock-only", "--json", "--fetch-retries=0", "--fetch-timeout=15000"]
    answer = _read_json(command, _OLD_SECONDS)
    return None if answer is None or "vulnerabilities" not in answer else list(_read_npm(answer["vulnerabilities"]))


def _read_npm(vulnerabilities: dict[str, dict[str, Any]]) -> Iterator[Finding]:
    for name, found in vulnerabilities.items():
        for cause in found["via"]:
            if isinstance(cause, dict):  # a text names another package of the list
                yield Finding(package=name, version=found["range"], ids=(cause["url"].rsplit("/", 1)[-1],))


def _read_json(command: Sequence[str], seconds: float) -> dict[str, Any] | None:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)
        return dict(json.loads(done.stdout))
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None


def say(line: str) -> None:
    sys.stdout.write(f"audit: {line}\n")


if __name__ == "__main__":
    sys.exit(main())
