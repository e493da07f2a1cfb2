"""What surrounds a pasted secret or setting is not part of it."""

from __future__ import annotations

import codecs
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from patchbay.domain.errors import Misconfigured
from patchbay.kit.contract import Setting
from patchbay_cli.connection_setup import inputs
from patchbay_cli.connection_setup.pasted_text import MOST_BYTES, tidy
from patchbay_cli.deployment import Deployment
from patchbay_cli.main import main
from tests.cli.conftest import Cli
from tests.cli.connections import read_stored
from tests.cli.results import check_result

TOKEN = "the-good-token"
LINES = "-----BEGIN PUBLIC KEY-----\nMIIB\nIjAN\n-----END PUBLIC KEY-----"


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pasted",
    [
        f"{TOKEN}\r\n\r\n",
        f"\n\n  {TOKEN}\n",
        f"\ufeff{TOKEN}",
        f"\u200b{TOKEN}\u200d\u2060",
        f"\u00a0{TOKEN}\u00a0",
        f'"{TOKEN}"',
        f"'{TOKEN}'\n",
        f"\u201c{TOKEN}\u201d",
        f"\u201e{TOKEN}\u201c",
        f"\u2018{TOKEN}\u2019 ",
        f"\u201d{TOKEN}\u201d",
        f"\u201e{TOKEN}\u201d",
        f"\u00ab\u00a0{TOKEN}\u00a0\u00bb",
        f"\u2028{TOKEN}\u0085",
        f"\u200e{TOKEN}\u202c",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("way", ["file", "standard input", "variable", "word", "typed"])
def test_what_stands_around_a_secret_is_not_part_of_it(
    cli: Cli, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pasted: str, way: str
) -> None:
    file = tmp_path / "token.txt"
    file.write_text(pasted, encoding="utf-8", newline="")
    monkeypatch.setenv("THE_TOKEN", pasted)
    typed = None
    if way == "typed":
        monkeypatch.setattr("patchbay_cli.terminal.is_interactive", lambda: True)
        monkeypatch.setattr("click.prompt", lambda *_, **__: pasted)
    words = {"file": f"token=@{file}", "variable": "token=env:THE_TOKEN", "word": f"token={pasted}", "typed": "token"}
    if way == "standard input":
        typed = pasted
    cli.succeed("connect", "pigeon", "loft", "--secret", words.get(way, "token=-"), typed=typed)
    assert read_stored(deployment.configuration, "loft").secrets.get("token") == TOKEN


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("way", ["file", "standard input"])
def test_what_windows_shells_write_is_read(
    cli: Cli, deployment: Deployment, tmp_path: Path, encoding: str, way: str
) -> None:
    """PowerShell's `>` writes UTF-16, and so does its pipe, at times without a mark."""
    data = f"{TOKEN}\r\n".encode(encoding)
    file = tmp_path / "token.txt"
    file.write_bytes(data)
    words = ("connect", "pigeon", "loft", "--secret", f"token=@{file}" if way == "file" else "token=-")
    result = CliRunner(mix_stderr=False).invoke(main, words, input=data)
    assert result.exit_code == 0, result.stderr
    assert read_stored(deployment.configuration, "loft").secrets.get("token") == TOKEN


@pytest.mark.parametrize(
    "pasted",
    [
        LINES.replace("\n", "\r\n"),
        LINES.replace("\n", "\r"),
        f"\ufeff\n{LINES}\n\n",
        LINES.replace("\n", "\n\n"),
        "\n".join(f"  {line} \u00a0" for line in LINES.splitlines()),
        f'"{LINES}"',
    ],
    ids=ascii,
)
def test_the_lines_of_a_key_end_alike_whatever_ended_them(pasted: str) -> None:
    assert tidy(pasted) == LINES


def test_a_key_on_one_line_stays_on_it() -> None:
    assert tidy(f" {LINES.replace(chr(10), ' ')} ") == LINES.replace("\n", " ")


def test_a_password_may_begin_and_end_with_quotes() -> None:
    chosen = Setting(name="password", help="", secret=True, chosen=True)
    assert inputs.tidy_secret(chosen, ' "secret" \n') == '"secret"'
    assert inputs.tidy_secret(Setting(name="token", help="", secret=True), '"') == '"'


FILES: dict[str, Callable[[Path], str]] = {
    "a folder": str,
    "nothing": lambda folder: str(folder / "not-there"),
    "no name": lambda _: "",
    "somebody's home": lambda _: "~nobody-of-this-name/token",
    "binary": lambda folder: write(folder, bytes(range(256)) * 4),
    "a picture": lambda folder: write(folder, b"\x89PNG\r\n\x1a\n" + bytes(100)),
    "half of UTF-16": lambda folder: write(folder, codecs.BOM_UTF16_LE + b"a"),
    "huge": lambda folder: write(folder, b"a" * (MOST_BYTES + 1)),
    "endless": lambda _: "/dev/zero",
    "empty": lambda folder: write(folder, b""),
    "blank": lambda folder: write(folder, b"\xef\xbb\xbf \r\n\xc2\xa0"),
    "several lines": lambda folder: write(folder, b"one\ntwo"),
    "a web page": lambda folder: write(folder, b"<!DOCTYPE html>\n<html></html>"),
    "a name that no system has": lambda _: "x" * 5000,
}


def write(folder: Path, content: bytes) -> str:
    file = folder / "secret.txt"
    file.write_bytes(content)
    return str(file)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_holds_no_secret_is_refused_with_a_sentence(cli: Cli, tmp_path: Path, kind: str) -> None:
    words = ("connect", "pigeon", "loft", "--secret", f"token=@{FILES[kind](tmp_path)}")
    result = cli.run(*words)
    check_result(result, words)
    assert result.exit_code == 1
    assert "token" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ELOOP])
