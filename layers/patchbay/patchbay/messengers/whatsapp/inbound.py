"""Meta's webhooks as the bridge's events. One webhook may hold news of several numbers, people and kinds.

What Meta gets no 200 for it sends again for a week, so what cannot be read is ignored with a reason.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.domain.accounts import Endpoint
from patchbay.domain.characters import quote_name
from patchbay.domain.errors import UnknownAccount
from patchbay.domain.events import Event, Ignored, Origin, ReceiptReceived
from patchbay.domain.model import Message, Postback, ReceiptState, Role, Sender
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.phones import read_number
from patchbay.kit.schemas import read_wire
from patchbay.messengers.whatsapp import spec
from patchbay.messengers.whatsapp.contents import describe_origin, describe_unknown, is_incomplete, read_contents
from patchbay.messengers.whatsapp.news import TOPICS, read_news, warn_of
from patchbay.messengers.whatsapp.people import find_person, find_writer
from patchbay.messengers.whatsapp.receipts import read_status
from patchbay.messengers.whatsapp.references import (
    Scene,
    describe_writer,
    make_event,
    read_deletion,
    read_edit,
    read_reaction,
    refer_to,
)
from patchbay.messengers.whatsapp.rotation import read_system, read_update
from patchbay.messengers.whatsapp.schemas import ChangeOf, Entry, IncomingMessage, Status, Value, Webhook

OBJECT = "whatsapp_business_account"
WINDOW = timedelta(seconds=spec.REPLY_WINDOW)
FREE_ENTRY = timedelta(hours=72)  #: for people who come from an advertisement

_ASKED = "contact_request"  #: the origin of a card that answers the question for the number
_ROUTING = frozenset({"standby", "messaging_handovers"})
_ABOUT_PEOPLE = frozenset({"messages", "smb_message_echoes", "user_id_update", "user_preferences"})

_Read = Iterator[Event | Ignored]


def parse(request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    if request.method == "GET":
        return [Ignored(reason="a handshake")]
    webhook = read_wire(Webhook, request.body)
    if webhook.object != OBJECT:
        return [Ignored(reason=f"news about something else than WhatsApp: {quote_name(webhook.object)}")]
    return parse_entries(webhook.entry, endpoint, request.received_at)


def parse_entries(entries: Iterable[Entry], endpoint: Endpoint, received_at: datetime) -> Sequence[Event | Ignored]:
    """Raises UnknownAccount and UnknownTenant for a number and an account that have to be looked up."""
    events = [
        event
        for entry in entries
        for change in entry.changes
        for event in _read_change(change, entry, endpoint, received_at)
    ]
    return events or [Ignored(reason="a webhook that says nothing that is carried")]


def _read_change(change: ChangeOf, entry: Entry, endpoint: Endpoint, received_at: datetime) -> _Read:
    if change.field in TOPICS:
        yield from read_news(change, entry, endpoint, received_at)
        return
    if change.field not in _ABOUT_PEOPLE:
        yield Ignored(reason=_explain_unread(change.field))
        return
    origin = _find_origin(change.value, endpoint)
    if isinstance(origin, Ignored):
        yield origin
        return
    yield from _read_people(change.value, received_at, origin)


def _read_people(value: Value, received_at: datetime, origin: Origin) -> _Read:
    for message in value.messages:
        yield _read_message(message, value, received_at, origin)
    for echo in value.message_echoes:
        yield _read_echo(echo, value, received_at, origin)
    for status in value.statuses:
        yield from _read_status(status, value, received_at, origin)
    for moved in value.user_id_update:
        yield read_update(moved, value.contacts, received_at, origin)
    for preference in value.user_preferences:
        from patchbay.messengers.whatsapp.marketing import read_preference

        yield read_preference(preference, value.contacts, received_at, origin)
    for problem in value.errors:
        yield warn_of(problem.code, received_at, origin)


def _read_status(status: Status, value: Value, received_at: datetime, origin: Origin) -> _Read:
    receipt = read_status(status, value.contacts, received_at, origin)
    yield receipt
    if isinstance(receipt, ReceiptReceived) and receipt.state is ReceiptState.FAILED:
        from patchbay.messengers.whatsapp.marketing import find_refusal

        yield from find_refusal(status, receipt)


def _explain_unread(field: str) -> str:
    if field in _ROUTING:
        return "another app answers this customer at the moment"
    return f"a webhook of the kind {quote_name(field)}"


def _find_origin(value: Value, endpoint: Endpoint) -> Origin | Ignored:
    """Names the account, that is the number. Raises UnknownAccount for one that has to be looked up."""
    number = value.metadata.phone_number_id
    if not number:
        return Ignored(reason="news that name no number")
    if number in endpoint.accounts or number == endpoint.settings.get("phone_number_id"):
        return Origin(service=endpoint.service, endpoint=endpoint.id, account=number)
    if number in endpoint.strangers:
        return Ignored(reason="for a number that is not connected")
    raise UnknownAccount(number)


# --- messages --------------------------------------------------------------------------------------------------------


def _read_message(message: IncomingMessage, value: Value, received_at: datetime, origin: Origin) -> Event | Ignored:
    person = find_writer(message, value.contacts)
    if not message.id or not person.thread:
        return Ignored(reason="a message without its id or its writer")
    if message.group_id:
        return Ignored(reason="from a group, and groups are not carried")
    scene = Scene(origin=origin, person=person, sender=describe_writer(person), at=message.when(received_at))
    match message.type:
        case "system":
            return read_system(message, person, scene.at, origin)
        case "request_welcome":
            return Ignored(reason="a person has opened the chat")
    return _read_written(message, scene)


def _read_written(message: IncomingMessage, scene: Scene) -> Event | Ignored:
    match message.type:
        case "reaction":
            return read_reaction(message, scene)
        case "edit":
            return read_edit(message, scene)
        case "revoke":
            return read_deletion(message, scene)
    contents = read_contents(message, scene.at.strftime("%Y%m%d-%H%M%S"))
    tapped = _read_tap(message)
    answered = refer_to(message.context.id, scene.origin) if message.context.id and not tapped else None
    written = Message(
        external_id=message.id,
        sender=scene.sender,
        content=(*describe_origin(message.referral, message.context), *(contents or (describe_unknown(message),))),
        sent_at=scene.at,
        tapped=tapped,
        reply_to=answered,
        incomplete=is_incomplete(contents),
    )
    return make_event("message", message.id, written, _learn_phone(message, scene), _end_window(message, scene))


def _learn_phone(message: IncomingMessage, scene: Scene) -> Scene:
    """The person has given the number that they were asked for, and which webhooks of theirs may not have."""
    phones = [phone for shared in message.contacts for phone in shared.phones]
    if message.type != "contacts" or message.origin != _ASKED or scene.person.digits or len(phones) != 1:
        return scene
    digits = phones[0].wa_id or read_number(phones[0].phone).removeprefix("+")
    return replace(scene, person=replace(scene.person, digits=digits))


def _end_window(message: IncomingMessage, scene: Scene) -> datetime | None:
    """Until when the business may answer freely. What the owner writes on the phone opens nothing.

    Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/pricing
    """
    if scene.sender.role is not Role.CONTACT:
        return None
    from_advertisement = bool(message.referral.source_url or message.referral.headline)
    return scene.at + (FREE_ENTRY if from_advertisement else WINDOW)


def _read_tap(message: IncomingMessage) -> Postback | None:
    """A choice: what is on the button is what the person said."""
    if message.type == "button" and message.button is not None:
        return Postback(label=message.button.text or message.button.payload, payload=message.button.payload)
    if message.type != "interactive" or message.interactive is None:
        return None
    choice = message.interactive.button_reply or message.interactive.list_reply
    return Postback(label=choice.title or choice.id, payload=choice.id) if choice else None


def _read_echo(message: IncomingMessage, value: Value, received_at: datetime, origin: Origin) -> Event | Ignored:
    """What the owner has written in the app on the phone, on a number that is used in both ways."""
    person = find_person(message.to_user_id, message.to, value.contacts)
    if not message.id or not person.thread:
        return Ignored(reason="an answer on the phone that does not say to whom")
    owner = Sender(role=Role.AGENT)
    return _read_written(message, Scene(origin=origin, person=person, sender=owner, at=message.when(received_at)))
