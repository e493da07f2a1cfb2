"""From a draft to something that works: stored, made or set up on the service, and called by it.

All is stored before the service is asked for anything: it may call us at once, and what fails can be repeated.
"""

from __future__ import annotations

from dataclasses import replace

from patchbay.accounts import Connection, Settings
from patchbay.connecting import App, MakesApps, RegistersWebhooks, WantsManualSteps, Webhooks
from patchbay.contract import Connector
from patchbay.errors import DeliveryError, Misconfigured
from patchbay.joining import NotReady, set_up_account
from patchbay_cli.deployment import Deployment
from patchbay_cli.error_messages import explain
from patchbay_cli.secret_masks import mask_steps

_RENEWAL = 3.0  #: seconds; functions read a secret again once a second when a signature is wrong


def make_app(deployment: Deployment, connector: Connector, draft: Connection) -> tuple[Connection, bool]:
    """Makes the app of a stored draft, or points the present one at us: the app as stored, and whether it now is.

    Each answer is stored before the next call: a service shows an app's secrets once.
    """
    if not isinstance(connector, MakesApps):
        return draft, False
    webhooks, redirect = deployment.webhooks(connector, draft), deployment.oauth_urls(draft)["oauth_redirect"]
    what = "stored"
    while True:
        try:
            with deployment.terminal.working(f"Pointing the app at us at {connector.title}"):
                made = connector.make_app(webhooks, redirect, draft, deployment.http)
        except (DeliveryError, Misconfigured) as error:
            raise Misconfigured(
                f"{draft.id} is {what}, but not finished at {connector.title}: {explain(error)}. "
                "Repeat the command once that is fixed, and it goes on from there"
            ) from None
        if made is None:
            return draft, False
        draft = _merge(draft, made)
        deployment.administration.save(draft)
        if not made.secrets:
            return draft, True
        what = "made and stored"


def _merge(draft: Connection, made: App) -> Connection:
    settings = {**draft.settings, **made.settings}
    return replace(draft, settings=settings, secrets=draft.secrets.renew(made.secrets))


def set_up(deployment: Deployment, connector: Connector, draft: Connection) -> Connection:
    """Stores an account and sets it up; the answer is the connection as stored."""
    try:
        with deployment.terminal.working(f"Setting {draft.id} up at {connector.title}"):
            return set_up_account(connector, draft, deployment.administration, deployment.http)
    except NotReady as failure:
        steps = list_steps(connector, deployment.webhooks(connector, failure.connection), failure.connection)
        steps = tuple(map(mask_steps(deployment, connector, failure.connection).hide, steps))
        told = "\n".join(("\nPerhaps this has to be done first:", *(f"  {step}" for step in steps))) if steps else ""
        raise Misconfigured(
            f"{draft.id} is stored, but {connector.title} has not set it up: {failure.reason}. "
            f"Repeat the command once that is fixed{told}"
        ) from None


def register(
    deployment: Deployment, connector: Connector, connection: Connection, *, has_new_secret: bool = False
) -> tuple[Connection, bool]:
    """Points the service at us, and asks it whether it now does; False where it cannot be told.

    The answer is the connection as stored, with what the service said. `has_new_secret`: one that verifies webhooks was
    given, made or taken away a moment ago, where the service may have called us before.
    """
    try:
        return take_webhook(deployment, connector, connection, has_new_secret=has_new_secret)
    except Misconfigured as problem:
        # Without what was given this time: it is stored, and a secret that is made anew replaces the one before.
        raise Misconfigured(
            f"{connection.id} is stored, but {problem}. Once that is fixed, say "
            f"`patchbay connect {connection.service} {connection.id}`, and it goes on from there"
        ) from None


def take_webhook(
    deployment: Deployment, connector: Connector, connection: Connection, *, has_new_secret: bool = False
) -> tuple[Connection, bool]:
    """`register` for a connection that was stored before. Raises Misconfigured with what the service said."""
    if not isinstance(connector, RegistersWebhooks):
        return connection, False
    webhooks = deployment.webhooks(connector, connection)
    try:
        with deployment.terminal.working(f"Registering our webhook at {connector.title}"):
            learned = _register(deployment, connector, webhooks, connection, has_new_secret=has_new_secret)
            connection = _keep(deployment, connection, learned)
            current = connector.registered(connection, deployment.http)
    except (DeliveryError, Misconfigured) as error:
        raise Misconfigured(f"{connector.title} did not take our webhook: {explain(error)}") from None
    if current is not None and current not in webhooks.values():
        raise Misconfigured(f"{connector.title} still calls another address, which another program may have set")
    return connection, current is not None


def _register(
    deployment: Deployment,
    connector: RegistersWebhooks,
    webhooks: Webhooks,
    connection: Connection,
    *,
    has_new_secret: bool,
) -> Settings:
    """Once more when it fails after a new secret, for as long as a function may know the one before.

    Services call the address while it is being set. A function that has refused a webhook within the second before
    looks for a new secret only after that second.
    """
    try:
        return connector.register(webhooks, connection, deployment.http)
    except (DeliveryError, Misconfigured):
        if not has_new_secret:
            raise
    deployment.wait(_RENEWAL, "The webhook is registered once more, with the new secret")
    return connector.register(webhooks, connection, deployment.http)


def _keep(deployment: Deployment, connection: Connection, learned: Settings) -> Connection:
    if not learned:
        return connection
    kept = replace(connection, settings={**connection.settings, **learned})
    deployment.administration.save(kept)
    return kept


def list_steps(connector: Connector, addresses: Webhooks, connection: Connection) -> tuple[str, ...]:
    """What is left for the owner to do by hand."""
    return connector.manual_steps(addresses, connection) if isinstance(connector, WantsManualSteps) else ()
