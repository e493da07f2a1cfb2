"""What happens to messages: a bot's reach the phones, customers' reach the bot, and callbacks report it."""

from __future__ import annotations

import json
from typing import Any

from playground.services.viber import rules, view
from playground.services.viber.bodies import check_message
from playground.services.viber.errors import RefusedCall
from playground.services.viber.records import Author, Json, Line, Person
from playground.services.viber.serializers import show_profile
from playground.services.viber.state import State
from playground.services.viber.webhooks import Webhooks
from playground.simulator import WebhookAnswer


class Actions:
    """Call these under the lock, except `welcome`."""

    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    # --- from the bot ------------------------------------------------------------------------------------------------

    def deliver(self, person: Person, message: Json) -> Line:
        """Takes an accepted message to the phone. Callbacks report what the phone does with it."""
        state = self._state
        line = self._make_line("agent", status="sent")
        media = message.get("media")
        measured = state.measure(media) if state.measure and isinstance(media, str) else None
        mistake = rules.find_mistake(message, measured)
        if mistake:
            line.text = "[a message that this phone cannot show]"
            state.later(0.3, lambda: self._report_failure(person, line, mistake))
        else:
            view.show_message(message, line)
            person.unread.append(line.id)
            for device in range(person.devices):
                state.later(0.2 + 0.3 * device, lambda: self._report_delivery(person, line))
        if line.buttons:
            person.keyboard_line = line.id
        person.lines.append(line)
        return line

    def welcome(self, person: Person, answer: WebhookAnswer) -> None:
        """The only message for a person who is not subscribed. Viber ignores one that it cannot use."""
        if not answer.body:
            return
        try:
            message = json.loads(answer.body)
            check_message(message)
        except (ValueError, AttributeError, RefusedCall) as problem:
            note = f"no usable welcome message: {problem}"
            self._state.record("webhook", "POST", "/viber/…", answer.status, 0, note)
            return
        with self._state.lock:
            if not rules.find_mistake(message, None):
                person.lines.append(view.show_message(message, self._make_line("agent", status="delivered")))

    # --- from the customer -------------------------------------------------------------------------------------------

    def receive(self, person: Person, message: Json, *, silent: bool = False, **shown: object) -> Line:
        """A person's message: it subscribes them, without a `subscribed` event, and answers all that came before.

        `shown` are the fields of its line in the chat; a `silent` message has none.
        """
        line = self._make_line("customer", name=person.name, **shown)
        if not silent:
            person.lines.append(line)
        person.subscribed = True
        person.unanswered.clear()
        fields: Json = {
            "message_token": int(line.id),
            "sender": show_profile(person, self._state.base_url),
            "message": {**message, "tracking_data": ""},
            "silent": silent,
        }
        line.status = "sent"
        if not self._webhooks.call_back(person, "message", fields, lambda _: self._report_received(person, line)):
            line.status, line.error = "failed", "the bot has no webhook: it does not get this message"
        return line

    def add_note(self, person: Person, text: str) -> None:
        """A system line in the chat."""
        person.lines.append(self._make_line("system", text=text))

    # --- reporting ---------------------------------------------------------------------------------------------------

    def _report_received(self, person: Person, line: Line) -> None:
        with self._state.lock:
            self._report_delivery(person, line)

    def _report_delivery(self, person: Person, line: Line) -> None:
        if line.status == "sent":
            line.status = "delivered"
        self._webhooks.call_back(person, "delivered", {"message_token": int(line.id), "user_id": person.id})

    def _report_failure(self, person: Person, line: Line, desc: str) -> None:
        line.status, line.error = "failed", desc
        fields: Json = {"message_token": int(line.id), "user_id": person.id, "desc": desc}
        self._webhooks.call_back(person, "failed", fields)

    def _make_line(self, author: Author, **fields: Any) -> Line:
        return Line(id=str(self._state.make_token()), author=author, at=self._state.timeline.now(), **fields)
