"""A function's keys come from its environment, or from Lambda's server where it starts from a snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.credentials import ContainerProvider

from patchbay.aws.api import credentials
from patchbay.aws.api.credentials import ServedCredentials, read_credentials
from patchbay.aws.api.signing import Credentials
from patchbay.aws.api.transport import NoAnswer
from patchbay.domain.errors import Misconfigured
from tests.aws.servers import serving

_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_EPOCH = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*_NAMES, *credentials._SERVER_VARIABLES):
        monkeypatch.delenv(name, raising=False)


def _set(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    for name, value in zip(_NAMES, values, strict=False):
        monkeypatch.setenv(name, value)


def test_they_are_read_from_the_environment_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, "AKIA1", "one/+=", "token1")
    assert read_credentials() == Credentials(access_key="AKIA1", secret_key="one/+=", session_token="token1")
    _set(monkeypatch, "AKIA2", "two")
    monkeypatch.delenv("AWS_SESSION_TOKEN")
    assert read_credentials() == Credentials(access_key="AKIA2", secret_key="two")


@pytest.mark.parametrize("missing", _NAMES[:2])
def test_what_is_missing_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, "AKIA", "secret")
    monkeypatch.setenv(missing, "")
    with pytest.raises(Misconfigured, match=missing):
        read_credentials()


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("odd", ["wörd", "wo rd", "word\n", "wo\r\nX-Header: rd"])
def test_what_a_header_cannot_carry_is_refused_before_anybody_quotes_it(
    name: str, odd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, "AKIA", "secret", "token")
    monkeypatch.setenv(name, odd)
    with pytest.raises(Misconfigured, match=name) as refused:
        read_credentials()
    assert "rd" not in str(refused.value).replace("words", "")


def test_they_do_not_show_in_a_repr() -> None:
    assert repr(Credentials(access_key="AKIA", secret_key="s3", session_token="t3")) == "Credentials(access_key='AKIA')"


# --- Lambda's server -------------------------------------------------------------------------------------------------


class Server:
    """Gives other keys each time; they live for `seconds`."""

    def __init__(self, seconds: float = 3600.0) -> None:
        self.now = _EPOCH
        self.seconds = seconds
        self.status = 200
        self.body: bytes | None = None
        self.heads: list[dict[str, str]] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.heads.append({name.lower(): value for name, value in handler.headers.items()} | {"": handler.path})
        body = self.given(len(self.heads)) if self.body is None else self.body
        handler.send_response(self.status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def given(self, number: int) -> bytes:
        expires = datetime.fromtimestamp(self.now + self.seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        keys = {"AccessKeyId": f"ASIA{number}", "SecretAccessKey": f"s{number}", "Token": f"t{number}"}
        return json.dumps({**keys, "Expiration": expires, "AccountId": "123456789012"}).encode()


type Serve = tuple[Server, str, Callable[[], str]]


@pytest.fixture
def served() -> Iterator[Serve]:
    """The server, its address, and what asks for its keys."""
    server = Server()
    with serving(server) as port:
        address = f"http://localhost:{port}/2021-04-23/credentials?a=b"
        kept = ServedCredentials(address, lambda: server.now)
        yield server, address, lambda: kept.read().access_key


def test_lambdas_server_is_asked_as_botocore_asks_it(served: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server, address, _ = served
    server.now = datetime.now(UTC).timestamp()
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", address)
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic-abc=")
    theirs = ContainerProvider().load()
    ours = read_credentials()
    assert read_credentials() is ours
    assert (ours.access_key, ours.secret_key, ours.session_token) == ("ASIA2", "s2", "t2")
    assert (theirs.access_key, theirs.secret_key, theirs.token) == ("ASIA1", "s1", "t1")
    for header in ("", "accept", "authorization"):
        assert server.heads[0][header] == server.heads[1][header]
    assert len(server.heads) == 2


def test_a_token_in_a_file_goes_before_one_in_the_environment(
    served: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _, read = served
    (tmp_path / "token").write_text("of-the-file")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-environment")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
    read()
    assert server.heads[0]["authorization"] == "of-the-file"


def test_keys_are_kept_until_ten_minutes_before_they_expire(served: Serve) -> None:
    server, _, read = served
    assert [read(), read()] == ["ASIA1", "ASIA1"]
    server.now += 3600 - 601
    assert read() == "ASIA1"
    server.now += 1
    assert read() == "ASIA2"


def test_keys_from_a_snapshot_are_asked_for_again(served: Serve) -> None:
    """Those that were there when it was taken may have expired long ago."""
    server, _, read = served
    read()
    server.now += 30 * 24 * 3600
    assert read() == "ASIA2"


def test_keys_that_live_shortly_are_not_asked_for_with_each_call(served: Serve) -> None:
    server, _, read = served
    server.seconds = 300
    assert [read(), read()] == ["ASIA1", "ASIA1"]
    server.now += 31
    assert read() == "ASIA2"


def test_keys_that_still_work_outlast_a_failure_of_the_server(served: Serve) -> None:
    server, _, read = served
    read()
    server.now, server.status = server.now + 3001, 500
    assert [read(), read()] == ["ASIA1", "ASIA1"]
    assert len(server.heads) == 2  # one attempt, and then a pause
    server.now += 600
    with pytest.raises(NoAnswer, match=r"gave no credentials \(HTTP 500\)$"):
        read()
    server.status = 200
    assert read() == "ASIA4"


@pytest.mark.parametrize(
    "body", [b"", b"<html>word</html>", b'"word"', b"{}", b'{"AccessKeyId": "word", "Expiration": "never"}']
)
def test_an_answer_that_makes_no_sense_is_not_quoted(body: bytes, served: Serve) -> None:
    server, _, read = served
    server.body = body
    with pytest.raises(NoAnswer, match="an answer that cannot be read") as refused:
        read()
    assert "word" not in str(refused.value)


def test_threads_ask_once(served: Serve) -> None:
    server, _, read = served
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: read(), range(40))) == {"ASIA1"}
    assert len(server.heads) == 1


@pytest.mark.parametrize("host", ["aws.example", "169.254.169.254", "10.0.0.1", "localhost.example"])
def test_nobody_else_is_asked_without_tls(host: str) -> None:
    """As with botocore: whoever sets the variable could lead the token of the function away."""
    with pytest.raises(Misconfigured, match="AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        ServedCredentials(f"http://{host}/").read()
    with pytest.raises(ValueError, match="Unsupported host"):
        ContainerProvider({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}/"}).load()


def test_a_relative_address_is_on_the_host_of_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1")
    asked: list[str] = []

    def fetch(address: str) -> tuple[Credentials, float]:
        asked.append(address)
        return Credentials(access_key="A", secret_key="s"), 2e9

    with patch.object(credentials, "_fetch", fetch):
        read_credentials()
    assert asked == ["http://169.254.170.2/v2/credentials/1"]
