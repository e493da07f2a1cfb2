"""Checking who sent a webhook: pure functions over raw bytes, several secrets, constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING

from patchbay.domain.characters import read_whole_number
from patchbay.domain.errors import Misconfigured, SignatureRejected
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.rsa_keys import read_rsa_numbers

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

WEBHOOK_SECRET_PREFIX = "whsec_"  # noqa: S105 - what the secrets of Standard Webhooks begin with

_WINDOW = 300  #: seconds between signing and receiving at most, as the standard's own libraries have it
_SHORTEST_KEY = 24  #: bytes, as the standard asks for
_MOST_SIGNATURES = 5  #: more than a rotation needs; a stranger's header must not keep us busy


def verify_hmac(body: bytes, signature: str | None, secrets: Iterable[str], algorithm: str = "sha256") -> None:
    """Accepts the lower-case hex HMAC of `body` under any of `secrets`. Raises SignatureRejected otherwise.

    Every secret is tried even after a match, so that time tells nothing about which one is in use.
    """
    if not signature:
        raise SignatureRejected("the webhook is not signed")
    given = signature.strip().lower().encode("utf-8", "surrogateescape")
    matches = [
        hmac.compare_digest(given, hmac.new(secret.encode(), body, algorithm).hexdigest().encode())
        for secret in secrets
    ]
    if not any(matches):
        raise SignatureRejected(
            "the signature does not match: check that the stored secret is the one set at the service"
        )


def verify_standard_webhook(request: WebhookRequest, secrets: Iterable[str]) -> None:
    """Accepts a request that is signed as the Standard Webhooks say, under any of `secrets` ("whsec_" and base64).

    The signature is an HMAC-SHA256 over id, time and raw body; several may stand in the header. Raises
    SignatureRejected otherwise, also when it was signed more than five minutes ago or ahead: what somebody has kept
    is not believed later. Misconfigured when a stored secret is not one.
    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    message_id, signed_at = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    given = [one.removeprefix("v1,") for one in request.headers.get("webhook-signature", "").split(" ")]
    if not message_id or not any(given):
        raise SignatureRejected("the webhook is not signed")
    content = f"{message_id}.{signed_at}.".encode("utf-8", "surrogateescape") + request.body
    expected = [base64.b64encode(hmac.digest(read_webhook_key(secret), content, "sha256")) for secret in secrets]
    matches = [
        hmac.compare_digest(signature.encode("utf-8", "surrogateescape"), right)
        for signature in given[:_MOST_SIGNATURES]
        for right in expected
    ]
    if not any(matches):
        raise SignatureRejected("the signature does not match: check that both sides have the same secret")
    seconds = read_whole_number(signed_at)
    if seconds is None or abs(request.received_at.timestamp() - seconds) > _WINDOW:
        raise SignatureRejected("it was signed at another time: more than five minutes ago or ahead of our clock")


def read_webhook_key(secret: str) -> bytes:
    """The key in a secret of Standard Webhooks. Raises Misconfigured for what is none."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(WEBHOOK_SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) < _SHORTEST_KEY:
        raise Misconfigured(
            f"the secret is not complete: it is {WEBHOOK_SECRET_PREFIX} and at least 24 bytes in base64"
        )
    return key


def verify_rsa_sha256(body: bytes, signature: str | None, public_keys: Iterable[str]) -> None:
    """Accepts the base64 RSASSA-PKCS1-v1_5 signature of `body` by any of `public_keys`, PEM or bare.

    Raises SignatureRejected otherwise, and Misconfigured if a stored key is not a key.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    if not signature:
        raise SignatureRejected("the webhook is not signed")
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureRejected("the signature is not base64") from None
    for text in public_keys:
        try:
            load_rsa_public_key(text).verify(given, body, PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return
    raise SignatureRejected("the signature does not match: check that the stored public key is the one of this account")


def load_rsa_public_key(text: str) -> RSAPublicKey:
    """The RSA public key in `text`, whatever its label says.

    Freshchat shows an SPKI key under the label of a PKCS#1 key, often on one line, so the label is thrown away and the
    content decides. Raises Misconfigured for anything that is no RSA public key.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    words = [word for word in text.replace("\\n", "\n").split("-----") if "PUBLIC KEY" not in word]
    content = "".join("".join(words).split())
    try:
        modulus, exponent = read_rsa_numbers(base64.b64decode(content, validate=True))
        return RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        return _load_by_cryptography(content)


def _load_by_cryptography(content: str) -> RSAPublicKey:
    """What our own reader does not know, a key of another kind for example: that takes longer and is explained."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    try:
        der = base64.b64decode(content, validate=True)
        try:
            key = load_der_public_key(der)
        except ValueError:
            lines = base64.encodebytes(der).decode()
            key = load_pem_public_key(f"-----BEGIN RSA PUBLIC KEY-----\n{lines}-----END RSA PUBLIC KEY-----\n".encode())
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise Misconfigured(
            "this is not an RSA public key: paste the whole key, with or without the BEGIN and END lines"
        ) from None
    if not isinstance(key, RSAPublicKey):
        raise Misconfigured("the public key is not an RSA key: copy the one shown beside the webhook URL")
    return key


def verify_secret(given: str | None, secrets: Iterable[str]) -> None:
    """Compares a shared secret in constant time. Raises SignatureRejected."""
    candidate = _fingerprint(given or "")
    matches = [hmac.compare_digest(candidate, _fingerprint(secret)) for secret in secrets if secret]
    if not any(matches):
        raise SignatureRejected("the shared secret does not match")


def _fingerprint(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
