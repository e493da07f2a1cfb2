"""Documents in Secrets Manager: read as they are now, and replaced by one writer at a time.

Of a secret only the present version keeps a label, so what was replaced cannot be asked for by AWSPREVIOUS. Secrets
Manager deletes versions without a label by itself, and the functions' roles read none of them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from patchbay.aws.api.contract import AwsApi, AwsError
from patchbay.aws.stores.secret_values import Document, name_version
from patchbay.domain.errors import Conflict

# InvalidRequestException: it is marked for deletion, so its value cannot be read any more.
_ABSENT = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
_REFUSED = "InvalidParameterException"  #: the version does not have the label
_PRESENT, _PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
_WRITING = "PATCHBAY_WRITING"  #: the label of a version that is not the present one yet


class SecretDocuments:
    def __init__(self, api: AwsApi) -> None:
        self._api = api

    def read(self, name: str) -> Document:
        """With its version; empty if it does not exist."""
        try:
            answer = self._api.call("GetSecretValue", {"SecretId": name, "VersionStage": _PRESENT})
        except AwsError as error:
            if error.code in _ABSENT:
                return {}
            raise
        made_at = datetime.fromtimestamp(answer["CreatedDate"], UTC)
        return name_version(json.loads(answer["SecretString"]), answer["VersionId"], made_at)

    def replace(self, name: str, document: Document, instead_of: str) -> str:
        """The new version. Raises Conflict when `instead_of` is not the present one.

        Secrets Manager compares and sets by its labels: AWSCURRENT moves only from the version that we name.
        """
        request = {"SecretId": name, "SecretString": json.dumps(document), "VersionStages": [_WRITING]}
        version = str(self._api.call("PutSecretValue", request)["VersionId"])
        try:
            self._move(name, _PRESENT, instead_of, version)
        except AwsError as error:
            if error.code != _REFUSED:
                raise
            self._remove(name, _WRITING, version)  # another writer may have it by now
            raise Conflict("the secrets were changed in the meantime") from None
        self._remove(name, _PREVIOUS, instead_of)  # another writer may have been here since, and have removed it
        return version

    def _move(self, name: str, label: str, source: str, target: str = "") -> None:
        request = {"SecretId": name, "VersionStage": label, "RemoveFromVersionId": source}
        self._api.call("UpdateSecretVersionStage", {**request, "MoveToVersionId": target} if target else request)

    def _remove(self, name: str, label: str, version: str) -> None:
        """Where the version has it."""
        try:
            self._move(name, label, version)
        except AwsError as error:
            if error.code != _REFUSED:
                raise
