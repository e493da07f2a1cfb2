"""Connections' secrets as they are written: by the owner's command, and for accounts that join by consent.

The record of a connection names what is kept here, so that no function asks for a secret that was never created: AWS
refuses that in the same way as a forbidden call.
"""

from __future__ import annotations

import json
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from patchbay.aws.api.boto import BotoApi
from patchbay.aws.stores import keys
from patchbay.aws.stores.keys import AUTHORIZE, PURPOSES, VERIFY, Purpose
from patchbay.aws.stores.sealed_secrets import Items, SealedDocuments
from patchbay.aws.stores.secret_documents import SecretDocuments
from patchbay.aws.stores.secret_names import Defer, SecretNames
from patchbay.aws.stores.secret_values import (
    Document,
    end_of_previous,
    join_secrets,
    make_keys,
    read_secrets,
    split_secrets,
    write_document,
)
from patchbay.bridge.ports import Clock
from patchbay.bridge.references import keep_reference_key
from patchbay.domain.accounts import Connection, Secrets
from patchbay.kit import registry

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_HOOK_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the connection's record notes, and the webhook token of its own address: "" where it shares another's."""

    versions: Mapping[str, str]
    previous_until: datetime | None = None
    webhook_token: str = field(default="", repr=False)

    @property
    def noted(self) -> Mapping[str, Any]:
        """What the connection's record says of its secrets."""
        until = self.previous_until
        return {"secret_versions": dict(self.versions), "previous_until": until.isoformat() if until else ""}


class SecretKeeper:
    def __init__(
        self,
        client: SecretsManagerClient,
        items: Items,
        stage: str,
        clock: Clock,
        wait: Defer | None = None,
        *,
        purposes: Sequence[Purpose] = PURPOSES,
        kms_key: str = "",
    ) -> None:
        """`purposes` are those whose secrets are read. New ones are encrypted with `kms_key`, "" for AWS's own."""
        self._client = client
        self._stage = stage
        self._clock = clock
        self._purposes = purposes
        self._documents = SecretDocuments(BotoApi(client))
        self._sealed = SealedDocuments(items, self._read_owner)
        self._names = SecretNames(client, wait, kms_key)

    def name(self, connection: Connection, purpose: Purpose) -> str:
        return keys.secret_name(self._stage, connection.service, connection.id, purpose)

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, connection: Connection) -> tuple[Secrets, str]:
        """The secrets, empty ones when they are gone from the store, and the webhook token beside them."""
        if connection.endpoint_id != connection.id:
            return read_secrets(self._sealed.read(connection), self._clock.now()), ""
        found = self._find(connection)
        now = self._clock.now()
        parts = {purpose: read_secrets(document, now) for purpose, document in found.items()}
        return join_secrets(parts), _webhook_token_in(found)

    def _find(self, connection: Connection) -> dict[Purpose, Document]:
        """The documents that the connection's record names."""
        named = [purpose for purpose in self._purposes if purpose in connection.secret_versions]
        return {purpose: self._documents.read(self.name(connection, purpose)) for purpose in named}

    def _read_owner(self, connection: Connection) -> Document:
        """With the keys of all that share the address."""
        return self._documents.read(
            keys.secret_name(self._stage, connection.service, connection.endpoint_id, AUTHORIZE)
        )

    # --- writing -----------------------------------------------------------------------------------------------------

    def save(self, connection: Connection, stored: Connection | None) -> Kept:
        """`stored` is the connection as its record has it; None for a new one."""
        now = self._clock.now()
        if connection.endpoint_id != connection.id:
            secrets = keep_reference_key(connection, _values(self._sealed.read(stored)) if stored else {})
            document = write_document(replace(secrets, previous={}), {}, now)
            return Kept(versions={AUTHORIZE: self._sealed.write(connection, document, now)})
        found = self._restore(stored) if stored else {}
        webhook_token = _webhook_token_in(found) or randomness.token_urlsafe(_HOOK_BYTES)
        secrets = keep_reference_key(connection, _values(found.get(AUTHORIZE, {})))
        parts = split_secrets(secrets, registry.verifying_secrets(connection.service))
        holder = _holder_of_webhook_token(found, parts)
        versions, previous_until = dict[str, str](), None
        for purpose in PURPOSES:
            if not (purpose in found or parts[purpose].values or purpose == holder):
                continue
            document = write_document(parts[purpose], found.get(purpose, {}), now)
            if purpose == holder:
                document["webhook_token"] = webhook_token
            if purpose == AUTHORIZE:
                document.setdefault("keys", make_keys())
            versions[purpose] = self._write(self.name(connection, purpose), document, found.get(purpose, {}))
            previous_until = previous_until or end_of_previous(document)
        return Kept(versions=versions, previous_until=previous_until, webhook_token=webhook_token)

    def _write(self, name: str, document: Document, found: Document) -> str:
        if found:
            return self._documents.replace(name, document, str(found["version"]))
        try:
            return self._names.take(name, json.dumps(document))
        except self._client.exceptions.ResourceExistsException:
            # A connection that was begun and not finished has left it behind. A new one has no past: nothing of it
            # stays, least of all an address that is no longer used.
            return self._documents.replace(name, document, str(self._documents.read(name)["version"]))

    def _restore(self, connection: Connection) -> dict[Purpose, Document]:
        """A secret that was deleted in the console keeps its name, and the old URL, for its recovery window."""
        found = self._find(connection)
        for purpose in [purpose for purpose, document in found.items() if not document]:
            try:
                self._client.restore_secret(SecretId=self.name(connection, purpose))
            except (
                self._client.exceptions.ResourceNotFoundException,
                self._client.exceptions.InvalidRequestException,  # nothing can bring it back
            ):
                continue
            found[purpose] = self._documents.read(self.name(connection, purpose))
        return found

    def forget_replaced(self, known: Connection) -> Kept:
        """Rewrites what verifies without the values that count no more, where there are any in it.

        Raises Conflict if another process writes it at the same moment.
        """
        name, now = self.name(known, VERIFY), self._clock.now()
        document = self._documents.read(name)
        fresh = read_secrets(document, now)
        if set(fresh.previous) == set(document.get("previous", {})):
            return Kept(versions=known.secret_versions, previous_until=end_of_previous(document))
        pruned = write_document(fresh, document, now)
        version = self._documents.replace(name, pruned, fresh.version)
        return Kept(versions={**known.secret_versions, VERIFY: version}, previous_until=end_of_previous(pruned))

    def delete(self, connection: Connection) -> None:
        if connection.endpoint_id != connection.id:
            self._sealed.delete(connection)
            return
        for purpose in PURPOSES:
            if purpose in connection.secret_versions:
                self._names.give_back(self.name(connection, purpose))


def _values(document: Document) -> Mapping[str, str]:
    values: Mapping[str, str] = document.get("values", {})
    return values


def _webhook_token_in(found: Mapping[Purpose, Document]) -> str:
    return next((str(document["webhook_token"]) for document in found.values() if document.get("webhook_token")), "")


def _holder_of_webhook_token(found: Mapping[Purpose, Document], parts: Mapping[Purpose, Secrets]) -> Purpose:
    """Where the webhook token is, or else what authorizes: a webhook function gets the token with each request."""
    for purpose, document in found.items():
        if document.get("webhook_token"):
            return purpose
    return VERIFY if parts[VERIFY].values and not parts[AUTHORIZE].values else AUTHORIZE
