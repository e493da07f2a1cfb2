"""The simulated UChat: a partner with its workspaces, their live chat, their bot, the API and the webhook."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import cast

from playground.services.uchat.bubbles import show_desk
from playground.services.uchat.desk import Desk
from playground.services.uchat.records import ChatStatus, Kind
from playground.services.uchat.templates import Button, Card
from playground.simulator import DemoAccount


class UChat(Desk):
    """The demo workspace with its agents and its bot."""

    def demo(self) -> DemoAccount:
        return DemoAccount(
            settings={"base_url": self.base_url, "workspace_id": self.workspace.id},
            secrets={"partner_api_key": self.partner_key, "flow_api_key": self.flow_key},
        )

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        match action:
            case "scripted_bot":
                self.habits.bot = arguments["value"] == "on"
            case "online":
                self.set_online(int(arguments["agent"]), online=arguments["value"].lower() == "true")
            case "resolve" | "reopen" | "assign" | "unassign" | "bot" | "move_chat":
                self._manage(action, arguments)
            case _:
                return {"message": str(self._write(action, arguments))}
        return {}

    def _manage(self, action: str, arguments: Mapping[str, str]) -> None:
        chat = arguments["conversation"]
        match action:
            case "resolve":
                self.move_chat(chat, "done")
            case "reopen":
                self.move_chat(chat, "open")
            case "move_chat":
                self.move_chat(chat, cast(ChatStatus, arguments["status"]))
            case "assign":
                self.assign(chat, int(arguments["agent"]))
            case "unassign":
                self.assign(chat, None)
            case "bot" if arguments["value"] == "on":
                self.resume_bot(chat)
            case _:
                self.pause_bot(chat)

    def _write(self, action: str, arguments: Mapping[str, str]) -> int:
        chat, agent, text = arguments["conversation"], int(arguments["agent"]), arguments.get("text", "")
        match action:
            case "reply":
                return self.reply(chat, agent, text)
            case "private_note":
                return self.private_note(chat, agent, text)
            case "quick_replies":
                return self.send_buttons(chat, agent, text, _read_buttons(arguments))
            case "card":
                card = Card(title=arguments["title"], subtitle=text, buttons=_read_buttons(arguments))
                return self.send_cards(chat, agent, arguments["title"], [card])
            case "carousel":
                titles = _read_lines(arguments, "titles")
                cards = [Card(title=title, buttons=_read_buttons(arguments, title)) for title in titles]
                return self.send_cards(chat, agent, text, cards)
            case "send_file":
                return self._send_file(chat, agent, arguments)
            case _:
                raise KeyError(action)

    def _send_file(self, chat: str, agent: int, arguments: Mapping[str, str]) -> int:
        """Api Chat has no captions: the words follow as a message of their own."""
        name, content_type = arguments["name"], arguments["content_type"]
        family = content_type.partition("/")[0]
        kind: Kind = cast(Kind, family) if family in {"image", "audio", "video"} else "file"
        data = base64.b64decode(arguments["data"])
        message = self.send_media(chat, agent, kind, data, name=name, content_type=content_type)
        if arguments.get("caption", "").strip():
            self.reply(chat, agent, arguments["caption"])
        return message


def _read_lines(arguments: Mapping[str, str], name: str = "labels") -> list[str]:
    return [line.strip() for line in arguments.get(name, "").splitlines() if line.strip()]


def _read_buttons(arguments: Mapping[str, str], about: str = "") -> list[Button]:
    """Each label is a button; its payload tells on which card it is."""
    where = f"{about}:" if about else ""
    return [Button(title=label, payload=f"desk:{where}{label}") for label in _read_lines(arguments)]
