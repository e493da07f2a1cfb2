"""Where a tenant's API is, and in which of its two generations."""

from __future__ import annotations

from urllib.parse import urlsplit

from patchbay.domain.accounts import Settings
from patchbay.domain.errors import Misconfigured
from patchbay.kit.addresses import check_base_url

V3, V4 = "v3", "v4"
AUTO = "auto"


def read_base_url(settings: Settings) -> str:
    """The tenant's address up to where its APIs begin. Raises Misconfigured for one that cannot be used.

    Unblu: technical users come in by the internal entry path, which is /app unless the owner has changed it.
    """
    base_url = check_base_url(settings, hint="enter it like https://unblu.cloud", api_path="/rest")
    return base_url if urlsplit(base_url).path else f"{base_url}/app"


def read_generation(settings: Settings) -> str:
    """v3 or v4: as the owner says, else as Unblu has told. Raises Misconfigured for another word."""
    wanted = settings.get("api_version", "") or AUTO
    if wanted not in {AUTO, V3, V4}:
        raise Misconfigured(f"api_version must be {AUTO}, {V3} or {V4}")
    if wanted != AUTO:
        return wanted
    return V3 if settings.get("api_version_found") == V3 else V4
