"""Connections' secrets as the functions read them.

A connection with an address of its own has documents in Secrets Manager: one for what verifies webhooks, and one for
what authorizes calls. One that shares another's address has a sealed item in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from patchbay.aws.api.contract import AwsApi
from patchbay.aws.stores import keys
from patchbay.aws.stores.keys import AUTHORIZE, PURPOSES, Purpose
from patchbay.aws.stores.sealed_secrets import Items, SealedDocuments
from patchbay.aws.stores.secret_documents import SecretDocuments
from patchbay.aws.stores.secret_values import Document, read_secrets
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import Misconfigured


class Vault:
    """`purposes` are those whose secrets the function may read; `items` is the table with sealed ones, if it may."""

    def __init__(
        self,
        api: AwsApi,
        stage: str,
        items: Items | None = None,
        *,
        purposes: Sequence[Purpose] = PURPOSES,
    ) -> None:
        self.purposes = purposes
        self._stage = stage
        self._documents = SecretDocuments(api)
        self._sealed = SealedDocuments(items, self._read_owner) if items is not None else None

    def read(self, connection: Connection, purpose: Purpose, now: datetime) -> Secrets:
        """The secrets; empty ones, which verify and authorize nothing, when the store has none."""
        return read_secrets(self._read(connection, purpose), now)

    def _read(self, connection: Connection, purpose: Purpose) -> Document:
        if connection.endpoint_id == connection.id:
            return self._documents.read(self._name(connection, purpose))
        return self._get_sealed(connection).read(connection)

    def _get_sealed(self, connection: Connection) -> SealedDocuments:
        if self._sealed is None:
            raise Misconfigured(f"this function may not read the secrets of {connection.id}")
        return self._sealed

    def _read_owner(self, connection: Connection) -> Document:
        return self._documents.read(
            keys.secret_name(self._stage, connection.service, connection.endpoint_id, AUTHORIZE)
        )

    def _name(self, connection: Connection, purpose: Purpose) -> str:
        return keys.secret_name(self._stage, connection.service, connection.id, purpose)
