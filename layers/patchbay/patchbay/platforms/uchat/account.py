"""Connecting: with a partner key Patchbay makes all calls; without one the partner sets the webhook."""

from __future__ import annotations

import re

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.errors import Misconfigured
from patchbay.kit.account_setup import Account, Webhooks
from patchbay.platforms.uchat.client import Api, NotSet
from patchbay.platforms.uchat.handshake import KEY
from patchbay.platforms.uchat.urls import read_base_url, read_bot_url

_WAYS = (
    "enter workspace_id and the secret partner_api_key to let Patchbay set the webhook; or, "
    "if the partner sets it, enter only workspace_id, and bot_url when UChat has returned it"
)


def has_partner(connection: Connection) -> bool:
    """Whether the webhook is ours to set."""
    return bool(connection.secrets.get("partner_api_key"))


def check_account(api: Api, connection: Connection) -> Account:
    """Raises Misconfigured or AuthorizationNeeded with what to do."""
    check_settings(connection)
    me = api.read_me()
    workspace = connection.setting("workspace_id").strip()
    warnings: tuple[str, ...] = ()
    if has_partner(connection):
        api.get_webhook()
    elif not read_bot_url(connection.settings):
        warnings = (
            (
                "bot_url is missing: customers' messages wait until the partner has set the webhook and "
                "you have entered bot_url"
            ),
        )
    name = f"UChat workspace {workspace}" if workspace else f"UChat, API key of {me.name or me.id or 'the flow'}"
    return Account(external_id=workspace or me.id, name=name, warnings=warnings)


def check_settings(connection: Connection) -> None:
    """Raises Misconfigured for the first that cannot be meant."""
    read_base_url(connection.settings)
    bot_url = read_bot_url(connection.settings)
    workspace = connection.setting("workspace_id").strip()
    if workspace and not re.fullmatch(r"[\w-]+", workspace):
        raise Misconfigured("workspace_id is not valid: write only the id, as in the partner's list of workspaces")
    if has_partner(connection) and not workspace:
        raise Misconfigured(
            "workspace_id is missing: partner_api_key needs it, so enter the id of the workspace with the bot"
        )
    if not workspace and not bot_url:
        raise Misconfigured(f"the location of UChat's bot is missing: {_WAYS}")


def register(api: Api, webhooks: Webhooks, connection: Connection) -> Settings:
    """Sets the webhook and looks whether it is verified. UChat tells where messages go only once it is set."""
    if not has_partner(connection):
        return {}
    key = connection.secrets.get(KEY)
    if not key:
        raise Misconfigured(f"{KEY} is missing: run `patchbay connect uchat {connection.id}`, which generates one")
    [address] = webhooks.values()
    try:
        api.set_webhook(address, key)
    except NotSet as problem:
        raise Misconfigured(f"{problem}; {explain_handshake(connection)}") from None
    webhook = api.get_webhook()
    if webhook.webhook_url != address or not webhook.is_verified:
        raise Misconfigured(f"UChat has not verified the webhook: {explain_handshake(connection)}")
    if not webhook.bot_url:
        raise Misconfigured("UChat returned no bot_url for this workspace: ask UChat's support")
    read_bot_url({"bot_url": webhook.bot_url})
    return {"bot_url": webhook.bot_url}


def explain_handshake(connection: Connection) -> str:
    """What to do when UChat has called our address and did not get its challenge back."""
    return (
        "if the log of uchat_webhook shows a refused handshake, run `patchbay connect uchat "
        f"{connection.id} --secret webhook_verification_key=` to get a new key; if it shows no "
        "handshake, make sure that the webhook URL is reachable from the internet"
    )


def unregister(api: Api, connection: Connection) -> None:
    """Removes the webhook if it is ours, which its key shows: a workspace has one webhook, perhaps not ours."""
    if has_partner(connection) and api.get_webhook().webhook_verification_key in connection.secrets.accepted(KEY):
        api.remove_webhook()


def registered_address(api: Api, connection: Connection) -> str | None:
    """None where only the partner can ask."""
    if not has_partner(connection):
        return None
    webhook = api.get_webhook()
    return webhook.webhook_url if webhook.is_verified else ""


def describe_manual_steps(webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
    if has_partner(connection):
        return ()
    command = f"patchbay connect uchat {connection.id}"
    workspace = connection.setting("workspace_id").strip() or "with the bot"
    [address] = webhooks.values()
    ask = (
        f"Ask the partner to set the Api Chat webhook of the workspace {workspace} with UChat's "
        f"partner API (the add-on Api Chat must be enabled): webhook_url is {address}, "
        "webhook_verification_key is the key of the next step. A workspace has a single webhook, "
        "so this one replaces any other."
    )
    key = (
        "Agree on a webhook_verification_key with the partner (any long random text) and enter "
        f"it before they set the webhook: `{command} --secret {KEY}=@FILE`. If Patchbay generated "
        f"the key, find it in AWS Secrets Manager as {KEY}, in the secret with a name that ends "
        f"with /{connection.id}."
    )
    if read_bot_url(connection.settings):
        return ask, key
    answer = f"Enter the bot_url that UChat returned to the partner: `{command} --set bot_url=URL`."
    return ask, key, answer
