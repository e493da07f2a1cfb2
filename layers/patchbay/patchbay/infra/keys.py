"""Names in the stores: the table's keys, the secrets' names. One place, read by the functions and the command alike.

One table, partition key `pk`, sort key `sk`, TTL attribute `expires_at` (Unix seconds). Items whose sort key carries
no meaning use SORT.

DynamoDB takes 2048 bytes of a partition key and 1024 of a sort key. What comes from services (ids of contacts,
conversations, messages) may be longer in UTF-8: then the id's beginning and a digest of the whole stand for it.
"""

from __future__ import annotations

import hashlib

SORT = "-"
_LONGEST_ID = 1700  #: bytes; the rest is for the prefix and our own ids, which are short
_LONGEST_SORTED = 900  #: the same of what becomes part of a sort key
CONNECTIONS = "CONNECTION"  #: the one partition that holds every connection, sort key = its id


def bound(text: str, longest: int = _LONGEST_ID) -> str:
    """An id from outside, fit for a key: itself unless it is too long. What is fit stays as it is."""
    raw = text.encode(errors="surrogatepass")
    if len(raw) <= longest:
        return text
    digest = "~" + hashlib.sha256(raw).hexdigest()
    return raw[: longest - len(digest)].decode(errors="ignore") + digest


def bound_sorted(text: str) -> str:
    """The same for sort keys."""
    return bound(text, _LONGEST_SORTED)


def endpoint_key(service: str, hook: str) -> str:
    """By the hook's hash: whoever reads the table cannot call our webhooks."""
    return "ENDPOINT#" + hashlib.sha256(f"{service}/{hook}".encode()).hexdigest()


def account_key(endpoint_id: str, account: str) -> str:
    return f"ACCOUNT#{endpoint_id}#{bound(account)}"


def awaited_key(endpoint_id: str) -> str:
    """Says until when an account of the endpoint is being connected."""
    return f"AWAITED#{endpoint_id}"


def owner_key(endpoint_id: str, thread: str) -> str:
    """Whose conversation it is, for webhooks that do not say."""
    return f"OWNER#{endpoint_id}#{bound(thread)}"


def consent_key(state: str) -> str:
    """By the state's hash: whoever reads the table cannot answer for the browser that holds it."""
    return "CONSENT#" + hashlib.sha256(state.encode()).hexdigest()


def seen_key(endpoint_id: str) -> str:
    return f"SEEN#{endpoint_id}"


def session_key(messenger_connection: str, contact_id: str) -> str:
    return f"SESSION#{messenger_connection}#{bound(contact_id)}"


def conversation_key(platform_connection: str, conversation_id: str) -> str:
    return f"CONVERSATION#{platform_connection}#{bound(conversation_id)}"


def read_conversation_key(key: str) -> tuple[str, str]:
    """The platform connection and the conversation of a `conversation_key`. Ids of connections hold no hash."""
    _, platform_connection, conversation_id = key.split("#", 2)
    return platform_connection, conversation_id


def person_key(platform_connection: str, key: str) -> str:
    return f"PERSON#{platform_connection}#{bound(key)}"


def person_id_key(platform_connection: str, platform_id: str) -> str:
    return f"PERSONID#{platform_connection}#{bound(platform_id)}"


def numbers_key(platform_connection: str) -> str:
    return f"NUMBERS#{platform_connection}"


def foreign_key(platform_connection: str, thread: str) -> str:
    """By the conversation's hash: nothing of it is kept."""
    return "FOREIGN#" + hashlib.sha256(f"{platform_connection}/{thread}".encode()).hexdigest()


def repeat_key(key: str) -> str:
    return f"REPEAT#{bound(key)}"


def carried_key(platform_connection: str, conversation: str) -> str:
    return f"CARRIED#{platform_connection}#{bound(conversation)}"


def delivery_key(event_id: str) -> str:
    return f"DELIVERY#{bound(event_id)}"


def leases_key(connection_id: str) -> str:
    return f"LEASES#{connection_id}"


def sent_key(connection_id: str, external_id: str) -> str:
    return f"SENT#{connection_id}#{bound(external_id)}"


def thread_key(connection_id: str, thread: str) -> str:
    """The partition of the `thread` index, which finds what was sent before."""
    return f"THREAD#{connection_id}#{bound(thread)}"


def secret_name(stage: str, connection_id: str) -> str:
    return f"patchbay/{stage}/{connection_id}"
