"""The documents that hold secrets, as plain values: {"webhook_token", "values", "previous", "replaced_at", "keys"}.

A connection with an address of its own has one for each purpose. Only secrets that verify webhooks have a previous
value, which counts for a day: services go on signing with it. `keys` seal the secrets of the accounts that share the
address.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_bytes, token_hex
from typing import Any

from patchbay.aws.stores.keys import AUTHORIZE, VERIFY, Purpose
from patchbay.domain.accounts import Secrets

PREVIOUS_KEPT = timedelta(hours=24)  #: how long a service may go on signing with a secret that was replaced
_KEY_BYTES = 32

Document = Mapping[str, Any]  #: as it is stored, only ever seen by the readers and writers of secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """What seals the secrets of the accounts at one address."""

    id: str
    value: bytes = field(repr=False)


def name_version(document: Document, version: str, made_at: datetime) -> Document:
    """The document with its version, and with a time of replacement for each previous value.

    A version without such a time was written by another program: it was replaced when its version was
    created, at the latest.
    """
    at = made_at.astimezone(UTC).isoformat()
    replaced_at = dict.fromkeys(document.get("previous", {}), at) | document.get("replaced_at", {})
    return {**document, "replaced_at": replaced_at, "version": version}


def read_secrets(document: Document, now: datetime) -> Secrets:
    """What counts `now`; empty for an empty document."""
    ends = _ends(document)
    previous = {name: value for name, value in document.get("previous", {}).items() if now < ends[name]}
    return Secrets(values=document.get("values", {}), previous=previous, version=str(document.get("version", "")))


def join_secrets(parts: Mapping[Purpose, Secrets]) -> Secrets:
    """One connection's secrets for all purposes. The version is that of those which authorize, where there are any."""
    verifying, authorizing = parts.get(VERIFY, Secrets()), parts.get(AUTHORIZE, Secrets())
    return Secrets(
        values={**verifying.values, **authorizing.values},
        previous=verifying.previous,
        version=authorizing.version or verifying.version,
    )


def split_secrets(secrets: Secrets, verifying: frozenset[str]) -> Mapping[Purpose, Secrets]:
    """By purpose. What authorizes has no past: nobody signs with it, so a value that was replaced is forgotten."""
    values, previous = secrets.values, secrets.previous
    return {
        VERIFY: Secrets(
            values={name: value for name, value in values.items() if name in verifying},
            previous={name: value for name, value in previous.items() if name in verifying},
        ),
        AUTHORIZE: Secrets(values={name: value for name, value in values.items() if name not in verifying}),
    }


def write_document(secrets: Secrets, stored: Document, now: datetime) -> dict[str, Any]:
    """`stored` is the document that is overwritten: what was previous in it already keeps its time."""
    known, times = stored.get("previous", {}), stored.get("replaced_at", {})
    replaced_at = {
        name: times[name] if known.get(name) == value else now.isoformat() for name, value in secrets.previous.items()
    }
    kept = {name: stored[name] for name in ("webhook_token", "keys") if stored.get(name)}
    return {**kept, "values": dict(secrets.values), "previous": dict(secrets.previous), "replaced_at": replaced_at}


def end_of_previous(document: Document) -> datetime | None:
    """When the first of its previous values stops counting."""
    return min(_ends(document).values(), default=None)


def _ends(document: Document) -> Mapping[str, datetime]:
    times = document.get("replaced_at", {})
    return {name: datetime.fromisoformat(times[name]) + PREVIOUS_KEPT for name in document.get("previous", {})}


# --- keys that seal --------------------------------------------------------------------------------------------------


def make_keys() -> dict[str, Any]:
    """What `keys` of a new document is: one key, which is the present one."""
    key_id = token_hex(4)
    return {"present": key_id, "values": {key_id: b64encode(token_bytes(_KEY_BYTES)).decode()}}


def read_keys(document: Document) -> Mapping[str, DataKey]:
    """By their ids. Sealed secrets name theirs."""
    values = document.get("keys", {}).get("values", {})
    return {key_id: DataKey(id=key_id, value=b64decode(value)) for key_id, value in values.items()}


def present_key(document: Document) -> DataKey | None:
    """The one that seals now; None for a document without keys."""
    return read_keys(document).get(document.get("keys", {}).get("present", ""))
