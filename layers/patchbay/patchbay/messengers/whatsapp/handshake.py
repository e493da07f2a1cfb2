"""Who calls: the handshake while our webhook is being set, and the signature of everything else.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint
"""

from __future__ import annotations

import re

from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import SignatureRejected
from patchbay.kit.contract import WebhookRequest, WebhookResponse
from patchbay.kit.signatures import verify_hmac, verify_secret

_SAFE = re.compile(r"[A-Za-z0-9_-]{1,256}")  # nothing that a browser would take for markup


def verify_signature(request: WebhookRequest, endpoint: Endpoint) -> None:
    """Meta signs the bytes as they are sent, with its escapes: JSON that is written anew has another signature."""
    signature = request.headers.get("x-hub-signature-256", "").strip().removeprefix("sha256=")
    verify_hmac(request.body, signature, endpoint.secrets.accepted("app_secret"))


def answer_handshake(request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse | None:
    """The challenge, for a caller that knows the token; None for a request that is not a handshake."""
    if request.method != "GET" or "hub.mode" not in request.query:
        return None
    challenge = request.query.get("hub.challenge", "")
    try:
        verify_secret(request.query.get("hub.verify_token"), endpoint.secrets.accepted("verify_token"))
    except SignatureRejected:
        return WebhookResponse(status=403)
    if request.query.get("hub.mode") != "subscribe" or not _SAFE.fullmatch(challenge):
        return WebhookResponse(status=403)
    headers = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
    return WebhookResponse(status=200, body=challenge.encode(), headers=headers)
