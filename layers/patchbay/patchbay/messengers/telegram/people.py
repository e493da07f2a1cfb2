"""Who writes: a person in their own chat, or the members of a group, which is one contact for the agents."""

from __future__ import annotations

from dataclasses import replace

from patchbay.domain.model import Contact, ContactCard, Content, Role, Sender, Text
from patchbay.domain.names import read_name
from patchbay.kit.phones import read_number
from patchbay.messengers.telegram.chats import Address
from patchbay.messengers.telegram.schemas import Chat, IncomingMessage, User


def describe_contact(message: IncomingMessage, person: User | None = None) -> Contact:
    """Whose conversation it is: the person, or the whole group; a topic of it is a conversation by itself."""
    topic = message.message_thread_id if message.is_topic_message else None
    contact = describe_chat(message.chat, person or message.sender)
    return replace(contact, external_id=Address(chat=message.chat.id, topic=topic).encode())


def describe_chat(chat: Chat, person: User | None) -> Contact:
    if not chat.is_private:
        return Contact(external_id=str(chat.id), name=chat.title or None)
    name, language = (person.name, person.language_code) if person else ("", "")
    return Contact(external_id=str(chat.id), name=name or None, language=language)


def describe_sender(person: User | None, contact: Contact) -> Sender:
    """In a group, the member who wrote."""
    if person is None:
        return Sender(role=Role.CONTACT, external_id=contact.external_id, name=contact.name)
    return Sender(role=Role.CONTACT, external_id=person.id, name=person.name or None)


def learn_phone(contact: Contact, contents: tuple[Content, ...], message: IncomingMessage) -> Contact:
    """They gave their own card, which Telegram marks: otherwise it never gives numbers. It leaves out the plus."""
    own = message.contact is not None and message.sender is not None and message.contact.user_id == message.sender.id
    card = next((item for item in contents if isinstance(item, ContactCard) and item.phone), None)
    if not own or card is None or not message.chat.is_private:
        return contact
    number = f"+{card.phone}" if card.phone.isdecimal() else card.phone
    return replace(contact, phone=read_number(number) or card.phone)


def say_who(contents: tuple[Content, ...], message: IncomingMessage, person: User | None = None) -> tuple[Content, ...]:
    """In a group, where agents see the group's name on everything, the words begin with their author's."""
    sender = person or message.sender
    name = read_name(message.sender_chat.title if message.sender_chat else sender.name if sender else "")
    if message.chat.is_private or not name or not contents:
        return contents
    first = contents[0]
    if isinstance(first, Text):
        return (replace(first, text=f"{name}: {first.text}"), *contents[1:])
    return (Text(text=f"{name}:"), *contents)
