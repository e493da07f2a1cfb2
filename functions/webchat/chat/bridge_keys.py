"""The key with which the bridge proves that it is the bridge."""

from __future__ import annotations

from chat.model import Site
from patchbay.domain.errors import SignatureRejected
from patchbay.kit.signatures import verify_secret


def knows_key(site: Site, authorization: str) -> bool:
    """Whether a caller shows the connection's key, the present one or the one before."""
    scheme, _, key = authorization.partition(" ")
    try:
        verify_secret(key.strip() if scheme.lower() == "bearer" else "", site.secrets.accepted("service_key"))
    except SignatureRejected:
        return False
    return True
