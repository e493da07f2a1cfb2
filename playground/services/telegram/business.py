"""Business accounts: people who let the bot answer in their own account, and what others write to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import override

from playground.page_arguments import ChosenFile
from playground.services.telegram.actions import Details
from playground.services.telegram.groups import Groups
from playground.services.telegram.records import BusinessAccount, Chat, Message
from playground.services.telegram.serializers import show_business_connection, show_chat
from playground.services.telegram.view import PAGE_NUMBER

RIGHTS = ("can_reply", "can_read_messages", "can_delete_sent_messages")


class Business(Groups):
    """`owner` is a person, who has connected the bot under Settings > Telegram Business > Chatbots."""

    # --- the owner's settings ----------------------------------------------------------------------------------------

    def connect_business(self, owner: int | str, rights: Sequence[str] = RIGHTS) -> BusinessAccount:
        """Adds the bot, or adds it again: the connection has another id each time.

        Raises ValueError for a bot whose Business Mode is off: the app does not find it.
        """
        if not self.bot.business_mode:
            raise ValueError("turn on the bot's Business Mode with @BotFather first")
        with self.lock:
            person = self.person(owner)
            account = self.business.get(person.id)
            if account is None:
                account = BusinessAccount(owner=person, bot=self.bot, id="", at=self.timeline.now())
                self.business[person.id] = account
            elif account.enabled:
                raise ValueError("the bot is connected already")
            if account.id:
                account.earlier_ids.append(account.id)
            account.id = f"{self.random.getrandbits(88):022x}"
            account.enabled, account.rights, account.at = True, set(rights), self.timeline.now()
            self._report(account)
            return account

    def change_rights(self, owner: int | str, rights: Sequence[str]) -> None:
        with self.lock:
            account = self.account(owner)
            account.rights = set(rights)
            self._report(account)

    def disconnect_business(self, owner: int | str) -> None:
        with self.lock:
            account = self.account(owner)
            account.enabled = False
            self._report(account)

    def exclude(self, owner: int | str, customer: int | str) -> None:
        """Takes a chat from the bot."""
        with self.lock:
            self.account(owner).excluded.add(int(customer))

    def _report(self, account: BusinessAccount) -> None:
        shown = show_business_connection(account, account.id, is_current=account.enabled)
        self.webhooks.push(account.bot, "business_connection", shown, f"business connection {account.owner.id}")

    # --- writing -----------------------------------------------------------------------------------------------------

    def write_to_business(self, customer: int | str, owner: int | str, text: str, *, reply_to: int = 0) -> Message:
        """A customer writes to the owner's own account."""
        with self.lock:
            chat = self.business_chat(owner, customer)
            details = Details(reply_to=reply_to)
            return self.actions.receive(chat, self.person(customer), self.actions.write_text(text), details)

    def send_file_to_business(self, customer: int | str, owner: int | str, file: ChosenFile, kind: str) -> Message:
        with self.lock:
            content = self.make_file(file, kind, {})
            return self.actions.receive(self.business_chat(owner, customer), self.person(customer), content)

    def write_as_owner(
        self, owner: int | str, customer: int | str, text: str, *, by_itself: bool = False, reply_to: int = 0
    ) -> Message:
        """The owner answers on the phone. `by_itself`: Telegram greets the customer in their name."""
        with self.lock:
            chat = self.business_chat(owner, customer)
            details = Details(reply_to=reply_to, by_itself=by_itself)
            return self.actions.receive(chat, self.person(owner), self.actions.write_text(text), details)

    def edit_in_business(
        self, person: int | str, owner: int | str, customer: int | str, number: int, text: str
    ) -> None:
        with self.lock:
            chat = self.business_chat(owner, customer)
            message = chat.message(number)
            if message.sender != int(person):
                raise ValueError("only your own messages can be edited")
            self.actions.edit(chat, message, self.actions.write_text(text))

    def tap_in_business(self, customer: int | str, owner: int | str, number: int, data: str) -> None:
        with self.lock:
            chat = self.business_chat(owner, customer)
            self.actions.tap(chat, self.person(customer), chat.message(number), data)

    @override
    def delete_in_business(self, chat: Chat, numbers: Sequence[int]) -> None:
        """For both sides: either may delete what anybody has written. It is not said who did."""
        with self.lock:
            account = chat.business
            if account is None:
                raise ValueError("not a chat of a business account")
            for number in numbers:
                chat.message(number).deleted = True
            if account.enabled and chat.id not in account.excluded:
                fields = {
                    "business_connection_id": account.id,
                    "chat": show_chat(chat),
                    "message_ids": list(numbers),
                }
                self.webhooks.push(account.bot, "deleted_business_messages", fields, f"business {chat.id}")

    def begin_business_chat(self, owner: int | str, customer: int | str) -> str:
        """On both phones, with nothing in it yet. Its number on the page."""
        with self.lock:
            self.business_chat(owner, customer)
            return str(int(owner) * PAGE_NUMBER + int(customer))

    # --- finding -----------------------------------------------------------------------------------------------------

    @override
    def chat_at(self, person_id: int | str, place: dict[str, int]) -> Chat:
        """Also one of a business account, by its number on the page."""
        owner, customer = divmod(place.get("chat", 0), PAGE_NUMBER)
        if owner <= 0:
            return super().chat_at(person_id, place)
        if int(person_id) not in {owner, customer}:
            raise KeyError(str(person_id))
        return self.business_chat(owner, customer)

    @override
    def delete(self, person_id: int | str, message_id: int | str, chat: int = 0) -> None:
        where = self.chat_at(person_id, {"chat": chat})
        if where.business:
            self.delete_in_business(where, [int(message_id)])
        else:
            super().delete(person_id, message_id, chat)

    def account(self, owner: int | str) -> BusinessAccount:
        """Raises KeyError."""
        return self.business[int(owner)]

    def business_chat(self, owner: int | str, customer: int | str) -> Chat:
        """The chat of the two in the owner's account, which begins with the first message."""
        account, person = self.account(owner), self.person(customer)
        if person is account.owner:
            raise ValueError("nobody is their own customer")
        if person.id not in account.chats:
            account.chats[person.id] = Chat(
                id=person.id, type="private", bot=account.bot, members=[person], started=True, business=account
            )
        return account.chats[person.id]
