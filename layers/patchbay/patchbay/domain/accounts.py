"""Configured accounts: endpoints that receive webhooks, connections that messages go to, and their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from patchbay.domain.feedback import FeedbackKind
from patchbay.domain.model import Side


class ConnectionStatus(StrEnum):
    ACTIVE = "active"
    PENDING = "pending"  #: the service has not opened the account for us yet: messages wait for its word
    NEEDS_AUTHORIZATION = "needs_authorization"  #: the service refuses our credentials: messages wait for the owner
    DISABLED = "disabled"  #: the account was removed or switched off on the service's side


Settings = Mapping[str, str]

#: Among a platform connection's secrets, and ours only: signs the references that the platform keeps of its contacts.
REFERENCE_KEY = "reference_key"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secret values of a connection. Never printed; `version` is the store's, and another one after each change.

    `previous` holds values that were replaced lately: both verify webhooks while the service still signs with the old.
    The store leaves out what was replaced too long ago.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    previous: Mapping[str, str] = field(default_factory=dict, repr=False)
    version: str = ""

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def credentials(self) -> Mapping[str, str]:
        """What the service knows too: two connections with the same credentials are one caller to it."""
        return {name: value for name, value in self.values.items() if name != REFERENCE_KEY}

    def accepted(self, name: str) -> tuple[str, ...]:
        """Every value of `name` that may verify a webhook, the current one first."""
        candidates = (self.values.get(name, ""), self.previous.get(name, ""))
        return tuple(value for value in candidates if value)

    def renew(self, given: Mapping[str, str]) -> Secrets:
        """With the `given` values. A replaced one is kept as previous, an empty one is forgotten altogether."""
        values, previous = dict(self.values), dict(self.previous)
        for name, value in given.items():
            old = values.pop(name, "")
            if not value:
                previous.pop(name, None)
                continue
            values[name] = value
            if old and old != value:
                previous[name] = old
        return replace(self, values=values, previous=previous)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where one app of a service sends its webhooks, and what verifies them.

    `feedback` is what can be shown somewhere of the receipts and typing that come here; None: not known, so all.

    The rest is what was looked up because a webhook names it: `accounts` that have a connection here, `strangers` that
    have none, by `tenants` the accounts of one owner, and by `threads` the account of a conversation.
    """

    id: str
    service: str
    settings: Settings = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets)
    feedback: frozenset[FeedbackKind] | None = None
    accounts: frozenset[str] = frozenset()
    strangers: frozenset[str] = frozenset()
    tenants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    threads: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One configured account on a service. `link` is the platform connection that a messenger's contacts go to.

    `feedback` is what the connections on its other side can show of its receipts and typing; None: not known, so all.

    `account` is what webhooks call it, `tenant` whose it is on the service, `changed_at` when its status last changed.
    `checks` counts how often credentials that the service had refused were tried again, `checked_at` is the last time.
    `secret_versions` are those of the documents that hold its secrets, by their purpose, and `previous_until` is when
    the first of its replaced secrets stops counting: both as its record has them.
    """

    id: str
    service: str
    side: Side
    endpoint_id: str
    account: str = ""
    tenant: str = ""
    settings: Settings = field(default_factory=dict)
    status: ConnectionStatus = ConnectionStatus.ACTIVE
    status_reason: str = ""
    changed_at: datetime | None = None
    checks: int = 0
    checked_at: datetime | None = None
    link: str | None = None
    feedback: frozenset[FeedbackKind] | None = None
    secrets: Secrets = field(default_factory=Secrets)
    secret_versions: Mapping[str, str] = field(default_factory=dict, compare=False)
    previous_until: datetime | None = field(default=None, compare=False)

    def setting(self, name: str, default: str = "") -> str:
        return self.settings.get(name, "") or default
