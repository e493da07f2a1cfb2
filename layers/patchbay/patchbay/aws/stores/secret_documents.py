"""Documents in Secrets Manager: read as they are now, and replaced by one writer at a time.

Of a secret only the present version keeps a label, so what was replaced cannot be asked for by AWSPREVIOUS. Secrets
Manager deletes versions without a label by itself, and the functions' roles read none of them.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from patchbay.aws.stores.secret_values import Document, name_version
from patchbay.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# InvalidRequestException: it is marked for deletion, so its value cannot be read any more.
_ABSENT = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
_PRESENT, _PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
_WRITING = "PATCHBAY_WRITING"  #: the label of a version that is not the present one yet


class SecretDocuments:
    def __init__(self, client: SecretsManagerClient) -> None:
        self._client = client

    def read(self, name: str) -> Document:
        """With its version; empty if it does not exist."""
        try:
            answer = self._client.get_secret_value(SecretId=name, VersionStage=_PRESENT)
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return {}
            raise
        return name_version(json.loads(answer["SecretString"]), answer["VersionId"], answer["CreatedDate"])

    def replace(self, name: str, document: Document, instead_of: str) -> str:
        """The new version. Raises Conflict when `instead_of` is not the present one.

        Secrets Manager compares and sets by its labels: AWSCURRENT moves only from the version that we name.
        """
        text = json.dumps(document)
        version = self._client.put_secret_value(SecretId=name, SecretString=text, VersionStages=[_WRITING])["VersionId"]
        refused = self._client.exceptions.InvalidParameterException
        try:
            self._client.update_secret_version_stage(
                SecretId=name, VersionStage=_PRESENT, MoveToVersionId=version, RemoveFromVersionId=instead_of
            )
        except refused:
            with suppress(refused):  # another writer has it by now
                self._client.update_secret_version_stage(
                    SecretId=name, VersionStage=_WRITING, RemoveFromVersionId=version
                )
            raise Conflict("the secrets were changed in the meantime") from None
        with suppress(refused):  # another writer was here since, and has removed it
            self._client.update_secret_version_stage(
                SecretId=name, VersionStage=_PREVIOUS, RemoveFromVersionId=instead_of
            )
        return version
