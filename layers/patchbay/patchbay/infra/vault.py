"""Connections' secrets in Secrets Manager: one JSON document each, {"hook", "values", "previous", "replaced_at"}.

A previous value is read for a day after it was replaced. It stays in the document until that is written anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from patchbay.accounts import Secrets
from patchbay.errors import Conflict
from patchbay.infra import keys

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

PREVIOUS_KEPT = timedelta(hours=24)  #: how long a service may go on signing with a secret that was replaced

# InvalidRequestException: it is marked for deletion, so its value cannot be read any more.
_ABSENT = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
_WRITING = "PATCHBAY_WRITING"  #: the label of a version that is not the current one yet


Document = Mapping[str, Any]  #: as it is stored, only ever seen by the two writers of secrets


class Vault:
    def __init__(self, client: SecretsManagerClient, stage: str) -> None:
        self._client = client
        self._stage = stage

    def read(self, connection_id: str, now: datetime) -> Secrets:
        """The secrets; empty ones, which verify and authorize nothing, when the store has none."""
        return read_secrets(self._read(connection_id), now)

    def replace(self, connection_id: str, current: Secrets, values: Mapping[str, str], now: datetime) -> Secrets:
        """Puts `values` beside and over the `current` ones. Raises Conflict when these are not the stored ones.

        Secrets Manager compares and sets by its labels: AWSCURRENT moves only from the version that we name.
        """
        document = self._read(connection_id)
        if document.get("version") != current.version:
            raise Conflict("the secrets were changed meanwhile")
        secrets = current.renew(values)
        text = write_document(str(document.get("hook", "")), secrets, document, now)
        version = self._store(connection_id, text)
        self._make_current(connection_id, version, current.version)
        return Secrets(values=secrets.values, previous=secrets.previous, version=version)

    def _read(self, connection_id: str) -> Document:
        try:
            name = keys.secret_name(self._stage, connection_id)
            answer = self._client.get_secret_value(SecretId=name, VersionStage="AWSCURRENT")
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return {}
            raise
        return read_document(answer)

    def _store(self, connection_id: str, text: str) -> str:
        answer = self._client.put_secret_value(
            SecretId=keys.secret_name(self._stage, connection_id), SecretString=text, VersionStages=[_WRITING]
        )
        return answer["VersionId"]

    def _make_current(self, connection_id: str, version: str, instead_of: str) -> None:
        try:
            self._client.update_secret_version_stage(
                SecretId=keys.secret_name(self._stage, connection_id),
                VersionStage="AWSCURRENT",
                MoveToVersionId=version,
                RemoveFromVersionId=instead_of,
            )
        except self._client.exceptions.InvalidParameterException:
            raise Conflict("the secrets were changed meanwhile") from None


# --- the document ----------------------------------------------------------------------------------------------------


def read_document(answer: GetSecretValueResponseTypeDef) -> Document:
    """The document, with its version, and with a time of replacement for each previous value.

    One without such a time was written when none were kept: it was replaced at the latest when its version was made.
    """
    document: Document = json.loads(answer["SecretString"])
    made_at = answer["CreatedDate"].astimezone(UTC).isoformat()
    replaced_at = dict.fromkeys(document.get("previous", {}), made_at) | document.get("replaced_at", {})
    return {**document, "replaced_at": replaced_at, "version": answer["VersionId"]}


def read_secrets(document: Document, now: datetime) -> Secrets:
    """What counts `now`; empty for an empty document."""
    replaced_at = document.get("replaced_at", {})
    previous = {
        name: value
        for name, value in document.get("previous", {}).items()
        if now - datetime.fromisoformat(replaced_at[name]) < PREVIOUS_KEPT
    }
    return Secrets(values=document.get("values", {}), previous=previous, version=str(document.get("version", "")))


def write_document(hook: str, secrets: Secrets, stored: Document, now: datetime) -> str:
    """`stored` is the document that is overwritten: what was previous in it already keeps its time."""
    known, times = stored.get("previous", {}), stored.get("replaced_at", {})
    replaced_at = {
        name: times[name] if known.get(name) == value else now.isoformat() for name, value in secrets.previous.items()
    }
    document = {
        "hook": hook,
        "values": dict(secrets.values),
        "previous": dict(secrets.previous),
        "replaced_at": replaced_at,
    }
    return json.dumps(document)
