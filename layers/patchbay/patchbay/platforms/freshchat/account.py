"""Connecting an account: settings, the token's proof, the channels to choose from, an admin's manual steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Misconfigured, Unreadable
from patchbay.kit.account_setup import Account, Choice, WebhookForm, Webhooks
from patchbay.kit.rest import read_answer
from patchbay.kit.schemas import read_wire
from patchbay.kit.signatures import load_rsa_public_key
from patchbay.kit.standard_webhooks import read_key
from patchbay.platforms.freshchat.client import Api, read_base_url, refusal
from patchbay.platforms.freshchat.ids import same_id
from patchbay.platforms.freshchat.responses import ConfigurationWire, PageWire
from patchbay.platforms.freshchat.spec import APP, BOTH, WEBHOOK, expects_app, expects_webhook

#: setting -> the list that it picks from
_LISTS = {"channel_id": "channels", "assigned_group_id": "groups", "agent_id": "agents"}
_PAGES = 10


def check_account(api: Api, connection: Connection) -> Account:
    """Freshchat: /accounts/configuration answers to every valid token."""
    response = api.get("accounts", "configuration")
    if response.status == 403:
        raise AuthorizationNeeded("the API token may not read the account: generate it as an account admin")
    try:
        if not response.ok:
            raise Unreadable("no configuration")
        configuration = read_wire(ConfigurationWire, response.body)
    except Unreadable:
        raise Misconfigured(
            f"base_url is not the URL of a Freshchat API (HTTP {response.status}): copy the chat URL "
            "shown beside the API token"
        ) from None
    return Account(
        external_id=configuration.app_id,
        name=configuration.account_domain or "Freshchat",
        warnings=(*_check_channel(api, connection), *_check_key(connection)),
    )


def list_choices(api: Api, setting: str) -> Sequence[Choice]:
    """What can be chosen: channels, groups or agents, with their names."""
    if setting not in _LISTS:
        return ()
    return [Choice(value=_id(item), label=_label(item)) for item in _list(api, _LISTS[setting]) if _is_usable(item)]


def check_settings(connection: Connection) -> None:
    """Raises Misconfigured for a value that cannot be meant."""
    read_base_url(connection.settings)
    if connection.setting("events", WEBHOOK) not in {WEBHOOK, APP, BOTH}:
        raise Misconfigured(f"events is not valid: write {WEBHOOK}, {APP} or {BOTH}")
    if connection.secrets.get("app_secret"):
        read_key(connection.secrets.get("app_secret"))


def describe_manual_steps(webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
    return tuple(step for form in list_forms(webhooks, connection).values() if form.expected for step in form.steps)


def list_forms(webhooks: Webhooks, connection: Connection) -> Mapping[str, WebhookForm]:
    """Freshchat has no API for its webhook, and does not say what is entered there; nor is there one for apps."""
    both = f"`patchbay connect freshchat {connection.id} --set events={BOTH}`"
    return {
        WEBHOOK: WebhookForm(
            title="the account's webhook",
            expected=expects_webhook(connection.settings),
            steps=_describe_webhook(webhooks, connection),
            advice=f"turn the webhook off in Freshchat's Admin Settings > Webhooks, or run {both} to use it too",
        ),
        APP: WebhookForm(
            title="the Patchbay app",
            expected=expects_app(connection.settings),
            steps=_describe_app(webhooks, connection),
            advice=f"uninstall the app in Admin Settings > Marketplace for Chat, or run {both} to use it too",
        ),
    }


def _describe_webhook(webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
    steps = [
        (
            "In Freshchat's Admin Settings > Webhooks, enter this URL and switch the webhook on (an "
            f"account has a single webhook URL, so this one replaces any other): {address}"
        )
        for address in webhooks.values()
    ]
    if not connection.secrets.get("webhook_public_key"):
        steps.append(
            "Copy the public key shown there into a file, then run `patchbay connect freshchat "
            f"{connection.id} --secret webhook_public_key=@key.pem`."
        )
    return tuple(steps)


def _describe_app(webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
    secret = connection.secrets.get("app_secret")
    return (
        "In the project's folder, run `make freshchat-app`: it packs the Patchbay app into build/freshchat-app.zip.",
        (
            "In Freshchat's Admin Settings > Marketplace for Chat, choose Go to Developer Portal. Create a custom app "
            "from this file, and install it."
        ),
        *(f"On the app's settings page, enter Patchbay's address: {address}" for address in webhooks.values()),
        *([f"On the same page, enter the shared secret: {secret}"] if secret else []),
    )


def _check_channel(api: Api, connection: Connection) -> Sequence[str]:
    channel_id = connection.setting("channel_id")
    if not channel_id:
        return ()
    try:
        channels = [item for item in _list(api, "channels") if same_id(_id(item), channel_id)]
    except AuthorizationNeeded:
        return (("the API token may not list channels: channel_id is checked only when the first message is sent"),)
    if not channels:
        raise Misconfigured("the account has no channel with this channel_id: leave it out to choose from a list")
    if not _is_usable(channels[0]):
        return (("the channel is switched off in Freshchat: agents see its conversations, but customers may not"),)
    return ()


def _check_key(connection: Connection) -> Sequence[str]:
    if connection.endpoint_id != connection.id or not expects_webhook(connection.settings):
        return ()  # the connection that owns the address has the key, if one is needed
    key = connection.secrets.get("webhook_public_key")
    if not key:
        return (
            (
                "webhook_public_key is missing: Freshchat's webhooks are refused, so customers do not "
                "get agents' replies"
            ),
        )
    load_rsa_public_key(key)
    return ()


def _list(api: Api, what: str) -> Sequence[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    for page in range(1, _PAGES + 1):
        response = api.get(what, query={"page": str(page), "items_per_page": "100"})
        if not response.ok:
            raise _as_owner_problem(refusal(response, f"listing {what}"))
        answer = read_answer(PageWire, response)
        items = (answer.model_extra or {}).get(what)
        found += [item for item in items or () if isinstance(item, Mapping)]
        if not items or answer.pagination is None or page >= answer.pagination.total_pages:
            break
    return found


def _as_owner_problem(failure: DeliveryError) -> Exception:
    return failure if isinstance(failure, AuthorizationNeeded) else Misconfigured(str(failure))


def _is_usable(item: Mapping[str, object]) -> bool:
    return item.get("enabled") is not False and item.get("is_deactivated") is not True


def _id(item: Mapping[str, object]) -> str:
    return str(item.get("id") or "")


def _label(item: Mapping[str, object]) -> str:
    names = (item.get("name"), item.get("first_name"), item.get("last_name"))
    return " ".join(str(name) for name in names if name) or _id(item)
