"""What a person says about another message: which one they answer, correct, take back or react to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from patchbay.domain.events import Event, Ignored, MessageReceived, Origin, make_event_id
from patchbay.domain.model import Message, Role, Sender
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.messengers.whatsapp.contents import is_incomplete, read_contents
from patchbay.messengers.whatsapp.people import Known
from patchbay.messengers.whatsapp.schemas import IncomingMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Around a message: on which account, who wrote it in whose conversation, and when."""

    origin: Origin
    person: Known
    sender: Sender
    at: datetime


def refer_to(message_id: str, origin: Origin) -> Reference:
    """To a message of the conversation, whoever wrote it."""
    return Reference(message_id=message_id, event_id=make_event_id("message", origin, message_id))


def make_event(
    kind: str, event_key: str, message: Message, scene: Scene, window_until: datetime | None = None
) -> MessageReceived:
    return MessageReceived(
        id=make_event_id(kind, scene.origin, event_key),
        origin=scene.origin,
        thread=scene.person.thread,
        occurred_at=scene.at,
        contact=scene.person.describe(),
        message=message,
        aliases=scene.person.aliases,
        window_until=window_until,
    )


def read_reaction(message: IncomingMessage, scene: Scene) -> Event | Ignored:
    """WhatsApp shows one reaction of each person: a new one takes the place of the one before."""
    reaction = message.reaction
    if reaction is None or not reaction.message_id:
        return Ignored(reason="a reaction to nothing")
    kind = ChangeKind.REACTION if reaction.emoji else ChangeKind.REACTION_REMOVED
    change = Change(kind=kind, target=refer_to(reaction.message_id, scene.origin), emoji=reaction.emoji)
    return make_event("reaction", message.id, _make_change(change, scene), scene)


def read_edit(message: IncomingMessage, scene: Scene) -> Event | Ignored:
    edit = message.edit
    contents = read_contents(edit.message, scene.at.strftime("%Y%m%d-%H%M%S")) if edit else ()
    if edit is None or not edit.original_message_id or not contents:
        return Ignored(reason="a message of which nothing was corrected that is carried")
    change = Change(kind=ChangeKind.EDIT, target=refer_to(edit.original_message_id, scene.origin))
    corrected = replace(
        _make_change(change, scene),
        external_id=edit.original_message_id,
        content=contents,
        incomplete=is_incomplete(contents),
    )
    return make_event("edit", message.id, corrected, scene)


def read_deletion(message: IncomingMessage, scene: Scene) -> Event | Ignored:
    if message.revoke is None or not message.revoke.original_message_id:
        return Ignored(reason="a deletion of nothing")
    target = refer_to(message.revoke.original_message_id, scene.origin)
    return make_event(
        "deletion", message.id, _make_change(Change(kind=ChangeKind.DELETION, target=target), scene), scene
    )


def _make_change(change: Change, scene: Scene) -> Message:
    return Message(external_id="", sender=scene.sender, content=(), sent_at=scene.at, change=change)


def describe_writer(person: Known) -> Sender:
    return Sender(role=Role.CONTACT, external_id=person.thread, name=person.name or None)
