"""Who of several responders has a chat: conversation routing.

Meta's pages do not say with which code a message is refused while another responder has the chat, nor what is inside of
a handover's own object: those are guesses.
https://developers.facebook.com/documentation/business-messaging/whatsapp/conversation-routing/overview
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from playground.services.whatsapp.bodies import check_length
from playground.services.whatsapp.errors import RefusedCall, missing
from playground.services.whatsapp.events import Events
from playground.services.whatsapp.recipients import find_recipient
from playground.services.whatsapp.records import Chat, Json, Message, Number, Person
from playground.services.whatsapp.serializers import make_value, seconds, show_contact, shows_phone
from playground.services.whatsapp.state import State

_IDLE = timedelta(hours=24)
_NOT_OURS = 131005
_MAY_NOT_TAKE = 2494191
_LONGEST_METADATA = 2000

Responder = Literal["us", "other"]


class Routing:
    """Call these under the lock. `primary` is who gets new chats."""

    def __init__(self, state: State, events: Events) -> None:
        self._state = state
        self._events = events
        self.primary: Responder = "us"

    # --- messages ----------------------------------------------------------------------------------------------------

    def choose_field(self, number: Number, person: Person) -> str:
        """Where a person's message is reported: to us, or as a copy because another responder has the chat."""
        if not self._state.quirks.routing:
            return "messages"
        chat = self._state.chat_of(number, person)
        owner = self._find_owner(chat) or self.primary
        self._give(chat, owner)
        return "messages" if owner == "us" else "standby"

    def check(self, number: Number, person: Person | None, message: Message) -> None:
        """Raises RefusedCall if another responder has the chat; templates are free for all."""
        if not self._state.quirks.routing or person is None or message.type == "template":
            return
        chat = self._state.chat_of(number, person)
        if self._find_owner(chat) == "other" and not self._state.quirks.may_take:
            raise RefusedCall(_NOT_OURS, "Another responder has the control of this thread.")
        self._give(chat, "us")

    def _find_owner(self, chat: Chat) -> str:
        is_idle = chat.owned_until is None or self._state.timeline.now() >= chat.owned_until
        return "" if is_idle else chat.owner

    def _give(self, chat: Chat, owner: str) -> None:
        chat.owner = owner
        chat.owned_until = self._state.timeline.now() + _IDLE

    # --- handing over ------------------------------------------------------------------------------------------------

    def control(self, number: Number, body: Json) -> Json:
        """POST thread_control. Raises RefusedCall."""
        if body.get("messaging_product") != "whatsapp":
            raise missing("messaging_product")
        check_length(str(body.get("metadata", "")), _LONGEST_METADATA, "metadata")
        person = find_recipient(self._state, number, body).person
        if person is None:
            raise RefusedCall(100, title="Param to is nobody's.")
        chat = self._state.chat_of(number, person)
        if body.get("action") == "take":
            if not self._state.quirks.may_take:
                raise RefusedCall(_MAY_NOT_TAKE)
            self._give(chat, "us")
        else:
            self._hand_over(chat, body)
        return {"success": True}

    def _hand_over(self, chat: Chat, body: Json) -> None:
        action = body.get("action")
        if action not in {"pass", "release"}:
            raise RefusedCall(100, title="Param action must be one of {PASS, RELEASE, TAKE}.")
        if self._find_owner(chat) != "us":
            raise RefusedCall(100, "Only the owner of a thread can hand it over.")
        if action == "release":
            chat.owner, chat.owned_until = "", None
        elif not body.get("control_pass", {}).get("target_role"):
            raise missing("control_pass")
        else:
            self._give(chat, "other")

    def pass_to_us(self, number: Number, person: Person) -> None:
        """The other responder gives us the chat."""
        self._give(self._state.chat_of(number, person), "us")
        self._report(number, person, "control_passed", {"previous_role": "ai_agent", "current_role": "escalation"})

    def take_from_us(self, number: Number, person: Person) -> None:
        """The other responder is the escalation partner."""
        self._give(self._state.chat_of(number, person), "other")
        self._report(number, person, "control_taken", {"previous_role": "primary", "current_role": "ai_agent"})

    def _report(self, number: Number, person: Person, kind: str, roles: Json) -> None:
        now = self._state.timeline.now()
        contact = show_contact(person, phone=shows_phone(person))
        more: Json = {"contacts": [contact], "timestamp": seconds(now), "type": kind, kind: roles}
        value = make_value(number, **more)
        self._events.push(number, "messaging_handovers", value, group=person.id, note=kind.replace("_", " "))
