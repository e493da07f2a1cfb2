"""Who calls: the handshake while our webhook is being set, and the signature of everything else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from patchbay.domain.accounts import Endpoint
from patchbay.domain.characters import read_json
from patchbay.domain.errors import SignatureRejected
from patchbay.kit.contract import WebhookRequest, WebhookResponse
from patchbay.kit.signatures import verify_hmac, verify_secret

KEY = "webhook_verification_key"

_SAFE = re.compile(r"[A-Za-z0-9_-]{1,256}")  # nothing that a browser would take for markup
_FORM = "application/x-www-form-urlencoded"


def verify_signature(request: WebhookRequest, endpoint: Endpoint) -> None:
    """UChat: the verification key is also what messages are signed with."""
    signature = request.headers.get("x-hub-signature-256", "").strip().removeprefix("sha256=")
    verify_hmac(request.body, signature, endpoint.secrets.accepted(KEY))


def answer_handshake(request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse | None:
    """The challenge, for a caller that knows the key; None for a request that is not a handshake.

    UChat sends three parameters and does not say in which encoding, nor that they are signed.
    """
    parameters = _read_parameters(request)
    challenge = parameters.get("hub_challenge", "")
    if parameters.get("hub_mode") != "subscribe" or not challenge:
        return None
    try:
        verify_secret(parameters.get("hub_verify_token"), endpoint.secrets.accepted(KEY))
    except SignatureRejected:
        return WebhookResponse(status=403)
    if not _SAFE.fullmatch(challenge):
        return WebhookResponse(status=403)
    headers = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
    return WebhookResponse(status=200, body=challenge.encode(), headers=headers)


def _read_parameters(request: WebhookRequest) -> Mapping[str, str]:
    """By the names with underscores; Facebook, whose handshake this is, writes them with dots."""
    if request.method not in {"GET", "POST"}:
        return {}
    given = {**request.query, **_read_body(request)}
    return {name.replace(".", "_", 1): value for name, value in given.items()}


def _read_body(request: WebhookRequest) -> Mapping[str, str]:
    if b"hub" not in request.body:  # messages are not read twice
        return {}
    if request.headers.get("content-type", "").lower().startswith(_FORM):
        return dict(parse_qsl(request.body.decode("ascii", "replace")))
    try:
        content = read_json(request.body)
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    return {name: str(value) for name, value in content.items() if isinstance(value, str | int)}
