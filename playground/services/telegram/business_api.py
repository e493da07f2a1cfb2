"""Calls in the name of business accounts' owners: which one is meant, and what the bot may do there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from playground.services.telegram.bodies import Arguments
from playground.services.telegram.errors import bad_request
from playground.services.telegram.records import Bot, BusinessAccount, Chat, Json
from playground.services.telegram.serializers import show_business_connection
from playground.services.telegram.state import State

ANSWERABLE = timedelta(hours=24)  #: after the customer's last message
DELETABLE = timedelta(hours=48)
_MOST_DELETED = 100

Method = Callable[[Bot, Arguments], Json | bool]


class BusinessApi:
    """Refusals in capitals are those of Telegram's own core, as its Bot API server passes them on."""

    def __init__(self, state: State) -> None:
        self._state = state

    def methods(self) -> Mapping[str, Method]:
        return {
            "getBusinessConnection": self.get_connection,
            "readBusinessMessage": self.read,
            "deleteBusinessMessages": self.delete,
        }

    def get_connection(self, bot: Bot, arguments: Arguments) -> Json:
        """Also one that the owner has ended: it is not enabled any more."""
        account, is_current = self._find(bot, arguments.values["business_connection_id"])
        return show_business_connection(account, str(arguments.values["business_connection_id"]), is_current=is_current)

    def read(self, bot: Bot, arguments: Arguments) -> bool:
        values = arguments.values
        account = self._find_enabled(bot, values["business_connection_id"], "can_read_messages")
        chat = self._find_chat(account, values["chat_id"])
        self._check_active(account, chat)
        message = chat.find(values["message_id"])
        if message is None or message.sender != chat.id:
            raise bad_request("MESSAGE_ID_INVALID")
        chat.read_until = max(chat.read_until, message.id)
        return True

    def delete(self, bot: Bot, arguments: Arguments) -> bool:
        """All of one chat, which is not named. Those that are not there are skipped."""
        numbers = arguments.values["message_ids"]
        account = self._find_enabled(bot, arguments.values["business_connection_id"], "")
        if not 1 <= len(numbers) <= _MOST_DELETED:
            raise bad_request("too many message identifiers specified" if numbers else "message identifiers are empty")
        found = [(chat, one) for chat in account.chats.values() for one in chat.messages if one.id in numbers]
        if len({chat.id for chat, _ in found}) > 1:
            raise bad_request("MESSAGE_ID_INVALID")
        for _, message in found:
            own = message.business_bot == bot.id and "can_delete_sent_messages" in account.rights
            if not own and "can_delete_all_messages" not in account.rights:
                raise bad_request("MESSAGE_DELETE_FORBIDDEN")
            if self._state.timeline.now() - message.at >= DELETABLE:
                raise bad_request("MESSAGE_DELETE_FORBIDDEN")
        for chat, _ in found[:1]:
            self._state.delete_in_business(chat, [message.id for _, message in found])
        return True

    def find_chat(self, bot: Bot, values: Json) -> Chat:
        """Where a call writes in an owner's name. Raises RefusedCall."""
        account = self._find_enabled(bot, values["business_connection_id"], "can_reply")
        chat = self._find_chat(account, values.get("chat_id"))
        self._check_active(account, chat)
        return chat

    # --- finding -----------------------------------------------------------------------------------------------------

    def _find(self, bot: Bot, connection_id: object) -> tuple[BusinessAccount, bool]:
        """The account, and whether this is the connection that it has now."""
        for account in self._state.business.values():
            if account.bot is bot and connection_id in {account.id, *account.earlier_ids}:
                return account, account.enabled and connection_id == account.id
        raise bad_request("business connection not found")

    def _find_enabled(self, bot: Bot, connection_id: object, right: str) -> BusinessAccount:
        account, is_current = self._find(bot, connection_id)
        if not is_current:
            raise bad_request("BUSINESS_CONNECTION_INVALID")
        if right and right not in account.rights:
            raise bad_request("BOT_ACCESS_FORBIDDEN")
        return account

    def _find_chat(self, account: BusinessAccount, chat_id: object) -> Chat:
        if not re.fullmatch(r"-?\d{1,19}", str(chat_id)):
            raise bad_request("chat identifier must be a valid Integer")
        chat = account.chats.get(int(str(chat_id)))
        if chat is None or chat.id in account.excluded:
            raise bad_request("BUSINESS_PEER_INVALID")
        return chat

    def _check_active(self, account: BusinessAccount, chat: Chat) -> None:
        incoming = [message.at for message in chat.messages if message.sender != account.owner.id]
        if not incoming or self._state.timeline.now() - max(incoming) >= ANSWERABLE:
            raise bad_request("BUSINESS_PEER_USAGE_MISSING")
