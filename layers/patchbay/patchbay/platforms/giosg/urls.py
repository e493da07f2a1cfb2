"""Where Giosg is."""

from __future__ import annotations

from patchbay.domain.accounts import Settings
from patchbay.kit.addresses import check_base_url
from patchbay.platforms.giosg.spec import BASE_URL


def read_base_url(settings: Settings) -> str:
    """Giosg's address without a slash at its end. Raises Misconfigured for one that cannot be used."""
    return check_base_url(settings, default=BASE_URL, api_path="/api")
