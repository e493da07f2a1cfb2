"""What every connector promises, checked for each one that there is: new connectors inherit all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from patchbay.aws.deadline import RESERVE
from patchbay.aws.net.download import MOST_SECONDS
from patchbay.bridge.contact_tokens import Customer, Passes
from patchbay.domain.accounts import REFERENCE_KEY, Connection, Endpoint, Secrets
from patchbay.domain.errors import (
    AuthorizationNeeded,
    ConversationGone,
    DeliveryError,
    Rejected,
    SignatureRejected,
    Transient,
    Uncertain,
)
from patchbay.domain.events import Event, Ignored, MessageReceived, decode, encode
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Contact,
    ContactCard,
    ContactKey,
    Content,
    Conversation,
    ConversationStatus,
    Location,
    Message,
    Part,
    ReceiptState,
    Role,
    Sender,
    Side,
    Text,
)
from patchbay.kit import registry
from patchbay.kit.abilities import (
    ActivatesConversations,
    AuthenticatesContacts,
    FindsContacts,
    FindsPlatformIds,
    IdentifiesContacts,
    InlinesAttachments,
    OpensConversations,
    UploadsAttachments,
)
from patchbay.kit.behavior import ContactIdentity
from patchbay.kit.contract import Connector, Http, HttpResponse
from patchbay.kit.fallbacks import render
from tests.aws import aws
from tests.connectors.services import SERVICES, Sample, load_connector, other_secret, sample_endpoint, samples
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.world import World

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KEY = ContactKey(service="pigeon", connection_id="p", contact_id="asa+/==", signature="abcdefghij23")
PRIVATE = "my-very-private-words"
SIGNING = [service for service in SERVICES if load_connector(service).signs]


# --- verifying -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=SIGNING)
def signed(request: pytest.FixtureRequest) -> Sample:
    """The first sample of a service that brings an event, with its valid signature."""
    service: str = request.param
    return next(sample for sample in samples(service) if "ignored" not in sample.expected[0])


def test_every_webhook_is_refused_without_the_secrets_that_are_said_to_verify_them(signed: Sample) -> None:
    names = {setting.name for setting in load_connector(signed.service).settings if setting.verifies and setting.secret}
    assert names
    for name in names:
        endpoint = sample_endpoint(signed.service)
        others = {key: value for key, value in endpoint.secrets.values.items() if key != name}
        with pytest.raises(SignatureRejected):
            load_connector(signed.service).verify(signed.request(), replace(endpoint, secrets=Secrets(values=others)))


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_every_sample_is_signed_by_the_documented_sample_key(sample: Sample) -> None:
    load_connector(sample.service).verify(sample.request(), sample_endpoint(sample.service))


def test_unsigned_webhooks_are_rejected(signed: Sample) -> None:
    bare = replace(signed.request(), headers={"content-type": "application/json"}, query={})
    with pytest.raises(SignatureRejected):
        load_connector(signed.service).verify(bare, sample_endpoint(signed.service))


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe"])
def test_another_body_under_the_same_signature_is_rejected(signed: Sample, body: bytes) -> None:
    with pytest.raises(SignatureRejected):
        load_connector(signed.service).verify(replace(signed.request(), body=body), sample_endpoint(signed.service))


def test_a_body_that_differs_in_one_byte_is_rejected(signed: Sample) -> None:
    request = signed.request()
    for position in range(0, len(request.body), 17):
        changed = bytearray(request.body)
        changed[position] ^= 1
        with pytest.raises(SignatureRejected):
            load_connector(signed.service).verify(
                replace(request, body=bytes(changed)), sample_endpoint(signed.service)
            )


def with_secrets(endpoint: Endpoint, *, current: bool, previous: bool) -> Endpoint:
    """The endpoint with other secrets, or with the sample's among the accepted ones."""
    right = endpoint.secrets.values
    wrong = {name: other_secret(value) for name, value in right.items()}
    secrets = Secrets(values=right if current else wrong, previous=right if previous else {}, version="2")
    return replace(endpoint, secrets=secrets)


def test_another_secret_is_rejected(signed: Sample) -> None:
    endpoint = with_secrets(sample_endpoint(signed.service), current=False, previous=False)
    with pytest.raises(SignatureRejected):
        load_connector(signed.service).verify(signed.request(), endpoint)


def test_the_previous_secret_is_accepted_during_a_rotation(signed: Sample) -> None:
    endpoint = with_secrets(sample_endpoint(signed.service), current=False, previous=True)
    load_connector(signed.service).verify(signed.request(), endpoint)


def test_no_secret_yet_means_no_webhook_yet(signed: Sample) -> None:
    with pytest.raises(SignatureRejected):
        load_connector(signed.service).verify(
            signed.request(), replace(sample_endpoint(signed.service), secrets=Secrets())
        )


# --- parsing ---------------------------------------------------------------------------------------------------------


