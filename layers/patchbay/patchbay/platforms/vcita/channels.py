"""The business's channel: created once, activated when the business connects again; and the manual steps."""

from __future__ import annotations

import json

from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import DeliveryError, Misconfigured
from patchbay.kit.account_setup import AccountSetup, Webhooks
from patchbay.kit.contract import HttpResponse
from patchbay.platforms.vcita.account import is_app
from patchbay.platforms.vcita.client import Api, read_data, refusal
from patchbay.platforms.vcita.responses import ThingWire
from patchbay.platforms.vcita.spec import API_URL

_STATUSES = {
    "active": ConnectionStatus.ACTIVE,
    "pending": ConnectionStatus.PENDING,
    "inactive": ConnectionStatus.DISABLED,
    "blocked": ConnectionStatus.DISABLED,
}


def set_up_channel(api: Api, connection: Connection) -> AccountSetup:
    """The known channel, else a new one. vcita confirms a new one by webhook, which may come before the answer."""
    known = connection.setting("channel_uid")
    woken = _wake(api, known, connection.setting("display_name")) if known else None
    return woken or _create(api, connection)


def describe_manual_steps(webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
    """vcita shows its partners no page for an app's addresses: they are set by a call."""
    address = webhooks.get("api_uri", "")
    if not is_app(connection):
        return (
            (
                "Set the api_uri of the app that the token was created for to this URL, or vcita sends "
                f"nothing: {address}"
            ),
        )
    steps = []
    if not connection.secrets.get("directory_token"):
        steps.append(_write_curl(webhooks, connection))
    steps.append("In the partner's admin pages, assign the app to the businesses that may use it.")
    start = webhooks.get("oauth_start", "")
    if start:
        steps.append(
            f"Ask a staff member of each business to install the app, or to open this URL and give consent: {start}"
        )
    return tuple(steps)


def _write_curl(webhooks: Webhooks, connection: Connection) -> str:
    code_name = connection.setting("app_code_name", "APP_CODE_NAME")
    fields = {"api_uri": webhooks.get("api_uri", ""), "redirect_uri": webhooks.get("oauth_redirect", "")}
    body = json.dumps({name: value for name, value in fields.items() if value})
    return (
        "Ask the partner's admin to point the app at Patchbay: curl -X PUT "
        f"{connection.setting('base_url', API_URL).rstrip('/')}/platform/v1/apps/{code_name} -H "
        f"'Authorization: Bearer DIRECTORY_TOKEN' -H 'Content-Type: application/json' -d '{body}'"
    )


def _wake(api: Api, channel_uid: str, display_name: str) -> AccountSetup | None:
    """None when vcita has it no more, or does not wake it."""
    body = {"status": "active", **({"display_name": display_name} if display_name else {})}
    response = api.communication.put("channels", channel_uid, json=body)
    if response.status in {404, 422}:
        return None
    if not response.ok:
        raise _as_owner_problem(refusal(response, "activating the channel"))
    told = read_data(response).channel.status.lower()
    if told in {"deleted", "error"}:
        return None
    return AccountSetup(status=_STATUSES.get(told, ConnectionStatus.ACTIVE))


def _create(api: Api, connection: Connection) -> AccountSetup:
    body = {"business_uid": connection.setting("business_uid"), "type": "transactional"}
    if connection.setting("display_name"):
        body["display_name"] = connection.setting("display_name")
    # After a lost answer the business has one channel more, which nobody uses and vcita never shows.
    response = api.communication.post("channels", json=body, repeatable=True)
    if not response.ok:
        raise _as_owner_problem(refusal(response, "creating a channel"))
    return _read_created(read_data(response).channel, response)


def _read_created(channel: ThingWire, response: HttpResponse) -> AccountSetup:
    status = channel.status.lower()
    if not channel.uid:
        raise Misconfigured(f"vcita did not create the channel (HTTP {response.status}): check base_url and api_prefix")
    if status in {"error", "deleted"}:
        raise Misconfigured(
            "vcita could not open the channel: check that the token belongs to a communication app, "
            "and that the app's api_uri is Patchbay's"
        )
    return AccountSetup(settings={"channel_uid": channel.uid}, status=_STATUSES.get(status, ConnectionStatus.PENDING))


def _as_owner_problem(failure: DeliveryError) -> Misconfigured:
    return Misconfigured(f"{failure}: check business_uid, and that the token belongs to a communication app")
