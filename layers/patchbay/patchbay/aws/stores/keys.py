"""Names in the stores: the table's keys, the secrets' names. One place, read by the functions and the command alike.

One table, partition key `pk`, sort key `sk`, TTL attribute `expires_at` (Unix seconds). Items whose sort key carries
no meaning use SORT. Ids of services may have any length and DynamoDB's keys may not: a key that would be too long ends
with a hash instead.
"""

from __future__ import annotations

import hashlib
from typing import Literal

Purpose = Literal["verify", "authorize"]
VERIFY: Purpose = "verify"  #: of the secrets that prove who sends a webhook
AUTHORIZE: Purpose = "authorize"  #: of all other secrets, which open the service's API
PURPOSES: tuple[Purpose, ...] = (VERIFY, AUTHORIZE)

SORT = "-"
CONNECTIONS = "CONNECTION"  #: the one partition that holds every connection, sort key = its id
EVENT_PREFIX = "EVENT#"  #: of the sort keys in a thread's partition of the ledger
REPEAT_PREFIX = "REPEAT#"
ADDED_SORT = "ADDED"  #: beside an awaited account: the mark of the last account that was connected
OPENING_SORT = "OPENING"  #: beside an awaited account: until when a conversation is being opened
FORM_PREFIX = "FORM#"  #: of the sort keys, below a seen key, of the forms in which webhooks arrive
ERASED_SORT = "ERASED"  #: the mark that everything of a thread was erased, until when
FORMER = "FORMER"  #: the one partition that holds every connection that was disconnected, sort key = its id
LIST_PREFIX = "CONVERSATION#"  #: of the sort keys, below a session's key, that list the contact's conversations
OFFER_SORT = "OFFER"  #: beside a contact's held messages: the templates that its agents may pick
NEWS_PREFIX = "NEWS#"  #: of the sort keys, below a connection's templates, of what was reported of one

IDS_SORT = "IDS"  #: below a session's key: the list of the other ids that lead to the contact

_PARTITION_KEY = 2048  #: bytes, of the table's and of an index's partition key
_SORT_KEY = 1024
_HEAD = 256  #: bytes of a long key that stay readable


def endpoint_key(service: str, webhook_token: str) -> str:
    """By the webhook token's hash: a reader of the table cannot call our webhooks."""
    return "ENDPOINT#" + hashlib.sha256(f"{service}/{webhook_token}".encode()).hexdigest()


def topic_key(service: str, webhook_token: str) -> str:
    """An endpoint that no URL leads to: messages of the stack's topic name it in place of a token."""
    return "ENDPOINT#topic#" + hashlib.sha256(f"{service}/{webhook_token}".encode()).hexdigest()


def account_key(endpoint_id: str, account: str) -> str:
    return _fit(f"ACCOUNT#{endpoint_id}#{account}")


def tenant_key(endpoint_id: str, tenant: str) -> str:
    """The partition that lists the connections of one tenant's accounts, sort key = the connection's id."""
    return _fit(f"TENANT#{endpoint_id}#{tenant}")


def awaited_key(endpoint_id: str) -> str:
    """Says until when an account of the endpoint is being connected."""
    return f"AWAITED#{endpoint_id}"


def owner_key(endpoint_id: str, thread: str) -> str:
    """Whose conversation it is, for webhooks that do not say."""
    return _fit(f"OWNER#{endpoint_id}#{thread}")


def consent_key(state: str) -> str:
    """By the state's hash: a reader of the table cannot answer for the browser that holds it."""
    return "CONSENT#" + hashlib.sha256(state.encode()).hexdigest()


def seen_key(endpoint_id: str) -> str:
    return f"SEEN#{endpoint_id}"


def seen_sort(form: str) -> str:
    """Below a seen key: the last webhook of one form, "" for a service that has no forms."""
    return f"{FORM_PREFIX}{form}" if form else SORT


def session_key(messenger_connection: str, contact_id: str) -> str:
    return _fit(f"SESSION#{messenger_connection}#{contact_id}")


def conversation_key(platform_connection: str, conversation_id: str) -> str:
    """Leads to the contact whose conversation it is or was."""
    return _fit(f"CONVERSATION#{platform_connection}#{conversation_id}")


def list_sort(platform_connection: str, conversation_id: str) -> str:
    """Below a session's key: one of the contact's conversations, with all its ids."""
    return fit_sort(f"{LIST_PREFIX}{platform_connection}#{conversation_id}")


