"""What customers do on the simulated Viber reaches the bridge as it would from the real one."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace

import pytest

from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import Rejected
from patchbay.domain.events import ContactChanged, Ignored
from patchbay.domain.model import Attachment, AttachmentKind, Button, ContactCard, Location, Text
from playground.services.viber import DEMO_TOKEN
from playground.services.viber.state import Person
from playground.simulator import WebhookAnswer
from tests.harness.viber_world import CONNECTOR, HOOK, World, last_line


@pytest.fixture
def world() -> World:
    return World.connected()


@pytest.fixture
def maya(world: World) -> Person:
    return world.meet()


# --- what people write -----------------------------------------------------------------------------------------------


def test_every_kind_of_message_arrives_as_what_it_is(world: World, maya: Person) -> None:
    viber = world.viber
    viber.write(maya.id, "Grüße 👋")
    viber.send_file(maya.id, "cat photo.jpg", "image/jpeg", b"jpeg", "my cat")
    viber.send_file(maya.id, "clip.mp4", "video/mp4", b"mpeg4")
    viber.send_file(maya.id, "bill.pdf", "application/pdf", b"pdf!!")
    viber.send_location(maya.id, 59.3, 18.1)
    viber.send_contact(maya.id, "Bo", "+4670")
    viber.send_link(maya.id, "https://example.com")
    viber.send_sticker(maya.id, 40133)
    world.time.settle()
    contents = [message.message.content[0] for message in world.messages()]
    assert contents[0] == Text(text="Grüße 👋")
    picture, video, file = contents[1:4]
    assert isinstance(picture, Attachment)
    assert isinstance(video, Attachment)
    assert isinstance(file, Attachment)
    assert (picture.kind, picture.caption, picture.size) == (AttachmentKind.IMAGE, "my cat", 4)
    assert (video.kind, video.size, file.kind, file.name) == (AttachmentKind.VIDEO, 5, AttachmentKind.FILE, "bill.pdf")
    assert contents[4:7] == [
        Location(latitude=59.3, longitude=18.1),
        ContactCard(name="Bo", phone="+4670"),
        Text(text="https://example.com"),
    ]
    assert isinstance(contents[7], Attachment)


def test_the_address_of_a_picture_is_public_and_expires(world: World, maya: Person) -> None:
    world.viber.send_file(maya.id, "a b.jpg", "image/jpeg", b"jpeg")
    attachment = last_line(maya).attachment
    assert attachment is not None
    path = str(attachment["url"]).removeprefix(world.viber.base_url)
    client = world.viber.app.test_client()
    answer = client.get(path)
    assert (answer.data, answer.content_type) == (b"jpeg", "image/jpeg")
    world.time.advance(3601)
    assert client.get(path).status_code == 403
    assert client.get("/files/unknown/a.jpg").status_code == 404


def test_callbacks_are_signed_in_the_header_the_query_or_both(world: World, maya: Person) -> None:
    world.viber.signs_in_query = True
    world.viber.write(maya.id, "both")
    world.viber.signs_in_header = False
    world.viber.write(maya.id, "query alone")
    world.time.settle()
    assert len(world.messages()) == 2


def test_the_signature_is_the_documented_one(maya: Person, world: World) -> None:
    seen: list[tuple[Mapping[str, str], bytes]] = []

    def look(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        seen.append((headers, body))
        return WebhookAnswer(200)

    world.viber.post = look
    world.viber.write(maya.id, "Åsa")
    world.time.settle()
    headers, body = seen[0]
    expected = hmac.new(DEMO_TOKEN.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Viber-Content-Signature"] == expected


def test_a_message_comes_again_until_it_is_answered_with_200(world: World, maya: Person) -> None:
    world.answers += [500, 204, 0]
    world.viber.write(maya.id, "please")
    world.time.settle()
    assert len(world.messages()) == 1
    assert [call.status for call in world.viber.calls if call.note.startswith("message")][-4:] == [500, 204, 0, 200]


def test_duplicates_are_the_same_event(world: World, maya: Person) -> None:
    world.viber.switches.webhook_duplicates = True
    world.viber.write(maya.id, "twice")
    world.time.settle()
    first, second = world.messages()
    assert first == second


def test_tokens_are_too_large_for_a_float(world: World, maya: Person) -> None:
    tokens = {int(world.viber.write(maya.id, "x").id) for _ in range(50)}
    assert len(tokens) == 50
    assert all(int(float(token)) != token for token in tokens)


def test_names_and_pictures_are_missing_unless_asked_for_and_agreed_to(world: World, maya: Person) -> None:
    world.viber.write(maya.id, "1")
    maya.shares_profile = False
    world.viber.write(maya.id, "2")
    maya.shares_profile = True
    world.call("set_webhook", {"url": HOOK})
    world.viber.write(maya.id, "3")
    world.time.settle()
    contacts = [message.contact for message in world.messages()]
    assert [contact.name if contact else "?" for contact in contacts] == ["Maya Chen", None, None]
    assert [bool(contact and contact.avatar_url) for contact in contacts] == [True, False, False]


def test_an_unknown_event_is_ignored(world: World, maya: Person) -> None:
    world.viber.send_unknown_event(maya.id)
    world.time.settle()
    assert isinstance(world.happenings[-1], Ignored)


# --- coming and going ------------------------------------------------------------------------------------------------


def test_opening_the_chat_brings_the_welcome_and_no_subscription() -> None:
    world = World.connected(welcome_message="Welcome!")
    person = world.viber.new_person("Noor")
    world.viber.open(person.id, context="campaign")
    world.time.settle()
    assert (last_line(person).text, last_line(person).name, person.subscribed) == ("Welcome!", "Shop", False)
    with pytest.raises(Rejected, match="unsubscribed"):
        world.deliver(person, Text(text="too early"))


def test_without_a_welcome_opening_the_chat_shows_nothing(world: World) -> None:
    person = world.viber.new_person("Noor")
    world.viber.open(person.id)
    world.time.settle()
    assert person.lines == []


def test_somebody_who_unsubscribed_gets_nothing_until_they_write_again(world: World, maya: Person) -> None:
    world.viber.unsubscribe(maya.id)
    world.time.settle()
    changed = world.happenings[-1]
    assert isinstance(changed, ContactChanged)
    assert not changed.contact.reachable
    with pytest.raises(Rejected, match="status 6"):
        world.deliver(maya, Text(text="x"))
    world.viber.write(maya.id, "I am back")
    world.deliver(maya, Text(text="welcome back"))
    world.viber.unsubscribe(maya.id)
    world.viber.subscribe(maya.id)
    world.deliver(maya, Text(text="x"))


# --- the page --------------------------------------------------------------------------------------------------------


def test_everything_a_customer_does_can_be_done_by_name(world: World) -> None:
    act = world.viber.act
    person = str(act("new_person", {"name": "Noor"})["person"])
    act("open", {"person": person})
    act("write", {"person": person, "text": "hi"})
    data = b64encode(b"png").decode()
    file = {"person": person, "name": "a.png", "content_type": "image/png", "data": data, "caption": "c"}
    act("send_file", file)
    act("send_location", {"person": person, "latitude": "1.5", "longitude": "2"})
    act("send_contact", {"person": person, "name": "Bo", "phone": "+1"})
    sent = world.deliver(world.viber.people[person], Text(text="?"), Button(label="A", payload="a"))
    act("tap", {"person": person, "message": sent.external_id, "button": "0"})
    act("read", {"person": person})
    act("unsubscribe", {"person": person})
    act("subscribe", {"person": person})
    world.time.settle()
    assert len(world.messages()) == 5
    with pytest.raises(KeyError):
        act("fly", {"person": person})


def test_the_view_is_json_with_everything_the_page_needs(world: World, maya: Person) -> None:
    old = world.deliver(maya, Text(text="first"), Button(label="A", payload="a"))
    world.deliver(maya, Text(text="second"), Button(label="B", url="https://b.test"))
    view = json.loads(json.dumps(world.viber.view()))
    assert (view["service"], view["title"], view["side"]) == ("viber", "Viber", "messenger")
    shown = next(person for person in view["people"] if person["id"] == maya.id)
    assert (shown["name"], shown["subscribed"]) == ("Maya Chen", True)
    by_id = {message["id"]: message for message in shown["messages"]}
    assert by_id[old.external_id]["buttons"] == [], "only the last keyboard is on the screen"
    assert shown["messages"][-1]["buttons"] == [{"label": "B", "url": "https://b.test"}]
    fields = "id author name avatar at text attachment buttons cards location status error"
    assert set(shown["messages"][-1]) == set(fields.split())
    portrait = world.viber.app.test_client().get(shown["avatar"].removeprefix(world.viber.base_url))
    assert portrait.mimetype == "image/svg+xml"


def test_the_demo_account_connects(world: World) -> None:
    demo = world.viber.demo()
    connection = replace(world.connection, settings=demo.settings, secrets=Secrets(demo.secrets))
    assert CONNECTOR.check_credentials(connection, world.http).settings["sender_name"] == "Patchbay Demo"
    assert set(demo.settings) <= {setting.name for setting in CONNECTOR.settings}
