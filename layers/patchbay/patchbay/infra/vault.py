"""Connections' secrets in Secrets Manager: one JSON document each, {"hook", "values", "previous"}."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from patchbay.accounts import Secrets
from patchbay.errors import Conflict
from patchbay.infra import keys

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# InvalidRequestException: it is marked for deletion, so its value cannot be read any more.
_ABSENT = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
_WRITING = "PATCHBAY_WRITING"  #: the label of a version that is not the current one yet


class Vault:
    def __init__(self, client: SecretsManagerClient, stage: str) -> None:
        self._client = client
        self._stage = stage

    def read(self, connection_id: str) -> Secrets:
        """The secrets; empty ones, which verify and authorize nothing, when the store has none."""
        document = self._read(connection_id)
        return Secrets(
            values=document.get("values", {}),
            previous=document.get("previous", {}),
            version=document.get("version", ""),
        )

    def replace(self, connection_id: str, current: Secrets, values: Mapping[str, str]) -> Secrets:
        """Puts `values` beside and over the `current` ones. Raises Conflict when these are not the stored ones.

        Secrets Manager compares and sets by its labels: AWSCURRENT moves only from the version that we name.
        """
        document = self._read(connection_id)
        if document.get("version") != current.version:
            raise Conflict("the secrets were changed meanwhile")
        secrets = current.renew(values)
        version = self._store(connection_id, str(document.get("hook", "")), secrets)
        self._make_current(connection_id, version, current.version)
        return Secrets(values=secrets.values, previous=secrets.previous, version=version)

    def _read(self, connection_id: str) -> dict[str, Any]:
        try:
            name = keys.secret_name(self._stage, connection_id)
            answer = self._client.get_secret_value(SecretId=name, VersionStage="AWSCURRENT")
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return {}
            raise
        return {**json.loads(answer["SecretString"]), "version": answer["VersionId"]}

    def _store(self, connection_id: str, hook: str, secrets: Secrets) -> str:
        document = {"hook": hook, "values": dict(secrets.values), "previous": dict(secrets.previous)}
        answer = self._client.put_secret_value(
            SecretId=keys.secret_name(self._stage, connection_id),
            SecretString=json.dumps(document),
            VersionStages=[_WRITING],
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
