"""Signature version 4, as every request to AWS carries it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """`session_token` is "" for a user's own keys; a role's always come with one."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a signature is good for: one service in one region."""

    service: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Header names are in lower case, "host" among them; `path` and `query` are encoded as they are sent.

    The query's names are in order: see `write_query`.
    """

    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def sign(request: Request, credentials: Credentials, scope: Scope, at: str) -> dict[str, str]:
    """All headers of the request as it is sent, `at` a time such as "20261129T190000Z"."""
    headers = {**request.headers, "x-amz-date": at}
    if credentials.session_token:
        headers["x-amz-security-token"] = credentials.session_token
    names = sorted(headers)
    signed = ";".join(names)
    canonical = "\n".join(
        (
            request.method,
            quote(request.path, safe="/~"),
            request.query,
            *(f"{name}:{' '.join(headers[name].split())}" for name in names),
            "",
            signed,
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    day = at[:8]
    place = f"{day}/{scope.region}/{scope.service}/aws4_request"
    text = f"{ALGORITHM}\n{at}\n{place}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = _mac(_key(credentials.secret_key, day, scope), text).hex()
    headers["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{place}, SignedHeaders={signed}, Signature={signature}"
    )
    return headers


def write_query(query: Mapping[str, str]) -> str:
    """As it is both sent and signed."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


@lru_cache(maxsize=16)
def _key(secret_key: str, day: str, scope: Scope) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
