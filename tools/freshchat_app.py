"""Packs the Freshworks app in `integrations/freshchat-app` for the Freshworks Developer Portal.

    python -m tools.freshchat_app [FILE]      # what `make freshchat-app` does: build/freshchat-app.zip

Freshworks' own program (`fdk pack`) is not needed. The package has the layout that it makes: the manifest, `config`,
`server` without sample data, the README, and `digest.md5`, the MD5 of the manifest in hexadecimal. It lacks
`.report.json`, in which that program writes how much of the code a person has tried with it. Before it is packed, the
app is checked against the platform's rules as far as that can be done without Freshworks' program. The same commit
gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
APP = ROOT / "integrations" / "freshchat-app"
TARGET = ROOT / "build" / "freshchat-app.zip"

type Json = dict[str, Any]

_BIRTH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_SUFFIXES = {".js", ".json", ".html", ".css", ".md"}
_SET_UP = {"onAppInstall", "afterAppUpdate", "onAppUninstall"}
#: The events by the module that has them.
_EVENTS = {
    "common": {*_SET_UP, "onExternalEvent"},
    "chat_conversation": {"onConversationCreate", "onConversationUpdate", "onMessageCreate", "onAgentActivityCreate"},
    "chat_user": {"onUserCreate", "onUserUpdate"},
}
_MANIFEST = {"platform-version", "modules", "engines", "dependencies"}
_MODULE = {"common": {"requests", "functions", "events", "location"}}
_SCHEMA = {"protocol", "method", "host", "path", "headers", "query"}
_METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_FQDN = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?", re.IGNORECASE)
_VARIABLE = re.compile(r"<%=\s*(?:context|iparam)\.\w+\s*%>")
#: The sandbox has none of these, and platform 3.0 has no such requests.
_FORBIDDEN = re.compile(
    r"\b(?:setTimeout|setInterval|setImmediate|clear(?:Timeout|Interval|Immediate)|Buffer|process|eval|Function)\b(?!:)"
    r"|\$request\.(?:get|post|put|delete|patch)\b|\bmodule\.exports\b"
)
_BUILT_IN = {"crypto"}
_PAGE_FUNCTIONS = ("getConfigs", "postConfigs", "validate")


def main(arguments: Sequence[str]) -> int:
    target = Path(arguments[0]) if arguments else TARGET
    problems = find_problems(APP)
    if problems:
        for problem in problems:
            sys.stderr.write(f"freshchat-app: {problem}\n")
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    package = pack(APP)
    target.write_bytes(package)
    sys.stdout.write(f"freshchat-app: version {read_version(APP)} is in {target} ({len(package) // 1024} KB)\n")
    return 0


# --- the package ------------------------------------------------------------------------------------------------------


def pack(app: Path) -> bytes:
    """The package. Its files are stored as they are, so that no version of a compressor changes a byte."""
    manifest = (app / "manifest.json").read_bytes()
    content = {path.relative_to(app).as_posix(): path.read_bytes() for path in list_files(app)}
    content["digest.md5"] = hashlib.md5(manifest, usedforsecurity=False).hexdigest().encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, _BIRTH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix, on every machine
            package.writestr(entry, content[name])
    return buffer.getvalue()


def list_files(app: Path) -> list[Path]:
    """What is packed. Sample data, tests, types and the icon are for people and for the portal's form."""
    found = [path for folder in ("config", "server") for path in (app / folder).rglob("*") if path.is_file()]
    found = [path for path in found if app / "server" / "test_data" not in path.parents]
    return sorted([app / "manifest.json", app / "README.md", *found])


def read_version(app: Path) -> str:
    """The app's version, or "" if there is no such number."""
    found = re.search(r'version: "(\d+\.\d+\.\d+)"', (app / "server/lib/version.js").read_text(encoding="utf-8"))
    return found[1] if found else ""


# --- the platform's rules ---------------------------------------------------------------------------------------------


def find_problems(app: Path) -> list[str]:
    """What Freshworks would refuse, each with the file. Empty if it is nothing that can be seen here."""
    manifest = _read(app / "manifest.json")
    templates = _read(app / "config" / "requests.json")
    return [
        *_check_manifest(manifest),
        *_check_modules(manifest.get("modules", {})),
        *_check_events(app, manifest),
        *_check_requests(manifest, templates),
        *_check_settings_page(app),
        *_check_code(app),
        *_check_rest(app),
    ]


def _read(path: Path) -> Json:
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document


def _check_manifest(manifest: Json) -> Iterator[str]:
    if manifest.get("platform-version") != "3.0":
        yield "manifest.json: platform-version must be 3.0"
    for name in manifest.keys() - _MANIFEST:
        yield f"manifest.json: {name} is not allowed"
    for engine in ("node", "fdk"):
        if not re.fullmatch(r"\d+\.\d+\.\d+", manifest.get("engines", {}).get(engine, "")):
            yield f"manifest.json: engines needs a version of {engine}"


