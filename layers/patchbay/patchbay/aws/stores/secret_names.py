"""The names of secrets. AWS deletes a secret in the background, and holds its name for a minute or two meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from patchbay.domain.errors import Misconfigured

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

Defer = Callable[[float, str], None]  #: lets seconds pass, and says why

_TRIES, _PAUSE = 26, 5.0  #: for a name that is held; the pause in seconds


class SecretNames:
    """Takes a name for a new secret, and gives it back. Without `wait` a name that is held is refused at once."""

    def __init__(self, client: SecretsManagerClient, wait: Defer | None = None, kms_key: str = "") -> None:
        self._client = client
        self._kms_key = kms_key
        self._wait = wait

    def take(self, name: str, text: str) -> str:
        """Creates the secret. Returns its version.

        Raises Misconfigured if the name is still held in the end, or if the caller cannot wait.
        """
        for remaining in reversed(range(_TRIES)):
            try:
                return self._create(name, text)
            except self._client.exceptions.InvalidRequestException:
                if self._wait is None or not remaining:
                    break
            self.give_back(name)  # it may have been deleted in the console, with a recovery window of days
            self._wait(_PAUSE, f"AWS is still deleting the secret {name} of an earlier connection")
        raise Misconfigured(
            f"AWS is still deleting the secret {name} of an earlier connection with the same ID: run "
            "the command again in two minutes, or choose another ID"
        )

    def _create(self, name: str, text: str) -> str:
        if self._kms_key:
            return self._client.create_secret(Name=name, SecretString=text, KmsKeyId=self._kms_key)["VersionId"]
        return self._client.create_secret(Name=name, SecretString=text)["VersionId"]

    def give_back(self, name: str) -> None:
        """Deletes the secret. What is in it goes first: it must not be read, or come back, while AWS takes its time."""
        with suppress(
            self._client.exceptions.ResourceNotFoundException,
            self._client.exceptions.InvalidRequestException,  # it is being deleted already
        ):
            for _ in range(2):  # the second takes the label AWSPREVIOUS from what the secret was
                self._client.put_secret_value(SecretId=name, SecretString="{}")
        # Without a recovery window: the owner asked for it, and the ID must be free for a new connection soon.
        self._client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
