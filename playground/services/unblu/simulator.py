"""The simulated Unblu: one account, its agents' desk, its API in two generations, and what it sends."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from playground.services.unblu import demo
from playground.services.unblu.bubbles import show_desk
from playground.services.unblu.writing import Choice, WritingDesk
from playground.simulator import DemoAccount

_STARS: tuple[Choice, ...] = (("★", "1"), ("★★", "2"), ("★★★", "3"), ("★★★★", "4"), ("★★★★★", "5"))


class Unblu(WritingDesk):
    """One account with its agents' desk."""

    def demo(self) -> DemoAccount:
        settings = {"base_url": self.base_url, "channel_name": "Messengers", "recipient_team_id": demo.DEMO_TEAM}
        return DemoAccount(settings=settings, secrets={"username": demo.ADMIN_USER, "password": demo.ADMIN_PASSWORD})

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        match action:
            case "generation":
                self.set_generation(arguments["value"])
                return {"connect_again": True}  # as its owner does after an upgrade
            case "online":
                self.set_online(arguments["agent"], arguments["value"].lower() == "true")
            case "start_chat":
                name, channel = arguments.get("name", ""), arguments.get("channel", "")
                identifier, text = arguments["identifier"], arguments["text"]
                return {
                    "conversation": self.start_chat(arguments["agent"], identifier, text, channel=channel, name=name)
                }
            case "resolve" | "assign" | "open" | "resend" | "abort_question" | "add_contact" | "reopen":
                self._manage(action, arguments)
            case _:
                return {"message": self._write(action, arguments)}
        return {}

    def _manage(self, action: str, arguments: Mapping[str, str]) -> None:
        conversation, agent = arguments["conversation"], arguments.get("agent", "")
        match action:
            case "resolve":
                self.end(conversation, agent)
            case "assign":
                self.accept(conversation, agent)
            case "open":
                self.read(conversation)
            case "resend":
                self.resend(conversation, arguments["message"])
            case "abort_question":
                self.abort_question(conversation, arguments["message"])
            case "add_contact":
                self.add_contact_to_conversation(conversation, arguments["contact"])
            case _:
                self.find_open(conversation)  # an ended conversation stays ended

    def _write(self, action: str, arguments: Mapping[str, str]) -> str:
        conversation, agent, text = (arguments.get(name, "") for name in ("conversation", "agent", "text"))
        match action:
            case "reply":
                return self.reply(conversation, agent, text, arguments.get("markdown", "") == "true")
            case "quick_replies":
                return self.quick_replies(conversation, agent, text, _read_lines(arguments))
            case "private_note":
                return self.internal_note(conversation, agent, text)
            case "send_file":
                return self._send_encoded_file(conversation, agent, arguments)
            case _:
                return self._write_richly(action, arguments)

    def _write_richly(self, action: str, arguments: Mapping[str, str]) -> str:
        conversation, agent, text = (arguments.get(name, "") for name in ("conversation", "agent", "text"))
        match action:
            case "card":
                replies = [(label, label) for label in _read_lines(arguments)]
                return self.card(conversation, agent, arguments["title"], text, replies=replies)
            case "multiple_choice":
                options = [(label, label.lower()) for label in _read_lines(arguments)]
                return self.multiple_choice(conversation, agent, text, options)
            case "rating":
                return self.rating(conversation, agent, text, _STARS, arguments.get("decline", ""))
            case "text_question":
                return self.text_question(conversation, agent, text, decline=arguments.get("decline", ""))
            case "system_line":
                return self.system_line(conversation, text)
            case "whatsapp_template":
                return self.whatsapp_template(conversation, agent, text)
            case _:
                raise KeyError(action)

    def _send_encoded_file(self, conversation: str, agent: str, arguments: Mapping[str, str]) -> str:
        data = base64.b64decode(arguments["data"])
        name, content_type = arguments["name"], arguments["content_type"]
        return self.send_file(conversation, agent, name, content_type, data, arguments.get("caption", ""))


def _read_lines(arguments: Mapping[str, str]) -> list[str]:
    return [line.strip() for line in arguments["labels"].splitlines() if line.strip()]
