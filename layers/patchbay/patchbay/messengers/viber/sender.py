"""Under which name and picture a message is shown."""

from __future__ import annotations

from patchbay.domain.accounts import Settings
from patchbay.domain.text import shorten
from patchbay.messengers.viber import spec

_UNNAMED = "Support"  #: Viber wants a name on every message


def build_sender(settings: Settings, name: str | None = None, avatar: str | None = None) -> dict[str, str]:
    """Who the customer sees: the agent by name, else what the owner has set."""
    shown = " ".join((name or "").split()) or settings.get("sender_name", "").strip() or _UNNAMED
    sender = {"name": shorten(shown, spec.SENDER_NAME)}
    picture = avatar or settings.get("sender_avatar", "")
    if picture.startswith(("https://", "http://")) and len(picture) <= spec.URL:
        sender["avatar"] = picture
    return sender
