"""Unblu signs what it sends, and wants our answers signed alike: HMAC over the bytes, in hex, without any prefix."""

from __future__ import annotations

import hashlib
import hmac

from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import SignatureRejected
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.signatures import verify_hmac

SIGNATURE = "x-unblu-signature-256"

_ALGORITHMS = {SIGNATURE: "sha256", "x-unblu-signature": "sha1"}


def verify_signatures(request: WebhookRequest, secrets: tuple[str, ...]) -> None:
    """Each signature that is present must match; older versions send only SHA-1, newer ones both.

    Nothing in them says when: repeats are known by the message's id.
    """
    if not secrets:
        raise SignatureRejected("webhook_secret is missing: run `patchbay connect unblu ID` again")
    present = {name: request.headers[name] for name in _ALGORITHMS if request.headers.get(name)}
    if not present:
        raise SignatureRejected("the webhook is not signed")
    for name, signature in present.items():
        verify_hmac(request.body, signature, secrets, _ALGORITHMS[name])


def sign_answer(body: bytes, request: WebhookRequest, endpoint: Endpoint) -> str:
    """With the secret that the request was signed with: during a change of secrets Unblu knows only the old one."""
    return hmac.new(_find_secret(request, endpoint).encode(), body, hashlib.sha256).hexdigest()


def _find_secret(request: WebhookRequest, endpoint: Endpoint) -> str:
    for secret in endpoint.secrets.accepted("webhook_secret"):
        try:
            verify_signatures(request, (secret,))
        except SignatureRejected:
            continue
        return secret
    raise SignatureRejected("the request is not signed")
