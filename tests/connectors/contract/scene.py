"""What the tests of this folder share."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from patchbay.bridge.contact_tokens import ContactTokens, Customer
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import (
    DeliveryError,
)
from patchbay.domain.events import MessageReceived, decode
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Contact,
    ContactKey,
    Content,
    Conversation,
    ConversationStatus,
    Delivered,
    Message,
    Part,
    Role,
    Sender,
    Side,
    Text,
)
from patchbay.domain.references import Change, Reference
from patchbay.kit.abilities import ActivatesConversations, IdentifiesContacts, OpensConversations
from patchbay.kit.behavior import ContactIdentity
from patchbay.kit.contract import Connector, Http, HttpResponse
from patchbay.kit.fallbacks import render
from patchbay.kit.file_abilities import InlinesAttachments, UploadsAttachments
from patchbay.kit.token_abilities import AuthenticatesContacts
from tests.connectors.services import load_connector, sample_endpoint
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.world import World

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KEY = ContactKey(service="pigeon", connection_id="p", contact_id="asa+/==", signature="abcdefghij23")
PRIVATE = "my-very-private-words"


def connection_of(service: str) -> Connection:
    endpoint = sample_endpoint(service)
    connector = load_connector(service)
    required = {setting.name: "x" for setting in connector.settings if setting.required and not setting.secret}
    secret = {setting.name: f"secret-{setting.name}" for setting in connector.settings if setting.secret}
    base = "https://api.freshchat.com/v2" if "base_url" in required else ""
    return Connection(
        id=endpoint.id,
        service=service,
        side=connector.side,
        endpoint_id=endpoint.id,
        settings={**required, **endpoint.settings, **({"base_url": base} if base else {})},
        secrets=Secrets(values={**secret, **endpoint.secrets.values}),
    )


def text_part(text: str = PRIVATE) -> Part:
    return Part(key="event:0", content=Text(text=text), sender=Sender(role=Role.AGENT, name="Ana"), sent_at=NOW)


def deliver(service: str, answer: HttpResponse | DeliveryError) -> DeliveryError:
    ids = ("user_id", "person_id", "contact_id", "channel_id", "conversation_id")
    conversation = Conversation(external_id="conversation", state={**dict.fromkeys(ids, "some-id"), "number": "7"})
    with pytest.raises(DeliveryError) as caught:
        load_connector(service).deliver(text_part(), conversation, connection_of(service), RecordingHttp(answer))
    return caught.value


@dataclass
class Stage:
    """A service that is connected, and a conversation on it to deliver to."""

    world: World
    service: str
    connection: Connection
    conversation: Conversation
    http: Http
    contact: Contact
    shown: int = 0

    def show(
        self,
        *content: Content,
        buttons: tuple[Button, ...] = (),
        answers: Reference | None = None,
        change: Change | None = None,
    ) -> str:
        """Fits a message to the service, delivers it, and returns all that people see there afterwards."""
        connector = load_connector(self.service)
        message = Message(
            external_id="m",
            sender=Sender(role=Role.AGENT, name="Ana Lind"),
            content=content,
            buttons=buttons,
            sent_at=self.world.time.now(),
            reply_to=answers,
            change=change,
        )
        self.shown += 1
        for part in render(message, connector.capabilities, f"event-{self.shown}", NOW).parts:
            self.world.time.advance(1)  # services allow so many calls a second
            self.send(connector, self.upload(part))
        self.world.settle()
        return json.dumps(self.world.simulators[self.service].view(), ensure_ascii=False)

    def send(self, connector: Connector, part: Part) -> Delivered:
        if isinstance(part.content, Attachment) and isinstance(connector, InlinesAttachments):
            with self.world.media.open(part.content) as data:
                return connector.deliver_file(part, data, self.conversation, self.connection, self.http)
        return connector.deliver(part, self.conversation, self.connection, self.http)

    def upload(self, part: Part) -> Part:
        connector = load_connector(self.service)
        if isinstance(part.content, Attachment) and isinstance(connector, UploadsAttachments):
            uploaded = connector.upload_attachment(part.content, self.world.media, self.connection, self.world.http)
            return replace(part, content=uploaded)
        return part

    def attachment(self, kind: AttachmentKind) -> Attachment:
        rule = load_connector(self.service).capabilities.attachments[kind]
        content_type = next(iter(sorted(rule.content_types)), "application/pdf")
        suffix = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "video/mp4": "mp4"}
        name = f"sample-{kind.value}.{suffix.get(content_type, 'pdf')}"
        url = f"https://bridge.test/media/t/{name}"
        self.world.media.files[url] = b"x" * 64
        return Attachment(kind=kind, url=url, name=name, content_type=content_type, size=64, hosted=True)


def make_stage(service: str) -> Stage:
    world = World(service)
    connection = world.connect(service)
    connector = load_connector(service)
    simulator = world.simulators[service]
    http: Http = world.http
    if connector.side is Side.MESSENGER:
        simulator.act("new_person", {"name": "Åsa"})
        people = simulator.view()["people"]
        assert isinstance(people, list)
        person = people[-1]["id"]
        simulator.act("write", {"person": person, "text": "hello"})
        while world.time.run_due():
            pass
        event = decode(world.queue.receive()[0].body)
        assert isinstance(event, MessageReceived)
        contact = Contact(external_id=event.thread)
        conversation = Conversation(external_id=event.thread)
    else:
        assert isinstance(connector, OpensConversations)
        key = KEY
        contact = Contact(external_id="asa+/==", name="Åsa")
        if connector.behavior.contact_identity is ContactIdentity.NUMBERED:
            contact = replace(contact, platform_id="7")
        world.settle()
        connection = world.connections.connections[connection.id]
        if isinstance(connector, IdentifiesContacts):
            contact = replace(contact, platform_id=connector.identify_contact(key, contact, connection, world.http))
        if isinstance(connector, AuthenticatesContacts):
            customer = Customer(person=key.encode(), contact_key=key.encode(), contact=contact)
            passes = ContactTokens(world.people, world.time)
            contact = replace(contact, platform_id=passes.identify(customer, connector, connection, world.http))
            http = passes.wrap(world.http, customer, connector, connection)
        world.time.advance(1)
        opened = connector.open_conversation(key, contact, text_part("hello"), connection, http)
        again = connector.open_conversation(key, contact, text_part("hello"), connection, http)
        assert again.conversation.external_id == opened.conversation.external_id
        conversation = opened.conversation
        if isinstance(connector, ActivatesConversations):
            connector.activate_conversation(conversation, connection, http)
            world.settle()
            assert connector.activate_conversation(conversation, connection, http) is ConversationStatus.ACTIVE
    return Stage(world, service, connection, conversation, http, contact)
