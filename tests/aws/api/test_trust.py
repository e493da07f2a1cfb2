"""Whose certificates count: Amazon's, the whole bundle's where those were not enough, or only the owner's own."""

from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import certifi
import pytest
from botocore.httpsession import create_urllib3_context

from patchbay.aws.api import trust as module
from patchbay.aws.api.transport import NoAnswer
from patchbay.aws.api.trust import Trust, bundle_path, read_amazon_roots, trust
from patchbay.domain.errors import Misconfigured
from tests.aws import servers
from tests.aws.api.conftest import Connect
from tests.aws.servers import make_certificate, reply, serving

#: https://www.amazontrust.com/repository/ names them as those that every store of one's own must hold.
_FINGERPRINTS = [
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
]


def test_the_five_roots_are_read_from_certifi() -> None:
    end = "-----END CERTIFICATE-----"
    found = [part + end for part in read_amazon_roots().split(end) if part.strip()]
    assert [hashlib.sha256(ssl.PEM_cert_to_DER_cert(one.strip())).hexdigest() for one in found] == _FINGERPRINTS
    assert bundle_path() == certifi.where()
    assert len(Trust().context.get_ca_certs()) == 5


def test_a_bundle_that_names_its_roots_otherwise_is_read_whole(tmp_path: Path) -> None:
    renamed = tmp_path / "cacert.pem"
    renamed.write_bytes(Path(certifi.where()).read_bytes().replace(b"# Label", b"# Name"))
    with patch.object(module, "bundle_path", lambda: str(renamed)):
        assert len(Trust().context.get_ca_certs()) > 50


def test_connections_are_as_strict_as_botocores() -> None:
    ours, theirs = Trust().context, create_urllib3_context()
    assert ours.verify_mode is ssl.CERT_REQUIRED
    assert ours.check_hostname  # botocore leaves this to urllib3
    assert ours.minimum_version is ssl.TLSVersion.TLSv1_2
    assert ours.verify_flags & theirs.verify_flags == theirs.verify_flags
    assert ours.options & theirs.options == theirs.options


def _ask(connect_to: Connect, port: int, host: str = "localhost") -> int:
    return connect_to(port, scheme="https", host=host).send("POST", "/", {"host": "aws.test"}, b"{}").status


def test_a_stranger_is_not_spoken_to(connect_to: Connect, certificate: Path) -> None:
    """Nobody has signed for the server but itself. Not even the whole bundle helps, and the call fails."""
    seen: list[object] = []
    refused = pytest.raises(NoAnswer, match=r"^SSLCertVerificationError$")
    with serving(seen.append, certificate) as port, refused:
        _ask(connect_to, port)
    assert not seen


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_of_the_owners_own_takes_the_place_of_all_others(
    variable: str, connect_to: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(certificate))
    with serving(reply(b"{}"), certificate) as port:
        assert _ask(connect_to, port) == 200
    assert len(trust().context.get_ca_certs()) == 1
    assert not trust().widen(trust().context)


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_bundle_that_cannot_be_read_is_named(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bundle.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(file))
    with pytest.raises(Misconfigured, match="AWS_CA_BUNDLE"):
        Trust()


def test_another_name_is_not_spoken_to(connect_to: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with serving(reply(b"{}"), certificate) as port, pytest.raises(NoAnswer, match=r"^SSLCertVerificationError$"):
        _ask(connect_to, port, host="127.0.0.1")


def test_an_expired_certificate_is_refused(
    connect_to: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with patch.object(servers, "datetime") as clock:
        clock.now.return_value = datetime.now(UTC) - timedelta(days=1)
        expired = make_certificate(tmp_path, "localhost")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(expired))
    with serving(reply(b"{}"), expired) as port, pytest.raises(NoAnswer, match=r"^SSLCertVerificationError$"):
        _ask(connect_to, port)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_version_of_tls_is_refused(
    connect_to: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with serving(reply(b"{}"), certificate, ssl.TLSVersion.TLSv1_1) as port, pytest.raises(NoAnswer, match="SSL"):
        _ask(connect_to, port)


def test_tls_1_2_is_spoken(connect_to: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with serving(reply(b"{}"), certificate, ssl.TLSVersion.TLSv1_2) as port:
        assert _ask(connect_to, port) == 200


def test_the_whole_bundle_is_read_once_where_amazons_roots_are_not_enough(
    connect_to: Connect, certificate: Path
) -> None:
    """AWS may buy a certificate elsewhere, as it did in China."""
    seen: list[object] = []

    def answer(handler: object) -> None:
        seen.append(handler)
        reply(b"{}")(handler)  # type: ignore[arg-type]

    amazons = read_amazon_roots()
    with (
        patch.object(module, "bundle_path", lambda: str(certificate)),
        patch.object(module, "read_amazon_roots", lambda: amazons),
        serving(answer, certificate) as port,
    ):
        assert _ask(connect_to, port) == 200
        whole = trust().context
        assert _ask(connect_to, port) == 200
        assert trust().context is whole
    assert len(seen) == 2


def test_threads_that_fail_together_widen_the_trust_once() -> None:
    both = Trust()
    before = both.context
    assert both.widen(before)
    after = both.context
    assert both.widen(before)  # somebody else was faster: try again with what there is now
    assert both.context is after
    assert not both.widen(after)
    assert len(after.get_ca_certs()) > 50
