"""The bot of the workspace, which follows a small script."""

from __future__ import annotations

from playground.services.uchat.actions import Actions
from playground.services.uchat.records import MEDIA, Contact, Draft
from playground.services.uchat.samples import SAMPLES
from playground.services.uchat.state import State
from playground.services.uchat.templates import Button, Card, draft_buttons, draft_cards

HAND_OVER = "flow:agent:1"
_REPEAT_PAUSE = 4.0  #: seconds between the two times that the bot writes "ok"
_HELP = "Write “menu”, “cards”, “media” or “agent”."
_MENU = (
    Button(title="See our plans", payload="flow:plans:1"),
    Button(title="Opening hours", payload="flow:hours:1"),
    Button(title="Talk to a person", payload=HAND_OVER),
)


class Bot:
    def __init__(self, state: State, actions: Actions) -> None:
        self._state = state
        self._actions = actions

    def answer(self, contact: Contact, content: Draft, *, payload: str | None, first: bool) -> None:
        """Answers soon. `payload` is that of a button; `first`: the contact has not written before."""
        quirks = self._state.quirks
        if not quirks.bot or not self._may_speak(contact, content):
            return
        drafts = [self._greet(contact)] if first else []
        drafts += self._reply(contact, content, payload, first=first)
        steps = [(quirks.bot_delay, draft) for draft in drafts]
        if _normalize(content) == "ok ok":
            steps[-1] = (_REPEAT_PAUSE, drafts[-1])
        self._actions.send_later(contact, steps)

    def _may_speak(self, contact: Contact, content: Draft) -> bool:
        if _normalize(content) == "bot" and not contact.has_bot:
            contact.has_bot, contact.agent, contact.status = True, None, "open"
            self._actions.add_note(contact, "The bot has the chat again")
        return contact.has_bot

    def _greet(self, contact: Contact) -> Draft:
        return Draft(text=f"Hi {contact.name}! I am the bot of {contact.workspace.name}. {_HELP}")

    def _reply(self, contact: Contact, content: Draft, payload: str | None, *, first: bool) -> list[Draft]:
        if payload is not None:
            chosen = Draft(text=f"You chose {content.text}")
            return [chosen, self._hand_over(contact)] if payload == HAND_OVER else [chosen]
        if content.kind != "text":
            return [Draft(text=f"Thank you for the {content.kind}.")]
        return self._obey(contact, content) or ([] if first else [Draft(text=f"I did not understand that. {_HELP}")])

    def _obey(self, contact: Contact, content: Draft) -> list[Draft]:
        """Nothing for a text that is no command."""
        own = self._state.quirks.own_buttons
        match _normalize(content):
            case "menu":
                return [draft_buttons("How can I help?", _MENU, own=own)]
            case "cards":
                return [draft_cards("Our plans", self._make_cards(), own=own)]
            case "media":
                return [Draft(kind=kind, url=self._state.file_url(SAMPLES[kind])) for kind in MEDIA]
            case "ok ok":
                return [Draft(text="ok"), Draft(text="ok")]
            case "agent":
                return [self._hand_over(contact)]
            case "bot":
                return [Draft(text=f"I am here. {_HELP}")]
            case _:
                return []

    def _hand_over(self, contact: Contact) -> Draft:
        contact.has_bot = False
        contact.status = "pending"
        self._actions.add_note(contact, "The bot has called an agent")
        return Draft(text="A colleague will answer you here. Write “bot” to come back to me.")

    def _make_cards(self) -> list[Card]:
        shop = "https://shop.example"
        image = self._state.file_url(SAMPLES["image"])
        call = Button(title="Call us", phone="+358401234567")
        return [
            Card(
                title="Basic",
                subtitle="10 € a month",
                image_url=image,
                buttons=[
                    Button(title="Choose Basic", payload="plan:basic"),
                    Button(title="Read more", url=f"{shop}/basic"),
                    call,
                ],
            ),
            Card(
                title="Pro",
                subtitle="30 € a month, with “everything”",
                image_url=image,
                item_url=f"{shop}/pro",
                default_url=f"{shop}/pro",
                buttons=[Button(title="Choose Pro", payload="plan:pro")],
            ),
            Card(title="Something else?", subtitle="We make you an offer", buttons=[call]),
        ]


def _normalize(content: Draft) -> str:
    return " ".join(content.text.casefold().split())
