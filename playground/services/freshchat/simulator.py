"""The simulated Freshchat: one account, its agents' desk, its API and its webhook."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from playground.services.freshchat import demo
from playground.services.freshchat.bodies import ApiProblem
from playground.services.freshchat.bubbles import show_desk
from playground.services.freshchat.records import Agent, Conversation, WireParts
from playground.services.freshchat.webhooks import show_key
from playground.services.freshchat.world import World
from playground.simulator import DemoAccount, Fault, Webhook

_STATUS_WORDS = {401: "UNAUTHENTICATED", 403: "FORBIDDEN", 404: "NOT_FOUND", 429: "TOO_MANY_REQUESTS"}


class Freshchat(World):
    """One account with its agents' desk."""

    # --- being connected ---------------------------------------------------------------------------------------------

    @property
    def public_key_shown(self) -> str:
        """As Freshchat shows it to the admin: with the wrong label, on one line."""
        return show_key(self.private_key)

    def demo(self) -> DemoAccount:
        return DemoAccount(
            settings={
                "base_url": f"{self.base_url}/v2",
                "channel_id": demo.DEMO_CHANNEL,
                "agent_id": demo.DEMO_AGENT,
            },
            secrets={"api_token": self.token},
            later_secrets={"webhook_public_key": self.public_key_shown},
        )

    def set_webhook(self, url: str) -> None:
        """The admin pastes our address in Admin Settings > Webhooks; there is no API for it."""
        self.webhook_url = url

    def paste_webhooks(self, urls: Mapping[str, str]) -> None:
        self.set_webhook(next(iter(urls.values())))

    def expire_token(self, new: str) -> None:
        """An account has one token: a new one ends the old one."""
        self.token = new

    def refuse(self, fault: Fault) -> Response:
        problem = ApiProblem(fault.status, _STATUS_WORDS.get(fault.status, "INTERNAL_SERVER_ERROR"), "told to fail")
        answer: Response = jsonify({"code": problem.code, "status": problem.status, "message": problem.message})
        answer.status_code = fault.status
        if fault.body:
            answer.data = fault.body
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    def repeat(self, webhook: Webhook, retry: int) -> Webhook:
        repeated = super().repeat(webhook, retry)
        headers = {**repeated.headers, "X-Retry-Count": str(retry)}
        return Webhook(
            url=repeated.url,
            headers=headers,
            body=repeated.body,
            note=repeated.note,
            method=repeated.method,
            on_answer=repeated.on_answer,
            lane=repeated.lane,
        )

    # --- what agents do ----------------------------------------------------------------------------------------------

    def reply(self, conversation: str, agent: str, text: str) -> str:
        """The editor writes HTML."""
        return self.post_as_agent(conversation, agent, [_write_html(text)])

    def quick_replies(self, conversation: str, agent: str, text: str, labels: Sequence[str]) -> str:
        buttons = [{"quick_reply_button": {"label": label}} for label in labels]
        reply_parts: WireParts = [{"collection": {"sub_parts": buttons}}]
        return self.post_as_agent(conversation, agent, [_write_html(text)], reply_parts)

    def send_file(
        self, conversation: str, agent: str, name: str, content_type: str, data: bytes, caption: str = ""
    ) -> str:
        key = self.store_file(name, content_type, data)
        url = self.file_url(key)
        parts: WireParts = [{"image": {"url": url, "content_type": content_type, "name": name}}]
        if not content_type.startswith("image/"):
            size = len(data)
            parts = [{"file": {"name": name, "url": url, "content_type": content_type, "file_size_in_bytes": size}}]
        if caption:
            parts.append(_write_html(caption))
        return self.post_as_agent(conversation, agent, parts, late=self.habits.late_files)

    def private_note(self, conversation: str, agent: str, text: str) -> str:
        return self.post_as_agent(conversation, agent, [_write_html(text)], message_type="private")

    def post_as_agent(
        self,
        conversation: str,
        agent: str,
        parts: WireParts,
        reply_parts: WireParts | None = None,
        *,
        message_type: str = "normal",
        late: float = 0.0,
    ) -> str:
        """The new message's id. An ordinary message takes the conversation over and opens it again."""
        with self.lock:
            found = self.find_conversation(conversation)
            author = self.find_agent(agent)
            if message_type == "normal" and not author.bot:
                self._take_over(found, author)
            message = self.make_message(
                found,
                actor_type="bot" if author.bot else "agent",
                actor_id=author.id,
                parts=parts,
                reply_parts=reply_parts or [],
                message_type=message_type,
                source="web",
                late=late,
            )
            return message.id

    def system_line(self, conversation: str, text: str) -> str:
        with self.lock:
            message = self.make_message(
                self.find_conversation(conversation),
                actor_type="system",
                actor_id=self.system_id,
                parts=[{"text": {"content": text}}],
                message_type="system",
                source="system",
            )
            return message.id

    def _take_over(self, conversation: Conversation, agent: Agent) -> None:
        if conversation.status == "resolved":
            self.reopen_conversation(conversation, "agent", agent.id)
        if not conversation.agent:
            self.assign(conversation.id, agent.id)

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        with self.lock:
            return show_desk(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        conversation, agent = arguments["conversation"], arguments.get("agent", "")
        match action:
            case "reply":
                return {"message": self.reply(conversation, agent, arguments["text"])}
            case "send_file":
                return {"message": self._send_encoded_file(conversation, agent, arguments)}
            case "quick_replies":
                labels = [line.strip() for line in arguments["labels"].splitlines() if line.strip()]
                return {"message": self.quick_replies(conversation, agent, arguments["text"], labels)}
            case "private_note":
                return {"message": self.private_note(conversation, agent, arguments["text"])}
            case "resolve" | "reopen" | "assign":
                {"resolve": self.resolve, "reopen": self.reopen, "assign": self.assign}[action](conversation, agent)
                return {}
            case _:
                raise KeyError(action)

    def _send_encoded_file(self, conversation: str, agent: str, arguments: Mapping[str, str]) -> str:
        data = base64.b64decode(arguments["data"])
        name, content_type = arguments["name"], arguments["content_type"]
        return self.send_file(conversation, agent, name, content_type, data, arguments.get("caption", ""))


def _write_html(text: str) -> dict[str, Any]:
    return {"text": {"content": html.escape(text, quote=False)}}
