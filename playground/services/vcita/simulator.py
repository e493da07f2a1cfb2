"""The simulated vcita: one directory, its businesses' inboxes, its APIs, its pages and its webhooks."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from playground.services.vcita import demo
from playground.services.vcita.bubbles import show_desk
from playground.services.vcita.pages import add_query, open_params
from playground.services.vcita.records import ChannelStatus, Client, Json, Session
from playground.services.vcita.world import World
from playground.simulator import DemoAccount

EMAIL = "email"  #: the channel that every conversation has and no app carries


class Vcita(World):
    """A conversation is the thread with one client, and has the client's uid."""

    # --- being connected ---------------------------------------------------------------------------------------------

    def demo(self) -> DemoAccount:
        settings = {**self._hosts(), "business_uid": demo.DEMO_BUSINESS}
        return DemoAccount(settings=settings, secrets={"access_token": demo.DEMO_TOKEN})

    def demo_app(self) -> DemoAccount:
        settings = {**self._hosts(), "app_name": "Patchbay demo"}
        return DemoAccount(settings=settings, secrets={"directory_token": demo.DEMO_DIRECTORY_TOKEN})

    def _hosts(self) -> dict[str, str]:
        """In real life two hosts: api.vcita.biz and app.vcita.com."""
        return {"base_url": self.base_url, "app_url": self.base_url}

    def paste_webhooks(self, urls: Mapping[str, str]) -> None:
        """The addresses of the app that is there from the start; other apps bring theirs by API."""
        self.apps[0].api_uri = urls.get("api_uri") or next(iter(urls.values()))
        if target := urls.get("app_subscription"):
            for event in ("app_subscription/installed", "app_subscription/uninstalled"):
                self.subscribe(event, target)

    def busiest(self, token: str) -> int:
        """The most calls that came with a token within one second."""
        return self.gate.busiest(token)

    # --- what the staff does in a conversation -----------------------------------------------------------------------

    def reply(self, conversation: str, staff: str, text: str) -> str:
        """The new message's id. Raises ValueError while no channel of the conversation is active."""
        return self._write(conversation, staff, text)

    def reply_html(self, conversation: str, staff: str, text: str) -> str:
        """A formatted message: its text is HTML."""
        return self._write(conversation, staff, text, html=True)

    def send_file(
        self, conversation: str, staff: str, name: str, content_type: str, data: bytes, caption: str = ""
    ) -> str:
        url = self.store_file(name, content_type, data)
        return self._write(
            conversation, staff, caption, file={"url": url, "name": name, "type": content_type, "size": len(data)}
        )

    def _write(self, conversation: str, staff: str, text: str, *, html: bool = False, file: Json | None = None) -> str:
        with self.lock:
            client = self.find_client(conversation)
            author, session = self.find_staff(client.business, staff), self._writable(client)
            line = self.happenings.add_written(session, author, text, html=html, attachments=[file] if file else [])
            return line.message_uid

    def _writable(self, client: Client) -> Session:
        session = self.active_session(client)
        if session is None:
            raise ValueError("no channel of this conversation is active: choose one first")
        return session

    def staff_typing(self, conversation: str, on: bool) -> None:
        with self.lock:
            session = self.active_session(self.find_client(conversation))
            if session is not None:
                self.teller.tell_typing(session, on)

    def open_conversation(self, conversation: str) -> None:
        with self.lock:
            self.happenings.read(self.find_client(conversation))

    def switch_channel(self, conversation: str, channel: str) -> None:
        """From now on the staff writes through `channel` (its uid, or "email"); the other sessions become inactive."""
        with self.lock:
            sessions = [one for one in self.sessions_of(self.find_client(conversation)) if not one.is_gone]
            if channel != EMAIL and not any(one.channel.uid == channel for one in sessions):
                raise KeyError(channel)
            for session in sessions:
                if session.channel.uid == channel and session.status != "active":
                    self.happenings.change_session(session, "active")
                elif session.channel.uid != channel and session.status == "active":
                    self.happenings.change_session(session, "inactive")

    def deactivate_session(self, conversation: str) -> None:
        self.switch_channel(conversation, EMAIL)

    # --- what the staff does with apps and clients -------------------------------------------------------------------

    def install(self, business: str, app: str = "") -> str:
        """A click on "Install"; the address that the browser is led to. `app` is a code name; "": the newest one."""
        with self.lock:
            found = self.find_business(business)
            wanted = self.find_app(app, found)
            self.happenings.install(wanted, found)
            return add_query(wanted.redirect_uri, open_params(wanted, found))

    def uninstall(self, business: str, app: str = "") -> None:
        with self.lock:
            found = self.find_business(business)
            self.happenings.uninstall(self.find_app(app, found), found)

    def revoke_token(self, business: str, app: str = "") -> None:
        """Every token of the business for the app ends; the app is not told."""
        with self.lock:
            found = self.find_business(business)
            self.happenings.revoke_tokens(found, self.find_app(app, found))

    def block_channel(self, business: str, status: ChannelStatus = "blocked") -> None:
        with self.lock:
            found = self.find_business(business)
            for channel in self.channels:
                if channel.business is found and channel.status != "deleted":
                    self.happenings.change_channel(channel, status)

    def add_client(self, business: str, first_name: str, phone: str = "", email: str = "") -> str:
        """The new client's uid."""
        with self.lock:
            client = self.make_client(
                self.find_business(business), {"first_name": first_name, "phone": phone, "email": email}
            )
            return client.uid

    def merge_clients(self, loser: str, winner: str) -> None:
        with self.lock:
            one, other = self.find_client(loser), self.find_client(winner)
            if one is other or one.business is not other.business:
                raise ValueError("only two clients of one business can be merged")
            self.happenings.merge(one, other)

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        if action in {"install", "uninstall", "revoke_token", "block_channel", "add_client", "merge_clients"}:
            return self._manage(action, arguments)
        return self._converse(action, arguments)

    def _converse(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        conversation, staff = arguments.get("conversation", ""), arguments.get("agent", "")
        match action:
            case "reply":
                return {"message": self.reply(conversation, staff, arguments["text"])}
            case "reply_html":
                return {"message": self.reply_html(conversation, staff, arguments["text"])}
            case "send_file":
                return {"message": self._send_encoded_file(conversation, staff, arguments)}
            case "typing":
                self.staff_typing(conversation, arguments["typing"].lower() == "true")
            case "open":
                self.open_conversation(conversation)
            case "switch_channel":
                self.switch_channel(conversation, arguments["channel"])
            case "deactivate_session":
                self.deactivate_session(conversation)
            case _:
                raise KeyError(action)
        return {}

    def _manage(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        match action:
            case "install":
                return {"url": self.install(arguments["business"], arguments.get("app", ""))}
            case "uninstall":
                self.uninstall(arguments["business"], arguments.get("app", ""))
            case "revoke_token":
                self.revoke_token(arguments["business"], arguments.get("app", ""))
            case "block_channel":
                self.block_channel(arguments["business"])
            case "add_client":
                names = {name: arguments[name] for name in ("phone", "email") if name in arguments}
                return {"client": self.add_client(arguments["business"], arguments["name"], **names)}
            case _:
                self.merge_clients(arguments["loser"], arguments["winner"])
        return {}

    def _send_encoded_file(self, conversation: str, staff: str, arguments: Mapping[str, str]) -> str:
        data = base64.b64decode(arguments["data"])
        name, content_type = arguments["name"], arguments["content_type"]
        return self.send_file(conversation, staff, name, content_type, data, arguments.get("caption", ""))
