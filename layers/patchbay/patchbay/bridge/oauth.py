"""How an account becomes usable, and how accounts join an app by the consent of their people (OAuth).

A code from the service lives for seconds and a token is shown once, so both are used and stored before anything else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from patchbay.bridge.account_ids import choose_id
from patchbay.bridge.audit import Auditor
from patchbay.bridge.configuration import Configuration, Consent, Consents
from patchbay.bridge.oauth_apps import JoinableApps, UnknownApp
from patchbay.bridge.ports import Clock, Telemetry
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import Conflict, DeliveryError, Misconfigured, PatchbayError
from patchbay.kit.account_setup import (
    AccountSetup,
    AuthorizesAccounts,
    Grant,
    IdentifiesAccounts,
    IdentifiesTenants,
    SetsUpAccounts,
)
from patchbay.kit.contract import Connector, Http

LIFETIME = timedelta(minutes=10)  #: how long a person may take over the service's consent page


class ConsentRefused(PatchbayError):
    """The consent is not one that this browser began, or it is over. The message is for the person who sees it."""


class NotReady(PatchbayError):
    """The account and its credentials are stored, but it could not be set up. Connect it again to retry."""

    def __init__(self, connection: Connection, reason: str) -> None:
        super().__init__(f"{connection.id} is stored but not ready: {reason}. Connect it again")
        self.connection = connection
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where to send the browser, and what it must bring back."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    browser: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """`returning`: the account was connected before, and keeps its id and its links."""

    connection: Connection
    account_name: str
    returning: bool


# --- making an account usable ----------------------------------------------------------------------------------------


def set_up_account(
    connector: Connector | AuthorizesAccounts, connection: Connection, registry: Configuration, http: Http
) -> Connection:
    """Stores the connection and makes what messages need on the service; the answer is the connection as stored.

    It is stored first: a token must not be lost, whatever fails next. Raises NotReady when the service refuses the
    rest, and Conflict when another writer has given the connection to another account meanwhile.
    """
    saved = _identify(connector, connection)
    registry.save(saved)
    if not isinstance(connector, SetsUpAccounts):
        return saved
    registry.await_account(saved.endpoint_id)  # the webhook about the new account may come before the answer
    try:
        done = connector.set_up_account(saved, http)
    except (DeliveryError, Misconfigured) as failure:
        raise NotReady(saved, str(failure)) from None
    ready = _identify(connector, _merge(saved, done, registry))
    registry.save(ready)
    return ready


def _identify(connector: Connector | AuthorizesAccounts, connection: Connection) -> Connection:
    """With the account and the tenant that webhooks call it by, as far as the settings tell by now."""
    if isinstance(connector, IdentifiesAccounts):
        connection = replace(connection, account=connector.get_account_id(connection))
    if isinstance(connector, IdentifiesTenants):
        connection = replace(connection, tenant=connector.get_tenant_id(connection))
    return connection


def _merge(saved: Connection, done: AccountSetup, registry: Configuration) -> Connection:
    """What the set-up brought, upon what is stored by now: webhooks and the owner may have been faster.

    The service's later word on the status stands. Refused credentials do not: the set-up has just used the new ones,
    and who was refused had the old. One case remains: an account that was ACTIVE before, whose webhook ("active")
    changed nothing and was done with before an answer that says "pending". The service's next word mends it.
    """
    stored = registry.connection(saved.id)
    if stored is None:
        raise Conflict("the account was disconnected in the meantime")
    if stored.tenant != saved.tenant:
        raise Conflict("another account with the same name was connected at the same moment and took its id")
    settings = {**stored.settings, **done.settings}
    if stored.status not in {saved.status, ConnectionStatus.NEEDS_AUTHORIZATION}:
        return replace(stored, settings=settings)
    return replace(stored, settings=settings, status=done.status, status_reason="")


# --- joining by consent ----------------------------------------------------------------------------------------------


class Authorizer:
    """The two halves of OAuth's authorization code, with the person's visit to the service between them."""

    def __init__(
        self,
        *,
        apps: JoinableApps,
        registry: Configuration,
        consents: Consents,
        http: Http,
        clock: Clock,
        telemetry: Telemetry,
        token: Callable[[], str],
        auditor: Auditor | None = None,
    ) -> None:
        """`token` makes what nobody can guess: 32 random bytes, fit for an address."""
        self._auditor = auditor
        self._apps = apps
        self._configuration = registry
        self._consents = consents
        self._http = http
        self._clock = clock
        self._telemetry = telemetry
        self._token = token

    def begin(self, service: str, app_id: str, redirect: str) -> Begun:
        """Raises UnknownApp; Misconfigured when the app lacks what the service's consent page needs."""
        app, connector = self._apps.recall(service, app_id)
        state, browser = self._token(), self._token()
        url = connector.build_consent_url(app, redirect, state)
        until = self._clock.now() + LIFETIME
        self._consents.begin(Consent(state=state, browser=_fingerprint(browser), app_id=app_id, until=until))
        return Begun(url=url, state=state, browser=browser, until=until)

    def finish(self, service: str, app_id: str, redirect: str, *, code: str, state: str, browser: str) -> Joined:
        """Takes the consent, redeems the code, stores the account and sets it up.

        Raises ConsentRefused, UnknownApp, a DeliveryError, Misconfigured or Conflict when the account has not joined,
        and NotReady when it has and its set-up failed.
        """
        self._take(app_id, state, browser)
        app, connector = self._apps.find(service, app_id)
        grant = connector.redeem_code(code, redirect, app, self._http)
        known = self._find(app, grant)
        draft = _renew(known, grant) if known else _draft(app, connector, grant, self._configuration.listed)
        with self._auditor.recording("account connected", [draft.id, app_id]) if self._auditor else nullcontext():
            connection = self._set_up(connector, draft)
        self._telemetry.info(
            "account connected",
            service=service,
            app=app_id,
            connection=connection.id,
            status=connection.status.value,
            returning=known is not None,
        )
        self._telemetry.count("AccountConnected", service)
        return Joined(connection=connection, account_name=grant.account.name, returning=known is not None)

    def decline(self, state: str, browser: str) -> None:
        """The person said no: the consent is over, and its state worth nothing."""
        consent = self._consents.take(state)
        if consent is not None and _is_same(consent, browser):
            self._telemetry.info("consent declined", app=consent.app_id)

    def consent_page(self, service: str, app_id: str) -> str:
        """Where the service asks people, without what one consent adds. "" when there is no such app, or none yet."""
        try:
            app, connector = self._apps.recall(service, app_id)
            return connector.build_consent_url(app, "", "").partition("?")[0]
        except (UnknownApp, Misconfigured):
            return ""

    def _take(self, app_id: str, state: str, browser: str) -> None:
        """The consent is used up here, also when it is refused: no second guess, and no second use of an address."""
        consent = self._consents.take(state)
        if consent is None:
            raise ConsentRefused("it was already used, or never requested")
        if not _is_same(consent, browser):
            raise ConsentRefused("it was started in another browser, or this browser has deleted our cookie")
        if self._clock.now() >= consent.until:
            raise ConsentRefused("it was started more than ten minutes ago")
        if consent.app_id != app_id:
            raise ConsentRefused("it was started for another app")

    def _find(self, app: Connection, grant: Grant) -> Connection | None:
        """The connection of an account that comes back, with its secrets."""
        tenant = grant.account.external_id
        ids = self._configuration.of_tenant(app.endpoint_id, tenant) if tenant else ()
        return next((self._configuration.connection(one) for one in ids if one != app.id), None)

    def _set_up(self, connector: AuthorizesAccounts, draft: Connection) -> Connection:
        try:
            return set_up_account(connector, draft, self._configuration, self._http)
        except NotReady as failure:
            self._telemetry.warning(
                "account not ready", service=draft.service, connection=failure.connection.id, reason=failure.reason
            )
            self._telemetry.count("AccountNotReady", draft.service)
            raise