def _check_modules(modules: Json) -> Iterator[str]:
    if "common" not in modules or len(modules) < 2:
        yield "manifest.json: modules must have common and one module of a product"
    for name in modules.keys() - _EVENTS.keys():
        yield f"manifest.json: {name} is no module of Freshchat"
    for name, module in modules.items():
        for part, content in module.items():
            if part not in _MODULE.get(name, {"events", "location"}):
                yield f"manifest.json: {part} is not allowed in {name}"
            if not content:
                yield f"manifest.json: {part} in {name} is empty: leave it out"


def _check_events(app: Path, manifest: Json) -> Iterator[str]:
    server = (app / "server" / "server.js").read_text(encoding="utf-8")
    exported = server.partition("exports = {")[2].partition("\n};")[0]
    handlers = set(re.findall(r"^  (\w+): (?:async )?function\b", exported, re.MULTILINE))
    subscribed = set()
    for module, content in manifest.get("modules", {}).items():
        for event, entry in content.get("events", {}).items():
            subscribed.add(event)
            if event not in _EVENTS.get(module, set()):
                yield f"manifest.json: {event} is no event of {module}"
            if entry.get("handler") not in handlers:
                yield f"server/server.js: there is no handler {entry.get('handler')} for {event}"
            sample = app / "server" / "test_data" / module / f"{event}.json"
            if not sample.exists() or _read(sample).get("event") != event:
                yield f"server/test_data: there is no sample of {event}"
    for event in _SET_UP - subscribed:  # an app with parameters must check them, and announce when it goes
        yield f"manifest.json: {event} is missing"


def _check_requests(manifest: Json, templates: Json) -> Iterator[str]:
    declared = manifest.get("modules", {}).get("common", {}).get("requests", {})
    for name in sorted(templates.keys() ^ declared.keys()):
        yield f"{name} must be in config/requests.json and in manifest.json"
    for name, template in templates.items():
        for problem in _find_problems_of_template(template.get("schema", {}), template.get("options", {})):
            yield f"config/requests.json: {name}: {problem}"


def _find_problems_of_template(schema: Json, options: Json) -> list[str]:
    host, path = schema.get("host", ""), schema.get("path", "/")
    filled = _VARIABLE.sub("x.example", host)
    rules = {
        "the schema has an unknown attribute": schema.keys() <= _SCHEMA,
        "the protocol must be https": schema.get("protocol", "https") == "https",
        "the method is unknown": schema.get("method") in _METHODS,
        "the host must be a host name, without protocol, port and path": _FQDN.fullmatch(filled),
        "the path must start with /": path.startswith(("/", "<%= context.")),
        "parameters go into the host and the path by the context, checked": "iparam." not in host + path,
        "maxAttempts must be 1 to 5": options.get("maxAttempts", 1) in range(1, 6),
        "retryDelay must be 0, 100, ... 1500": options.get("retryDelay", 0) in range(0, 1501, 100),
    }
    return [problem for problem, holds in rules.items() if not holds]


def _check_settings_page(app: Path) -> Iterator[str]:
    if (app / "config" / "iparams.json").exists():
        yield "config: iparams.json and iparams.html exclude each other"
    page = (app / "config" / "iparams.html").read_text(encoding="utf-8")
    if "{{{appclient}}}" not in page:
        yield "config/iparams.html: the client is missing: {{{appclient}}}"
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        if address != "{{{appclient}}}" and not (app / "config" / address).is_file():
            yield f"config/iparams.html: {address} is not in the package"
    script = (app / "config" / "assets" / "iparams.js").read_text(encoding="utf-8")
    for function in _PAGE_FUNCTIONS:
        if not re.search(rf"^(?:async )?function {function}\(", script, re.MULTILINE):
            yield f"config/assets/iparams.js: the function {function} is missing"


def _check_code(app: Path) -> Iterator[str]:
    for path in sorted((app / "server").rglob("*.js")):
        name = path.relative_to(app).as_posix()
        code = re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if not re.search(r"^exports = \{", code, re.MULTILINE):
            yield f"{name}: it must assign to exports"
        if re.search(r"^(?:async )?function\b", code.partition("\nexports = {")[0], re.MULTILINE):
            yield f"{name}: functions come after exports"
        for word in _FORBIDDEN.findall(code):
            yield f"{name}: the sandbox has no {word}"
        for required in re.findall(r'require\("([^"]+)"\)', code):
            found = (path.parent / f"{required}.js").is_file() if required.startswith(".") else required in _BUILT_IN
            if not found:
                yield f"{name}: {required} cannot be required"


def _check_rest(app: Path) -> Iterator[str]:
    if not read_version(app):
        yield "server/lib/version.js: the version must be three numbers"
    for path in list_files(app):
        if path.suffix not in _SUFFIXES or path.name.startswith("."):
            yield f"{path.relative_to(app).as_posix()}: such a file does not belong into the package"
    icon = (app / "icon.svg").read_text(encoding="utf-8")
    if 'width="64" height="64" viewBox="0 0 64 64"' not in icon or re.search(r"<script|href|<image", icon):
        yield "icon.svg: it must be 64 by 64, and load nothing"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
