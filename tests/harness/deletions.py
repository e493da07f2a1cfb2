"""Secrets Manager as it deletes: in the background, for two minutes, holding the name meanwhile.

moto and the local AWS delete at once. Here a deleted secret cannot be read, and its name cannot be used, until the time
has passed. Whether such a secret can be restored AWS does not say; both must be survived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3

from patchbay.aws.clock import SystemClock
from tests.harness.moto_transport import observing

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

LASTS = timedelta(minutes=2)
_EVENT = "provide-client-params.secrets-manager"
_LONGEST = 30  # days
_REFUSED = (
    "CreateSecret",
    "GetSecretValue",
    "PutSecretValue",
    "UpdateSecretVersionStage",
)  # moto writes to what is being deleted


@dataclass
class Deletions:
    """What a client's secrets go through; `now` is read at every call."""

    client: SecretsManagerClient
    now: Callable[[], datetime] = field(default_factory=lambda: SystemClock().now)
    restores: bool = True
    _due: dict[str, datetime] = field(default_factory=dict)
    _windowed: set[str] = field(default_factory=set)  #: deleted as in the console, to be restored for some days

    @contextmanager
    def in_background(self) -> Iterator[Deletions]:
        events = self.client.meta.events
        handlers: dict[str, Callable[..., Any]] = {
            _EVENT: self._finish,
            f"{_EVENT}.DeleteSecret": self._begin,
            f"{_EVENT}.RestoreSecret": self._restore,
            **{f"{_EVENT}.{operation}": self._refuse for operation in _REFUSED},
        }
        for name, handler in handlers.items():
            events.register(name, handler)
        try:
            with observing(self._observe):
                yield self
        finally:
            for name, handler in handlers.items():
                events.unregister(name, handler)

    def _observe(self, operation: str, request: dict[str, Any]) -> None:
        """Of the product's own client, which only reads."""
        if operation == "GetSecretValue":
            self._refuse(request)

    def finish(self) -> None:
        """Lets the time of all that is being deleted be over."""
        self._due = dict.fromkeys(self._due, self.now())
        self._finish()

    def _begin(self, params: dict[str, Any], **_: object) -> dict[str, Any] | None:
        if not params.get("ForceDeleteWithoutRecovery"):
            self._windowed.add(params["SecretId"])
            return None
        if params["SecretId"] in self._windowed:
            self._windowed.discard(params["SecretId"])
            return None
        if params["SecretId"] in self._due:
            return {**params, "SecretId": "patchbay/of-which-nothing-is-left"}  # once more changes nothing
        self._due[params["SecretId"]] = self.now() + LASTS
        return {"SecretId": params["SecretId"], "RecoveryWindowInDays": _LONGEST}

    def _restore(self, params: dict[str, Any], **_: object) -> None:
        self._windowed.discard(params["SecretId"])
        if params["SecretId"] not in self._due:
            return
        if not self.restores:
            self._refuse(params)
        del self._due[params["SecretId"]]

    def _refuse(self, params: dict[str, Any], **_: object) -> None:
        self._finish()
        if params.get("SecretId") in self._due or params.get("Name") in {*self._due, *self._windowed}:
            error: Any = {"Error": {"Code": "InvalidRequestException", "Message": "scheduled for deletion"}}
            raise self.client.exceptions.InvalidRequestException(error, "of a secret that is being deleted")

    def _finish(self, **_: object) -> None:
        for name in [name for name, due in self._due.items() if due <= self.now()]:
            del self._due[name]
            others = boto3.client("secretsmanager", region_name=self.client.meta.region_name)
            others.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
