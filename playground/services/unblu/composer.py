"""The agents' editor: every kind of message that they can write."""

from __future__ import annotations

from collections.abc import Sequence

from playground.services.unblu.desk import Desk
from playground.services.unblu.errors import Refused
from playground.services.unblu.records import Json

Choice = tuple[str, str]  #: a label, and the value or the address behind it
_MOST_QUICK_REPLIES, _LONGEST_QUICK_REPLY, _LONGEST_LABEL = 13, 40, 24


class Composer(Desk):
    """Each method answers with the new message's id."""

    def reply(self, conversation: str, agent: str, text: str, markdown: bool = False, answers: str = "") -> str:
        """`answers` is the id of the message that the agent has chosen to answer."""
        kind = "MARKDOWN" if markdown else "SIMPLE_TEXT"
        fallback = _strip_markdown(text) if markdown else text
        body = {"text": text, "textType": kind, "quickReplies": None}
        return self.write(conversation, agent, "TEXT", body, fallback=fallback, answers=answers)

    def quick_replies(self, conversation: str, agent: str, text: str, labels: Sequence[str]) -> str:
        if len(labels) > _MOST_QUICK_REPLIES or any(len(label) > _LONGEST_QUICK_REPLY for label in labels):
            raise Refused("at most 13 quick replies of at most 40 characters")
        quick = [{"$_type": "QuickReply", "text": label} for label in labels]
        body = {"text": text, "textType": "SIMPLE_TEXT", "quickReplies": quick}
        return self.write(conversation, agent, "TEXT", body)

    def internal_note(self, conversation: str, agent: str, text: str) -> str:
        body = {"text": text, "textType": "SIMPLE_TEXT", "quickReplies": None}
        return self.write(conversation, agent, "TEXT", body, internal=True)

    def send_file(
        self, conversation: str, agent: str, name: str, content_type: str, data: bytes, caption: str = ""
    ) -> str:
        with self.lock:
            found, author = self.find_open(conversation), self.find_agent(agent)
            body = {"caption": caption or None, "captionType": "SIMPLE_TEXT", "quickReplies": None}
            message = self.actions.make_message("FILE", author, body, fallback=caption or name)
            message.file = self.store_file(name, content_type, data, author)
            self.actions.read(found)
            if found.assignee is None:
                self.actions.accept(found, author)
            self.actions.write(found, message)
            return message.id

    # --- rich messages -----------------------------------------------------------------------------------------------

    def card(
        self,
        conversation: str,
        agent: str,
        title: str,
        text: str = "",
        *,
        image: str | None = None,
        links: Sequence[Choice] = (),
        replies: Sequence[Choice] = (),
    ) -> str:
        """`links` open an address, `replies` are sent back: as they are, or their value in a technical reply."""
        actions = [_make_action(label, "LINK_EXTERNAL", value) for label, value in links]
        for label, value in replies:
            kind = "REPLY_MESSAGE" if label == value else "REPLY_MESSAGE_WITH_TECHNICAL_VALUE"
            actions.append(_make_action(label, kind, value))
        body = {**_make_words(title, text, image), "actions": actions, "quickReplies": None}
        return self.write(conversation, agent, "CARD", body, fallback=f"{title}\n{text}".strip())

    def item_list(self, conversation: str, agent: str, title: str, items: Sequence[Choice]) -> str:
        """A list message: a header, and items with a title and a text."""
        shown = [{"$_type": "ListMessageCardItem", **_make_words(*item), "action": None} for item in items]
        header = {"$_type": "MessageHeader", **_make_words(title, "")}
        body = {"header": header, "items": shown, "actions": [], "quickReplies": None}
        fallback = "\n".join([title, *(f"{name}: {text}" for name, text in items)])
        return self.write(conversation, agent, "LIST", body, fallback=fallback)

    # --- questions ---------------------------------------------------------------------------------------------------

    def multiple_choice(self, conversation: str, agent: str, text: str, options: Sequence[Choice]) -> str:
        shown = [_make_option("MultichoiceQuestionOption", *option) | {"primary": False} for option in options]
        body = {"text": text, "textType": "SIMPLE_TEXT", "options": shown}
        return self.write(conversation, agent, "MULTICHOICE_QUESTION", body)

    def rating(self, conversation: str, agent: str, text: str, options: Sequence[Choice], decline: str = "") -> str:
        """`decline`: the label of the button that refuses an answer; its value is "declined"."""
        shown = [_make_option("RatingQuestionOption", *option) for option in options]
        body = {"text": text, "textType": "SIMPLE_TEXT", "options": shown, **_make_decline(decline)}
        return self.write(conversation, agent, "RATING_QUESTION", body)

    def text_question(
        self, conversation: str, agent: str, text: str, most: int | None = None, decline: str = ""
    ) -> str:
        """`most`: characters."""
        body = {
            "text": text,
            "textType": "SIMPLE_TEXT",
            "questionType": "SHORT_TEXT",
            "hint": None,
            "minCharacters": None,
            "maxCharacters": most,
            "additionalRegex": None,
            **_make_decline(decline),
        }
        return self.write(conversation, agent, "TEXT_QUESTION", body)

    def abort_question(self, conversation: str, question: str) -> str:
        """The question is withdrawn; it cannot be answered any more."""
        with self.lock:
            found = self.find_open(conversation)
            asked = self.find_message(found, question)
            if not asked.is_question or asked.answer_status != "PENDING":
                raise Refused("only an open question can be withdrawn")
            asked.answer_status = "CANCELED"
            body = {"questionMessageId": asked.id, "value": None, "reason": "CANCELED"}
            message = self.actions.make_message("QUESTION_ABORTED", asked.sender, body, fallback="Question withdrawn")
            self.actions.write(found, message)
            return message.id

    # --- what is not for the customer, or not known ------------------------------------------------------------------

    def system_line(self, conversation: str, text: str) -> str:
        """v3 has no such message type: there nothing is sent."""
        with self.lock:
            found = self.find_open(conversation)
            message = self.actions.make_message("SYSTEM", self.system, {"text": text})
            if self.generation == "v4":
                self.actions.write(found, message)
            else:
                found.messages.append(message)
            return message.id

    def whatsapp_template(self, conversation: str, agent: str, fallback: str) -> str:
        """A type that v4's description lists without saying what is in it, and that v3 does not have."""
        if self.generation == "v3":
            raise Refused("API v3 has no WhatsApp templates")
        return self.write(conversation, agent, "WHATSAPP_TEMPLATE", {}, fallback=fallback)


def _make_words(title: str, text: str, image: str | None = None) -> Json:
    return {"imageUrl": image, "imageAltText": None, "title": title, "body": text, "bodyTextType": "SIMPLE_TEXT"}


def _make_action(label: str, kind: str, value: str) -> Json:
    if len(label) > _LONGEST_LABEL:
        raise Refused("a button's label has at most 24 characters")
    return {"$_type": "MessageAction", "actionType": kind, "label": label, "value": value}


def _make_option(model: str, label: str, value: str) -> Json:
    return {"$_type": model, "label": label, "value": value}


def _make_decline(label: str) -> Json:
    return {
        "declinable": bool(label),
        "declineLabel": label or None,
        "declineValue": "declined" if label else None,
    }


def _strip_markdown(text: str) -> str:
    return text.replace("**", "").replace("__", "").replace("`", "")
