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
from playground.services.viber.records import Person
from playground.simulator import WebhookAnswer
from tests.harness.viber import CONNECTOR, HOOK, ViberHarness, last_line


@pytest.fixture
def harness() -> ViberHarness:
    return ViberHarness.connected()


@pytest.fixture
def maya(harness: ViberHarness) -> Person:
    return harness.meet()


# --- what people write -----------------------------------------------------------------------------------------------


def test_every_kind_of_message_arrives_as_what_it_is(harness: ViberHarness, maya: Person) -> None:
    viber = harness.viber
    viber.write(maya.id, "Grüße 👋")
    viber.send_file(maya.id, "cat photo.jpg", "image/jpeg", b"jpeg", "my cat")
    viber.send_file(maya.id, "clip.mp4", "video/mp4", b"mpeg4")
    viber.send_file(maya.id, "bill.pdf", "application/pdf", b"pdf!!")
    viber.send_location(maya.id, 59.3, 18.1)
    viber.send_contact(maya.id, "Bo", "+4670")
    viber.send_link(maya.id, "https://example.com")
    viber.send_sticker(maya.id, 40133)
    harness.time.settle()
    contents = [message.message.content[0] for message in harness.messages()]
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


def test_the_address_of_a_picture_is_public_and_expires(harness: ViberHarness, maya: Person) -> None:
    harness.viber.send_file(maya.id, "a b.jpg", "image/jpeg", b"jpeg")
    attachment = last_line(maya).attachment
    assert attachment is not None
    path = str(attachment["url"]).removeprefix(harness.viber.base_url)
    client = harness.viber.app.test_client()
    answer = client.get(path)
    assert (answer.data, answer.content_type) == (b"jpeg", "image/jpeg")
    harness.time.advance(3601)
    assert client.get(path).status_code == 403
    assert client.get("/files/unknown/a.jpg").status_code == 404


def test_callbacks_are_signed_in_the_header_the_query_or_both(harness: ViberHarness, maya: Person) -> None:
    harness.viber.signs_in_query = True
    harness.viber.write(maya.id, "both")
    harness.viber.signs_in_header = False
    harness.viber.write(maya.id, "query alone")
    harness.time.settle()
    assert len(harness.messages()) == 2


