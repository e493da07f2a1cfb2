"""What people do on their phones, and how the business learns of it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from playground.page_arguments import ChosenFile
from playground.services.whatsapp.demo import DISPLAY_NUMBER
from playground.services.whatsapp.records import Person
from tests.harness.whatsapp import WhatsAppScene

BUTTONS = {
    "type": "button",
    "body": {"text": "Which time?"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": f"slot-{at}", "title": at}} for at in ("10:30", "11:00")]},
}
LIST = {
    "type": "list",
    "body": {"text": "Choose"},
    "action": {
        "button": "Open",
        "sections": [
            {"title": "Hair", "rows": [{"id": "r1", "title": "Cut", "description": "45 min"}]},
            {"title": "Nails", "rows": [{"id": "r2", "title": "Polish"}]},
        ],
    },
}


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


@pytest.fixture
def maya(scene: WhatsAppScene) -> Person:
    return scene.meet()


def test_files_have_their_type_digest_and_name(scene: WhatsAppScene, maya: Person) -> None:
    pdf = ChosenFile(name="offer.pdf", content_type="application/pdf", data=b"%PDF", caption="Our offer")
    scene.people.send_file(maya, pdf)
    scene.people.send_file(maya, ChosenFile(name="a.mp4", content_type="video/mp4", data=b"mp4"))
    scene.people.send_voice(maya)
    scene.people.send_sticker(maya, animated=True)
    document, video, voice, sticker = scene.arrived()
    digest = base64.b64encode(hashlib.sha256(b"%PDF").digest()).decode()
    shown = document["document"]
    assert (shown["filename"], shown["mime_type"], shown["caption"]) == ("offer.pdf", "application/pdf", "Our offer")
    assert shown["sha256"] == digest
    assert shown["url"].startswith(scene.whatsapp.base_url)
    assert "filename" not in video["video"]
    assert (voice["audio"]["voice"], voice["audio"]["mime_type"]) == (True, "audio/ogg; codecs=opus")
    assert sticker["sticker"]["animated"]
    scene.whatsapp.quirks.names_media_urls = False
    scene.people.send_voice(maya)
    assert "url" not in scene.arrived()[0]["audio"]


def test_places_and_cards(scene: WhatsAppScene, maya: Person) -> None:
    scene.people.send_location(maya, 47.4, 8.5, "Station", "Bahnhofplatz 1")
    scene.people.send_contact(maya, "Ann Lee", "+41 79 000 00 00")
    place, card = scene.arrived()
    assert place["location"] == {"latitude": 47.4, "longitude": 8.5, "name": "Station", "address": "Bahnhofplatz 1"}
    assert card["contacts"][0]["name"] == {"formatted_name": "Ann Lee", "first_name": "Ann", "last_name": "Lee"}
    assert card["contacts"][0]["phones"] == [{"phone": "+41 79 000 00 00", "wa_id": "41790000000", "type": "CELL"}]


def test_an_answer_names_what_it_quotes(scene: WhatsAppScene, maya: Person) -> None:
    ours = scene.write(maya, "Which day?")
    theirs = scene.people.messages(maya)[0].id
    scene.settle()
    scene.people.write(maya, "Monday", reply_to=ours)
    scene.people.write(maya, "I mean this", reply_to=theirs)
    first, second = scene.arrived()
    assert first["context"] == {"from": DISPLAY_NUMBER, "id": ours}
    assert second["context"] == {"from": maya.phone, "id": theirs}
    scene.write(maya, "This one?", context={"message_id": theirs})
    assert scene.phone(maya)[-1]["reply_to"] == {"id": theirs, "author": "customer", "text": "Hello"}
    scene.write(maya, "That one?", context={"message_id": "wamid.forgotten"})
    assert scene.phone(maya)[-1]["reply_to"] is None


def test_buttons_and_rows_are_tapped(scene: WhatsAppScene, maya: Person) -> None:
    asked = scene.send(maya, "interactive", interactive=BUTTONS)["messages"][0]["id"]
    listed = scene.send(maya, "interactive", interactive=LIST)["messages"][0]["id"]
    scene.settle()
    scene.people.tap(maya, asked, 1)
    scene.people.tap(maya, listed, 0)
    scene.people.tap(maya, listed, 1)
    button, row, other = scene.arrived()
    assert button["interactive"] == {"type": "button_reply", "button_reply": {"id": "slot-11:00", "title": "11:00"}}
    assert button["context"] == {"from": DISPLAY_NUMBER, "id": asked}
    chosen = {"id": "r1", "title": "Cut", "description": "45 min"}
    assert row["interactive"] == {"type": "list_reply", "list_reply": chosen}
    assert other["interactive"]["list_reply"] == {"id": "r2", "title": "Polish"}
    with pytest.raises(ValueError, match="no buttons"):
        scene.people.tap(maya, scene.write(maya))


def test_buttons_of_templates_are_tapped(scene: WhatsAppScene, maya: Person) -> None:
    replies = [{"type": "QUICK_REPLY", "text": "Yes"}, {"type": "QUICK_REPLY", "text": "No"}]
    scene.core.templates.add(
        "sure", "Are you sure?", buttons=[*replies, {"type": "URL", "text": "More", "url": "https://a.test"}]
    )
    payload: dict[str, Any] = {"type": "button", "sub_type": "quick_reply", "index": "0"}
    payload |= {"parameters": [{"type": "payload", "payload": "YES-7"}]}
    template = {"name": "sure", "language": {"code": "en"}, "components": [payload]}
    asked = scene.send(maya, "template", template=template)["messages"][0]["id"]
    scene.settle()
    scene.people.tap(maya, asked, 0)
    scene.people.tap(maya, asked, 1)
    yes, no = scene.arrived()
    assert (yes["type"], yes["button"]) == ("button", {"payload": "YES-7", "text": "Yes"})
    assert no["button"] == {"payload": "No", "text": "No"}
    with pytest.raises(ValueError, match="on the phone"):
        scene.people.tap(maya, asked, 2)


def test_a_form_is_submitted(scene: WhatsAppScene, maya: Person) -> None:
    scene.people.submit_flow(maya, scene.write(maya), {"day": "Monday"})
    [message] = scene.arrived()
    reply = message["interactive"]["nfm_reply"]
    assert (message["interactive"]["type"], reply["name"]) == ("nfm_reply", "flow")
    assert json.loads(reply["response_json"]) == {"day": "Monday"}


def test_reactions_go_both_ways(scene: WhatsAppScene, maya: Person) -> None:
    ours = scene.write(maya)
    theirs = scene.people.messages(maya)[0].id
    scene.settle()
    scene.people.react(maya, ours, "👍")
    scene.people.react(maya, ours)
    scene.whatsapp.quirks.removed_reaction_is_empty = False
    scene.people.react(maya, ours)
    put, gone, missing = [message["reaction"] for message in scene.arrived()]
    assert put == {"message_id": ours, "emoji": "👍"}
    assert gone == {"message_id": ours, "emoji": ""}
    assert missing == {"message_id": ours}
    scene.send(maya, "reaction", reaction={"message_id": theirs, "emoji": "🙏"})
    assert scene.phone(maya)[0]["reactions"] == [{"emoji": "🙏", "author": "agent"}]
    scene.send(maya, "reaction", reaction={"message_id": theirs, "emoji": ""})
    assert scene.phone(maya)[0]["reactions"] == []
    assert [line["form"] for line in scene.phone(maya)] == ["", ""]


def test_a_reaction_to_what_is_unknown_or_old_fails_later(scene: WhatsAppScene, maya: Person) -> None:
    theirs = scene.last(maya).id
    scene.time.advance(30 * 86_400 + 1)
    scene.people.write(maya, "Me again")
    scene.settle()
    own = scene.send(maya, "reaction", reaction={"message_id": scene.last(maya).id, "emoji": "🙏"})
    scene.settle()
    for message_id in ("wamid.unknown", theirs, own["messages"][0]["id"]):
        scene.send(maya, "reaction", reaction={"message_id": message_id, "emoji": "🙏"})
        [failed] = scene.statuses()
        assert failed["errors"][0]["code"] == 131009


def test_edits_and_deletions_come_where_the_owner_has_the_app(scene: WhatsAppScene, maya: Person) -> None:
    scene.people.edit(maya, scene.last(maya).id, "Hello there")
    [message] = scene.arrived()
    assert (message["type"], message["unsupported"]) == ("unsupported", {"type": "edit"})
    assert message["errors"][0]["code"] == 131051
    scene.people.delete(maya, scene.people.messages(maya)[0].id)
    assert scene.settle() == []
    scene.core.number.is_on_phone = True
    written = scene.people.write(maya, "One")
    scene.people.edit(maya, written.id, "Two")
    scene.people.delete(maya, written.id)
    _, edit, revoke = scene.arrived()
    new = {"type": "text", "text": {"body": "Two"}}
    assert edit["edit"] == {"original_message_id": written.id, "message": new}
    assert revoke["revoke"] == {"original_message_id": written.id}
    assert scene.phone(maya)[-1]["text"] == ""
    old = scene.people.write(maya, "One")
    scene.time.advance(15 * 60 + 1)
    with pytest.raises(ValueError, match="15 minutes"):
        scene.people.edit(maya, old.id, "Two")


def test_what_the_api_has_no_type_for(scene: WhatsAppScene, maya: Person) -> None:
    scene.people.send_unsupported(maya, "poll")
    scene.people.open_chat(maya)
    scene.people.send(maya, "order", {"catalog_id": "17", "product_items": []})
    scene.people.send_too_large(maya)
    poll, opened, order, large = scene.arrived()
    assert large["errors"][0]["code"] == 131052
    assert (poll["unsupported"], poll["errors"][0]["title"]) == ({"type": "poll"}, "Message type unknown")
    assert (opened["type"], opened.keys() & {"request_welcome", "text"}) == ("request_welcome", set())
    assert order["order"]["catalog_id"] == "17"


def test_messages_are_delivered_read_and_played(scene: WhatsAppScene, maya: Person) -> None:
    voice = scene.uploaded(b"ogg", "audio/ogg; codecs=opus")
    message_id = scene.send(maya, "audio", audio={"id": voice, "voice": True})["messages"][0]["id"]
    scene.time.settle()
    scene.people.read(maya)
    scene.people.play(maya, message_id)
    scene.people.read(maya)
    assert [each["status"] for each in scene.statuses()] == ["sent", "delivered", "read", "played"]
    assert scene.phone(maya)[-1]["status"] == "played"
    assert scene.phone(maya)[-1]["form"] == "voice"


def test_a_phone_that_is_off_gets_messages_later(scene: WhatsAppScene, maya: Person) -> None:
    scene.people.go_offline(maya)
    scene.write(maya)
    assert [each["status"] for each in scene.statuses()] == ["sent"]
    scene.people.go_online(maya)
    assert [each["status"] for each in scene.statuses()] == ["delivered"]


def test_reading_stops_at_a_message(scene: WhatsAppScene, maya: Person) -> None:
    first, _second = scene.write(maya, "one"), scene.write(maya, "two")
    scene.settle()
    scene.people.read(maya, first)
    assert [each["id"] for each in scene.statuses()] == [first]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda people, maya, ours: people.delete(maya, ours),
        lambda people, maya, ours: people.edit(maya, ours, "x"),
        lambda people, maya, ours: people.play(maya, ours),
    ],
)
def test_the_app_does_not_allow_everything(scene: WhatsAppScene, maya: Person, wrong: Any) -> None:
    ours = scene.write(maya)
    with pytest.raises(ValueError, match="only"):
        wrong(scene.people, maya, ours)
    with pytest.raises(KeyError):
        scene.people.find(scene.person("Tomás Oliveira"), ours)
