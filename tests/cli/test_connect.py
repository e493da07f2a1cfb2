from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from patchbay.accounts import REFERENCE_KEY, Connection, ConnectionStatus, Endpoint
from patchbay.connecting import Choice
from patchbay.contract import Setting
from patchbay.errors import Misconfigured, Rejected, Transient
from patchbay.infra import keys
from patchbay.infra.administration import Administration
from patchbay.infra.connections import RENEW_EVERY
from patchbay_cli.connection_setup import inputs
from patchbay_cli.deployment import Deployment
from patchbay_cli.stack import Stack
from tests.cli.conftest import Cli
from tests.cli.fakes import Desk, Pigeon
from tests.cli.our_side import read_as_functions_do

TOKEN = "token=the-good-token"
PIGEON = ("connect", "pigeon", "loft", "--secret", TOKEN)
DESK = ("--secret", TOKEN, "--set", "base_url=https://desk.test")


def read_stored(administration: Administration, connection_id: str) -> Connection:
    stored = administration.connection(connection_id)
    assert stored is not None
    return stored


def find_endpoint(deployment: Deployment, service: str, url: str) -> Endpoint:
    prefix = f"https://abc123.execute-api.eu-central-1.amazonaws.com/{service}/"
    assert url.startswith(prefix)
    endpoint = read_as_functions_do(deployment).endpoint(service, url.removeprefix(prefix))
    assert endpoint is not None
    return endpoint


# --- a new connection ------------------------------------------------------------------------------------------------


def test_json_says_exactly_what_programs_need(cli: Cli, pigeon: Pigeon) -> None:
    answer = cli.read(*PIGEON)
    url = answer["webhooks"]["webhook"]
    assert answer == {
        "id": "loft",
        "service": "pigeon",
        "side": "messenger",
        "app": False,
        "status": "active",
        "webhooks": {"webhook": url},
        "registered": True,
        "manual_steps": [],
        "notes": [],
    }
    assert pigeon.calls == url


def test_a_secret_that_is_ours_to_choose_is_made_once_and_anew_on_request(cli: Cli, deployment: Deployment) -> None:
    desk = ("connect", "desk", "help", *DESK, "--set", "channel_id=c1")
    seals = []
    for more in ((), (), ("--secret", "seal="), ("--secret", "seal=the-owners-own")):
        cli.succeed(*desk, *more)
        seals.append(read_stored(deployment.administration, "help").secrets.get("seal"))
    first, second, third, fourth = seals
    assert len(first) == 43
    assert first == second
    assert third not in {"", first}
    assert fourth == "the-owners-own"


def test_the_key_of_references_is_ours_only_and_lives_as_long_as_the_connection(
    cli: Cli, deployment: Deployment
) -> None:
    """Were it lost or changed, a platform's reference to a customer would be worth nothing any more."""
    desk = ("connect", "desk", "help", *DESK, "--set", "channel_id=c1")
    shown = cli.succeed(*desk)
    key = read_stored(deployment.administration, "help").secrets.get(REFERENCE_KEY)
    assert len(key) == 43
    for more in ((), ("--secret", "seal="), ("--set", "channel_id=c2")):
        shown += cli.succeed(*desk, *more)
        assert read_stored(deployment.administration, "help").secrets.get(REFERENCE_KEY) == key
    for given in (f"{REFERENCE_KEY}=mine", f"{REFERENCE_KEY}="):
        assert f"Desk has no secret '{REFERENCE_KEY}'" in cli.fail(*desk, "--secret", given)
    shown += cli.succeed("connections") + cli.run("doctor").output
    assert key not in shown
    assert REFERENCE_KEY not in shown


def test_connections_that_share_an_address_have_a_key_each(cli: Cli, deployment: Deployment) -> None:
    cli.succeed("connect", "desk", "help", *DESK, "--set", "channel_id=c1")
    cli.succeed("connect", "desk", "sales", "--endpoint", "help", "--set", "channel_id=c2")
    keys = [read_stored(deployment.administration, one).secrets.get(REFERENCE_KEY) for one in ("help", "sales")]
    assert len(set(keys)) == 2
    assert all(keys)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("pigeon:loft", "Pigeon Post lets nobody be written to first"),
        ("pigeon:nobody", "names no messenger that is connected"),
        ("sms:loft", "names no messenger that is connected"),
        ("loft", "names no messenger that is connected"),
    ],
)
def test_only_a_messenger_that_can_be_written_to_first_is_taken_for_that(cli: Cli, value: str, said: str) -> None:
    cli.succeed(*PIGEON)
    failed = cli.fail("connect", "desk", "help", *DESK, "--set", "channel_id=c1", "--set", f"first_to={value}")
    assert said in failed