def test_the_signature_is_the_documented_one(maya: Person, harness: ViberHarness) -> None:
    seen: list[tuple[Mapping[str, str], bytes]] = []

    def look(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        seen.append((headers, body))
        return WebhookAnswer(200)

    harness.viber.post = look
    harness.viber.write(maya.id, "Åsa")
    harness.time.settle()
    headers, body = seen[0]
    expected = hmac.new(DEMO_TOKEN.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Viber-Content-Signature"] == expected


def test_a_message_comes_again_until_it_is_answered_with_200(harness: ViberHarness, maya: Person) -> None:
    harness.answers += [500, 204, 0]
    harness.viber.write(maya.id, "please")
    harness.time.settle()
    assert len(harness.messages()) == 1
    assert [call.status for call in harness.viber.calls if call.note.startswith("message")][-4:] == [500, 204, 0, 200]


def test_duplicates_are_the_same_event(harness: ViberHarness, maya: Person) -> None:
    harness.viber.switches.webhook_duplicates = True
    harness.viber.write(maya.id, "twice")
    harness.time.settle()
    first, second = harness.messages()
    assert first == second


def test_tokens_are_too_large_for_a_float(harness: ViberHarness, maya: Person) -> None:
    tokens = {int(harness.viber.write(maya.id, "x").id) for _ in range(50)}
    assert len(tokens) == 50
    assert all(int(float(token)) != token for token in tokens)


def test_names_and_pictures_are_missing_unless_asked_for_and_agreed_to(harness: ViberHarness, maya: Person) -> None:
    harness.viber.write(maya.id, "1")
    maya.shares_profile = False
    harness.viber.write(maya.id, "2")
    maya.shares_profile = True
    harness.call("set_webhook", {"url": HOOK})
    harness.viber.write(maya.id, "3")
    harness.time.settle()
    contacts = [message.contact for message in harness.messages()]
    assert [contact.name if contact else "?" for contact in contacts] == ["Maya Chen", None, None]
    assert [bool(contact and contact.avatar_url) for contact in contacts] == [True, False, False]


def test_an_unknown_event_is_ignored(harness: ViberHarness, maya: Person) -> None:
    harness.viber.send_unknown_event(maya.id)
    harness.time.settle()
    assert isinstance(harness.events[-1], Ignored)


# --- coming and going ------------------------------------------------------------------------------------------------


def test_opening_the_chat_brings_the_welcome_and_no_subscription() -> None:
    harness = ViberHarness.connected(welcome_message="Welcome!")
    person = harness.viber.new_person("Noor")
    harness.viber.open(person.id, context="campaign")
    harness.time.settle()
    assert (last_line(person).text, last_line(person).name, person.subscribed) == ("Welcome!", "Shop", False)
    with pytest.raises(Rejected, match="unsubscribed"):
        harness.deliver(person, Text(text="too early"))


def test_without_a_welcome_opening_the_chat_shows_nothing(harness: ViberHarness) -> None:
    person = harness.viber.new_person("Noor")
    harness.viber.open(person.id)
    harness.time.settle()
    assert person.lines == []


def test_somebody_who_unsubscribed_gets_nothing_until_they_write_again(harness: ViberHarness, maya: Person) -> None:
    harness.viber.unsubscribe(maya.id)
    harness.time.settle()
    changed = harness.events[-1]
    assert isinstance(changed, ContactChanged)
    assert not changed.contact.reachable
    with pytest.raises(Rejected, match="status 6"):
        harness.deliver(maya, Text(text="x"))
    harness.viber.write(maya.id, "I am back")
    harness.deliver(maya, Text(text="welcome back"))
    harness.viber.unsubscribe(maya.id)
    harness.viber.subscribe(maya.id)
    harness.deliver(maya, Text(text="x"))


# --- the page --------------------------------------------------------------------------------------------------------


def test_everything_a_customer_does_can_be_done_by_name(harness: ViberHarness) -> None:
    act = harness.viber.act
    person = str(act("new_person", {"name": "Noor"})["person"])
    act("open", {"person": person})
    act("write", {"person": person, "text": "hi"})
    data = b64encode(b"png").decode()
    file = {"person": person, "name": "a.png", "content_type": "image/png", "data": data, "caption": "c"}
    act("send_file", file)
    act("send_location", {"person": person, "latitude": "1.5", "longitude": "2"})
    act("send_contact", {"person": person, "name": "Bo", "phone": "+1"})
    sent = harness.deliver(harness.viber.people[person], Text(text="?"), Button(label="A", payload="a"))
    act("tap", {"person": person, "message": sent.external_id, "button": "0"})
    act("read", {"person": person})
    act("unsubscribe", {"person": person})
    act("subscribe", {"person": person})
    harness.time.settle()
    assert len(harness.messages()) == 5
    with pytest.raises(KeyError):
        act("fly", {"person": person})


def test_the_view_is_json_with_everything_the_page_needs(harness: ViberHarness, maya: Person) -> None:
    old = harness.deliver(maya, Text(text="first"), Button(label="A", payload="a"))
    harness.deliver(maya, Text(text="second"), Button(label="B", url="https://b.test"))
    view = json.loads(json.dumps(harness.viber.view()))
    assert (view["service"], view["title"], view["side"]) == ("viber", "Viber", "messenger")
    shown = next(person for person in view["people"] if person["id"] == maya.id)
    assert (shown["name"], shown["subscribed"]) == ("Maya Chen", True)
    by_id = {message["id"]: message for message in shown["messages"]}
    assert by_id[old.external_id]["buttons"] == [], "only the last keyboard is on the screen"
    assert shown["messages"][-1]["buttons"] == [{"label": "B", "url": "https://b.test"}]
    fields = "id author name avatar at text attachment buttons cards location status error"
    assert set(shown["messages"][-1]) == set(fields.split())
    portrait = harness.viber.app.test_client().get(shown["avatar"].removeprefix(harness.viber.base_url))
    assert portrait.mimetype == "image/svg+xml"


def test_the_demo_account_connects(harness: ViberHarness) -> None:
    demo = harness.viber.demo()
    connection = replace(harness.connection, settings=demo.settings, secrets=Secrets(demo.secrets))
    assert CONNECTOR.check_credentials(connection, harness.http).settings["sender_name"] == "Patchbay Demo"
    assert set(demo.settings) <= {setting.name for setting in CONNECTOR.settings}
