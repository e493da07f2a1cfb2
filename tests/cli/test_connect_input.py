"""`patchbay connect`: invalid values, and settings that the service can list."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.errors import Misconfigured
from patchbay.kit.account_setup import Choice
from patchbay.kit.contract import Setting
from patchbay_cli.connection_setup import inputs
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.connections import DESK, PIGEON, TOKEN, read_stored
from tests.cli.fakes import ChannelPlatform

# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("connect", "owl", "x"), "there is no service named 'owl'"),
        (("connect", "pigeon", "a:b", "--secret", TOKEN), "letters, digits"),
        ((*PIGEON, "--set", "colour=red"), "has no setting 'colour'. Available: base_url, sender_name"),
        ((*PIGEON, "--secret", "pin=1"), "has no secret 'pin'. Available: key, token"),
        (("connect", "pigeon", "x", "--set", TOKEN), "use --secret token=..."),
        ((*PIGEON, "--secret", "sender_name=Ada"), "use --set sender_name=..."),
        ((*PIGEON, "--secret", "key=env:NOT_THERE"), "the environment variable NOT_THERE for key is not set"),
        ((*PIGEON, "--secret", "key=@/not/there"), "the file /not/there for key cannot be read"),
        ((*PIGEON, "--set", "base_url=http://10.0.0.1/"), "https"),
        ((*PIGEON, "--set", "base_url=ftp://x.test"), "https"),
        ((*PIGEON, "--set", "base_url=https://me:pw@x.test"), "base_url is not a valid URL"),
        (("connect", "pigeon", "x"), "--secret token=...  The loft's token"),
        (("connect", "pigeon", "x", "--secret", "token=wrong"), "the token is refused"),
        (
            ("connect", "pigeon", "x", "--secret", "token=pa\ufeffste"),
            "token contains a character that is not allowed in HTTP header",
        ),
        (("connect", "pigeon", "x", "--secret", "token=a\u200bb"), "U+200B, at position 2"),
        (("connect", "pigeon", "x", "--secret", "token=one\r\ntwo"), "U+000D, at position 4"),
        (("connect", "pigeon", "x", "--secret", "token=tökən"), "U+0259, at position 4"),
    ],
)
def test_bad_input_gets_an_error_that_says_what_to_do(
    cli: Cli, configuration: ConfigurationStore, words: tuple[str, ...], error: str
) -> None:
    assert error in cli.fail(*words)
    assert configuration.connections() == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_secret_that_windows_editors_saved_is_read(
    cli: Cli, tmp_path: Path, encoding: str, deployment: Deployment
) -> None:
    mark = "\ufeff" if encoding.endswith("e") else ""
    file = tmp_path / "token.txt"
    file.write_bytes(f"{mark}the-good-token\r\n".encode(encoding))
    cli.succeed("connect", "pigeon", "loft", "--secret", f"token=@{file}")
    assert read_stored(deployment.configuration, "loft").secrets.get("token") == "the-good-token"


def test_a_file_that_holds_no_text_is_refused(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "token.bin"
    file.write_bytes(b"\xff\x00\x80")
    assert "not UTF-8 or UTF-16" in cli.fail("connect", "pigeon", "loft", "--secret", f"token=@{file}")


def test_a_key_in_pem_keeps_its_lines_and_a_password_its_letters() -> None:
    key = "-----BEGIN PUBLIC KEY-----\nMIIB\r\n-----END PUBLIC KEY-----"
    inputs.check_secret(Setting(name="key", help="", secret=True), key)
    inputs.check_secret(Setting(name="password", help="", secret=True, chosen=True), "пароль")
    with pytest.raises(Misconfigured, match="password contains"):
        inputs.check_secret(Setting(name="password", help="", secret=True, chosen=True), "пар\u202eоль")


def test_a_secret_without_its_name_is_not_repeated(cli: Cli) -> None:
    assert "s3cr3t" not in cli.fail("connect", "pigeon", "x", "--secret", "s3cr3t")


def test_errors_are_json_for_programs(cli: Cli) -> None:
    assert cli.fail("connect", "owl", "x", "--json").startswith('{"error": "there is no service')


def test_a_simulator_on_this_machine_is_accepted_on_the_emulator(cli: Cli, configuration: ConfigurationStore) -> None:
    cli.succeed(*PIGEON, "--set", "base_url=http://127.0.0.1:8099/pa")
    assert read_stored(configuration, "loft").setting("base_url") == "http://127.0.0.1:8099/pa"


# --- settings that the service can list ------------------------------------------------------------------------------


def test_the_only_channel_is_taken(cli: Cli, configuration: ConfigurationStore) -> None:
    cli.succeed("connect", "desk", "help", *DESK)
    stored = read_stored(configuration, "help")
    assert stored.setting("channel_id") == stored.account == "c-1"


def test_several_channels_are_listed_for_a_program(cli: Cli, desk: ChannelPlatform) -> None:
    desk.channels = (Choice(value="c-1", label="Sales"), Choice(value="c-2", label="Service"))
    error = cli.fail("connect", "desk", "help", *DESK)
    assert "--set channel_id=c-1  Sales" in error
    assert "--set channel_id=c-2  Service" in error


def test_somebody_picks_from_several_channels(
    cli: Cli, desk: ChannelPlatform, interactive: None, configuration: ConfigurationStore
) -> None:
    desk.channels = (Choice(value="c-1", label="Sales"), Choice(value="c-2", label="Service"))
    cli.succeed("connect", "desk", "help", *DESK, typed="2\n")
    assert read_stored(configuration, "help").account == "c-2"


def test_an_empty_list_names_the_setting(cli: Cli, desk: ChannelPlatform) -> None:
    desk.channels = ()
    assert "channel_id is missing" in cli.fail("connect", "desk", "help", *DESK)