def test_a_file_that_may_not_be_read_is_refused_with_a_sentence(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    error = cli.fail("connect", "pigeon", "loft", "--secret", "token=@token.txt")
    assert f"the file token.txt for token cannot be read: {os.strerror(number)}" in error


@pytest.mark.parametrize("typed", [b"\xff\xfe\x80", b"a" * (MOST_BYTES + 1), b"", b"\xef\xbb\xbf\r\n"])
def test_standard_input_that_holds_no_secret_is_refused_with_a_sentence(cli: Cli, typed: bytes) -> None:
    words = ("connect", "pigeon", "loft", "--secret", "token=-")
    result = CliRunner(mix_stderr=False).invoke(main, words, input=typed)
    check_result(result, words)
    assert "standard input" in result.stderr


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pasted", ["Ada \r\n", "\u00a0Ada", "\ufeffAda\u200b", "\n\tAda\n"], ids=ascii)
def test_what_stands_around_a_setting_is_not_part_of_it(cli: Cli, deployment: Deployment, pasted: str) -> None:
    cli.succeed("connect", "pigeon", "loft", "--secret", f"token={TOKEN}", "--set", f"sender_name={pasted}")
    assert read_stored(deployment.configuration, "loft").setting("sender_name") == "Ada"


@pytest.mark.parametrize(
    "address",
    [
        *("https://x.test/a b", "https://x .test", "https://x.test\nhttps://y.test", "https://[", "https://x.test:0"),
        *("https://x.test:port", "https://", "x.test", "https:x.test", "https://x.test:99999", "https://x\u200b.test"),
    ],
)
def test_an_address_that_is_none_is_refused_with_a_sentence(cli: Cli, address: str) -> None:
    words = ("connect", "pigeon", "loft", "--secret", f"token={TOKEN}", "--set", f"base_url={address}")
    result = cli.run(*words)
    check_result(result, words)
    assert "base_url" in result.stderr
    assert result.exit_code == 1


def test_a_setting_with_what_cannot_be_seen_in_it_is_refused_by_its_place() -> None:
    with pytest.raises(Misconfigured, match=r"sender_name .* \(U\+0007, at position 2\)"):
        inputs.read_setting("sender_name", "A\x07da")
    assert inputs.read_setting("welcome", "Hello!\r\n\tWrite to us.\n") == "Hello!\n\tWrite to us."
    assert inputs.read_setting("sender_name", "می\u200cخواهم") == "می\u200cخواهم"
