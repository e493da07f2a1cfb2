"""What happens in a contact's chat: messages come and go."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from playground.services.uchat.records import Agent, Author, Contact, Draft, Message, Workspace
from playground.services.uchat.state import State
from playground.services.uchat.templates import buttons_of
from playground.services.uchat.webhooks import Webhooks


class Actions:
    """Call these under the lock."""

    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    def make_contact(self, workspace: Workspace, user_id: str, conversation_id: int) -> Contact:
        contact = Contact(
            user_ns=f"{workspace.flow_ns}u{self._state.make_number()}",
            user_id=user_id,
            conversation_id=conversation_id,
            workspace=workspace,
            created_at=self._state.timeline.now(),
            profile={},
        )
        self._state.contacts.append(contact)
        return contact

    def receive(self, contact: Contact, content: Draft, payload: str) -> None:
        """A contact has written, or pressed the button of `payload`. A chat that was done is open again."""
        self.add_message(contact, "customer", content, payload=payload)
        if contact.status == "done":
            contact.status = "open"

    def send(self, contact: Contact, author: Author, content: Draft, agent: Agent | None = None) -> Message:
        """The bot or an agent writes to a contact: the workspace's webhook gets it."""
        message = self.add_message(contact, author, content, agent=agent)
        contact.offered.update(button["payload"] for button in buttons_of(content) if button["type"] == "postback")
        self._webhooks.send(contact, message)
        return message

    def send_later(self, contact: Contact, steps: Sequence[tuple[float, Draft]]) -> None:
        """The bot writes these, each so many seconds after the one before."""
        after = 0.0
        for pause, content in steps:
            after += pause
            self._state.later(after, partial(self.send, contact, "bot", content))

    def add_note(self, contact: Contact, text: str) -> None:
        """A system line in the chat."""
        self.add_message(contact, "system", Draft(text=text))

    def add_message(
        self, contact: Contact, author: Author, content: Draft, *, agent: Agent | None = None, payload: str = ""
    ) -> Message:
        message = Message(
            id=self._state.make_number(),
            author=author,
            at=self._state.timeline.now(),
            content=content,
            agent=agent,
            payload=payload,
        )
        contact.messages.append(message)
        return message
