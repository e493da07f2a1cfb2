"""Webhooks that are signed as Standard Webhooks says: three headers, an HMAC over id, time and raw body.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable

from patchbay.domain.characters import read_whole_number
from patchbay.domain.errors import Misconfigured, SignatureRejected
from patchbay.kit.contract import WebhookRequest

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"  #: the headers
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with

_WINDOW = 300  #: seconds between signing and receiving at most, as the standard's own libraries have it
_SHORTEST_KEY = 24  #: bytes, as the standard asks for
_MOST_SIGNATURES = 5  #: more than a rotation needs; a stranger's header must not keep us busy


def verify_standard_webhook(request: WebhookRequest, secrets: Iterable[str]) -> None:
    """Accepts a request that was signed with any of `secrets` ("whsec_" and base64); it may bear several signatures.

    Raises SignatureRejected otherwise, also when it was signed more than five minutes ago or ahead: what somebody has
    kept is not believed later. Raises Misconfigured when a stored secret is none.
    """
    message_id, signed_at = request.headers.get(ID, ""), request.headers.get(TIMESTAMP, "")
    found = [one.removeprefix("v1,") for one in request.headers.get(SIGNATURE, "").split(" ")]
    if not message_id or not any(found):
        raise SignatureRejected("the webhook is not signed")
    content = f"{message_id}.{signed_at}.".encode("utf-8", "surrogatepass") + request.body
    expected = [base64.b64encode(hmac.digest(read_key(secret), content, "sha256")) for secret in secrets]
    matches = [
        hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), right)
        for signature in found[:_MOST_SIGNATURES]
        for right in expected
    ]
    if not any(matches):
        raise SignatureRejected("the signature does not match: check that both sides have the same secret")
    seconds = read_whole_number(signed_at)
    if seconds is None or abs(request.received_at.timestamp() - seconds) > _WINDOW:
        raise SignatureRejected("it was signed at another time: more than five minutes ago or ahead of our clock")


def read_key(secret: str) -> bytes:
    """The key in a secret. Raises Misconfigured for what is none."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) < _SHORTEST_KEY:
        raise Misconfigured(f"the secret is not complete: it is {SECRET_PREFIX} and at least 24 bytes in base64")
    return key
