"""From a draft to a working connection: it is stored, set up at the service, and its webhook registered.

It is stored before the service is called, because the service may call us at once, and a failed step can be repeated.
"""

from __future__ import annotations

from dataclasses import replace

from patchbay.bridge.oauth import NotReady, set_up_account
from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.errors import DeliveryError, Misconfigured
from patchbay.kit.account_setup import App, CreatesApps, ListsManualSteps, RegistersWebhooks, Webhooks
from patchbay.kit.contract import Connector
from patchbay_cli.deployment import Deployment
from patchbay_cli.error_messages import explain
from patchbay_cli.secret_masks import mask_steps

_RENEWAL = 3.0  #: seconds; functions read a secret again once a second when a signature is wrong


def make_app(deployment: Deployment, connector: Connector, draft: Connection) -> tuple[Connection, bool]:
    """Creates the app of a stored draft, or updates its URLs: the app as stored, and whether the service now calls us.

    Each answer is stored before the next call: a service shows an app's secrets once.
    """
    if not isinstance(connector, CreatesApps):
        return draft, False
    webhooks, redirect = deployment.webhooks(connector, draft), deployment.oauth_urls(draft)["oauth_redirect"]
    state = "stored"
    while True:
        try:
            with deployment.terminal.working(f"Setting up the app at {connector.title}"):
                made = connector.create_app(webhooks, redirect, draft, deployment.http)
        except (DeliveryError, Misconfigured) as error:
            raise Misconfigured(
                f"{draft.id} is {state}, but its setup at {connector.title} is not complete: {explain(error)}. "
                "When that is fixed, run the command again to continue"
            ) from None
        if made is None:
            return draft, False
        draft = _merge(draft, made)
        deployment.configuration.save(draft)
        if not made.secrets:
            return draft, True
        state = "created and stored"


def _merge(draft: Connection, made: App) -> Connection:
    settings = {**draft.settings, **made.settings}
    return replace(draft, settings=settings, secrets=draft.secrets.renew(made.secrets))


def set_up(deployment: Deployment, connector: Connector, draft: Connection) -> Connection:
    """Stores an account and sets it up at the service: the connection as stored."""
    try:
        with deployment.terminal.working(f"Setting up {draft.id} at {connector.title}"):
            return set_up_account(connector, draft, deployment.configuration, deployment.http)
    except NotReady as failure:
        steps = list_steps(connector, deployment.webhooks(connector, failure.connection), failure.connection)
        steps = tuple(map(mask_steps(deployment, connector, failure.connection).hide, steps))
        first = "\n".join((". Check whether this is done:", *(f"  {step}" for step in steps))) if steps else ""
        raise Misconfigured(
            f"{draft.id} is stored, but its setup at {connector.title} failed: {failure.reason}. "
            f"When that is fixed, run the command again{first}"
        ) from None


def register(
    deployment: Deployment, connector: Connector, connection: Connection, *, has_new_secret: bool = False
) -> tuple[Connection, bool]:
    """Registers our webhook, and checks it: the connection as stored, and whether the service now calls us.

    `has_new_secret`: a secret that verifies webhooks was set, generated or removed a moment ago, and the service may
    have called us before.
    """
    try:
        return register_webhook(deployment, connector, connection, has_new_secret=has_new_secret)
    except Misconfigured as problem:
        # The advice leaves out the values that were passed: they are stored, and a generated secret must not change.
        raise Misconfigured(
            f"{connection.id} is stored, but {problem}. When that is fixed, run "
            f"`patchbay connect {connection.service} {connection.id}` to continue"
        ) from None


def register_webhook(
    deployment: Deployment, connector: Connector, connection: Connection, *, has_new_secret: bool = False
) -> tuple[Connection, bool]:
    """`register` for a connection that was stored before. Raises Misconfigured with the answer of the service."""
    if not isinstance(connector, RegistersWebhooks):
        return connection, False
    webhooks = deployment.webhooks(connector, connection)
    try:
        with deployment.terminal.working(f"Registering our webhook at {connector.title}"):
            learned = _register(deployment, connector, webhooks, connection, has_new_secret=has_new_secret)
            connection = _keep(deployment, connection, learned)
            current = connector.get_registered_url(connection, deployment.http)
    except (DeliveryError, Misconfigured) as error:
        raise Misconfigured(f"{connector.title} did not accept our webhook: {explain(error)}") from None
    if current is not None and current not in webhooks.values():
        raise Misconfigured(f"{connector.title} still calls another webhook URL, which another program may have set")
    return connection, current is not None


def _register(
    deployment: Deployment,
    connector: RegistersWebhooks,
    webhooks: Webhooks,
    connection: Connection,
    *,
    has_new_secret: bool,
) -> Settings:
    """Tries again when it fails after a secret was changed: a function may still know the secret before.

    Services call the URL while it is being set. A function that has rejected a webhook within the last second reads
    the secret again only after that second.
    """
    try:
        return connector.register_webhooks(webhooks, connection, deployment.http)
    except (DeliveryError, Misconfigured):
        if not has_new_secret:
            raise
    deployment.wait(_RENEWAL, "Registering the webhook again with the new secret")
    return connector.register_webhooks(webhooks, connection, deployment.http)


def _keep(deployment: Deployment, connection: Connection, learned: Settings) -> Connection:
    if not learned:
        return connection
    kept = replace(connection, settings={**connection.settings, **learned})
    deployment.configuration.save(kept)
    return kept


def list_steps(connector: Connector, urls: Webhooks, connection: Connection) -> tuple[str, ...]:
    """What is left for the owner to do at the service."""
    return connector.list_manual_steps(urls, connection) if isinstance(connector, ListsManualSteps) else ()
