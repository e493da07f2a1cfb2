"""Business accounts: people who let the bot answer in their own Telegram account.

Telegram names such an account by a connection, whose id is another one each time that the owner adds the bot. So what
is known of an account is kept under its owner's id, among the settings of the bot's connection, and webhooks that name
the connection are led to the owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from patchbay.domain.accounts import Settings
from patchbay.kit.schemas import Wire, validate_json
from patchbay.messengers.telegram import spec
from patchbay.messengers.telegram.schemas import BusinessConnection

_FACT = "business_"  #: what the names of such facts begin with; the owner's id follows
_PERSON = re.compile(r"@?[A-Za-z]\w{3,31}|[1-9][0-9]{0,18}", re.ASCII)


class BusinessAccount(Wire):
    """What is known of an account. `id` is the connection's, in which the bot answers now."""

    id: str = ""
    name: str = ""
    username: str = ""
    is_enabled: bool = False
    can_reply: bool = False
    can_read: bool = False
    can_delete: bool = False


def describe_account(connection: BusinessConnection) -> BusinessAccount:
    rights = connection.rights
    return BusinessAccount(
        id=connection.id,
        name=connection.user.name,
        username=connection.user.username,
        is_enabled=connection.is_enabled,
        can_reply=rights.can_reply,
        can_read=rights.can_read_messages,
        can_delete=rights.can_delete_sent_messages,
    )


def write_facts(owner: str, account: BusinessAccount) -> Mapping[str, str]:
    """As they are kept among the settings."""
    return {f"{_FACT}{owner}": account.model_dump_json()}


def find_account(settings: Settings, owner: str) -> BusinessAccount | None:
    """None for one of which Telegram has said nothing."""
    stored = settings.get(f"{_FACT}{owner}", "")
    try:
        return validate_json(BusinessAccount, stored.encode()) if stored else None
    except ValueError:
        return None


def list_accounts(settings: Settings) -> Iterator[tuple[str, BusinessAccount]]:
    """Those that are allowed, with their owners' ids."""
    for name in sorted(settings):
        owner = name.removeprefix(_FACT)
        account = find_account(settings, owner) if owner != name else None
        if account and is_allowed(settings, owner, account.username):
            yield owner, account


# --- who may have the bot answer -------------------------------------------------------------------------------------


def list_allowed(settings: Settings) -> tuple[str, ...]:
    """Usernames in lower case without their @, and ids. Anybody at Telegram can connect any bot of this kind."""
    words = (word.strip() for word in settings.get("business", "").split(","))
    return tuple(word.removeprefix("@").casefold() for word in words if word and word.casefold() != spec.NO)


def is_allowed(settings: Settings, owner: str, username: str) -> bool:
    allowed = list_allowed(settings)
    return owner in allowed or (bool(username) and username.casefold() in allowed)


def find_odd_name(settings: Settings) -> str:
    """A word in the setting that is neither a username nor an id; "" for none."""
    return next((word for word in list_allowed(settings) if not _PERSON.fullmatch(word)), "")