def describe(happening: Event | Ignored) -> dict[str, object]:
    if isinstance(happening, Ignored):
        return {"ignored": happening.reason}
    return json.loads(encode(happening))["event"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_each_sample_means_what_is_written_beside_it_every_time(sample: Sample) -> None:
    connector, endpoint = load_connector(sample.service), sample_endpoint(sample.service)
    first = connector.parse(sample.request(), endpoint)
    second = connector.parse(sample.request(), endpoint)
    assert first == second
    assert [describe(happening) for happening in first] == sample.expected


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_events_survive_the_queue(sample: Sample) -> None:
    connector, endpoint = load_connector(sample.service), sample_endpoint(sample.service)
    for happening in connector.parse(sample.request(), endpoint):
        if isinstance(happening, get_args(Event)):
            assert decode(encode(happening)) == happening
            assert happening.origin.endpoint == endpoint.id


@pytest.mark.parametrize("service", SERVICES)
def test_the_samples_show_messages_and_things_that_are_ignored(service: str) -> None:
    meanings = [meaning for sample in samples(service) for meaning in sample.expected]
    assert any(meaning.get("kind") == "message" for meaning in meanings)
    assert any("ignored" in meaning for meaning in meanings)


# --- delivering ------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Transient("refused"), Transient),
        (Uncertain("no answer"), Uncertain),
        (HttpResponse(status=429, headers={"retry-after": "7"}), Transient),
        (HttpResponse(status=429), Transient),
        (HttpResponse(status=401), AuthorizationNeeded),
        (HttpResponse(status=500), Uncertain),
        (HttpResponse(status=503), Transient),
        (HttpResponse(status=422, body=b'{"message":"no"}'), (Rejected, ConversationGone)),
    ],
    ids=str,
)
def test_failures_have_the_right_consequence(
    service: str, answer: HttpResponse | DeliveryError, expected: type[DeliveryError]
) -> None:
    if expected is Uncertain and load_connector(service).behavior.idempotent_sends:
        expected = Transient  # sent again, it is taken once
    failure = deliver(service, answer)
    assert isinstance(failure, expected)
    if isinstance(answer, HttpResponse) and answer.headers:
        assert isinstance(failure, Transient)
        assert failure.retry_after == 7


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
def test_failures_quote_neither_secrets_nor_messages(service: str, status: int) -> None:
    secrets = connection_of(service).secrets.values
    body = json.dumps({"message": f"bad {PRIVATE} {' '.join(secrets.values())}"}).encode()
    failure = deliver(service, HttpResponse(status=status, body=body))
    assert PRIVATE not in str(failure)
    assert not any(value in str(failure) for value in secrets.values())


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_has_a_setting_of_the_name_that_is_ours(service: str) -> None:
    assert REFERENCE_KEY not in {setting.name for setting in load_connector(service).settings}


# --- recognising -----------------------------------------------------------------------------------------------------

PLATFORMS = [service for service in SERVICES if load_connector(service).side is Side.PLATFORM]


@pytest.mark.parametrize("service", PLATFORMS)
def test_every_platform_can_tell_whose_conversation_it_is(service: str) -> None:
    """Else an answer would be dropped that comes before our own record of the conversation is saved."""
    assert isinstance(load_connector(service), FindsContacts | FindsPlatformIds)


# --- secrets by purpose ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_a_webhook_is_read_with_what_verifies_and_no_other_secret(sample: Sample) -> None:
    """Its function can read nothing else."""
    connector, endpoint = load_connector(sample.service), sample_endpoint(sample.service)
    assert set(endpoint.secrets.values) <= registry.verifying_secrets(sample.service)
    connector.verify(sample.request(), endpoint)
    read = connector.parse(sample.request(), endpoint)
    others = [setting.name for setting in connector.settings if setting.secret and not setting.verifies]
    secrets = replace(endpoint.secrets, values={**endpoint.secrets.values, **dict.fromkeys(others, "something")})
    assert connector.parse(sample.request(), replace(endpoint, secrets=secrets)) == read


@pytest.mark.parametrize("service", SERVICES)
def test_only_secrets_verify_and_a_service_that_signs_has_one_that_does(service: str) -> None:
    connector = load_connector(service)
    assert all(setting.secret for setting in connector.settings if setting.verifies)
    assert bool(registry.verifying_secrets(service)) or not connector.signs


# --- capabilities, against the simulator -----------------------------------------------------------------------------


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

    def show(self, *content: Content, buttons: tuple[Button, ...] = ()) -> str:
        """Fits a message to the service, delivers it, and returns all that people see there afterwards."""
        connector = load_connector(self.service)
        message = Message(
            external_id="m",
            sender=Sender(role=Role.AGENT, name="Ana Lind"),
            content=content,
            buttons=buttons,
            sent_at=self.world.time.now(),
        )
        self.shown += 1
        for part in render(message, connector.capabilities, f"event-{self.shown}", NOW).parts:
            self.world.time.advance(1)  # services allow so many calls a second
            self.send(connector, self.upload(part))
        self.world.settle()
        return json.dumps(self.world.simulators[self.service].view(), ensure_ascii=False)

    def send(self, connector: Connector, part: Part) -> None:
        if isinstance(part.content, Attachment) and isinstance(connector, InlinesAttachments):
            with self.world.media.open(part.content) as data:
                connector.deliver_file(part, data, self.conversation, self.connection, self.http)
        else:
            connector.deliver(part, self.conversation, self.connection, self.http)

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
            passes = Passes(world.people, world.time)
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


