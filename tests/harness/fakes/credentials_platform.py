"""A platform whose credentials can be checked, without HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field

from patchbay.domain.accounts import Connection
from patchbay.kit.account_setup import Account, ChecksCredentials
from patchbay.kit.contract import Http
from tests.harness.fakes.services import Office


@dataclass
class CredentialsPlatform(Office, ChecksCredentials):
    """A connection in `failures` gets that failure instead of an answer."""

    failures: dict[str, Exception] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  #: the connection, and the token it came with

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        self.asked.append((connection.id, connection.secrets.get("token")))
        if connection.id in self.failures:
            raise self.failures[connection.id]
        return Account(external_id=connection.id, name="The gate")