def _draft(
    app: Connection, connector: AuthorizesAccounts, grant: Grant, holder_of: Callable[[str], Connection | None]
) -> Connection:
    """A new account's connection.

    Two callbacks of one business that run at once choose the same id, and so end in one connection, with the last
    token; both are good. What remains: both may set the account up, and what the first one made on the service is then
    left unused there. Two businesses of one name cannot both keep the id: who finds it taken over after the set-up is
    told so, and joins again under the next number.
    """
    waits = isinstance(connector, SetsUpAccounts)
    return Connection(
        id=choose_id(app, grant, holder_of),
        service=app.service,
        side=app.side,
        endpoint_id=app.endpoint_id,
        tenant=grant.account.external_id,
        settings=dict(grant.account.settings),
        status=ConnectionStatus.PENDING if waits else ConnectionStatus.ACTIVE,
        secrets=Secrets(values=dict(grant.secrets)),
    )


def _renew(known: Connection, grant: Grant) -> Connection:
    """The account with its new credentials, and without what was held against the old."""
    return replace(
        known,
        settings={**known.settings, **grant.account.settings},
        secrets=known.secrets.renew(grant.secrets),
        status=ConnectionStatus.ACTIVE,
        status_reason="",
    )


def _fingerprint(browser: str) -> str:
    """Stored instead of the cookie: a reader of the store cannot finish another person's consent."""
    return hashlib.sha256(browser.encode()).hexdigest()


def _is_same(consent: Consent, browser: str) -> bool:
    return hmac.compare_digest(consent.browser, _fingerprint(browser))
