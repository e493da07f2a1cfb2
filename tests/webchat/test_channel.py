"""The WebSocket API, asked to put an update on a connection."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from chat.aws.channel import ApiGatewayChannel
from chat.ports import NotSent
from patchbay.aws.api.exchange import Answer
from patchbay.aws.api.signing import Credentials
from patchbay.aws.api.transport import NoAnswer, Transport

ADDRESS = "https://abc123.execute-api.eu-west-1.amazonaws.com/live"
CONNECTION = "L0SM9cOFvHcCIhw="  # as API Gateway names them
KEYS = Credentials(access_key="AKID", secret_key="secret", session_token="token")
UPDATE = '{"chat":{"id":"ü"}}'.encode()


class Recorded(Transport):
    def __init__(self, status: int | None = 200) -> None:
        self.status = status
        self.sent: list[tuple[str, str, Mapping[str, str], bytes]] = []

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.sent.append((method, path, headers, body))
        if self.status is None:
            raise NoAnswer("TimeoutError")
        return Answer(status=self.status, headers={}, body=b"")


def send(transport: Recorded) -> bool:
    return ApiGatewayChannel(ADDRESS, "eu-west-1", transport, lambda: KEYS).send(CONNECTION, UPDATE)


def test_an_update_is_signed_as_boto3_signs_it() -> None:
    transport = Recorded()
    assert send(transport)
    [(method, path, headers, body)] = transport.sent
    assert (method, path, body) == ("POST", "/live/%40connections/L0SM9cOFvHcCIhw%3D", UPDATE)
    parts = urlsplit(ADDRESS)
    request = AWSRequest(
        method, f"{parts.scheme}://{parts.netloc}{path}", headers={"content-type": headers["content-type"]}, data=body
    )
    signer = SigV4Auth(
        BotoCredentials(KEYS.access_key, KEYS.secret_key, KEYS.session_token), "execute-api", "eu-west-1"
    )
    request.context["timestamp"] = headers["x-amz-date"]
    request.headers["X-Amz-Date"] = headers["x-amz-date"]
    request.headers["X-Amz-Security-Token"] = KEYS.session_token
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={signature}")


def test_a_connection_that_is_gone_is_no_failure() -> None:
    assert send(Recorded(410)) is False


@pytest.mark.parametrize("status", [None, 403, 429, 500, 504])
def test_what_may_not_have_arrived_is_said_and_not_sent_again(status: int | None) -> None:
    transport = Recorded(status)
    with pytest.raises(NotSent):
        send(transport)
    assert len(transport.sent) == 1
