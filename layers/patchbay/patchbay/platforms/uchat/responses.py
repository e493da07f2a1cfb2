"""UChat's JSON objects in the APIs' answers. Never loaded by the webhook function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator

from patchbay.kit.schemas import Wire


def _only_object(value: object) -> object:
    """PHP writes an empty object as an empty list."""
    return value if isinstance(value, Mapping) else {}


class MeWire(Wire):
    id: str = ""
    name: str = ""


class WebhookWire(Wire):
    """A workspace's webhook; every field is empty if none is set."""

    webhook_url: str = ""
    webhook_verification_key: str = ""
    webhook_status: str = ""
    bot_url: str = ""

    @property
    def is_verified(self) -> bool:
        return self.webhook_status == "verified"


class PartnerWire(Wire):
    status: str = ""
    message: str = ""
    data: Annotated[WebhookWire, BeforeValidator(_only_object)] = WebhookWire()


class ProblemWire(Wire):
    """`errors` are those of each field."""

    message: str = ""
    errors: Annotated[Mapping[str, object], BeforeValidator(_only_object)] = {}
