"""Connecting a bot: proving its token, pointing its webhook at us and away again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from patchbay.domain.accounts import Connection
from patchbay.domain.characters import clean_text
from patchbay.domain.errors import Misconfigured, Transient
from patchbay.domain.text import shorten
from patchbay.kit.account_setup import Account, Webhooks
from patchbay.kit.addresses import warn_of_other_webhook
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import read_answer
from patchbay.kit.schemas import Items, Wire
from patchbay.messengers.telegram import spec
from patchbay.messengers.telegram.business_checks import (
    ask_for_accounts,
    check_setting,
    list_notes,
    list_problems,
    list_updates,
)
from patchbay.messengers.telegram.client import Api, read_base_url, read_refusal

_CONNECTIONS = 20  #: calls of Telegram's at the same time: a burst is spread over more functions than are worth it
_MANY = 10  #: updates that wait; fewer are on their way at any moment
_ERROR = 120  #: characters of what Telegram says about its last failure


class Bot(Wire):
    id: str = ""
    first_name: str = ""
    username: str = ""
    can_read_all_group_messages: bool = False
    can_connect_to_business: bool = False


class BotAnswer(Wire):
    result: Bot = Bot()


class WebhookInfo(Wire):
    url: str = ""
    pending_update_count: int = 0
    last_error_date: int | None = None
    last_error_message: str = ""
    allowed_updates: Items[str] = ()


class WebhookAnswer(Wire):
    result: WebhookInfo = WebhookInfo()


def check(connection: Connection, http: Http) -> Account:
    """The bot behind the token, and how its webhook is doing."""
    read_base_url(connection.settings)
    if not connection.secrets.get("bot_token"):
        raise Misconfigured("bot_token is missing: copy it from @BotFather in Telegram (/mybots, your bot, API Token)")
    if connection.setting("groups", spec.NO) not in {spec.YES, spec.NO}:
        raise Misconfigured("groups must be yes or no")
    check_setting(connection.settings)
    api = Api(connection, http)
    bot = read_answer(BotAnswer, _succeed(api, "getMe")).result
    info = _read_webhook(api)
    accounts = ask_for_accounts(api, connection)
    problems = list_problems(accounts, can_connect=bot.can_connect_to_business, connection=connection)
    waiting = (f"{info.pending_update_count} updates are waiting at Telegram",) if info.url else ()
    facts = {"account_id": bot.id, "account_name": bot.first_name}
    name = f"{bot.first_name} (@{bot.username})" if bot.username else bot.first_name
    return Account(
        external_id=bot.id,
        name=name,
        settings=facts,
        warnings=(*_warn(info, bot, connection), *problems),
        notes=(*waiting, *list_notes(accounts)),
    )


def _warn(info: WebhookInfo, bot: Bot, connection: Connection) -> Iterator[str]:
    yield from warn_of_other_webhook(info.url, "telegram")
    if info.pending_update_count > _MANY:
        yield f"{info.pending_update_count} updates are waiting at Telegram, which gets no answer or slow ones"
    if info.last_error_message:
        at = datetime.fromtimestamp(info.last_error_date or 0, UTC)
        problem = shorten(clean_text(info.last_error_message), _ERROR)
        yield f"Telegram's last call of the webhook failed at {at:%Y-%m-%d %H:%M} UTC: {problem}"
    if connection.setting("groups") == spec.YES and not bot.can_read_all_group_messages:
        yield (
            "in groups the bot sees only commands and what is addressed to it: to change that, write /setprivacy to "
            "@BotFather"
        )


def register(webhooks: Webhooks, connection: Connection, http: Http) -> None:
    """With the secret that Telegram will send along, and only what we read of all that it offers."""
    (url,) = webhooks.values()
    api = Api(connection, http)
    fields = {
        "url": url,
        "secret_token": connection.secrets.get("webhook_secret"),
        "allowed_updates": list_updates(connection.settings),
        "max_connections": _CONNECTIONS,
    }
    response = api.call("setWebhook", fields, repeatable=True)
    if not response.ok:
        reason = shorten(clean_text(read_refusal(response).description), _ERROR)
        raise Misconfigured(
            f"Telegram did not accept the webhook URL ({reason}): it must be reachable from the internet over HTTPS "
            "on port 443, 80, 88 or 8443, and webhook_secret may have only letters, digits, _ and -"
        )
    if _read_webhook(api).url != url:
        raise Transient("Telegram accepted the webhook URL but still reports another one: try again in a minute")


def unregister(connection: Connection, http: Http) -> None:
    """What people write from then on waits at Telegram for a day."""
    _succeed(Api(connection, http), "deleteWebhook")


def registered(connection: Connection, http: Http) -> str:
    return _read_webhook(Api(connection, http)).url


def _read_webhook(api: Api) -> WebhookInfo:
    return read_answer(WebhookAnswer, _succeed(api, "getWebhookInfo")).result


def _succeed(api: Api, method: str) -> HttpResponse:
    response = api.call(method, {}, repeatable=True)
    if not response.ok:
        raise Misconfigured(f"Telegram refused {method} (HTTP {response.status}): check base_url")
    return response
