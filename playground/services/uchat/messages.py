"""The workspace API: whose a flow key is, and contacts' messages, which are posted to a workspace's `bot_url`."""

from __future__ import annotations

from flask import Response

from playground.services.uchat.actions import Actions
from playground.services.uchat.auth import Answer, Auth
from playground.services.uchat.bodies import MessageBody, read_body
from playground.services.uchat.bot import Bot
from playground.services.uchat.errors import ApiProblem, missing
from playground.services.uchat.records import Contact, Workspace
from playground.services.uchat.state import State


class MessageRoutes:
    def __init__(self, state: State, auth: Auth, actions: Actions, bot: Bot) -> None:
        self._state = state
        self._auth = auth
        self._actions = actions
        self._bot = bot
        auth.add("GET", "/api/me", self.show_owner)
        auth.add("POST", "/api/apichat/<code>", self.receive)

    def show_owner(self, workspace: Workspace) -> Answer:
        return {"id": 7000, "name": f"Owner of {workspace.name}", "email": "owner@desk.example"}

    def receive(self, owner: Workspace, code: str) -> Answer:
        """The same post twice is two messages: there is no id to know it by."""
        workspace = self._find(owner, code)
        body = read_body(MessageBody)
        body.check()
        contact, content = self._find_contact(workspace, body), body.draft()
        first = not contact.messages
        payload = body.submitted_values[0].payload if body.submitted_values else None
        self._state.annotate(content.kind if payload is None else "postback")
        self._actions.receive(contact, content, payload or "")
        self._bot.answer(contact, content, payload=payload, first=first)
        return {"status": "ok"} if self._state.quirks.post_answer == "ok" else Response(status=204)

    def _find(self, owner: Workspace, code: str) -> Workspace:
        found = next((one for one in self._state.workspaces.values() if one.code == code and one.webhook.url), None)
        if found is None:
            raise missing("Chatbot\\Bot")
        if found is not owner or not self._auth.may_manage(owner):
            raise ApiProblem(403)
        return found

    def _find_contact(self, workspace: Workspace, body: MessageBody) -> Contact:
        sender = body.sender
        contact = self._state.find_sender(workspace, sender.id)
        contact = contact or self._actions.make_contact(workspace, sender.id, body.conversation_id)
        self._complain(contact, body)
        contact.profile.update(name=sender.name, email=sender.email, phone=sender.phone_number)
        return contact

    def _complain(self, contact: Contact, body: MessageBody) -> None:
        """Notes what UChat accepts although it cannot be meant."""
        complaints, wanted = self._state.complaints, body.conversation_id
        if contact.conversation_id != wanted:
            complaints.append(f"conversation_id {wanted} of a contact that has {contact.conversation_id}")
        others = (one for one in self._state.contacts if one.workspace is contact.workspace and one is not contact)
        if any(one.conversation_id == wanted for one in others):
            complaints.append(f"conversation_id {wanted} is that of another contact")
        if body.submitted_values:
            [submitted] = body.submitted_values
            if submitted.title != body.content:
                complaints.append("a postback whose content is not the title of its button")
            if submitted.payload not in contact.offered:
                complaints.append("a postback of a button that this contact was not offered")