def held_key(messenger_connection: str, contact_id: str) -> str:
    """The partition of the messages that wait for a contact to write."""
    return _fit(f"HELD#{messenger_connection}#{contact_id}")


def held_sort(position: int) -> str:
    """Of one held message, in the order of positions."""
    return f"{position:015d}"


def overdue_key() -> str:
    """The one partition that lists all held messages by their ends."""
    return "OVERDUE#"


def overdue_sort(until: str, messenger_connection: str, contact_id: str, position: int) -> str:
    """`until` is of a format that sorts by time."""
    return fit_sort(f"{until}#{position}#{messenger_connection}#{contact_id}")


def templates_key(connection_id: str) -> str:
    return f"TEMPLATES#{connection_id}"


def costs_key(connection_id: str) -> str:
    """The partition of a connection's counters, a sort key for each day and category."""
    return f"COSTS#{connection_id}"


def priced_key(connection_id: str, key: str) -> str:
    """By its hash: the mark that something is in the counters already."""
    return "PRICED#" + hashlib.sha256(f"{connection_id}/{key}".encode()).hexdigest()


def threads_key(messenger_connection: str, person: str) -> str:
    """The partition that lists the contacts that are one person, a sort key for each."""
    return _fit(f"THREADS#{messenger_connection}#{person}")


def person_key(platform_connection: str, key: str) -> str:
    return _fit(f"PERSON#{platform_connection}#{key}")


def person_id_key(platform_connection: str, platform_id: str) -> str:
    return _fit(f"PERSONID#{platform_connection}#{platform_id}")


def numbers_key(platform_connection: str) -> str:
    return f"NUMBERS#{platform_connection}"


def foreign_key(platform_connection: str, thread: str) -> str:
    """By the conversation's hash: nothing of it is kept."""
    return "FOREIGN#" + hashlib.sha256(f"{platform_connection}/{thread}".encode()).hexdigest()


def repeat_keys(key: str) -> tuple[str, str]:
    """Both keys, in the partition of the thread. `key` begins with the thread's group."""
    group, _, rest = key.partition("#")
    return ledger_key(group), fit_sort(f"{REPEAT_PREFIX}{rest}")


def carried_key(platform_connection: str, conversation: str) -> str:
    return _fit(f"CARRIED#{platform_connection}#{conversation}")


def ledger_key(group: str) -> str:
    """The partition of one thread: what became of each of its events, until when it was erased, ..."""
    return _fit(f"DELIVERY#{group}")


def delivery_keys(event_key: str) -> tuple[str, str]:
    """Both keys. `event_key` is the thread's group and the event's id, as events call it their `ledger_key`."""
    group, _, event_id = event_key.rpartition("#")
    return ledger_key(group or event_id), fit_sort(f"{EVENT_PREFIX}{event_id}")


def event_of(event_key: str) -> str:
    """The event's own id in its `ledger_key`."""
    return event_key.rpartition("#")[2]


def downloads_key(token: str) -> str:
    """By the token's hash: a reader of the table cannot download the file."""
    return "DOWNLOADS#" + hashlib.sha256(token.encode()).hexdigest()


def audit_key(month: str) -> str:
    """The partition of a month's audit records. No policy that is shipped lets anybody change or delete one."""
    return _fit(f"AUDIT#{month}")


def leases_key(connection_id: str) -> str:
    return f"LEASES#{connection_id}"


def sent_key(connection_id: str, external_id: str) -> str:
    return _fit(f"SENT#{connection_id}#{external_id}")


def thread_key(connection_id: str, thread: str) -> str:
    """The partition of the `thread` index, which finds what was sent before."""
    return _fit(f"THREAD#{connection_id}#{thread}")


def fit_sort(text: str) -> str:
    """A sort key that begins like `text`, and is it when DynamoDB takes it."""
    return _fit(text, _SORT_KEY)


def sealed_key(connection_id: str) -> str:
    """Of the sealed secrets of a connection that shares another's address."""
    return f"SEALED#{connection_id}"


def secret_name(stage: str, service: str, connection_id: str, purpose: Purpose) -> str:
    """The roles in the template go by it: a webhook function reads what verifies its own service's webhooks."""
    return f"patchbay/{stage}/{service}/{connection_id}/{purpose}"


def _fit(key: str, most: int = _PARTITION_KEY) -> str:
    whole = key.encode()
    if len(whole) <= most:
        return key
    return f"{whole[:_HEAD].decode(errors='ignore')}#sha256:{hashlib.sha256(whole).hexdigest()}"
