"""What reaches Freshchat's desk, how often, and what each refusal means. The other end is the simulated Freshchat."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import IO, Any

import pytest

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import (
    AuthorizationNeeded,
    ContactGone,
    ConversationGone,
    DeliveryError,
    Misconfigured,
    NotYet,
    Rejected,
    Transient,
    Uncertain,
    Untraceable,
)
from patchbay.domain.events import MessageReceived, Origin
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Contact,
    ContactKey,
    Conversation,
    Location,
    Message,
    Part,
    Role,
    Sender,
    Side,
    Tap,
    Text,
)
from patchbay.kit.abilities import Opened
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import Connector
from patchbay.kit.failures import Failure
from patchbay.kit.fallbacks import render
from patchbay.kit.lookups import UncertainSend
from patchbay.platforms.freshchat import CONNECTOR
from patchbay.platforms.freshchat.client import format_time, read_base_url
from patchbay.platforms.freshchat.outbound import is_same_part
from playground.services.freshchat import DEMO_AGENT, DEMO_BOT, DEMO_CHANNEL, DEMO_GROUP, OTHER_CHANNEL, Freshchat
from playground.services.freshchat.records import Channel
from playground.services.freshchat.records import Conversation as Desk
from playground.simulator import Fault, WebhookAnswer
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.sample_rsa_key import make_sample_key
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

HOST = "freshchat.simulator.test"
KEY = ContactKey(service="viber", connection_id="shop", contact_id="Zm9v+/YmFy ZQ==:1")
ASA = Contact(external_id=KEY.contact_id, name="Åsa Berg", avatar_url="https://a.example/asa.jpg")
CUSTOMER = Sender(role=Role.CONTACT, external_id=KEY.contact_id, name="Åsa Berg")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Files:
    """Every hosted file holds the same bytes."""

    def open(self, attachment: Attachment) -> IO[bytes]:
        assert attachment.hosted
        return io.BytesIO(PNG)


@dataclass
class World:
    time: VirtualTime
    desk: Freshchat
    http: WsgiHttp
    connection: Connection

    def part(self, text: str = "Hello", **fields: Any) -> Part:
        part = Part(key="e:0", content=Text(text=text), sender=CUSTOMER, sent_at=self.time.now())
        return replace(part, **fields)

    def begin(self, contact: Contact, first: Part, connection: Connection | None = None) -> Opened:
        """As the core does it: who it is, is kept before anything is opened."""
        connection = connection or self.connection
        platform_id = CONNECTOR.identify_contact(KEY, contact, connection, self.http)
        return CONNECTOR.open_conversation(KEY, replace(contact, platform_id=platform_id), first, connection, self.http)

    def open(self, text: str = "First") -> Conversation:
        return self.begin(ASA, self.part(text)).conversation

    def deliver(self, conversation: Conversation, part: Part | None = None) -> str:
        return CONNECTOR.deliver(part or self.part(), conversation, self.connection, self.http).external_id

    def seen(self, conversation: Conversation) -> Desk:
        found = self.desk.conversation(conversation.external_id)
        assert found is not None
        return found

    def texts(self, conversation: Conversation) -> list[str]:
        return [
            part["text"]["content"]
            for message in self.seen(conversation).messages
            for part in message.message_parts
            if "text" in part
        ]

    def with_settings(self, **settings: str) -> Connection:
        return replace(self.connection, settings={**self.connection.settings, **settings})


def accept(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
    return WebhookAnswer(200)


@pytest.fixture
def world() -> World:
    time = VirtualTime()
    desk = Freshchat(time, accept, Random(1), make_sample_key())
    demo = desk.demo()
    connection = Connection(
        id="desk",
        service="freshchat",
        side=Side.PLATFORM,
        endpoint_id="desk",
        account=DEMO_CHANNEL,
        settings=demo.settings,
        secrets=Secrets(demo.secrets),
    )
    return World(time, desk, WsgiHttp({HOST: desk.app}), connection)


# --- opening ---------------------------------------------------------------------------------------------------------


def test_a_new_customer_becomes_a_user_with_one_conversation_that_holds_the_first_message(world: World) -> None:
    opened = world.begin(ASA, world.part("Hej!"))
    [user] = world.desk.users
    [conversation] = world.desk.conversations
    assert user.profile["reference_id"] == KEY.encode()
    assert user.profile["first_name"] == "Åsa Berg"
    assert "email" not in user.profile
    assert "phone" not in user.profile
    assert conversation.channel.id == DEMO_CHANNEL
    assert world.texts(opened.conversation) == ["Hej!"]
    assert opened.delivered is not None
    assert opened.delivered.external_id == conversation.messages[0].id
    assert opened.conversation.external_id == conversation.id
    assert opened.conversation.state == {"user_id": user.id}


@pytest.mark.parametrize("platform_id", ["", "00000000-0000-4000-8000-00000000dead"])
def test_a_customer_whom_freshchat_does_not_know_is_asked_for_again(world: World, platform_id: str) -> None:
    with pytest.raises(ContactGone):
        CONNECTOR.open_conversation(
            KEY, replace(ASA, platform_id=platform_id), world.part(), world.connection, world.http
        )


def test_opening_again_finds_what_was_made_before(world: World) -> None:
    first = world.open()
    again = world.begin(ASA, world.part("Second"))
    assert again.delivered is None
    assert again.conversation.external_id == first.external_id
    assert len(world.desk.users) == len(world.desk.conversations) == 1


def test_a_customer_without_a_name_is_still_somebody(world: World) -> None:
    world.begin(Contact(external_id="x"), world.part())
    assert world.desk.users[0].profile["first_name"] == "Customer"


def test_opening_that_lost_its_answer_finds_the_conversation_the_next_time(world: World) -> None:
    world.desk.fail_next(Fault(lost=True, where="POST /v2/conversations$"))
    with pytest.raises(Uncertain):
        world.open("First")
    again = world.begin(ASA, world.part("First"))
    assert again.delivered is None
    since = world.time.now() - timedelta(seconds=1)
    found = CONNECTOR.look_up_delivery(
        world.part("First"), UncertainSend(since=since), again.conversation, world.connection, world.http
    )
    assert found is not None
    assert len(world.desk.conversations) == 1


@pytest.mark.parametrize("cut", [Fault(lost=True, where="POST /v2/users"), Fault(status=500, where="POST /v2/users")])
def test_a_user_whose_making_got_lost_is_not_made_twice(world: World, cut: Fault) -> None:
    world.desk.fail_next(cut)
    with pytest.raises(Transient):
        world.open()
    world.open()
    assert len(world.desk.users) == 1


def test_losing_the_race_for_a_user_means_to_take_the_winners(world: World) -> None:
    world.desk.quirks.racing_users = 1
    world.open()
    assert len(world.desk.users) == 1
    assert len(world.desk.conversations) == 1


def test_of_several_users_with_our_reference_the_oldest_counts_and_others_do_not(world: World) -> None:
    lookalike = KEY.encode().replace("+", " ")
    world.desk.actions.create_user({"reference_id": lookalike})
    world.time.advance(5)
    oldest = world.desk.actions.create_user({"reference_id": KEY.encode()})
    world.time.advance(5)
    world.desk.actions.create_user({"reference_id": KEY.encode()})
    assert world.open().state["user_id"] == oldest.id


def test_properties_that_the_plan_does_not_know_are_left_out(world: World) -> None:
    world.desk.quirks.known_properties = frozenset()
    world.open()
    [user] = world.desk.users
    assert "properties" not in user.profile


def test_new_conversations_go_to_the_configured_group(world: World) -> None:
    connection = world.with_settings(assigned_group_id=DEMO_GROUP)
    world.begin(ASA, world.part(), connection)
    assert world.desk.conversations[0].group == DEMO_GROUP


@pytest.mark.parametrize("oldest_first", [True, False])
def test_the_latest_conversation_is_found_among_many_in_either_order(world: World, oldest_first: bool) -> None:
    first = world.open()
    user = world.desk.users[0]
    for _ in range(5):
        world.time.advance(60)
        world.desk.resolve(world.desk.conversations[-1].id, DEMO_AGENT)
        latest = world.desk.actions.create_conversation(user, world.seen(first).channel)
    world.desk.quirks.oldest_first = oldest_first
    assert world.open().external_id == latest.id


def test_resolved_conversations_and_other_channels_are_not_reused(world: World) -> None:
    first = world.open()
    other = world.desk.channel(OTHER_CHANNEL)
    assert other is not None
    world.desk.actions.create_conversation(world.desk.users[0], other)
    world.desk.resolve(first.external_id, DEMO_AGENT)
    second = world.open("Again")
    assert second.external_id != first.external_id
    assert world.seen(second).channel.id == DEMO_CHANNEL
    assert world.texts(second) == ["Again"]


def test_an_unknown_channel_keeps_the_message_for_the_owner(world: World) -> None:
    with pytest.raises(Transient, match="channel_id"):
        world.begin(ASA, world.part(), world.with_settings(channel_id="nowhere"))


def test_ids_without_dashes_are_called_as_freshchat_wrote_them(world: World) -> None:
    world.desk.quirks.bare_ids = True
    conversation = world.open()
    own = conversation.external_id.replace("-", "")
    assert conversation.state["conversation_id"] == own
    world.deliver(conversation)
    assert own in world.http.sent[-1].url


# --- delivering ------------------------------------------------------------------------------------------------------


def test_a_text_arrives_as_the_customers_own_words(world: World) -> None:
    conversation = world.open()
    message_id = world.deliver(conversation, world.part("5 < 6 & שלום 👩‍👩‍👧"))
    message = world.seen(conversation).messages[-1]
    assert message.id == message_id
    assert message.actor_type == "user"
    assert message.actor_id == conversation.state["user_id"]
    assert world.texts(conversation)[-1] == "5 < 6 & שלום 👩‍👩‍👧"


def test_a_choice_arrives_as_the_words_that_it_stands_for(world: World) -> None:
    conversation = world.open()
    world.deliver(conversation, world.part("2", tapped=Tap(label="Refund", payload="I want my money back")))
    world.deliver(conversation, world.part("1", tapped=Tap(label="Order", payload="")))
    assert world.texts(conversation)[-2:] == ["I want my money back", "Order"]


def test_delivering_takes_one_call(world: World) -> None:
    conversation = world.open()
    before = len(world.http.sent)
    world.deliver(conversation)
    assert len(world.http.sent) == before + 1


def test_a_conversation_without_memory_asks_who_its_customer_is(world: World) -> None:
    conversation = replace(world.open(), state={})
    assert world.deliver(conversation)


def test_a_call_that_knows_only_the_other_id_is_made_with_it(world: World) -> None:
    conversation = world.open()
    number = world.seen(conversation).number
    world.deliver(replace(conversation, external_id="gone", aliases=(number,)))
    assert len(world.seen(conversation).messages) == 2


def test_an_answer_without_an_id_is_a_delivery_without_an_id(world: World) -> None:
    conversation = world.open()
    world.desk.quirks.answers_202 = True
    assert world.deliver(conversation) == ""
    assert len(world.seen(conversation).messages) == 2


def test_a_resolved_conversation_is_gone_or_opens_again_as_the_account_does_it(world: World) -> None:
    conversation = world.open()
    world.desk.resolve(conversation.external_id, DEMO_AGENT)
    with pytest.raises(ConversationGone):
        world.deliver(conversation)
    world.desk.quirks.resolved_refuses = False
    world.deliver(conversation)
    assert world.seen(conversation).status == "new"


def test_a_deleted_conversation_is_gone(world: World) -> None:
    conversation = world.open()
    world.desk.conversations.clear()
    with pytest.raises(ConversationGone):
        world.deliver(conversation)
    with pytest.raises(ConversationGone):
        world.deliver(replace(conversation, state={}))


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(status=401), AuthorizationNeeded),
        (Fault(status=403), AuthorizationNeeded),
        (Fault(status=400), Rejected),
        (Fault(status=422), Rejected),
        (Fault(status=429), Transient),
        (Fault(status=408), Uncertain),
        (Fault(status=500), Uncertain),
        (Fault(status=502), Uncertain),
        (Fault(status=503), Transient),
        (Fault(lost=True), Uncertain),
        (Fault(refused=True), Transient),
    ],
)
def test_each_refusal_of_a_message_has_its_meaning(world: World, fault: Fault, failure: type[DeliveryError]) -> None:
    conversation = world.open()
    world.desk.fail_next(fault)
    with pytest.raises(failure) as caught:
        world.deliver(conversation, world.part("the secret words"))
    assert type(caught.value) is failure
    assert "secret words" not in str(caught.value)
    assert world.connection.secrets.get("api_token") not in str(caught.value)


@pytest.mark.parametrize(("header", "seconds"), [(7, 7.0), (None, None)])
def test_a_rate_limit_says_how_long_when_freshchat_does(
    world: World, header: int | None, seconds: float | None
) -> None:
    conversation = world.open()
    world.desk.fail_next(Fault(status=429, retry_after=header))
    with pytest.raises(Transient) as caught:
        world.deliver(conversation)
    assert caught.value.retry_after == seconds


def test_a_refusals_own_words_are_not_repeated(world: World) -> None:
    conversation = world.open()
    body = json.dumps({"code": 400, "status": "INVALID_VALUE", "message": "bad text: my PIN is 1234"}).encode()
    world.desk.fail_next(Fault(status=400, body=body))
    with pytest.raises(Rejected) as caught:
        world.deliver(conversation)
    assert "1234" not in str(caught.value)
    assert caught.value.code == "invalid_value"


# --- looking up ------------------------------------------------------------------------------------------------------


def test_a_message_whose_answer_got_lost_is_found_again(world: World) -> None:
    conversation = world.open()
    since = world.time.now()
    world.time.advance(1)
    world.desk.fail_next(Fault(lost=True))
    part = world.part("5 < 6 & more")
    with pytest.raises(Uncertain):
        world.deliver(conversation, part)
    found = CONNECTOR.look_up_delivery(part, UncertainSend(since=since), conversation, world.connection, world.http)
    assert found is not None
    assert found.external_id == world.seen(conversation).messages[-1].id


@pytest.mark.parametrize(
    ("sent", "shown", "same"),
    [
        ("<b>x</b> & y", "&lt;b&gt;x&lt;/b&gt; &amp; y", True),
        ("<b>x</b> & y", "<b>x</b> & y", True),
        ("List<a>", "List<a>", True),
        ("List<a>", "List&lt;a&gt;", True),
        ("List<a>", "List<i>", False),
        ("a<b>c", "a<i>c", False),
        ("a<b>c", "ac", False),
    ],
)
def test_a_text_is_found_whether_it_is_shown_escaped_or_not(sent: str, shown: str, same: bool) -> None:
    assert is_same_part({"text": {"content": sent}}, {"text": {"content": shown}}) is same


def test_what_never_arrived_is_not_found(world: World) -> None:
    conversation = world.open("Hello")
    world.time.advance(60)
    since = world.time.now()
    world.desk.reply(conversation.external_id, DEMO_AGENT, "Hello")
    assert (
        CONNECTOR.look_up_delivery(
            world.part("Hello"), UncertainSend(since=since), conversation, world.connection, world.http
        )
        is None
    )


def test_looking_up_goes_through_all_pages(world: World) -> None:
    conversation = world.open()
    since = world.time.now()
    world.deliver(conversation, world.part("Needle"))
    for number in range(120):
        world.time.advance(1)
        world.deliver(conversation, world.part(f"Hay {number}"))
    found = CONNECTOR.look_up_delivery(
        world.part("Needle"), UncertainSend(since=since), conversation, world.connection, world.http
    )
    assert found is not None
    assert found.external_id == world.seen(conversation).messages[1].id


def test_an_equal_message_that_we_know_is_not_the_one_that_is_looked_for(world: World) -> None:
    conversation, since = world.open("first"), world.time.now()
    ids = [world.deliver(conversation, world.part(text)) for text in ("Hello", "a", "Hello", "b")]

    def find(uncertain: UncertainSend, text: str = "Hello") -> str | None:
        found = CONNECTOR.look_up_delivery(world.part(text), uncertain, conversation, world.connection, world.http)
        return found.external_id if found else None

    assert find(UncertainSend(since=since)) == ids[2]
    assert find(UncertainSend(since=since, before=frozenset(ids[:3]))) is None
    assert find(UncertainSend(since=since, before=frozenset(ids[:1]))) == ids[2]
    assert find(UncertainSend(since=since, after=frozenset(ids[2:]))) == ids[0]


@pytest.mark.parametrize(
    ("sent", "shown", "same"),
    [
        ("a<b>c", "a<b>c", True),
        ("a<b>c", "a<i>c", False),
        ("ac", "a<b>c", False),
        ("5 < 6 & more", "5 &lt; 6 &amp; more", True),
        ("one\ntwo", "<p>one</p><p>two</p>", True),
        ("one\ntwo", "one<br>two\n", True),
        ("ok", "ok&nbsp;", True),
        ("ok", "OK", False),
        ("1 2", "12", False),
    ],
)
def test_a_text_is_the_one_that_was_sent_only_where_it_says_the_same(sent: str, shown: str, same: bool) -> None:
    assert is_same_part({"text": {"content": sent}}, {"text": {"content": shown}}) is same


def test_a_conversation_that_is_longer_than_we_read_is_no_proof_that_nothing_arrived(world: World) -> None:
    conversation, since = world.open("first"), world.time.now()
    messages = world.seen(conversation).messages
    messages += [messages[0]] * 2000
    with pytest.raises(Untraceable):
        CONNECTOR.look_up_delivery(
            world.part("Hello"), UncertainSend(since=since), conversation, world.connection, world.http
        )


def test_the_next_page_is_never_fetched_from_another_host(world: World) -> None:
    http = RecordingHttp({"messages": [], "link": {"href": "https://evil.example/v2"}})
    conversation = Conversation(external_id="c", state={"user_id": "u"})
    since = world.time.now()
    with pytest.raises(Untraceable):
        CONNECTOR.look_up_delivery(world.part(), UncertainSend(since=since), conversation, world.connection, http)
    assert len(http.requests) == 1


# --- files -----------------------------------------------------------------------------------------------------------


def hosted(kind: AttachmentKind, name: str, content_type: str) -> Attachment:
    url = f"https://bridge.test/media/1/{name}"
    return Attachment(kind=kind, url=url, name=name, content_type=content_type, size=len(PNG), hosted=True)


IMAGE = hosted(AttachmentKind.IMAGE, "photo.png", "image/png")
PDF = hosted(AttachmentKind.FILE, "Rechnung März.pdf", "application/pdf")


def upload(world: World, attachment: Attachment) -> Attachment:
    return CONNECTOR.upload_attachment(attachment, Files(), world.connection, world.http)


@pytest.mark.parametrize("field", ["image", "file"])
def test_a_picture_is_uploaded_whichever_field_the_account_wants(world: World, field: str) -> None:
    world.desk.quirks.image_field = field
    conversation = world.open()
    uploaded = upload(world, IMAGE)
    world.deliver(conversation, world.part(content=uploaded))
    [part] = world.seen(conversation).messages[-1].message_parts
    assert part == {"image": {"url": uploaded.external_id}}
    assert HOST in uploaded.external_id
    [file] = world.desk.files.values()
    assert file.data == PNG


@pytest.mark.parametrize("nested", [True, False])
def test_a_file_is_uploaded_and_posted_by_its_hash(world: World, nested: bool) -> None:
    world.desk.quirks.nested_uploads = nested
    conversation = world.open()
    posted = world.part(content=upload(world, PDF))
    world.deliver(conversation, posted)
    [part] = world.seen(conversation).messages[-1].message_parts
    [(key, file)] = world.desk.files.items()
    assert part["file"]["file_hash"] == key
    assert part["file"]["name"] == "Rechnung März.pdf"
    assert part["file"]["file_size_in_bytes"] == len(PNG) == len(file.data)
    since = world.time.now() - timedelta(seconds=1)
    assert CONNECTOR.look_up_delivery(posted, UncertainSend(since=since), conversation, world.connection, world.http)
    twin = world.part(content=upload(world, PDF))  # the same file, sent on purpose once more
    assert (
        CONNECTOR.look_up_delivery(twin, UncertainSend(since=since), conversation, world.connection, world.http) is None
    )


@pytest.mark.parametrize("attachment", [IMAGE, PDF])
@pytest.mark.parametrize("status", [400, 413, 415])
def test_a_file_that_freshchat_does_not_take_goes_by_our_address(
    world: World, attachment: Attachment, status: int
) -> None:
    conversation = world.open()
    world.desk.fail_next(Fault(status=status, where="upload", times=2))
    world.deliver(conversation, world.part(content=upload(world, attachment)))
    [part] = world.seen(conversation).messages[-1].message_parts
    assert next(iter(part.values()))["url"] == attachment.url


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(lost=True), Fault(refused=True)])
def test_an_upload_may_simply_be_repeated(world: World, fault: Fault) -> None:
    world.desk.fail_next(fault)
    with pytest.raises(Transient):
        upload(world, PDF)


def test_a_picture_that_freshchat_cannot_fetch_is_posted_as_a_file(world: World) -> None:
    conversation = world.open()
    world.desk.quirks.unreadable_images = 1
    world.deliver(conversation, world.part(content=IMAGE))
    [part] = world.seen(conversation).messages[-1].message_parts
    assert part["file"]["url"] == IMAGE.url


def test_a_first_message_may_be_a_picture_that_goes_as_a_file(world: World) -> None:
    world.desk.quirks.unreadable_images = 1
    opened = world.begin(ASA, world.part(content=IMAGE))
    assert opened.delivered is not None
    assert "file" in world.seen(opened.conversation).messages[0].message_parts[0]


@pytest.mark.parametrize(
    "answer",
    [
        {"fileHash": "h", "fileSize": 9},
        {"data": {"hash": "h", "size": "9"}},
        {"file": {"file_hash": "h", "file_size": 9}, "name": None},
        {"file_hash": "h", "file_size_in_bytes": 9, "url": "https://x"},
    ],
)
def test_uploads_answer_in_many_shapes(world: World, answer: dict[str, object]) -> None:
    uploaded = CONNECTOR.upload_attachment(PDF, Files(), world.connection, RecordingHttp(answer))
    assert (uploaded.external_id, uploaded.size, uploaded.name) == ("h", 9, PDF.name)


def test_every_kind_of_content_reaches_the_desk_after_fitting(world: World) -> None:
    connector: Connector = CONNECTOR
    capabilities: Capabilities = connector.capabilities
    audio = hosted(AttachmentKind.AUDIO, "voice.mp3", "audio/mpeg")
    content = (Text(text="x" * 9000), audio, Location(latitude=59.3, longitude=18.1))
    message = Message(external_id="m", sender=CUSTOMER, content=content, sent_at=world.time.now())
    conversation = world.open()
    parts = render(message, capabilities, "e", world.time.now()).parts
    for part in parts:
        world.deliver(conversation, part)
    kinds = [next(iter(message.message_parts[0])) for message in world.seen(conversation).messages[1:]]
    assert kinds == ["text", "text", "text", "file", "text"]
    assert "maps.google.com" in world.texts(conversation)[-1]


def test_the_token_goes_to_the_apis_own_host_alone(world: World) -> None:
    def headers(url: str) -> dict[str, str]:
        attachment = Attachment(kind=AttachmentKind.FILE, url=url, protected=True)
        return dict(CONNECTOR.make_download_request(attachment, world.connection).headers)

    token = world.connection.secrets.get("api_token")
    assert headers(f"https://{HOST}/files/1/a") == {"Authorization": f"Bearer {token}"}
    for url in (
        "https://s3.amazonaws.com/a",
        f"http://{HOST}/files/1/a",
        f"https://{HOST}:8443/a",
        f"https://{HOST}.evil.example/a",
        f"https://evil.example/?{HOST}",
        "https://[broken",
    ):
        assert headers(url) == {}


# --- from the desk ---------------------------------------------------------------------------------------------------


def make_event(world: World, conversation: Conversation, **fields: Any) -> MessageReceived:
    message = Message(external_id="m", sender=Sender(role=Role.AGENT), content=(), sent_at=world.time.now())
    event = MessageReceived(
        id="e",
        origin=Origin(service="freshchat", endpoint="desk"),
        thread=conversation.external_id,
        occurred_at=world.time.now(),
        message=message,
        hints={"user_id": conversation.state["user_id"]},
    )
    return replace(event, **fields)


def test_the_contact_is_found_again_without_a_session(world: World) -> None:
    conversation = world.open()
    event = make_event(world, conversation)
    assert CONNECTOR.find_contact(event, world.connection, world.http) == KEY
    assert CONNECTOR.find_contact(replace(event, hints={}), world.connection, world.http) == KEY


def test_customers_of_others_are_not_ours(world: World) -> None:
    conversation = world.open()
    stranger = world.desk.actions.create_user({"first_name": "Bo", "reference_id": "crm-17"})
    for user_id in (stranger.id, "gone"):
        event = make_event(world, conversation, hints={"user_id": user_id})
        assert CONNECTOR.find_contact(event, world.connection, world.http) is None


def test_a_file_is_complete_at_the_second_look(world: World) -> None:
    conversation = world.open()
    world.desk.quirks.late_files = 1.0
    message_id = world.desk.send_file(conversation.external_id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF", "Here")
    message = Message(
        external_id=message_id,
        sender=Sender(role=Role.AGENT, external_id=DEMO_AGENT, name="Ana"),
        content=(Attachment(kind=AttachmentKind.FILE, url=None, name="a.pdf"),),
        sent_at=world.time.now(),
        incomplete=True,
    )
    event = make_event(world, conversation, message=message)
    with pytest.raises(NotYet) as caught:
        CONNECTOR.complete_message(event, world.connection, world.http)
    assert caught.value.after == 0.7
    world.time.advance(1)
    whole = CONNECTOR.complete_message(event, world.connection, world.http)
    assert not whole.incomplete
    assert whole.sender.name == "Ana"
    file, caption = whole.content
    assert isinstance(file, Attachment)
    assert file.url is not None
    assert caption == Text(text="Here")


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        (Sender(role=Role.AGENT, external_id=DEMO_AGENT), "Ana"),
        (Sender(role=Role.BOT, external_id=DEMO_BOT), "Freddy"),
        (Sender(role=Role.AGENT, external_id="nobody"), None),
        (Sender(role=Role.BOT, external_id="nobody"), None),
        (Sender(role=Role.AGENT), None),
    ],
)
def test_senders_have_the_name_that_customers_may_see(world: World, sender: Sender, name: str | None) -> None:
    assert CONNECTOR.describe_sender(sender, world.connection, world.http).name == name


def test_failures_become_a_private_note_of_the_configured_agent(world: World) -> None:
    conversation = world.open()
    CONNECTOR.report_failure(Failure(reason="the customer has left"), "m1", conversation, world.connection, world.http)
    note = world.seen(conversation).messages[-1]
    assert (note.message_type, note.actor_type, note.actor_id) == ("private", "agent", DEMO_AGENT)
    assert world.texts(conversation)[-1] == "Not delivered to the customer: the customer has left"


@pytest.mark.parametrize(
    ("mute", "agent", "author"),
    [(set(), "", "bot"), ({"agent"}, DEMO_AGENT, "bot"), ({"agent", "bot"}, DEMO_AGENT, "system")],
)
def test_a_note_is_written_by_whoever_may(world: World, mute: set[str], agent: str, author: str) -> None:
    conversation = world.open()
    world.desk.quirks.mute_actors = frozenset(mute)
    CONNECTOR.report_failure(
        Failure(reason="gone"), "m1", conversation, world.with_settings(agent_id=agent), world.http
    )
    assert world.seen(conversation).messages[-1].actor_type == author


def test_a_note_that_nobody_may_write_is_given_up(world: World) -> None:
    conversation = world.open()
    world.desk.quirks.mute_actors = frozenset({"agent", "bot", "system"})
    with pytest.raises(Rejected):
        CONNECTOR.report_failure(Failure(reason="gone"), "m1", conversation, world.connection, world.http)
    assert len(world.seen(conversation).messages) == 1


def test_a_changed_profile_is_shown_and_nothing_is_emptied(world: World) -> None:
    conversation = world.open()
    renamed = Contact(external_id=KEY.contact_id, name="Åsa Lind")
    CONNECTOR.update_contact(renamed, conversation, world.connection, world.http)
    [user] = world.desk.users
    assert user.name == "Åsa Lind"
    assert user.avatar == ASA.avatar_url
    before = len(world.http.sent)
    CONNECTOR.update_contact(Contact(external_id=KEY.contact_id), conversation, world.connection, world.http)
    assert len(world.http.sent) == before


# --- connecting ------------------------------------------------------------------------------------------------------


def test_good_credentials_show_the_account(world: World) -> None:
    account = CONNECTOR.check_credentials(world.connection, world.http)
    assert account.name == "demo.freshchat.com"
    assert any("webhook_public_key" in warning for warning in account.warnings)
    secrets = Secrets({**world.connection.secrets.values, "webhook_public_key": world.desk.public_key_shown})
    assert CONNECTOR.check_credentials(replace(world.connection, secrets=secrets), world.http).warnings == ()


def test_bad_credentials_say_what_to_do(world: World) -> None:
    wrong = replace(world.connection, secrets=Secrets({"api_token": "wrong"}))
    with pytest.raises(AuthorizationNeeded, match="Admin Settings"):
        CONNECTOR.check_credentials(wrong, world.http)


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.with_settings(base_url=f"https://{HOST}/elsewhere/v2"),
        lambda world: world.with_settings(channel_id="nowhere"),
        lambda world: replace(
            world.connection, secrets=Secrets({**world.connection.secrets.values, "webhook_public_key": "no key"})
        ),
    ],
    ids=["address", "channel", "key"],
)
def test_wrong_settings_are_named(world: World, change: Callable[[World], Connection]) -> None:
    with pytest.raises(Misconfigured):
        CONNECTOR.check_credentials(change(world), world.http)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.freshchat.com/v2",
        "https://acme-1234-abc.freshchat.com/v2/",
        "https://acme-1234-abc.freshchat.com",
        " https://acme.myfreshworks.com/crm/v2 ",
        "http://127.0.0.1:8400/v2",
        "http://localhost:8400/v2",
        "http://[::1]:8400/v2",
    ],
)
def test_addresses_of_freshchat_are_accepted(url: str) -> None:
    assert read_base_url({"base_url": url}).endswith("/v2")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.freshchat.com/v2",
        "http://api.freshchat.com/v2",
        "https://api.freshchat.com/v2?x=1",
        "https://api.freshchat.com/v2#x",
        "https://evilfreshchat.com/v2",
        "https://freshchat.com.evil.example/v2",
        "https://api.freshchat.com@evil.example/v2",
        "https://user:pass@api.freshchat.com/v2",
        "https://api.freshchat.com:8443/v2",
        "https://127.0.0.1/v2",
        "http://10.0.0.1/v2",
        "http://127.0.0.1.evil.example/v2",
        "ftp://api.freshchat.com/v2",
        "https://[broken/v2",
        "https://api.freshchat.com:port/v2",
    ],
)
def test_the_token_is_never_sent_to_any_other_address(world: World, url: str) -> None:
    with pytest.raises(Misconfigured):
        CONNECTOR.check_credentials(world.with_settings(base_url=url), world.http)
    conversation = Conversation(external_id="c", state={"user_id": "u"})
    with pytest.raises(AuthorizationNeeded):
        CONNECTOR.deliver(world.part(), conversation, world.with_settings(base_url=url), world.http)
    assert world.http.sent == []


def test_channels_groups_and_agents_can_be_chosen_from(world: World) -> None:
    def labels(setting: str) -> list[str]:
        return [choice.label for choice in CONNECTOR.suggest_values(setting, world.connection, world.http)]

    assert labels("channel_id") == ["Messengers", "Website"]
    assert labels("assigned_group_id") == ["Support"]
    assert labels("agent_id") == ["Ana Kovač", "Ben Okafor"]
    assert labels("base_url") == []


def test_long_lists_are_read_to_their_end(world: World) -> None:
    world.desk.channels += [Channel(id=f"c{n}", number=f"{n}", name=f"Channel {n}") for n in range(230)]
    assert len(CONNECTOR.suggest_values("channel_id", world.connection, world.http)) == 232
    connection = world.with_settings(channel_id="c229")
    assert not any("channel" in warning for warning in CONNECTOR.check_credentials(connection, world.http).warnings)


def test_a_channel_that_is_switched_off_is_warned_of_and_not_offered(world: World) -> None:
    world.desk.channels.append(Channel(id="off", number="1", name="Old", enabled=False))
    assert "Old" not in [
        choice.label for choice in CONNECTOR.suggest_values("channel_id", world.connection, world.http)
    ]
    account = CONNECTOR.check_credentials(world.with_settings(channel_id="off"), world.http)
    assert any("switched off" in warning for warning in account.warnings)


def test_the_owner_is_told_where_to_paste_what(world: World) -> None:
    webhooks = {"webhook": "https://hooks.example/freshchat/abc"}
    paste, key = CONNECTOR.list_manual_steps(webhooks, world.connection)
    assert webhooks["webhook"] in paste
    assert "patchbay connect freshchat desk --secret webhook_public_key=@key.pem" in key
    secrets = Secrets({**world.connection.secrets.values, "webhook_public_key": "k"})
    assert CONNECTOR.list_manual_steps(webhooks, replace(world.connection, secrets=secrets)) == (paste,)


def test_the_channel_is_the_account(world: World) -> None:
    assert CONNECTOR.get_account_id(world.connection) == DEMO_CHANNEL


def test_times_are_cut_to_milliseconds() -> None:
    assert format_time(datetime(2026, 1, 5, 9, 0, 0, 999999, tzinfo=UTC)) == "2026-01-05T09:00:00.999Z"
