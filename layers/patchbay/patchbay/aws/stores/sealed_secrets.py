"""Secrets of accounts that share an address, in the table: sealed with a key that lies in Secrets Manager.

A secret in Secrets Manager costs $0.40 a month, and an app may have a thousand accounts. Here each is one item, which
nobody can read without the key of its app, and which opens under its own connection's id only (AES-256-GCM).
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime
from secrets import token_bytes, token_hex
from typing import Protocol

from patchbay.aws.stores import keys
from patchbay.aws.stores.secret_values import DataKey, Document, name_version, present_key, read_keys
from patchbay.aws.stores.table import Item
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured

_NONCE_BYTES = 12


class Items(Protocol):
    """The part of a table that is used here."""

    def get(self, pk: str, sk: str = keys.SORT, *, consistent: bool = False) -> Item | None: ...

    def put(self, item: Item) -> None: ...

    def delete(self, pk: str, sk: str = keys.SORT) -> None: ...


class SealedDocuments:
    """`read_owner` reads the document of the connection that owns the address, with the keys in it."""

    def __init__(self, items: Items, read_owner: Callable[[Connection], Document]) -> None:
        self._items = items
        self._read_owner = read_owner
        self._known: dict[tuple[str, str], DataKey] = {}  # a key never changes: another one has another id

    def read(self, connection: Connection) -> Document:
        """With its version; empty if it does not exist, or if no key opens it.

        An item that was changed, or copied from another connection, does not open.
        """
        item = self._items.get(keys.sealed_key(connection.id), consistent=True)
        key = self._find_key(connection, str(item["key"])) if item else None
        opened = _open(str(item["sealed"]), key, connection) if item and key else None
        if item is None or opened is None:
            return {}
        return name_version(json.loads(opened), str(item["version"]), datetime.fromisoformat(item["sealed_at"]))

    def write(self, connection: Connection, document: Document, now: datetime) -> str:
        """The new version, in place of what is stored. Raises Misconfigured when the address has no key."""
        key = present_key(self._read_owner(connection))
        if key is None:
            raise Misconfigured(
                f"{connection.id} cannot share the webhook URL of {connection.endpoint_id}, which has no "
                f"key to encrypt other connections' secrets: run `patchbay connect {connection.service} "
                f"{connection.endpoint_id}` first"
            )
        version = token_hex(16)
        item = {
            "pk": keys.sealed_key(connection.id),
            "sk": keys.SORT,
            "key": key.id,
            "sealed": _seal(json.dumps(document), key, connection),
            "sealed_at": now.isoformat(),
            "version": version,
        }
        self._items.put(item)
        return version

    def delete(self, connection: Connection) -> None:
        self._items.delete(keys.sealed_key(connection.id))

    def _find_key(self, connection: Connection, key_id: str) -> DataKey | None:
        known = connection.endpoint_id, key_id
        if known not in self._known:
            found = read_keys(self._read_owner(connection)).get(key_id)
            if found is None:
                return None
            self._known[known] = found
        return self._known[known]


# cryptography is loaded when something is sealed or opened: a webhook function does neither.


def _seal(text: str, key: DataKey, connection: Connection) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = token_bytes(_NONCE_BYTES)
    return b64encode(nonce + AESGCM(key.value).encrypt(nonce, text.encode(), _name(connection))).decode()


def _open(text: str, key: DataKey, connection: Connection) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        sealed = b64decode(text, validate=True)
        return AESGCM(key.value).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _name(connection))
    except (InvalidTag, ValueError):
        return None


def _name(connection: Connection) -> bytes:
    """What a sealed document is bound to: one that is copied to another connection does not open there."""
    return f"{connection.endpoint_id}/{connection.id}".encode()
