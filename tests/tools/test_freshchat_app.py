"""The package of the Freshworks app: what is in it, and that mistakes are found before Freshworks refuses them."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools import freshchat_app
from tools.freshchat_app import APP, find_problems, list_files, pack

MANIFEST = "manifest.json"
REQUESTS = "config/requests.json"
SERVER = "server/server.js"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A copy to break."""
    return shutil.copytree(APP, tmp_path / "app")


# --- the package -----------------------------------------------------------------------------------------------------


def test_the_package_has_what_the_platform_runs_and_nothing_else() -> None:
    package = zipfile.ZipFile(io.BytesIO(pack(APP)))
    assert package.testzip() is None
    assert package.namelist() == [
        "README.md",
        "config/assets/iparams.css",
        "config/assets/iparams.js",
        "config/iparams.html",
        "config/requests.json",
        "digest.md5",
        "manifest.json",
        "server/lib/address.js",
        "server/lib/payload.js",
        "server/lib/relay.js",
        "server/lib/sentences.js",
        "server/lib/signing.js",
        "server/lib/version.js",
        "server/server.js",
    ]
    manifest = (APP / MANIFEST).read_bytes()
    assert package.read("digest.md5").decode() == hashlib.md5(manifest, usedforsecurity=False).hexdigest()
    assert package.read(SERVER) == (APP / SERVER).read_bytes()


def test_the_same_files_make_the_same_bytes(app: Path) -> None:
    for path in list_files(app):
        path.touch()
        path.chmod(0o600)
    assert pack(app) == pack(APP)


def test_the_program_writes_the_package_and_names_the_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "new" / "app.zip"
    assert freshchat_app.main([str(target)]) == 0
    assert target.read_bytes() == pack(APP)
    assert re.match(rf"freshchat-app: version \d+\.\d+\.\d+ is in {target} \(\d+ KB\)\n$", capsys.readouterr().out)


def test_nothing_is_packed_while_there_are_problems(
    app: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / "config" / "iparams.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(freshchat_app, "APP", app)
    assert freshchat_app.main([str(tmp_path / "app.zip")]) == 1
    assert not (tmp_path / "app.zip").exists()
    assert "iparams.json and iparams.html exclude each other" in capsys.readouterr().err


# --- the rules -------------------------------------------------------------------------------------------------------


def test_the_app_keeps_the_rules() -> None:
    assert find_problems(APP) == []


def common(manifest: Any) -> Any:
    return manifest["modules"]["common"]


def schema(templates: Any) -> Any:
    return templates["relay"]["schema"]


BROKEN: list[tuple[str, Callable[[Any], Any], str]] = [
    (MANIFEST, lambda it: it.update({"platform-version": "2.3"}), "platform-version must be 3.0"),
    (MANIFEST, lambda it: it.update(name="Patchbay"), "name is not allowed"),
    (MANIFEST, lambda it: it["engines"].pop("fdk"), "engines needs a version of fdk"),
    (MANIFEST, lambda it: it["modules"].update(support_ticket={}), "support_ticket is no module of Freshchat"),
    (MANIFEST, lambda it: it["modules"].pop("common"), "modules must have common"),
    (MANIFEST, lambda it: common(it).update(functions={}), "functions in common is empty"),
    (MANIFEST, lambda it: it["modules"]["chat_user"].update(requests={"relay": {}}), "requests is not allowed in"),
    (MANIFEST, lambda it: common(it)["events"].pop("onAppUninstall"), "onAppUninstall is missing"),
    (
        MANIFEST,
        lambda it: common(it)["events"].update(onUserCreate={"handler": "x"}),
        "is no event of common",
    ),
    (MANIFEST, lambda it: common(it)["events"]["onAppInstall"].update(handler="x"), "there is no handler x"),
    (MANIFEST, lambda it: common(it)["requests"].clear(), "relay must be in config/requests.json and in manifest.json"),
    (REQUESTS, lambda it: schema(it).update(protocol="http"), "the protocol must be https"),
    (REQUESTS, lambda it: schema(it).update(method="HEAD"), "the method is unknown"),
    (REQUESTS, lambda it: schema(it).update(host="https://a.example/b"), "the host must be a host name"),
    (REQUESTS, lambda it: schema(it).update(host="127.0.0.1"), "the host must be a host name"),
    (REQUESTS, lambda it: schema(it).update(path="freshchat"), "the path must start with /"),
    (REQUESTS, lambda it: schema(it).update(path="/<%= iparam.shared_secret %>"), "by the context"),
    (REQUESTS, lambda it: schema(it).update(body="{}"), "the schema has an unknown attribute"),
    (REQUESTS, lambda it: it["relay"]["options"].update(maxAttempts=6), "maxAttempts must be"),
    (REQUESTS, lambda it: it["relay"]["options"].update(retryDelay=50), "retryDelay must be"),
    (
        "server/test_data/common/onAppInstall.json",
        lambda it: it.update(event="x"),
        "no sample of onAppInstall",
    ),
]


@pytest.mark.parametrize(("file", "change", "problem"), BROKEN, ids=[problem for _, _, problem in BROKEN])
def test_a_broken_description_is_found(app: Path, file: str, change: Callable[[Any], Any], problem: str) -> None:
    document = json.loads((app / file).read_text(encoding="utf-8"))
    change(document)
    (app / file).write_text(json.dumps(document), encoding="utf-8")
    assert any(problem in found for found in find_problems(app))


WRONG_CODE = [
    (SERVER, "exports = {", "module.exports = {", "it must assign to exports"),
    (SERVER, "exports = {", "function early() {}\n\nexports = {", "functions come after exports"),
    (SERVER, "    renderData();", "    setTimeout(renderData, 1);", "the sandbox has no setTimeout"),
    (SERVER, "./lib/relay", "./lib/missing", "./lib/missing cannot be required"),
    ("server/lib/signing.js", '"crypto"', '"axios"', "axios cannot be required"),
    ("server/lib/relay.js", "$request.invokeTemplate", "$request.post", "the sandbox has no $request.post"),
    ("server/lib/version.js", "1.0.0", "1.0", "the version must be three numbers"),
    (
        "config/iparams.html",
        "{{{appclient}}}",
        "https://cdn.example/client.js",
        "client.js is not in",
    ),
    ("config/assets/iparams.js", "function validate(", "function check(", "the function validate is missing"),
    ("icon.svg", 'width="64"', 'width="65"', "it must be 64 by 64"),
]


@pytest.mark.parametrize(("file", "old", "new", "problem"), WRONG_CODE, ids=[problem for *_, problem in WRONG_CODE])
def test_wrong_code_is_found(app: Path, file: str, old: str, new: str, problem: str) -> None:
    text = (app / file).read_text(encoding="utf-8")
    assert old in text
    (app / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(problem in found for found in find_problems(app))


def test_files_that_do_not_belong_there_are_found(app: Path) -> None:
    for name in ("server/.env", "server/notes.txt"):
        (app / name).touch()
    assert [found.partition(":")[0] for found in find_problems(app)] == ["server/.env", "server/notes.txt"]