@pytest.fixture(params=SERVICES)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = make_stage(request.param)
    yield stage
    assert not stage.world.journal.said("event crashed")


def test_a_conversation_that_we_have_opened_is_recognised_without_our_record_of_it(stage: Stage) -> None:
    connector, simulator = load_connector(stage.service), stage.world.simulators[stage.service]
    if connector.side is Side.MESSENGER:
        return
    stage.show(Text(text="hello"))
    view: Any = simulator.view()
    where = {"conversation": view["conversations"][-1]["id"], "agent": view["agents"][0]["id"]}
    simulator.act("reply", {**where, "text": "an agent's answer"})
    stage.world.time.advance(5)
    events = [decode(envelope.body) for envelope in stage.world.queue.receive()]
    [event] = [one for one in events if isinstance(one, MessageReceived) and "answer" in str(one.message.content)]
    if isinstance(connector, FindsContacts):
        assert connector.find_contact(event, stage.connection, stage.http) == KEY
    if isinstance(connector, FindsPlatformIds):
        assert connector.find_platform_id(event, stage.connection, stage.http) == stage.contact.platform_id


def test_texts_arrive_up_to_the_limit(stage: Stage) -> None:
    limit = load_connector(stage.service).capabilities.text_limit
    assert "שלום 👩‍🚀" in stage.show(Text(text="שלום 👩‍🚀"))
    longest = "long " * (limit // 5 - 1)
    assert longest.strip() in stage.show(Text(text=longest))


def test_characters_that_nobody_takes_arrive_as_signs(stage: Stage) -> None:
    half = chr(0xD83D)
    seen = stage.show(Text(text=f"one\x00two\ufffethree{half}four\x1bfive"), Text(text="six\u202eseven"))
    assert "one\ufffdtwo\ufffdthree\ufffdfour\ufffdfive" in seen
    assert "six\u202eseven" in seen


def test_every_claimed_kind_of_attachment_arrives(stage: Stage) -> None:
    for kind in load_connector(stage.service).capabilities.attachments:
        assert f"sample-{kind.value}" in stage.show(stage.attachment(kind))


def test_buttons_are_shown_one_way_or_the_other(stage: Stage) -> None:
    choices = (Button(label="Order <1>", payload="order"), Button(label="Shop", url="https://shop.test/a?b=c"))
    seen = stage.show(Text(text="Which?"), buttons=choices)
    assert "Order <1>" in seen
    assert "https://shop.test/a?b=c" in seen


def test_cards_are_shown_one_way_or_the_other(stage: Stage) -> None:
    cards = [
        Card(title=f"Card {number}", text="Nice & cheap", buttons=(Button(label=f"Buy {number}", payload="b"),))
        for number in (1, 2, 3)
    ]
    seen = stage.show(*cards)
    for number in (1, 2, 3):
        assert f"Card {number}" in seen
        assert f"Buy {number}" in seen
    assert "Nice & cheap" in seen


def test_a_location_and_a_contact_are_shown_one_way_or_the_other(stage: Stage) -> None:
    seen = stage.show(Location(latitude=59.33, longitude=18.06), ContactCard(name="Bo", phone="+46701112233"))
    assert "59.33" in seen
    assert "18.06" in seen
    assert "+46701112233" in seen


def test_the_senders_name_is_shown_where_that_is_claimed(stage: Stage) -> None:
    if load_connector(stage.service).side is Side.MESSENGER:
        assert "Ana Lind" in stage.show(Text(text="hello"))


def test_no_call_may_take_longer_than_the_function_that_makes_it(stage: Stage) -> None:
    """Files too: the time of a call is the most that it takes, and the batch must be handed back afterwards."""
    stage.show(Text(text="hello"))
    for kind in load_connector(stage.service).capabilities.attachments:
        stage.show(stage.attachment(kind))
    longest = {f"{request.method} {request.url}": request.timeout for request in stage.world.http.sent}
    assert longest
    limit = aws.function("DispatcherFunction", "Timeout") - RESERVE
    assert {call: seconds for call, seconds in longest.items() if seconds > limit} == {}


def test_a_file_is_fetched_within_the_time_of_the_function_and_a_batch_comes_back_long_after_it() -> None:
    seconds = aws.function("DispatcherFunction", "Timeout")
    assert seconds >= MOST_SECONDS + RESERVE
    assert aws.resource("EventsQueue")["VisibilityTimeout"] >= 6 * seconds  # as AWS asks for


@pytest.mark.parametrize("service", SERVICES)
def test_claimed_receipts_are_among_the_samples(service: str) -> None:
    shown = {meaning.get("state") for sample in samples(service) for meaning in sample.expected}
    claimed = {state.value for state in load_connector(service).behavior.receipt_states} - {ReceiptState.SENT.value}
    assert claimed <= shown
