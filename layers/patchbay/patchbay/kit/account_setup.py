"""Abilities that are of use while an account is connected: one small protocol each, found with `isinstance`.

Nothing here stores anything: whoever connects the account does. What messages need is in `abilities`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from patchbay.domain.accounts import Connection, ConnectionStatus, Settings
from patchbay.domain.names import read_name
from patchbay.kit.contract import Connector, Http

Webhooks = Mapping[str, str]  #: name of the webhook -> our address for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the service says about the account behind the credentials; `settings` are kept on the connection.

    `warnings` are what the owner should change, `notes` what is good to know (who is online, say).
    """

    external_id: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", read_name(self.name) or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: str


@runtime_checkable
class ChecksCredentials(Protocol):
    def check(self, connection: Connection, http: Http) -> Account:
        """Proves that the credentials work. Raises AuthorizationNeeded or Misconfigured with what to do."""


@runtime_checkable
class SuggestsSettings(Protocol):
    def suggest(self, setting: str, connection: Connection, http: Http) -> Sequence[Choice]:
        """The values that a missing setting could have; empty when it can be anything."""


@runtime_checkable
class NamesWebhooks(Protocol):
    def webhooks(self, address: str, connection: Connection) -> Webhooks:
        """All webhook addresses when the service wants more than one; `address` ends with the hook token."""


def name_webhooks(connector: Connector, address: str, connection: Connection) -> Webhooks:
    """Our addresses for the service's webhooks: those that its connector names, or `address` alone as "webhook"."""
    return connector.webhooks(address, connection) if isinstance(connector, NamesWebhooks) else {"webhook": address}


@runtime_checkable
class PicksAccount(Protocol):
    def account(self, connection: Connection) -> str:
        """The account that the service's webhooks name for this connection."""


@runtime_checkable
class PicksTenant(Protocol):
    def tenant(self, connection: Connection) -> str:
        """Whose account it is, as webhooks about all accounts of one owner name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """An account that is ready, or will be once the service says so (status PENDING)."""

    settings: Mapping[str, str] = field(default_factory=dict)
    status: ConnectionStatus = ConnectionStatus.ACTIVE


@runtime_checkable
class SetsUpAccounts(Protocol):
    def set_up(self, connection: Connection, http: Http) -> SetUp:
        """Makes what messages need on the service, or wakes what is there. Our endpoint is live
        before: webhooks may be faster than the answer.

        Called each time an account is connected, with the status it had before.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an account's consent brought: who it is, and the secrets of its own connection."""

    account: Account
    secrets: Mapping[str, str] = field(repr=False)


@runtime_checkable
class AuthorizesAccounts(Protocol):
    """OAuth's authorization code: one app, whose accounts join by the consent of their people.

    The app is a connection that owns the endpoint; each account that joins is a connection beside it.
    """

    def is_app(self, connection: Connection) -> bool:
        """Whether this connection is the app itself, which carries no messages."""

    def consent_url(self, app: Connection, redirect: str, state: str) -> str:
        """Where the browser is sent to ask for consent; from there it comes back to `redirect`."""

    def redeem(self, code: str, redirect: str, app: Connection, http: Http) -> Grant:
        """Turns the code that came back into the account's secrets; at once, for codes live for seconds.

        `account.external_id` is the tenant, `account.settings` those of the new connection. Raises AuthorizationNeeded
        when the code is refused.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app that was made on the service. `secrets` are shown once: they are stored before anything else."""

    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)


@runtime_checkable
class MakesApps(Protocol):
    def make_app(self, webhooks: Webhooks, redirect: str, connection: Connection, http: Http) -> App | None:
        """Makes the app on the service, or points the present one at us; None when there is nothing we may do there.

        An App with secrets is stored, and this is called again: whatever else is to be done follows when they are safe.
        """


@runtime_checkable
class RegistersWebhooks(Protocol):
    def register(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        """Points the service at us; the answer is what the connection has to keep of the service's answer.

        Our endpoint is live before: the service may call it while this call is open.
        """

    def unregister(self, connection: Connection, http: Http) -> None: ...

    def registered(self, connection: Connection, http: Http) -> str | None:
        """The address the service calls now, "" for none.

        None where the connection's credentials cannot tell: then the webhook is somebody's work by hand.
        """


@runtime_checkable
class HealsWebhooks(Protocol):
    def heal(self, webhooks: Webhooks, connection: Connection, http: Http) -> str:
        """Puts back what the service has switched off after failures; what that was, "" when all is as it should be.

        Never what a person has switched off. Looked after every few minutes.
        """


@runtime_checkable
class WantsManualSteps(Protocol):
    def manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        """What the owner must do by hand, one sentence a step, nothing that is done already."""
