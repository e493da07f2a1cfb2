"""Who calls AWS: a signature of version 4, over all of the call, and not older than five minutes.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from flask import Request

from playground.services.whatsapp.aws_errors import Refused
from playground.simulator_auth import is_same

_SERVICE = "social-messaging"
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z-]+)/"
    r"aws4_request, ?SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_LIFE = timedelta(minutes=5)
_MUST = frozenset({"host", "x-amz-date"})


def check_signature(request: Request, secrets: Mapping[str, str], region: str = "") -> None:
    """Raises Refused. `secrets` are the secret keys by access key: of a key that is not there, only the form counts."""
    found = _HEADER.fullmatch(request.headers.get("Authorization", ""))
    names = found["names"].split(";") if found else []
    if found is None or not set(names) >= _MUST:
        raise Refused("AccessDeniedException", "Missing Authentication Token")
    if found["service"] != _SERVICE or (region and found["region"] != region):
        raise Refused("AccessDeniedException", f"Credential should be scoped to service: {_SERVICE} in {region}")
    _check_time(request.headers.get("X-Amz-Date", ""), found["day"])
    secret = secrets.get(found["key"])
    if secret is not None and not is_same(_sign(request, names, secret, found["region"]), found["signature"]):
        raise Refused(
            "AccessDeniedException", "The request signature we calculated does not match the one you provided"
        )


def _check_time(text: str, day: str) -> None:
    """By the real clock, which a signature is made with in virtual worlds too."""
    try:
        at = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("AccessDeniedException", "Date must be in ISO-8601 'basic format'") from None
    if abs(datetime.now(UTC) - at) > _LIFE or not text.startswith(day):
        raise Refused("AccessDeniedException", "Signature expired")


def _sign(request: Request, names: list[str], secret: str, region: str) -> str:
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    sent = AWSRequest(
        request.method,
        f"http://{request.host}{request.path}{query}",
        headers={name: request.headers.get(name, "") for name in names},
        data=request.get_data(),
    )
    sent.context["timestamp"] = request.headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials("key", secret), _SERVICE, region)
    return str(signer.signature(signer.string_to_sign(sent, signer.canonical_request(sent)), sent))
