"""Contacts' messages: what is posted to a workspace's `bot_url`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from flask import Response
from pydantic import Field

from playground.services.uchat.errors import ApiProblem, invalid, missing
from playground.services.uchat.gate import Answer
from playground.services.uchat.records import Contact, Draft, Workspace
from playground.services.uchat.validation import Body, is_public_address, read_body

if TYPE_CHECKING:
    from playground.services.uchat.world import World

Words = Annotated[str, Field(min_length=1, max_length=255)]
MaybeWords = Annotated[str, Field(max_length=255)]


class SenderBody(Body):
    id: Words
    name: Words
    email: MaybeWords
    phone_number: MaybeWords
    type: Literal["contact"]


class AttachmentBody(Body):
    file_type: Literal["image", "audio", "video", "file"]
    data_url: Annotated[str, Field(min_length=1)]


class SubmittedBody(Body):
    title: Annotated[str, Field(min_length=1)]
    payload: str


class PostBody(Body):
    """Attachments and submitted values are lists of one: UChat's samples hold one."""

    content: str
    message_type: Literal["incoming"]
    sender: SenderBody
    conversation_id: Annotated[int, Field(gt=0, lt=2**31)]
    event: Literal["message_created", "message_postback"]
    attachments: Annotated[list[AttachmentBody], Field(min_length=1, max_length=1)] | None = None
    submitted_values: Annotated[list[SubmittedBody], Field(min_length=1, max_length=1)] | None = None

    def draft(self) -> Draft:
        if self.attachments:
            return Draft(kind=self.attachments[0].file_type, url=self.attachments[0].data_url)
        return Draft(text=self.content)


class PostRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        world.gate.add("POST", "/api/apichat/<code>", self.take)

    def take(self, owner: Workspace, code: str) -> Answer:
        """The same post twice is two messages: there is no id to know it by."""
        workspace = self._find(owner, code)
        body = read_body(PostBody)
        _check(body)
        contact = self._world.find_sender(workspace, body.sender.id)
        if contact is None:
            contact = self._world.make_contact(workspace, body.sender.id, body.conversation_id)
        self._complain(contact, body)
        sender = body.sender
        contact.profile.update(name=sender.name, email=sender.email, phone=sender.phone_number)
        payload = body.submitted_values[0].payload if body.submitted_values else ""
        self._world.annotate("postback" if body.submitted_values else body.draft().kind)
        self._world.hear(contact, body.draft(), payload=payload, postback=body.submitted_values is not None)
        return {"status": "ok"} if self._world.habits.post_answer == "ok" else Response(status=204)

    def _find(self, owner: Workspace, code: str) -> Workspace:
        found = next((one for one in self._world.workspaces.values() if one.code == code and one.webhook.url), None)
        if found is None:
            raise missing("Chatbot\\Bot")
        if found is not owner or not self._world.gate.may_manage(owner):
            raise ApiProblem(403)
        return found

    def _complain(self, contact: Contact, body: PostBody) -> None:
        """UChat takes all of this, and what comes of it nobody wants."""
        complaints, wanted = self._world.complaints, body.conversation_id
        if contact.conversation_id != wanted:
            complaints.append(f"conversation_id {wanted} of a contact that has {contact.conversation_id}")
        others = (one for one in self._world.contacts if one.workspace is contact.workspace and one is not contact)
        if any(one.conversation_id == wanted for one in others):
            complaints.append(f"conversation_id {wanted} is that of another contact")
        if body.submitted_values:
            [submitted] = body.submitted_values
            if submitted.title != body.content:
                complaints.append("a postback whose content is not the title of its button")
            if submitted.payload not in contact.offered:
                complaints.append("a postback of a button that this contact was not offered")


def _check(body: PostBody) -> None:
    """What fields ask of each other. Raises ApiProblem."""
    errors: dict[str, list[str]] = {}
    postback = body.event == "message_postback"
    if postback and body.submitted_values is None:
        errors["submitted_values"] = ["The submitted values field is required when event is message_postback."]
    if not postback and body.submitted_values is not None:
        errors["submitted_values"] = ["The submitted values field is prohibited unless event is message_postback."]
    if postback and body.attachments is not None:
        errors["attachments"] = ["The attachments field is prohibited when event is message_postback."]
    if body.attachments is None and not body.content.strip():
        errors["content"] = ["The content field is required when attachments is not present."]
    if body.attachments is not None and not postback and body.content:
        errors["content"] = ["The content field must be empty when attachments is present."]
    if body.attachments is not None and not is_public_address(body.attachments[0].data_url):
        errors["attachments.0.data_url"] = ["The attachments.0.data url format is invalid."]
    if errors:
        raise invalid(errors)
