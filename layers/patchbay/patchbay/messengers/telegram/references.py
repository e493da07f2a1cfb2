"""What a person says about another message: which one they answer, and with what they react to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from patchbay.domain.events import Event, Ignored, MessageReceived, Origin, make_event_id
from patchbay.domain.model import Message
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.messengers.telegram.chats import name_message
from patchbay.messengers.telegram.people import describe_chat, describe_sender
from patchbay.messengers.telegram.schemas import Entity, IncomingMessage, OtherMessage, Reaction, ReactionChange
from patchbay.messengers.telegram.spec import write_in_color

_EMOJI = "emoji"


def refer_to(chat: int | str, number: str, origin: Origin, excerpt: str = "") -> Reference:
    """To a message of the chat, whoever wrote it."""
    return Reference(
        message_id=name_message(chat, number),
        event_id=make_event_id("message", origin, str(chat), number),
        excerpt=excerpt,
    )


def read_answered(message: IncomingMessage, origin: Origin) -> Reference | None:
    """In a topic, everything answers the message that began the topic: that is no answer."""
    answered = message.reply_to_message
    begins_topic = message.is_topic_message and answered and answered.message_id == str(message.message_thread_id)
    if answered is None or begins_topic:
        return None
    return refer_to(message.chat.id, answered.message_id, origin, message.quote.text or _read_words(answered))


def _read_words(answered: OtherMessage) -> str:
    """Without the name of the agent, which we have put above the words."""
    text = answered.text or answered.caption
    marks: Sequence[Entity] = answered.entities or answered.caption_entities
    is_ours = answered.sender.is_bot or answered.sender_business_bot is not None
    if not is_ours or not marks or (marks[0].type, marks[0].offset) != ("bold", 0):
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * marks[0].length :].decode("utf-16-le", "replace").lstrip("\n")


def read_reactions(change: ReactionChange, update_id: str, at: datetime, origin: Origin) -> Sequence[Event | Ignored]:
    """Each new one; the lost ones where none is new, because a new one stands in place of another."""
    old, new = _list_emojis(change.old_reaction), _list_emojis(change.new_reaction)
    added = [(ChangeKind.REACTION, emoji) for emoji in new if emoji not in old]
    lost = [(ChangeKind.REACTION_REMOVED, emoji) for emoji in old if emoji not in new]
    events = [_make_event(kind, emoji, change, update_id, at, origin) for kind, emoji in added or lost]
    return events or [Ignored(reason="a reaction that is no emoji")]


def _list_emojis(reactions: Sequence[Reaction]) -> list[str]:
    return [reaction.emoji for reaction in reactions if reaction.type == _EMOJI and reaction.emoji]


def _make_event(
    kind: ChangeKind, emoji: str, change: ReactionChange, update_id: str, at: datetime, origin: Origin
) -> MessageReceived:
    """In a group with topics Telegram does not say in which of them."""
    contact = describe_chat(change.chat, change.sender)
    target = refer_to(change.chat.id, change.message_id, origin)
    return MessageReceived(
        id=make_event_id("reaction", origin, target.message_id, update_id, emoji),
        origin=origin,
        thread=contact.external_id,
        occurred_at=at,
        contact=contact,
        message=Message(
            external_id="",
            sender=describe_sender(change.sender, contact),
            content=(),
            sent_at=at,
            change=Change(kind=kind, target=target, emoji=write_in_color(emoji)),
        ),
    )
