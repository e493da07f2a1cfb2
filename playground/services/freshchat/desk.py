"""What agents do at their desk."""

from __future__ import annotations

import html
from collections.abc import Sequence

from playground.services.freshchat.actions import Actions
from playground.services.freshchat.records import Agent, Conversation, WireParts
from playground.services.freshchat.serializers import Json
from playground.services.freshchat.state import State


class Desk(State):
    """Conversations and agents are given by id. Raises KeyError for unknown ones."""

    actions: Actions

    # --- conversations -----------------------------------------------------------------------------------------------

    def resolve(self, conversation: str, agent: str) -> None:
        with self.lock:
            self.actions.resolve(self._find(conversation), agent)

    def reopen(self, conversation: str, agent: str) -> None:
        with self.lock:
            self.actions.reopen(self._find(conversation), "agent", agent)

    def assign(self, conversation: str, agent: str) -> None:
        """`agent` is "" to assign the conversation to no agent."""
        with self.lock:
            self.actions.assign(self._find(conversation), self._find_agent(agent).id if agent else "")

    # --- writing: each returns the new message's id ------------------------------------------------------------------

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
        file: Json = {"name": name, "url": self.file_url(self.store_file(name, content_type, data))}
        file["content_type"] = content_type
        is_image = content_type.startswith("image/")
        parts: WireParts = [{"image": file} if is_image else {"file": {**file, "file_size_in_bytes": len(data)}}]
        if caption:
            parts.append(_write_html(caption))
        return self.post_as_agent(conversation, agent, parts, late=self.quirks.late_files)

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
        """An ordinary message takes the conversation over and opens it again."""
        with self.lock:
            found, author = self._find(conversation), self._find_agent(agent)
            if message_type == "normal" and not author.bot:
                self._take_over(found, author)
            actor = ("bot" if author.bot else "agent", author.id)
            return self.actions.write(found, actor, parts, message_type, "web", reply_parts=reply_parts, late=late).id

    def system_line(self, conversation: str, text: str) -> str:
        with self.lock:
            parts: WireParts = [{"text": {"content": text}}]
            actor = ("system", self.system_id)
            return self.actions.write(self._find(conversation), actor, parts, "system", "system").id

    def _take_over(self, conversation: Conversation, agent: Agent) -> None:
        self.actions.reopen(conversation, "agent", agent.id)
        if not conversation.agent:
            self.actions.assign(conversation, agent.id)

    def _find(self, conversation: str) -> Conversation:
        found = self.conversation(conversation)
        if found is None:
            raise KeyError(conversation)
        return found

    def _find_agent(self, agent_id: str) -> Agent:
        agent = self.agent(agent_id)
        if agent is None:
            raise KeyError(agent_id)
        return agent


def _write_html(text: str) -> Json:
    return {"text": {"content": html.escape(text, quote=False)}}
