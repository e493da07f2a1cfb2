"""What an owner reads about the business accounts in which their bot answers, when it is connected or examined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.characters import clean_text
from patchbay.domain.errors import Misconfigured
from patchbay.domain.text import shorten
from patchbay.kit.rest import read_answer
from patchbay.kit.schemas import Wire
from patchbay.messengers.telegram import spec
from patchbay.messengers.telegram.business_accounts import (
    BusinessAccount,
    describe_account,
    find_odd_name,
    list_accounts,
    list_allowed,
)
from patchbay.messengers.telegram.client import Api
from patchbay.messengers.telegram.schemas import BusinessConnection

_NAME = 64
_WHERE = "Settings > Telegram Business > Chatbots"


class ConnectionAnswer(Wire):
    result: BusinessConnection | None = None


def check_setting(settings: Settings) -> None:
    """Raises Misconfigured for a word that names nobody."""
    if odd := find_odd_name(settings):
        name = shorten(clean_text(odd), _NAME)
        raise Misconfigured(f"business must be no, or list @usernames or ids of people: {name!r} is neither")


def list_updates(settings: Settings) -> list[str]:
    """What Telegram is asked to send."""
    return [*spec.UPDATES, *(spec.BUSINESS_UPDATES if list_allowed(settings) else ())]


def list_problems(accounts: Sequence[BusinessAccount], *, can_connect: bool, connection: Connection) -> Iterator[str]:
    """What keeps the bot from answering in business accounts."""
    if not list_allowed(connection.settings):
        return
    if not can_connect:
        yield (
            "business accounts cannot add the bot: write /mybots to @BotFather, your bot > Bot Settings > Business Mode"
        )
    elif not accounts:
        yield f"no business account has added the bot yet: in Telegram, open {_WHERE} in the account, and add the bot"
    for account in accounts:
        if not account.is_enabled:
            yield f"the business account of {_name(account)} has removed the bot: add it again under {_WHERE}"
        elif not account.can_reply:
            yield f"the bot may not reply in the business account of {_name(account)}: allow that under {_WHERE}"


def list_notes(accounts: Sequence[BusinessAccount]) -> Iterator[str]:
    for account in accounts:
        if account.is_enabled and account.can_reply:
            lacks = "" if account.can_delete else ", and may not delete there what agents delete"
            yield f"the bot answers in the business account of {_name(account)}{lacks}"


def ask_for_accounts(api: Api, connection: Connection) -> list[BusinessAccount]:
    """As they are at Telegram now: each that is allowed, and has added the bot once."""
    return [_ask(api, account) for _, account in list_accounts(connection.settings)]


def _ask(api: Api, known: BusinessAccount) -> BusinessAccount:
    response = api.call("getBusinessConnection", {"business_connection_id": known.id}, repeatable=True)
    found = read_answer(ConnectionAnswer, response).result if response.ok else None
    return describe_account(found) if found else known.model_copy(update={"is_enabled": False})


def _name(account: BusinessAccount) -> str:
    name = shorten(clean_text(account.name), _NAME)
    return f"{name} (@{account.username})" if account.username else name
