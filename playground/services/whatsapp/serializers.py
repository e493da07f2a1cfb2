"""How people, messages and statuses look in webhooks."""

from __future__ import annotations

from datetime import datetime

from playground.services.whatsapp.records import Json, Message, Number, Person


def seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def shows_phone(person: Person) -> bool:
    """Whether the next webhook has the person's phone. That of some comes and goes."""
    person.webhooks += 1
    return person.visibility == "shown" or (person.visibility == "changing" and person.webhooks % 2 == 1)


def show_metadata(number: Number) -> Json:
    return {"display_phone_number": number.display, "phone_number_id": number.id}


def make_value(number: Number, **more: object) -> Json:
    return {"messaging_product": "whatsapp", "metadata": show_metadata(number), **more}


def show_contact(person: Person, *, phone: bool, username: bool = True) -> Json:
    profile: Json = {"name": person.name}
    if person.username and username:
        profile["username"] = person.username
    shown: Json = {"profile": profile}
    if phone:
        shown["wa_id"] = person.phone
    shown["user_id"] = person.user_id
    if person.parent_user_id:
        shown["parent_user_id"] = person.parent_user_id
    return shown


def show_sender(person: Person, *, phone: bool) -> Json:
    shown: Json = {"from": person.phone} if phone else {}
    shown["from_user_id"] = person.user_id
    if person.parent_user_id:
        shown["from_parent_user_id"] = person.parent_user_id
    return shown


def show_message(person: Person, message: Message, *, phone: bool) -> Json:
    """A message of a person, without what it answers."""
    shown = {**show_sender(person, phone=phone), "id": message.id, "timestamp": seconds(message.at)}
    return {**shown, "type": message.type, message.type: message.content}


def show_status(person: Person, message: Message, status: str, at: datetime, *, phone: bool) -> Json:
    shown: Json = {"id": message.id, "status": status, "timestamp": seconds(at)}
    if phone:
        shown["recipient_id"] = person.phone
    shown["recipient_user_id"] = person.user_id
    if person.parent_user_id:
        shown["parent_recipient_user_id"] = person.parent_user_id
    if message.tracker:
        shown["biz_opaque_callback_data"] = message.tracker
    return shown
