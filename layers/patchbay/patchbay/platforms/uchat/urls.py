"""Where UChat's APIs are. Two addresses: the partner's and workspace's, and the one that takes contacts' messages."""

from __future__ import annotations

from patchbay.domain.accounts import Settings
from patchbay.kit.addresses import check_base_url
from patchbay.platforms.uchat.spec import DEFAULT_BASE_URL


def read_base_url(settings: Settings) -> str:
    """UChat's address without a path, given with or without /api. Raises Misconfigured for one that cannot be used."""
    return check_base_url(settings, default=DEFAULT_BASE_URL, api_path="/api")


def read_bot_url(settings: Settings) -> str:
    """Where messages are posted, as UChat wrote it; "" when it is not known yet. Raises Misconfigured."""
    bot_url = settings.get("bot_url", "").strip()
    if bot_url:
        check_base_url(settings, name="bot_url", hint="copy the whole address from UChat's answer to Set webhook")
    return bot_url
