"""Calls in the name of a business account's owner: each says by which connection, and Telegram allows fewer of them.

Telegram allows them in chats in which the customer has written within the last 24 hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Unpack, override

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Rejected, Transient, Unreachable
from patchbay.domain.model import Conversation, Delivered
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import Options
from patchbay.messengers.telegram.business_accounts import BusinessAccount, find_account, is_allowed
from patchbay.messengers.telegram.chats import Address, name_message, number_of, read_address
from patchbay.messengers.telegram.client import Api, Fields, read_refusal
from patchbay.messengers.telegram.spec import BUSINESS_GONE, BUSINESS_SILENT

_AGAIN = 60.0  #: seconds after which every function knows the connection that Telegram has reported since
_UNKNOWN_CONNECTION = ("BUSINESS_CONNECTION_INVALID", "business connection not found")


class BusinessApi(Api):
    """The API, in one business account."""

    def __init__(self, account: BusinessAccount, connection: Connection, http: Http) -> None:
        super().__init__(connection, http)
        self._account = account

    @override
    def call(self, method: str, fields: Fields, *, repeatable: bool, timeout: float = 10.0) -> HttpResponse:
        match method:
            case "setMessageReaction":
                raise Rejected("Telegram lets no bot react in a business account", code="reaction")
            case "deleteMessage":  # by another method, which takes several of one chat that it does not name
                if not self._account.can_delete:
                    raise Rejected("the business account's owner does not let the bot delete messages", code="deletion")
                method, fields = "deleteBusinessMessages", {"message_ids": [fields["message_id"]]}
        return super().call(method, fields, repeatable=repeatable, timeout=timeout)

    @override
    def post(
        self, *path: str, repeatable: bool, query: Mapping[str, str] | None = None, **options: Unpack[Options]
    ) -> HttpResponse:
        """Raises Transient for a connection that Telegram does not know: the owner has just made another one."""
        named = {"business_connection_id": self._account.id}
        given = options.get("json")
        if isinstance(given, dict):
            options["json"] = {**given, **named}
        if (form := options.get("form")) is not None:
            options["form"] = {**form, **named}
        response = super().post(*path, repeatable=repeatable, query=query, **options)
        if not response.ok and any(sign in read_refusal(response).description for sign in _UNKNOWN_CONNECTION):
            raise Transient("Telegram has a newer connection with the business account, or none", retry_after=_AGAIN)
        return response


def open_api(connection: Connection, http: Http, conversation: Conversation) -> Api:
    """For what is done in a conversation. Raises Unreachable where the bot may not answer in it."""
    address = read_address(conversation.external_id)
    if not address.owner:
        return Api(connection, http)
    account = find_account(connection.settings, address.owner)
    if account is None or not account.is_enabled:
        raise Unreachable(BUSINESS_GONE, code="telegram-unreachable")
    if not is_allowed(connection.settings, address.owner, account.username):
        raise Unreachable("the business account is not answered here any more", code="telegram-unreachable")
    if not account.can_reply:
        raise Unreachable(BUSINESS_SILENT, code="telegram-unreachable")
    return BusinessApi(account, connection, http)


def name_delivered(delivered: Delivered, conversation: Conversation) -> Delivered:
    """With ids that no message of the customer's chat with the bot has."""
    address = read_address(conversation.external_id)
    if not address.owner:
        return delivered
    aliases = tuple(_name(message_id, address) for message_id in delivered.aliases)
    return replace(delivered, external_id=_name(delivered.external_id, address), aliases=aliases)


def _name(message_id: str, address: Address) -> str:
    number = number_of(message_id)
    return message_id if number is None else name_message(address.encode(), number)
