"""The simulated Giosg: one organization, its agents' console, its two APIs, and the apps that it tells."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from playground.services.giosg import demo
from playground.services.giosg.bubbles import show_desk
from playground.services.giosg.desk import Desk
from playground.services.giosg.records import App, AppWebhook, Subscription
from playground.simulator import DemoAccount

_OWNED_CHATS = "/api/v5/orgs/{organization_id}/owned_chats"
_SUBSCRIPTIONS = {
    "chats": Subscription(channel_pattern=_OWNED_CHATS),
    "messages": Subscription(channel_pattern=f"{_OWNED_CHATS}/*/messages"),
    "memberships": Subscription(channel_pattern=f"{_OWNED_CHATS}/*/memberships", removals=False),
    "rooms": Subscription(channel_pattern="/api/v5/orgs/{organization_id}/rooms", additions=False, removals=False),
}


class Giosg(Desk):
    """One organization with two rooms: one for messengers, one for its web site."""

    # --- being connected ---------------------------------------------------------------------------------------------

    def demo(self) -> DemoAccount:
        return DemoAccount(
            settings={
                "base_url": self.base_url,
                "organization_id": self.organization,
                "room_id": demo.DEMO_ROOM,
            },
            secrets={"api_token": self.api_token},
        )

    def paste_webhooks(self, urls: Mapping[str, str]) -> None:
        self.install_app(urls)

    def install_app(self, urls: Mapping[str, str], *, name: str = "Patchbay", bot_user: str = "") -> App:
        """An admin makes an app with a webhook per name, and installs it.

        The names are "chats", "messages", "memberships" and "rooms"; an address under another name is told of all four.
        An app of the same name is replaced. Raises Refused for an address that Giosg does not take.
        """
        webhooks = [
            AppWebhook(
                endpoint_url=url,
                subscriptions=(_SUBSCRIPTIONS[kind],) if kind in _SUBSCRIPTIONS else tuple(_SUBSCRIPTIONS.values()),
            )
            for kind, url in urls.items()
        ]
        return self.add_app(name, webhooks, bot_user=bot_user)

    def expire_token(self, new: str) -> None:
        """The token is deleted and another one is made."""
        self.api_token = new

    def expire_visitor_tokens(self) -> None:
        """All at once, before their time."""
        self.visitor_tokens.clear()

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        match action:
            case "online":
                switch = self.go_online if arguments["value"].lower() == "true" else self.go_offline
                switch(arguments["agent"])
            case "web_visitor":
                words = {name: arguments[name] for name in ("name", "room", "chat") if arguments.get(name)}
                return {"conversation": self.web_visitor_writes(arguments["text"], **words)}
            case "install_app":
                self.install_app({name: url for name, url in arguments.items() if url})
            case "purge" | "end" | "resolve" | "gdpr_purge" | "purge_message":
                self._close(action, arguments)
            case "join" | "assign" | "leave" | "typing" | "open":
                self._attend(action, arguments["conversation"], arguments["agent"], arguments)
            case _:
                return {"message": self._write(action, arguments["conversation"], arguments)}
        return {}

    def _close(self, action: str, arguments: Mapping[str, str]) -> None:
        chat = arguments["conversation"]
        match action:
            case "purge":
                self.purge_chat(chat)
            case "gdpr_purge":
                self.gdpr_purge(chat)
            case "purge_message":
                self.purge_message(chat, arguments["message"])
            case _:
                self.end(chat)

    def _attend(self, action: str, chat: str, agent: str, arguments: Mapping[str, str]) -> None:
        match action:
            case "leave":
                self.leave(chat, agent)
            case "open":
                self.read(chat, agent)
            case "typing" if arguments["typing"].lower() == "true":
                self.type(chat, agent)
            case "typing":
                self.stop_typing(chat, agent)
            case _:
                self.join(chat, agent)

    def _write(self, action: str, chat: str, arguments: Mapping[str, str]) -> str:
        agent, text = arguments.get("agent", ""), arguments.get("text", "")
        match action:
            case "reply":
                return self.reply(chat, agent, text)
            case "quick_replies":
                return self.send_buttons(chat, agent, text, [(label, label) for label in _read_lines(arguments)])
            case "card":
                labels = _read_lines(arguments)
                return self.send_card(chat, agent, arguments["title"], text, labels=labels)
            case "send_file":
                return self._send_encoded_file(chat, agent, arguments)
            case "rule":
                return self.rule_message(chat, text)
            case "autosuggest":
                return self.autosuggest(chat, agent, text)
            case _:
                raise KeyError(action)

    def _send_encoded_file(self, chat: str, agent: str, arguments: Mapping[str, str]) -> str:
        data = base64.b64decode(arguments["data"])
        name, content_type = arguments["name"], arguments["content_type"]
        send = self.send_image if content_type.startswith("image/") else self.send_file
        return send(chat, agent, name, content_type, data, arguments.get("caption", ""))


def _read_lines(arguments: Mapping[str, str]) -> list[str]:
    return [line.strip() for line in arguments.get("labels", "").splitlines() if line.strip()]
