"""Our signatures are AWS's: those of its published examples, and botocore's over random requests."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import quote

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from patchbay.aws.api.signing import Credentials, Request, Scope, sign, write_query

#: A second's worth. Whoever changes the signer runs 20,000 once.
CASES = 1000

# --- AWS's published examples ----------------------------------------------------------------------------------------

_KEYS = {"access_key": "AKIDEXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
_TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwt"
    "hAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVX"
    "AkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)
_HOST = {"host": "example.amazonaws.com"}
_EXAMPLES = {
    "post-vanilla": (_HOST, b"", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "post-header-value-case": (
        {**_HOST, "my-header1": "VALUE1"},
        b"",
        "",
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    ),
    "post-x-www-form-urlencoded": (
        {**_HOST, "content-type": "application/x-www-form-urlencoded"},
        b"Param1=value1",
        "",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    "post-sts-header-before": (
        _HOST,
        b"",
        _TOKEN,
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    ),
}


@pytest.mark.parametrize("name", _EXAMPLES)
def test_a_published_example_gets_its_published_signature(name: str) -> None:
    headers, body, token, signature = _EXAMPLES[name]
    credentials = Credentials(**_KEYS, session_token=token)
    scope = Scope(service="service", region="us-east-1")
    signed = sign(Request(headers=headers, body=body), credentials, scope, "20150830T123600Z")
    assert signed["authorization"].endswith(f", Signature={signature}")
    assert signed["authorization"].startswith(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="
    )


# --- botocore --------------------------------------------------------------------------------------------------------

_SERVICES = ("sqs", "dynamodb", "secretsmanager", "social-messaging")
_REGIONS = ("eu-central-1", "us-east-1", "us-gov-west-1", "cn-north-1", "ap-southeast-7", "eusc-de-east-1")
_BASE64 = string.ascii_letters + string.digits + "+/="
_PATHS = string.ascii_letters + string.digits + "-._~"
_QUERIES = _PATHS + "/:+ =&%é"
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def _draw(chance: random.Random) -> tuple[Request, Credentials, Scope, datetime]:
    scope = Scope(service=chance.choice(_SERVICES), region=chance.choice(_REGIONS))
    port = chance.choice(("", "", ":8443"))
    headers = {
        "host": f"{scope.service}.{scope.region}.amazonaws.com{port}",
        "content-type": f"application/x-amz-json-1.{chance.randrange(2)}",
        "x-amz-target": "".join(chance.choices(string.ascii_letters + string.digits + "_.", k=chance.randrange(1, 60))),
    }
    for _ in range(chance.randrange(4)):
        name = "x-" + "".join(chance.choices(string.ascii_lowercase + string.digits + "-", k=chance.randrange(1, 20)))
        headers[name] = "".join(chance.choices(_PRINTABLE + "    \t", k=chance.randrange(40)))
    credentials = Credentials(
        access_key="AKIA" + "".join(chance.choices(string.ascii_uppercase + string.digits, k=16)),
        secret_key="".join(chance.choices(_BASE64, k=40)),
        session_token=chance.choice(("", "".join(chance.choices(_BASE64, k=chance.randrange(1, 1200))))),
    )
    method = chance.choice(("POST", "POST", "GET", "PUT", "DELETE"))
    path = "/" + "/".join(quote("".join(chance.choices(_PATHS, k=5))) for _ in range(chance.randrange(4)))
    query = {
        "".join(chance.choices(_PATHS, k=3)): "".join(chance.choices(_QUERIES, k=9)) for _ in range(chance.randrange(3))
    }
    body = chance.randbytes(chance.choice((0, 1, 63, 64, 65, chance.randrange(5000))))
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(20 * 365 * 24 * 3600))
    sent = Request(method=method, path=path, query=write_query(query), headers=headers, body=body)
    return sent, credentials, scope, at


def _sign_with_botocore(request: Request, credentials: Credentials, scope: Scope, at: datetime) -> dict[str, str]:
    sent = AWSRequest(
        method=request.method,
        url=f"https://{request.headers['host']}{request.path}{'?' if request.query else ''}{request.query}",
        headers=dict(request.headers),
        data=request.body,
    )
    keys = BotocoreCredentials(credentials.access_key, credentials.secret_key, credentials.session_token or None)
    with patch.object(auth, "get_current_datetime", lambda: at):
        auth.SigV4Auth(keys, scope.service, scope.region).add_auth(sent)
    return {name.lower(): value for name, value in sent.headers.items()}


def test_random_requests_are_signed_as_botocore_signs_them() -> None:
    chance = random.Random(20261129)
    for number in range(CASES):
        request, credentials, scope, at = _draw(chance)
        ours = sign(request, credentials, scope, at.strftime("%Y%m%dT%H%M%SZ"))
        assert ours == _sign_with_botocore(request, credentials, scope, at), f"case {number}: {request}"


def test_a_key_is_not_used_beyond_its_day_nor_for_another_secret() -> None:
    """Keys are kept, so what they were made from must be compared whole."""
    request = Request(headers=_HOST, body=b"")
    scope = Scope(service="sqs", region="eu-central-1")
    first, other = Credentials(**_KEYS), Credentials(access_key="AKIDEXAMPLE", secret_key="another")
    days = [datetime(2026, 11, day, 23, 59, 59, tzinfo=UTC) for day in (29, 30)]
    for credentials in (first, other, first):
        for at in days:
            ours = sign(request, credentials, scope, at.strftime("%Y%m%dT%H%M%SZ"))
            assert ours == _sign_with_botocore(request, credentials, scope, at)