def test_the_functions_find_what_was_connected(cli: Cli, deployment: Deployment) -> None:
    url = cli.read(*PIGEON, "--set", "sender_name=Ada")["webhooks"]["webhook"]
    endpoint = find_endpoint(deployment, "pigeon", url)
    assert endpoint.id == "loft"
    assert endpoint.secrets.accepted("token") == ("the-good-token",)
    connection = read_as_functions_do(deployment).connection_of("loft", "")
    assert connection is not None
    assert connection.settings == {"sender_name": "Ada", "account_name": "Acme", "perch": "7"}


def test_all_is_stored_before_the_service_is_told(cli: Cli, pigeon: Pigeon, deployment: Deployment) -> None:
    found: list[Connection | None] = []
    pigeon.on_register = lambda: found.append(read_as_functions_do(deployment).connection_of("loft", ""))
    cli.succeed(*PIGEON)
    assert [connection.id for connection in found if connection] == ["loft"]


def test_hook_tokens_differ_and_cannot_be_guessed(cli: Cli) -> None:
    first = cli.read(*PIGEON)["webhooks"]["webhook"].rsplit("/", 1)[1]
    second = cli.read("connect", "pigeon", "tower", "--secret", TOKEN)["webhooks"]["webhook"].rsplit("/", 1)[1]
    assert first != second
    assert len(first) >= 40


def test_the_table_alone_does_not_tell_the_hook_or_a_secret(cli: Cli, deployment: Deployment) -> None:
    hook = cli.read(*PIGEON)["webhooks"]["webhook"].rsplit("/", 1)[1]
    text = str(deployment.table.scan()["Items"])
    assert "ENDPOINT#" in text
    assert hook not in text
    assert "the-good-token" not in text


def test_people_see_what_happened_and_what_is_left_to_do(cli: Cli) -> None:
    said = cli.succeed("connect", "desk", "help", *DESK)
    assert "Connected help (Acme)" in said
    assert "1. Paste https://abc123" in said
    assert "the-good-token" not in said


def test_an_address_to_be_copied_is_never_folded(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchbay_cli.terminal._PIPE_WIDTH", 40)
    address = cli.read("connect", "desk", "help", *DESK)["webhooks"]["webhook"]
    assert f"  1. Paste {address} in Desk's settings.\n" in cli.succeed("connect", "desk", "help")


def test_warnings_of_the_service_are_passed_on_beside_the_json(cli: Cli, pigeon: Pigeon) -> None:
    pigeon.warnings = ("the loft is nearly full",)
    result = cli.run(*PIGEON, "--json")
    assert "the loft is nearly full" in result.stderr
    assert "nearly full" not in result.stdout


def test_what_is_good_to_know_of_the_account_is_told(cli: Cli, pigeon: Pigeon) -> None:
    pigeon.notes = ("The loft is open.", "Keepers awake: Ann, Bob.")
    assert "\n  The loft is open.\n  Keepers awake: Ann, Bob.\n" in cli.succeed(*PIGEON)
    assert cli.read("connect", "pigeon", "loft")["notes"] == ["The loft is open.", "Keepers awake: Ann, Bob."]


def test_no_register_leaves_the_service_alone(cli: Cli, pigeon: Pigeon) -> None:
    assert cli.read(*PIGEON, "--no-register")["registered"] is False
    assert pigeon.calls == ""


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("connect", "owl", "x"), "there is no service named 'owl'"),
        (("connect", "pigeon", "a:b", "--secret", TOKEN), "letters, digits"),
        ((*PIGEON, "--set", "colour=red"), "has no setting 'colour': known are base_url, sender_name"),
        ((*PIGEON, "--secret", "pin=1"), "has no secret 'pin': known are key, token"),
        (("connect", "pigeon", "x", "--set", TOKEN), "say --secret token=..."),
        ((*PIGEON, "--secret", "sender_name=Ada"), "say --set sender_name=..."),
        ((*PIGEON, "--secret", "key=env:NOT_THERE"), "the variable NOT_THERE for key is not set"),
        ((*PIGEON, "--secret", "key=@/not/there"), "the file /not/there for key cannot be read"),
        ((*PIGEON, "--set", "base_url=http://10.0.0.1/"), "https"),
        ((*PIGEON, "--set", "base_url=ftp://x.test"), "https"),
        ((*PIGEON, "--set", "base_url=https://me:pw@x.test"), "base_url is no address"),
        (("connect", "pigeon", "x"), "--secret token=...  The loft's token"),
        (("connect", "pigeon", "x", "--secret", "token=wrong"), "the token is refused"),
        (
            ("connect", "pigeon", "x", "--secret", "token=pa\ufeffste"),
            "token holds a character that no HTTP header",
        ),
        (("connect", "pigeon", "x", "--secret", "token=a\u200bb"), "U+200B, at place 2"),
        (("connect", "pigeon", "x", "--secret", "token=one\r\ntwo"), "U+000D, at place 4"),
        (("connect", "pigeon", "x", "--secret", "token=tökən"), "U+0259, at place 4"),
    ],
)
def test_bad_input_gets_an_error_that_says_what_to_do(
    cli: Cli, administration: Administration, words: tuple[str, ...], error: str
) -> None:
    assert error in cli.fail(*words)
    assert administration.connections() == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_secret_that_windows_editors_saved_is_read(
    cli: Cli, tmp_path: Path, encoding: str, deployment: Deployment
) -> None:
    mark = "\ufeff" if encoding.endswith("e") else ""
    file = tmp_path / "token.txt"
    file.write_bytes(f"{mark}the-good-token\r\n".encode(encoding))
    cli.succeed("connect", "pigeon", "loft", "--secret", f"token=@{file}")
    assert read_stored(deployment.administration, "loft").secrets.get("token") == "the-good-token"


