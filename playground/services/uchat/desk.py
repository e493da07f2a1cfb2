"""What people do: agents at the live chat, and the owner of the keys.

A `contact` is named by UChat's `user_ns` or by our `sender.id`. What writes answers with the new message's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from playground.services.uchat.actions import Actions
from playground.services.uchat.errors import Refused
from playground.services.uchat.records import MEDIA, ChatStatus, Draft, Kind, Registration
from playground.services.uchat.state import State
from playground.services.uchat.templates import Button, Card, Ratio, draft_buttons, draft_cards
from playground.services.uchat.webhooks import Webhooks


class Desk(State):
    """Raises KeyError for what is unknown, Refused for what UChat does not let an agent do."""

    actions: Actions
    webhooks: Webhooks

    # --- writing -----------------------------------------------------------------------------------------------------

    def reply(self, contact: str, agent: int, text: str) -> int:
        if not text.strip():
            raise Refused("there is nothing to send")
        return self._send(contact, agent, Draft(text=text))

    def send_media(
        self,
        contact: str,
        agent: int,
        kind: Kind,
        media: str | bytes,
        *,
        name: str = "file",
        content_type: str = "application/octet-stream",
    ) -> int:
        """`media` is an address, or what is in a file that UChat then serves under `name`."""
        if kind not in MEDIA:
            raise Refused("Api Chat carries images, audio, video and files")
        url = media if isinstance(media, str) else self.store_file(name, content_type, media)
        return self._send(contact, agent, Draft(kind=kind, url=url))

    def send_buttons(self, contact: str, agent: int, text: str, buttons: Sequence[Button]) -> int:
        if not text or not buttons:
            raise Refused("a button template has a text and buttons")
        return self._send(contact, agent, draft_buttons(text, buttons, own=self.quirks.own_buttons))

    def send_cards(
        self, contact: str, agent: int, text: str, cards: Sequence[Card], ratio: Ratio = "horizontal"
    ) -> int:
        """One card, or a carousel."""
        if not cards:
            raise Refused("a generic template has cards")
        return self._send(contact, agent, draft_cards(text, cards, ratio, own=self.quirks.own_buttons))

    def private_note(self, contact: str, agent: int, text: str) -> int:
        if not text.strip():
            raise Refused("there is nothing to note")
        with self.lock:
            return self.actions.send(self.find_contact(contact), "note", Draft(text=text), self.find_agent(agent)).id

    def send_unknown_action(self, contact: str) -> None:
        """A webhook that is good, of a kind that no document names."""
        with self.lock:
            found = self.find_contact(contact)
            self.webhooks.send(found, self.actions.add_message(found, "system", Draft(text="Tag added")), action="tags")

    def _send(self, contact: str, agent: int, content: Draft) -> int:
        """An agent who writes takes the chat over from the bot."""
        with self.lock:
            found, author = self.find_contact(contact), self.find_agent(agent)
            found.has_bot = False
            found.agent = found.agent or author
            found.status = "open"
            return self.actions.send(found, "agent", content, author).id

    # --- the chat ----------------------------------------------------------------------------------------------------

    def pause_bot(self, contact: str) -> None:
        with self.lock:
            self.find_contact(contact).has_bot = False

    def resume_bot(self, contact: str) -> None:
        with self.lock:
            self.find_contact(contact).has_bot = True

    def move_chat(self, contact: str, status: ChatStatus) -> None:
        if status not in get_args(ChatStatus):
            raise Refused(f"a chat is {', '.join(get_args(ChatStatus))}")
        with self.lock:
            self.find_contact(contact).status = status

    def assign(self, contact: str, agent: int | None) -> None:
        """To an agent; None takes the chat back from them."""
        with self.lock:
            found = self.find_contact(contact)
            found.agent = None if agent is None else self.find_agent(agent)

    def set_online(self, agent: int, *, online: bool) -> None:
        with self.lock:
            agents, present = self.workspace.agents, self.find_agent(agent)
            agents[agents.index(present)] = replace(present, online=online)

    # --- the webhook and the keys ------------------------------------------------------------------------------------

    def set_webhook(self, url: str, key: str) -> bool:
        """The partner enters our address in the demo workspace. Returns whether it was verified."""
        return self.webhooks.verify(self.workspace, Registration(url=url, key=key, status="verified"))

    def lose_webhook(self, url: str) -> None:
        """Another bridge sets its own address, and answers its handshake: a workspace has one webhook."""
        with self.lock:
            self.workspace.webhook = Registration(url=url, key="the key of another", status="verified")

    def replace_partner_key(self, new: str) -> None:
        """The old one is refused from now on."""
        with self.lock:
            self.partner_key = new

    def replace_flow_key(self, new: str) -> None:
        """Of the demo workspace's keys the one that may manage the flow; the old one is refused from now on."""
        with self.lock:
            keys = self.workspace.flow_keys
            keys.pop(self.flow_key)
            keys[new] = True

    @property
    def flow_key(self) -> str:
        return next(key for key, manages in self.workspace.flow_keys.items() if manages)
