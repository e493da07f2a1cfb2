"""The configuration as it is written: by the owner's command, and by accounts that join by consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from patchbay.domain.accounts import Connection


class Configuration(Protocol):
    """The configuration as it is written: by the owner's command, and by accounts that join by consent."""

    def connections(self) -> Sequence[Connection]:
        """Every connection, by id, without its secrets."""

    def connection(self, connection_id: str) -> Connection | None:
        """With its secrets. Not cached."""

    def listed(self, connection_id: str) -> Connection | None:
        """As a listing has it, without its secrets."""

    def of_tenant(self, endpoint_id: str, tenant: str) -> Sequence[str]:
        """The ids of the connections of one owner's accounts at the endpoint."""

    def add_secrets(self, known: Connection) -> Connection:
        """A connection of a listing with its secrets, for one call to the store of secrets and none to another."""

    def save(self, connection: Connection) -> str:
        """Stores a new or changed connection and makes its endpoint live.

        The answer is the webhook token of its own address, "" for one that shares another's.
        """

    def forget_replaced(self, known: Connection) -> bool:
        """Takes secrets that were replaced and count no more out of the store; whether there were any."""

    def await_account(self, endpoint_id: str) -> None:
        """For a quarter of an hour, webhooks that name an unknown account of the endpoint wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """An account's consent under way. `browser` is a fingerprint of what only the browser that began it holds."""

    state: str = field(repr=False)
    browser: str = field(repr=False)
    app_id: str
    until: datetime


class Consents(Protocol):
    def begin(self, consent: Consent) -> None: ...

    def take(self, state: str) -> Consent | None:
        """The consent, once: a second caller gets None, as for one that was never begun. It may be out of date."""