def test_a_file_that_holds_no_text_is_refused(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "token.bin"
    file.write_bytes(b"\xff\x00\x80")
    assert "neither UTF-8 nor UTF-16" in cli.fail("connect", "pigeon", "loft", "--secret", f"token=@{file}")


def test_a_key_in_pem_keeps_its_lines_and_a_password_its_letters() -> None:
    key = "-----BEGIN PUBLIC KEY-----\nMIIB\r\n-----END PUBLIC KEY-----"
    inputs.check_secret(Setting(name="key", help="", secret=True), key)
    inputs.check_secret(Setting(name="password", help="", secret=True, chosen=True), "пароль")
    with pytest.raises(Misconfigured, match="password holds"):
        inputs.check_secret(Setting(name="password", help="", secret=True, chosen=True), "пар\u202eоль")


def test_a_secret_without_its_name_is_not_repeated(cli: Cli) -> None:
    assert "s3cr3t" not in cli.fail("connect", "pigeon", "x", "--secret", "s3cr3t")


def test_errors_are_json_for_programs(cli: Cli) -> None:
    assert cli.fail("connect", "owl", "x", "--json").startswith('{"error": "there is no service')


def test_a_simulator_on_this_machine_is_accepted_on_the_emulator(cli: Cli, administration: Administration) -> None:
    cli.succeed(*PIGEON, "--set", "base_url=http://127.0.0.1:8099/pa")
    assert read_stored(administration, "loft").setting("base_url") == "http://127.0.0.1:8099/pa"


# --- secrets from elsewhere ------------------------------------------------------------------------------------------


def test_secrets_come_from_files_and_variables(
    cli: Cli, administration: Administration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("the-good-token\n")
    monkeypatch.setenv("SIGNING_KEY", "k-1")
    secrets = ("--secret", f"token=@{tmp_path / 'token'}", "--secret", "key=env:SIGNING_KEY")
    cli.succeed("connect", "pigeon", "loft", *secrets)
    assert read_stored(administration, "loft").secrets.values == {"token": "the-good-token", "key": "k-1"}


def test_what_is_missing_is_asked_for_and_secrets_stay_hidden(
    cli: Cli, interactive: None, administration: Administration
) -> None:
    result = cli.run("connect", "pigeon", "loft", typed="the-good-token\n")
    assert result.exit_code == 0
    assert "The loft's token" in result.stderr
    assert "the-good-token" not in result.output + result.stderr
    assert read_stored(administration, "loft").secrets.get("token") == "the-good-token"


def test_nobody_is_asked_when_a_program_reads_the_answer(cli: Cli, interactive: None) -> None:
    assert "needs more" in cli.fail("connect", "pigeon", "loft", "--json")


# --- settings that the service can list ------------------------------------------------------------------------------


def test_the_only_channel_is_taken(cli: Cli, administration: Administration) -> None:
    cli.succeed("connect", "desk", "help", *DESK)
    stored = read_stored(administration, "help")
    assert stored.setting("channel_id") == stored.account == "c-1"


def test_several_channels_are_listed_for_a_program(cli: Cli, desk: Desk) -> None:
    desk.channels = (Choice(value="c-1", label="Sales"), Choice(value="c-2", label="Service"))
    error = cli.fail("connect", "desk", "help", *DESK)
    assert "--set channel_id=c-1  Sales" in error
    assert "--set channel_id=c-2  Service" in error


def test_somebody_picks_from_several_channels(
    cli: Cli, desk: Desk, interactive: None, administration: Administration
) -> None:
    desk.channels = (Choice(value="c-1", label="Sales"), Choice(value="c-2", label="Service"))
    cli.succeed("connect", "desk", "help", *DESK, typed="2\n")
    assert read_stored(administration, "help").account == "c-2"


def test_an_empty_list_names_the_setting(cli: Cli, desk: Desk) -> None:
    desk.channels = ()
    assert "channel_id is missing" in cli.fail("connect", "desk", "help", *DESK)


# --- changing --------------------------------------------------------------------------------------------------------


def test_connecting_again_changes_what_is_given_and_keeps_the_rest(cli: Cli, administration: Administration) -> None:
    first = cli.read(*PIGEON, "--set", "sender_name=Ada")
    second = cli.read("connect", "pigeon", "loft", "--secret", "key=k-1")
    assert second["webhooks"] == first["webhooks"]
    stored = read_stored(administration, "loft")
    assert stored.setting("sender_name") == "Ada"
    assert stored.secrets.values == {"token": "the-good-token", "key": "k-1"}


def test_a_replaced_secret_still_verifies_what_was_signed_with_it(
    cli: Cli, pigeon: Pigeon, administration: Administration
) -> None:
    cli.succeed(*PIGEON, "--secret", "key=old")
    pigeon.good_token = "the-next-token"
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=the-next-token", "--secret", "key=new")
    secrets = read_stored(administration, "loft").secrets
    assert secrets.accepted("token") == ("the-next-token", "the-good-token")
    assert secrets.accepted("key") == ("new",), "it verifies nothing, so the old one is forgotten"


@pytest.mark.parametrize(("by_hand", "warned"), [(True, True), (False, False)])
def test_a_service_that_is_told_of_a_new_secret_by_hand_has_a_day_for_it(
    cli: Cli, pigeon: Pigeon, by_hand: bool, warned: bool
) -> None:
    first = cli.run(*PIGEON)
    pigeon.good_token, pigeon.by_hand = "the-next-token", by_hand
    result = cli.run("connect", "pigeon", "loft", "--secret", "token=the-next-token")
    assert result.exit_code == 0
    assert ("token was replaced: webhooks that come with the old one are taken for 24 hours" in result.stderr) is warned
    assert "was replaced" not in first.stderr


def test_an_empty_value_takes_a_setting_or_secret_away(cli: Cli, administration: Administration) -> None:
    cli.succeed(*PIGEON, "--set", "sender_name=Ada", "--secret", "key=k-1")
    cli.succeed("connect", "pigeon", "loft", "--set", "sender_name=", "--secret", "key=")
    stored = read_stored(administration, "loft")
    assert "sender_name" not in stored.settings
    assert stored.secrets.accepted("key") == ()


def test_a_secret_that_is_needed_and_taken_away_is_asked_for_and_the_old_one_counts_no_more(
    cli: Cli, interactive: None, pigeon: Pigeon, administration: Administration
) -> None:
    cli.succeed(*PIGEON)
    pigeon.good_token = "the-next-token"
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=", typed="the-next-token\n")
    assert read_stored(administration, "loft").secrets.accepted("token") == ("the-next-token",)


def test_new_credentials_make_a_refused_connection_active(connected: Cli, deployment: Deployment) -> None:
    read_as_functions_do(deployment).mark("loft", ConnectionStatus.NEEDS_AUTHORIZATION, "the token is refused")
    connected.succeed(*PIGEON)
    stored = read_stored(deployment.administration, "loft")
    assert (stored.status, stored.status_reason) == (ConnectionStatus.ACTIVE, "")
    assert stored.link == "help"


def test_wrong_credentials_change_nothing(cli: Cli, administration: Administration) -> None:
    cli.succeed(*PIGEON)
    before = read_stored(administration, "loft")
    cli.fail("connect", "pigeon", "loft", "--secret", "token=wrong")
    assert read_stored(administration, "loft") == before


def test_an_id_stays_with_its_service(connected: Cli) -> None:
    assert "help is a connection to desk" in connected.fail("connect", "pigeon", "help", "--secret", TOKEN)


def test_a_moved_channel_leaves_no_account_behind(cli: Cli, deployment: Deployment) -> None:
    cli.succeed("connect", "desk", "help", *DESK)
    cli.succeed("connect", "desk", "help", "--set", "channel_id=c-9")
    functions = read_as_functions_do(deployment)
    assert functions.connection_of("help", "c-1") is None
    moved = functions.connection_of("help", "c-9")
    assert moved is not None
    assert moved.id == "help"


# --- registering -----------------------------------------------------------------------------------------------------


def test_a_webhook_that_the_service_refuses_leaves_the_connection_stored(
    cli: Cli, pigeon: Pigeon, administration: Administration
) -> None:
    pigeon.register_error = Rejected("the address is refused")
    error = cli.fail(*PIGEON)
    assert "loft is stored, but Pigeon Post did not take our webhook: the address is refused" in error
    assert "say `patchbay connect pigeon loft`, and it goes on from there" in error
    pigeon.register_error = None
    assert cli.read("connect", "pigeon", "loft")["registered"] is True
    assert administration.registered() == {"loft"}


def test_a_call_that_was_refused_with_the_secret_before_is_made_once_more(
    cli: Cli, pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A badly signed webhook came a moment ago, so the function that answered could not read the new secret yet."""
    cli.succeed(*PIGEON)
    waited: list[float] = []
    monkeypatch.setattr("patchbay_cli.deployment._sleep", waited.append)

    def refuse_at_first() -> None:
        if sum(waited) <= RENEW_EVERY.total_seconds():
            raise Rejected("our call was answered with 401")

    pigeon.on_register, pigeon.good_token = refuse_at_first, "another"
    assert cli.read("connect", "pigeon", "loft", "--secret", "token=another")["registered"] is True
    assert len(waited) == 1


def test_a_call_is_made_once_more_too_where_the_old_secret_counts_no_more(
    cli: Cli, pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch, interactive: None
) -> None:
    """It was taken away first, or there was none yet: functions may know that all the same."""
    cli.succeed(*PIGEON)
    waited: list[float] = []
    monkeypatch.setattr("patchbay_cli.deployment._sleep", waited.append)

    def refuse_at_first() -> None:
        if sum(waited) <= RENEW_EVERY.total_seconds():
            raise Rejected("our call was answered with 401")

    pigeon.on_register, pigeon.good_token = refuse_at_first, "another"
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=", typed="another\n")
    assert len(waited) == 1


def test_a_call_that_is_refused_is_made_once_more_and_no_more(
    cli: Cli, pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr("patchbay_cli.deployment._sleep", lambda _: None)

    def refuse() -> None:
        calls.append("call")
        raise Rejected("the address is refused")

    pigeon.on_register = refuse
    cli.fail(*PIGEON)
    assert len(calls) == 1, "nothing was replaced"
    pigeon.good_token = "another"
    assert "the address is refused" in cli.fail("connect", "pigeon", "loft", "--secret", "token=another")
    assert len(calls) == 3


def test_a_service_that_cannot_be_reached_is_said_so(cli: Cli, pigeon: Pigeon) -> None:
    pigeon.register_error = Transient("no answer in time")
    assert "could not be reached" in cli.fail(*PIGEON)


def test_a_service_that_takes_our_address_and_calls_another_is_noticed(cli: Cli, pigeon: Pigeon) -> None:
    pigeon.is_deaf, pigeon.calls = True, "https://elsewhere.test/hook"
    assert "still calls another address" in cli.fail(*PIGEON)


def test_a_webhook_that_is_set_by_hand_is_no_failure(cli: Cli, pigeon: Pigeon, administration: Administration) -> None:
    pigeon.by_hand = True
    assert cli.read(*PIGEON)["registered"] is False
    assert administration.registered() == frozenset()
    result = cli.run("disconnect", "loft")
    assert result.exit_code == 0
    assert "Take the webhook address away at pigeon by hand" in result.stdout


# --- sharing an address ----------------------------------------------------------------------------------------------


def test_two_channels_share_an_address_and_its_credentials(cli: Cli, deployment: Deployment) -> None:
    first = cli.read("connect", "desk", "sales", *DESK)
    second = cli.read("connect", "desk", "service", "--endpoint", "sales", "--set", "channel_id=c-2")
    assert second["webhooks"] == first["webhooks"]
    functions = read_as_functions_do(deployment)
    assert [functions.has_account("sales", account) for account in ("c-1", "c-2", "c-3")] == [True, True, False]
    found = [functions.connection_of("sales", account) for account in ("c-1", "c-2", "")]
    assert [connection.id for connection in found if connection] == ["sales", "service", "sales"]


def test_the_same_account_is_not_connected_twice_to_one_address(cli: Cli) -> None:
    cli.succeed("connect", "desk", "sales", *DESK)
    error = cli.fail("connect", "desk", "again", "--endpoint", "sales")
    assert "sales is connected to the same account already" in error


def test_services_whose_webhooks_name_no_account_share_no_address(connected: Cli) -> None:
    error = connected.fail("connect", "pigeon", "tower", "--secret", TOKEN, "--endpoint", "loft")
    assert "webhooks would not tell them apart" in error


# --- secrets that nobody sees ----------------------------------------------------------------------------------------


def test_a_secret_that_is_only_named_is_asked_for_and_not_shown(
    cli: Cli, interactive: None, administration: Administration
) -> None:
    result = cli.run("connect", "pigeon", "loft", "--secret", "token", typed="the-good-token\n")
    assert result.exit_code == 0, result.stderr
    assert read_stored(administration, "loft").secrets.get("token") == "the-good-token"
    assert "the-good-token" not in result.stdout + result.stderr


def test_a_stored_secret_is_replaced_by_naming_it(
    cli: Cli, pigeon: Pigeon, interactive: None, administration: Administration
) -> None:
    cli.succeed(*PIGEON)
    pigeon.good_token = "the-next-token"
    cli.succeed("connect", "pigeon", "loft", "--secret", "token", typed="the-next-token\n")
    assert read_stored(administration, "loft").secrets.get("token") == "the-next-token"


def test_a_secret_comes_on_standard_input(cli: Cli, administration: Administration) -> None:
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=-", typed="the-good-token\n")
    assert read_stored(administration, "loft").secrets.get("token") == "the-good-token"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (["token"], "nobody can be asked for token here: give it as token=@FILE, or as token=- on standard input"),
        (["token=-", "key=-"], "standard input holds one secret: give the others as KEY=@FILE"),
        (["token=-"], "standard input holds nothing for token"),
        (["the-good-token"], "--secret wants KEY=@FILE, KEY=- or KEY, and one of yours has no KEY that is known"),
    ],
)
def test_a_secret_that_does_not_come_is_said_so_without_a_word_of_another(
    cli: Cli, given: list[str], error: str
) -> None:
    said = cli.fail("connect", "pigeon", "loft", *(word for one in given for word in ("--secret", one)))
    assert error in said
    assert "the-good-token" not in said


def test_a_secret_is_encrypted_with_the_stacks_key(
    cli: Cli, deployment: Deployment, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = deployment.session.client("secretsmanager")
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=the-good-token")
    assert "KmsKeyId" not in vault.describe_secret(SecretId=keys.secret_name("local", "pigeon", "loft", keys.VERIFY))
    owned = replace(stack, kms_key="arn:aws:kms:eu-central-1:123456789012:key/1")
    monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: owned)
    cli.succeed("connect", "desk", "help", "--secret", "token=the-good-token", "--set", "base_url=https://desk.test")
    assert (
        vault.describe_secret(SecretId=keys.secret_name("local", "desk", "help", keys.AUTHORIZE))["KmsKeyId"]
        == owned.kms_key
    )
