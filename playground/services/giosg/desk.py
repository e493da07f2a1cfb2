"""What people do: agents in their console, visitors of the website, admins with apps and personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from playground.services.giosg import demo
from playground.services.giosg.actions import Actions
from playground.services.giosg.attachments import Choice, make_attachment, make_button, make_link_button
from playground.services.giosg.errors import Refused
from playground.services.giosg.files import download_url, keep_file
from playground.services.giosg.records import Agent, App, AppWebhook, Chat, Json, Member, RoomVisitor
from playground.services.giosg.state import State
from playground.simulator_auth import is_public_address

_KINDS = {"chats": "owned_chats", "messages": "messages", "memberships": "memberships", "rooms": "rooms"}
RULE = "5c3d9e10-22aa-4b7e-9d0c-7f6a1b2c3d4e"  #: the automation that writes by itself


class Desk(State):
    """Raises KeyError for what is unknown, Refused for what Giosg does not let people do."""

    actions: Actions

    # --- being there -------------------------------------------------------------------------------------------------

    def go_online(self, agent: str) -> None:
        """The agent presses "Start"."""
        self.set_online(agent, online=True)

    def go_offline(self, agent: str) -> None:
        self.set_online(agent, online=False)

    def set_online(self, agent: str, *, online: bool) -> None:
        with self.lock, self.actions.changing_rooms():
            self.find_agent(agent).online = online

    def pending(self) -> list[str]:
        """The ids of the chats that wait to be picked up, the longest waiting first."""
        with self.lock:
            waiting = [(chat.waiting_since, chat.id) for chat in self.chats.values() if chat.waiting_since]
            return [chat for _, chat in sorted(waiting) if self.chats[chat].is_pending]

    # --- being in a chat ---------------------------------------------------------------------------------------------

    def join(self, chat: str, agent: str) -> None:
        with self.lock:
            self.actions.join(self.find_open(chat), self.find_agent(agent))

    def leave(self, chat: str, agent: str) -> None:
        with self.lock:
            found = self.find_open(chat)
            self.actions.participate(found, self._find_member(found, agent), on=False)

    def type(self, chat: str, agent: str, *, on: bool = True) -> None:
        with self.lock:
            found = self.find_open(chat)
            self.actions.compose(found, self._find_member(found, agent), "typing" if on else "idle")

    def stop_typing(self, chat: str, agent: str) -> None:
        self.type(chat, agent, on=False)

    def read(self, chat: str, agent: str) -> None:
        """Agents who have not joined can look too, without a trace."""
        with self.lock:
            found = self.find_chat(chat)
            if agent in found.members:
                self.actions.see(found, found.members[agent])

    def end(self, chat: str) -> None:
        with self.lock:
            self.actions.end(self.find_open(chat))

    # --- writing: each returns the new message's id ------------------------------------------------------------------

    def reply(self, chat: str, agent: str, text: str) -> str:
        return self.write(chat, agent, text)

    def send_image(self, chat: str, agent: str, name: str, content_type: str, data: bytes, caption: str = "") -> str:
        with self.lock:
            attachment = make_attachment(self, title=name, image=self._store(name, content_type, data))
            return self.write(chat, agent, caption, [attachment])

    def send_file(self, chat: str, agent: str, name: str, content_type: str, data: bytes, caption: str = "") -> str:
        with self.lock:
            attachment = make_attachment(self, title=name, title_link=self._store(name, content_type, data))
            return self.write(chat, agent, caption, [attachment])

    def send_buttons(
        self,
        chat: str,
        agent: str,
        text: str,
        choices: Sequence[Choice],
        *,
        links: Sequence[tuple[str, str]] = (),
        once: bool = True,
        until_written: bool = False,
    ) -> str:
        """`choices` are labels with values, `links` labels with addresses; see `make_button` for the rest."""
        with self.lock:
            buttons = [make_button(self, choice, once=once, until_written=until_written) for choice in choices]
            buttons += [make_link_button(self, label, url) for label, url in links]
            return self.write(chat, agent, text, [make_attachment(self, actions=buttons)])

    def send_card(
        self,
        chat: str,
        agent: str,
        title: str,
        text: str,
        *,
        image: str = "",
        link: str = "",
        labels: Sequence[str] = (),
    ) -> str:
        """`text` is Markdown."""
        with self.lock:
            buttons = [make_button(self, (label, label)) for label in labels]
            card = make_attachment(
                self, title=title, text=text, image=image or None, title_link=link or None, actions=buttons
            )
            return self.write(chat, agent, "", [card])

    def write(self, chat: str, agent: str, text: str, attachments: Sequence[Json] = (), *, kind: str = "msg") -> str:
        """An answer picks the chat up. A message with only attachments has no text."""
        with self.lock:
            found, author = self.find_open(chat), self.find_agent(agent)
            if not text and not attachments:
                raise Refused("there is nothing to send")
            self.actions.join(found, author)
            return self.actions.write(found, "user", agent, text or None, kind=kind, attachments=attachments).id

    def autosuggest(self, chat: str, agent: str, text: str) -> str:
        """A ready-made greeting in the agent's name, which Giosg sends by itself."""
        with self.lock:
            return self.actions.write(self.find_open(chat), "user", agent, text, kind="autosuggest").id

    def rule_message(self, chat: str, text: str, choices: Sequence[Choice] = ()) -> str:
        """An automation writes. It is no member of the chat."""
        with self.lock:
            buttons = [make_button(self, choice) for choice in choices]
            attachments = [make_attachment(self, actions=buttons)] if buttons else []
            return self.actions.write(self.find_open(chat), "rule", RULE, text, attachments=attachments).id

    # --- other people's chats ----------------------------------------------------------------------------------------

    def web_visitor_writes(self, text: str, *, name: str = "", room: str = demo.WEB_ROOM, chat: str = "") -> str:
        """A visitor of the website writes, in a new chat or in `chat`. Returns the chat's id."""
        with self.lock:
            found = self.find_open(chat) if chat else self._open_web_chat(room, name)
            if found.visitor is None:
                raise Refused("no visitor is in this chat")
            self.actions.write(found, "visitor", found.visitor.id, text)
            return found.id

    def agents_write(self, agent: str, colleague: str, text: str) -> str:
        """A chat between agents: no visitor is in it. Returns its id."""
        with self.lock:
            users = [self.find_agent(agent), self.find_agent(colleague)]
            chat = self.actions.open_chat(self.find_room(demo.WEB_ROOM), None, "operator", users)
            self.actions.write(chat, "user", agent, text)
            return chat.id

    def _open_web_chat(self, room_id: str, name: str) -> Chat:
        room, visitor = self.find_room(room_id), self.make_visitor()
        if not self.is_online:
            raise Refused("the room is offline")
        room.visitors[visitor.id] = RoomVisitor(present_until=self.timeline.now())
        if name:
            self.set_variable(room, visitor.id, "username", name)
        return self.actions.open_chat(room, visitor, "visitor")

    # --- personal data -----------------------------------------------------------------------------------------------

    def purge_message(self, chat: str, message: str) -> None:
        with self.lock:
            found = self.find_chat(chat)
            removed = found.message(message)
            if removed is None:
                raise KeyError(message)
            self.actions.purge_message(found, removed)

    def purge_chat(self, chat: str) -> None:
        with self.lock:
            self.actions.purge(self.find_chat(chat))

    def gdpr_purge(self, chat: str) -> None:
        """The messages stay, without their content."""
        with self.lock:
            self.actions.purge_content(self.find_chat(chat))

    # --- apps --------------------------------------------------------------------------------------------------------

    def install_app(self, urls: Mapping[str, str], *, name: str = "Patchbay", bot_user: str = "") -> App:
        """An admin makes an app with a webhook per name, and installs it.

        The names are "chats", "messages", "memberships" and "rooms"; an address under another name gets all four.
        An app of the same name is replaced. Raises Refused for an address that Giosg does not take.
        """
        if not all(is_public_address(url) for url in urls.values()):
            raise Refused("the endpoint URL must be https")
        webhooks = tuple(
            AppWebhook(endpoint_url=url, kinds=frozenset({_KINDS[kind]} if kind in _KINDS else _KINDS.values()))
            for kind, url in urls.items()
        )
        with self.lock:
            app = App(id=self.make_id(), name=name, webhooks=webhooks, bot_user=bot_user)
            self.apps = [one for one in self.apps if one.name != name] + [app]
            return app

    # --- finding and making ------------------------------------------------------------------------------------------

    def find_chat(self, chat: str) -> Chat:
        return self.chats[chat]

    def find_open(self, chat: str) -> Chat:
        found = self.find_chat(chat)
        if found.is_ended:
            raise Refused("the chat has ended")
        return found

    def _find_member(self, chat: Chat, agent: str) -> Member:
        member = chat.members.get(self.find_agent(agent).id)
        if member is None or not member.is_participating:
            raise Refused("the agent has not joined this chat")
        return member

    def _store(self, name: str, content_type: str, data: bytes) -> str:
        """The address of the file."""
        return download_url(self, keep_file(self, name, content_type, data))


def name_agent(agent: Agent) -> str:
    return agent.public_name if agent.is_bot else agent.name
