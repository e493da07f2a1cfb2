"""Who of several responders has a chat: conversation routing.

https://developers.facebook.com/documentation/business-messaging/whatsapp/conversation-routing/overview
"""

from __future__ import annotations

from playground.services.whatsapp.events import Events
from playground.services.whatsapp.records import Message, Number, Person
from playground.services.whatsapp.state import State


class Routing:
    """Call this under the lock."""

    def __init__(self, state: State, events: Events) -> None:
        self._state = state
        self._events = events

    def check(self, number: Number, person: Person | None, message: Message) -> None:
        """Raises RefusedCall if another responder has the chat."""

    def choose_field(self, number: Number, person: Person) -> str:
        """Where a person's message is reported: to us, or as a copy because another responder has the chat."""
        del number, person
        return "messages"
