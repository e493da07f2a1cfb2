"""Where the endpoint of a connection is found: by the token in its URL, or by what messages of the topic call it.

Never by both. What nobody signs must not come in by a URL.
"""

from __future__ import annotations

from patchbay.aws.stores import keys
from patchbay.domain.accounts import Connection
from patchbay.kit import registry


def address_of(connection: Connection, webhook_token: str) -> str:
    """The key of its endpoint; "" for a connection that has none of its own, and so no token."""
    if not webhook_token:
        return ""
    source = registry.topic_source(connection)
    if source:
        return keys.topic_key(connection.service, source)
    return keys.endpoint_key(connection.service, webhook_token)
