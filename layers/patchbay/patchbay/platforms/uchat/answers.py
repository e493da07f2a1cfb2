"""UChat's JSON objects in the APIs' answers. Never loaded by the webhook function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator

from patchbay.wire import String, Wire


def _only_object(value: object) -> object:
    """PHP writes an empty object as an empty list."""
    return value if isinstance(value, Mapping) else {}


class MeWire(Wire):
    id: String = ""
    name: String = ""


class WebhookWire(Wire):
    """A workspace's webhook; every field is empty when there is none."""

    webhook_url: String = ""
    webhook_verification_key: String = ""
    webhook_status: String = ""
    bot_url: String = ""

    @property
    def is_verified(self) -> bool:
        return self.webhook_status == "verified"


class PartnerWire(Wire):
    status: String = ""
    message: String = ""
    data: Annotated[WebhookWire, BeforeValidator(_only_object)] = WebhookWire()


class ProblemWire(Wire):
    """`errors` are those of each field."""

    message: String = ""
    errors: Annotated[Mapping[str, object], BeforeValidator(_only_object)] = {}
