"""The signed callbacks that Viber sends to bots."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from playground.bodies import write_json
from playground.services.viber.errors import RefusedCall
from playground.services.viber.records import MANDATORY_EVENTS, Bot, Json, Person
from playground.services.viber.state import State
from playground.simulator import Webhook, WebhookAnswer
from playground.simulator_auth import is_public_address

OnAnswer = Callable[[WebhookAnswer], None]


class Webhooks:
    def __init__(self, state: State) -> None:
        self._state = state

    def call_back(self, person: Person, event: str, fields: Json, on_answer: OnAnswer | None = None) -> bool:
        """Sends a callback if the bot wants it; False when it does not."""
        bot = person.bot
        if not bot.webhook or event not in bot.event_types | MANDATORY_EVENTS:
            return False
        self.send(person, event, fields, on_answer)
        return True

    def send(self, person: Person, event: str, fields: Json, on_answer: OnAnswer | None = None) -> None:
        """Sends a callback of any kind."""
        bot = person.bot
        self._state.send_webhook(self._make_webhook(bot, bot.webhook, event, fields, person.id, on_answer))

    def try_webhook(self, bot: Bot, url: str) -> None:
        """Sends the callback that tests a new webhook, during the API call that sets it. Raises RefusedCall.

        Do not call it under the lock.
        """
        if not is_public_address(url):
            raise RefusedCall(1, "invalidUrl")
        fields: Json = {"message_token": self._state.make_token()}
        answer = self._state.call_webhook(self._make_webhook(bot, url, "webhook", fields))
        if not self._state.is_accepted(answer):
            raise RefusedCall(1, f"Result of set webhook is HTTP status {answer.status}")

    def _make_webhook(
        self, bot: Bot, url: str, event: str, fields: Json, group: str = "", on_answer: OnAnswer | None = None
    ) -> Webhook:
        timestamp = int(self._state.timeline.now().timestamp() * 1000)
        callback = {"event": event, "timestamp": timestamp, "chat_hostname": "SN-CALLBACK-04_", **fields}
        body = write_json(callback)
        signature = hmac.new(bot.token.encode("ascii"), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self._state.signs_in_header:
            headers["X-Viber-Content-Signature"] = signature
        if self._state.signs_in_query:
            url = f"{url}{'&' if '?' in url else '?'}sig={signature}"
        return Webhook(url=url, headers=headers, body=body, note=event, on_answer=on_answer, group=group)
