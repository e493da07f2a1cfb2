"""Who answers: if several apps share an account, Meta sends each customer's messages to one, and copies to the others.

An app that gets only copies may not answer, and nobody tells its owner. So both are told apart, and the doctor says
which of them arrive.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/conversation-routing/overview
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from patchbay.kit.account_setup import WebhookForm
from patchbay.kit.contract import WebhookRequest

OWN, COPIES = "messages", "standby"

_FIELD = re.compile(rb'"field"\s*:\s*"(\w{1,64})"')


def name_form(request: WebhookRequest) -> str:
    """Copies, if there is nothing else in it."""
    fields = set(_FIELD.findall(request.body))
    return COPIES if fields == {COPIES.encode()} else OWN


def list_forms() -> Mapping[str, WebhookForm]:
    return {
        OWN: WebhookForm(title="WhatsApp", expected=True),
        COPIES: WebhookForm(
            title="conversations that another app answers",
            expected=False,
            advice="make your app the primary responder in Meta's Business Settings, or disconnect the other app",
        ),
    }
