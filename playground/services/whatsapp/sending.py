"""Takes the body of a message and gives Meta's answer to it."""

from __future__ import annotations

from datetime import timedelta
from itertools import dropwhile, takewhile

from playground.services.whatsapp import windows
from playground.services.whatsapp.bodies import check_body
from playground.services.whatsapp.contents import Contents
from playground.services.whatsapp.delivery import Delivery
from playground.services.whatsapp.errors import RefusedCall, invalid
from playground.services.whatsapp.limits import Limits
from playground.services.whatsapp.media_rules import find_fault, is_still_too_large
from playground.services.whatsapp.recipients import Recipient, find_recipient
from playground.services.whatsapp.records import MEDIA_TYPES, Json, Message, Number, Person
from playground.services.whatsapp.routing import Routing
from playground.services.whatsapp.state import State
from playground.services.whatsapp.template_messages import TemplateMessages

_TYPING = timedelta(seconds=25)
_OLDEST = timedelta(days=30)
_LATE = "More than 24 hours have passed since the customer last replied to this number."
#: What a status reports although the message was accepted.
_LATER_CODES = frozenset({131026, 131047, 131049, 131050})


class Sending:
    """Call this under the lock."""

    def __init__(
        self,
        state: State,
        contents: Contents,
        templates: TemplateMessages,
        limits: Limits,
        delivery: Delivery,
        routing: Routing,
    ) -> None:
        self._state = state
        self._contents = contents
        self._templates = templates
        self._limits = limits
        self._delivery = delivery
        self._routing = routing

    def send(self, number: Number, given: Json) -> Json:
        """Raises RefusedCall."""
        if "status" in given:
            return self.mark_read(number, check_body("Read", given))
        body = check_body("Message", given)
        self._check_number(number)
        if self._state.quirks.refusals:
            raise RefusedCall(self._state.quirks.refusals.pop(0))
        kind = self._contents.check(number, body)
        recipient = find_recipient(self._state, number, body)
        if recipient.person and recipient.person.id in number.blocked:
            raise RefusedCall(130403, "The business has blocked this user.")
        message = self._make(number, recipient, kind, body)
        self._routing.check(number, recipient.person, message)
        failure = self._find_failure(recipient.person, message, number)
        if failure and failure[0] in _LATER_CODES and self._state.quirks.refuses_at_once:
            raise RefusedCall(*failure)
        self._limits.admit(number, recipient.person)
        if recipient.person and failure is None and not windows.is_open(recipient.person, message.at):
            self._limits.admit_new(self._state.accounts[number.account], recipient.person)
        return self._accept(number, recipient, message, failure)

    def _check_number(self, number: Number) -> None:
        if not number.is_registered:
            raise RefusedCall(133010, "The account is not registered")
        for trouble in (self._state.accounts[number.account].trouble, number.trouble):
            if trouble is not None:
                raise RefusedCall(int(trouble["error_code"]), str(trouble["error_description"]))

    def _make(self, number: Number, recipient: Recipient, kind: str, body: Json) -> Message:
        message = Message(
            id=self._state.make_message_id(),
            number=number.id,
            person=recipient.person.id if recipient.person else recipient.phone,
            is_ours=True,
            at=self._state.timeline.now(),
            type=kind,
            content=body[kind],
            answers=body.get("context", {}).get("message_id", ""),
            to_phone=bool(recipient.phone),
            tracker=str(body.get("biz_opaque_callback_data", "")),
        )
        if kind == "template":
            self._templates.fill(number, message, by_phone=bool(recipient.phone))
        return message

    # --- what becomes of it ------------------------------------------------------------------------------------------

    def _find_failure(self, person: Person | None, message: Message, number: Number) -> tuple[int, str] | None:
        if self._state.quirks.failures:
            return self._state.quirks.failures.pop(0), ""
        if person is None or not person.on_whatsapp or number.id in person.blocked:
            return 131026, "Message Undeliverable."
        quirks = self._state.quirks
        is_open = windows.is_open(person, message.at, with_entry=quirks.entry_point_opens)
        if message.type != "template" and not is_open:
            return 131047, _LATE
        if message.category == "marketing":
            if person.stopped_marketing:
                return 131050, "The user has stopped marketing messages from this business."
            if person.user_id.startswith("US."):
                return 131049, "Marketing templates are not delivered to this country."
        if message.type == "reaction" and self._find_reacted(person, message, number) is None:
            return 131009, "The message of the reaction is too old, deleted, unknown, or a reaction itself."
        return self._find_media_failure(message)

    def _find_reacted(self, person: Person, message: Message, number: Number) -> Message | None:
        found = self._find_in_chat(number, person, message.content["message_id"])
        if found is None or found.deleted or found.type == "reaction" or message.at - found.at > _OLDEST:
            return None
        return found

    def _find_media_failure(self, message: Message) -> tuple[int, str] | None:
        """Files are looked at after the answer: those at addresses, and stickers."""
        kind, file = message.type, message.content
        if kind == "interactive":
            kind = str(file.get("header", {}).get("type", ""))
            file = file.get("header", {}).get(kind)
        if kind not in MEDIA_TYPES:
            return None
        if not file.get("link"):
            content = self._state.media[file["id"]].content
            too_large = kind == "sticker" and is_still_too_large(content)
            return (131053, "A sticker that does not move has at most 100 KB.") if too_large else None
        return self._fetch(kind, str(file["link"]))

    def _fetch(self, kind: str, link: str) -> tuple[int, str] | None:
        if link in self._state.quirks.unfetchable:
            return 131053, "Unable to download the media from the link."
        found = self._state.fetch(link) if self._state.fetch else None
        if self._state.fetch is None:
            return None
        if found is None:
            return 131053, "Unable to download the media from the link."
        fault = find_fault(kind, found[1], len(found[0]))
        return (131053, fault) if fault else None

    def _accept(self, number: Number, recipient: Recipient, message: Message, failure: tuple[int, str] | None) -> Json:
        person = recipient.person
        shown: Json = {"id": message.id}
        held = message.type == "template" and self._state.quirks.holds_templates
        if message.type == "template":
            shown["message_status"] = "held_for_quality_assessment" if held else "accepted"
        if person is not None:
            self._add(number, person, message)
        if failure is not None or person is None:
            code, details = failure or (131026, "")
            self._delivery.fail(number, person, message, code, details)
        elif held:
            self._hold(number, person, message)
        else:
            windows.note_answer(person, message.at)
            self._apply(number, person, message)
            self._delivery.begin(number, person, message)
        return {"messaging_product": "whatsapp", "contacts": [recipient.show()], "messages": [shown]}

    def _add(self, number: Number, person: Person, message: Message) -> None:
        if message.answers and self._find_in_chat(number, person, message.answers) is None:
            message.answers = ""  # what is too old or unknown is not shown as quoted
        self._state.chat_of(number, person).typing_until = None
        self._state.add_message(message)

    def _find_in_chat(self, number: Number, person: Person, message_id: str) -> Message | None:
        found = self._state.find_message(message_id)
        return found if found and (found.number, found.person) == (number.id, person.id) else None

    def _apply(self, number: Number, person: Person, message: Message) -> None:
        """A reaction is seen on the message that it is for."""
        if message.type == "reaction" and (reacted := self._find_reacted(person, message, number)):
            reacted.reactions[""] = message.content["emoji"]
            if not message.content["emoji"]:
                del reacted.reactions[""]

    def _hold(self, number: Number, person: Person, message: Message) -> None:
        """Pacing: the rest of a campaign waits for what the first think of it."""

        def finish() -> None:
            if self._state.quirks.drops_held:
                self._delivery.fail(number, person, message, 132015, "The template was paused while this was held.")
            else:
                self._delivery.begin(number, person, message)

        self._state.later(self._state.quirks.review_seconds, finish)

    # --- reading -----------------------------------------------------------------------------------------------------

    def mark_read(self, number: Number, body: Json) -> Json:
        """Marks a person's message and the earlier ones, and may show that an answer is being typed."""
        message = self._state.find_message(body["message_id"])
        if body["status"] != "read":
            raise RefusedCall(100, title=f"Param status must be one of {{READ}} - got {body['status'][:40]!r}.")
        if message is None or message.is_ours or message.number != number.id:
            raise invalid("Message ID is invalid")
        if body.get("typing_indicator", {"type": "text"})["type"] != "text":
            raise RefusedCall(100, title="Param typing_indicator['type'] must be one of {TEXT}.")
        chat = self._state.chats[number.id, message.person]
        earlier = dropwhile(lambda each: each is not message, reversed(chat.messages))
        for each in takewhile(lambda each: each.is_ours or not each.seen, earlier):
            each.seen = not each.is_ours
        if "typing_indicator" in body:
            chat.typing_until = self._state.timeline.now() + _TYPING
        return {"success": True}
