"""What the page shows of the simulated WhatsApp, and what its buttons do."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.harness.whatsapp import WhatsAppScene
from tests.simulators.whatsapp.test_people import BUTTONS, LIST

FILE = {"name": "car.jpg", "content_type": "image/jpeg", "data": base64.b64encode(b"jpeg").decode()}


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


def show(scene: WhatsAppScene) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(json.dumps(scene.whatsapp.view()))
    return shown


def act(scene: WhatsAppScene, action: str, **arguments: str) -> dict[str, Any]:
    return scene.whatsapp.act(action, {"person": scene.person().id, **arguments})


def test_the_page_shows_a_person_of_each_kind_and_a_business() -> None:
    shown = show(WhatsAppScene())
    assert (shown["service"], shown["side"], shown["account"]) == ("whatsapp", "messenger", "Patchbay Demo")
    maya, tomas, aylin = shown["people"]
    assert (maya["name"], maya["visibility"], maya["window"]) == ("Maya Chen", "shown", None)
    assert (tomas["username"], tomas["visibility"]) == ("@tomás.oliveira", "hidden")
    assert aylin["visibility"] == "changing"


def test_the_buttons_do_what_people_do(scene: WhatsAppScene) -> None:
    maya = scene.person()
    written = act(scene, "write", text="Hello")["message"]
    act(scene, "send_file", **FILE, caption="my car")
    act(scene, "send_voice")
    act(scene, "send_sticker")
    act(scene, "send_location", latitude="47.4", longitude="8.5", title="Station", address="Bahnhofplatz 1")
    act(scene, "send_contact", name="Ann Lee", phone="+41 79 000 00 00")
    act(scene, "write", text="This one", reply_to=written)
    act(scene, "edit", message=written, text="Hello there")
    ours = scene.write(maya, "Which?")
    act(scene, "react", message=ours, emoji="👍")
    act(scene, "read")
    lines = scene.phone(maya)
    assert [(line["form"], line["text"]) for line in lines] == [
        ("", "Hello there"),
        ("photo", "my car"),
        ("voice", ""),
        ("sticker", ""),
        ("location", "Station\nBahnhofplatz 1"),
        ("contacts", "Ann Lee: +41 79 000 00 00"),
        ("", "This one"),
        ("unsupported", ""),
        ("", "Which?"),
    ]
    assert lines[0]["edited"]
    assert lines[2]["attachment"]["duration"] == 2
    assert lines[6]["reply_to"]["text"] == "Hello there"
    assert (lines[8]["status"], lines[8]["reactions"]) == ("read", [{"emoji": "👍", "author": "customer"}])
    assert lines[4]["location"] == {"latitude": 47.4, "longitude": 8.5}
    address = lines[1]["attachment"]["url"].removeprefix(scene.whatsapp.base_url)
    assert scene.client.get(address).data == b"jpeg"
    act(scene, "delete", message=written)
    assert scene.phone(maya)[0]["deleted"]


def test_the_page_counts_down_the_window(scene: WhatsAppScene) -> None:
    scene.meet()
    scene.time.advance(3600)
    window = show(scene)["people"][0]["window"]
    end = datetime.fromisoformat(window["until"])
    assert (end - scene.time.now(), window["free_entry"]) == (timedelta(hours=23), False)
    act(scene, "close_window")
    assert show(scene)["people"][0]["window"] is None


def test_buttons_lists_and_links_are_buttons(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    asked = scene.send(maya, "interactive", interactive=BUTTONS)["messages"][0]["id"]
    scene.send(maya, "interactive", interactive=LIST)
    parameters = {"display_text": "Pay", "url": "https://a.test"}
    link = {"type": "cta_url", "body": {"text": "Pay here"}, "action": {"name": "cta_url", "parameters": parameters}}
    scene.send(maya, "interactive", interactive=link)
    _, buttons, rows, pay = scene.phone(maya)
    assert [each["label"] for each in buttons["buttons"]] == ["10:30", "11:00"]
    assert [(each["label"], each["description"], each["list"]) for each in rows["buttons"]] == [
        ("Cut", "45 min", "Open"),
        ("Polish", "", "Open"),
    ]
    assert pay["buttons"] == [{"label": "Pay", "url": "https://a.test"}]
    act(scene, "tap", message=asked, button="1")
    assert scene.phone(maya)[-1]["text"] == "11:00"
    act(scene, "tap", message=pay["id"], button="0")
    assert scene.phone(maya)[-1]["text"] == "11:00", "a link is opened on the phone only"


def test_signs_are_marks_and_are_not_shown(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.write(maya, "*Ana:*\n5 🎉 ~old~ snake_case 2*3*4 *\u2060kept*")
    marks = scene.phone(maya)[-1]["entities"]
    assert [(one["type"], one["offset"], one["length"]) for one in marks] == [
        ("sign", 0, 1),
        ("bold", 1, 4),
        ("sign", 5, 1),
        ("sign", 12, 1),
        ("strikethrough", 13, 3),
        ("sign", 16, 1),
    ]
    answer = act(scene, "write", text="yes", reply_to=scene.phone(maya)[-1]["id"])["message"]
    shown = scene.phone(maya)[-1]
    assert (shown["id"], shown["reply_to"]["text"]) == (
        answer,
        "Ana:\n5 🎉 old snake_case 2*3*4 *kept*",
    )


def test_the_buttons_of_a_template_open_addresses_and_calls(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    buttons = [
        {"type": "QUICK_REPLY", "text": "Yes"},
        {"type": "URL", "text": "Times", "url": "https://a.test"},
        {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+41445550199"},
    ]
    scene.core.templates.add("visit", "We come.", buttons=buttons)
    template = {"name": "visit", "language": {"code": "en"}}
    sent = scene.send(maya, "template", template=template)["messages"][0]["id"]
    assert [(each["label"], each["url"]) for each in scene.phone(maya)[-1]["buttons"]] == [
        ("Yes", None),
        ("Times", "https://a.test"),
        ("Call", "tel:+41445550199"),
    ]
    act(scene, "tap", message=sent, button="0")
    assert scene.phone(maya)[-1]["text"] == "Yes"


def test_files_of_the_business_are_shown(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.send(maya, "image", image={"link": "https://shop.test/a.jpg", "caption": "look"})
    with_header = {**BUTTONS, "header": {"type": "image", "image": {"id": scene.uploaded(b"jpeg", "image/jpeg")}}}
    scene.send(maya, "interactive", interactive=with_header)
    _, image, header = scene.phone(maya)
    assert image["attachment"] == {"kind": "image", "url": "https://shop.test/a.jpg", "name": ""}
    assert (header["attachment"]["kind"], header["attachment"]["size"]) == ("image", 4)
    scene.core.state.media.clear()
    assert scene.phone(maya)[2]["attachment"]["url"] == ""


def test_the_owner_and_meta_act_from_the_page_too(scene: WhatsAppScene) -> None:
    template = act(scene, "add_template", name="hello", body="Hello there", language="de")["id"]
    for action, status in (
        ("pause_template", "PAUSED"),
        ("unpause_template", "APPROVED"),
        ("disable_template", "DISABLED"),
        ("approve_template", "APPROVED"),
        ("reject_template", "REJECTED"),
    ):
        act(scene, action, template=template)
        assert [(each["name"], each["status"]) for each in show(scene)["templates"]] == [("hello", status)]
    act(scene, "owner_writes", text="Good morning")
    assert scene.phone(scene.person())[-1]["by_phone"]


def test_people_change_from_the_page(scene: WhatsAppScene) -> None:
    maya = scene.person()
    old = maya.user_id
    act(scene, "hide_phone")
    assert (maya.visibility, maya.username) == ("hidden", "@maya.chen")
    act(scene, "change_number", notice="field")
    assert old in maya.former_user_ids
    act(scene, "change_phone")
    assert maya.visibility == "changing"
    act(scene, "show_phone")
    act(scene, "send_venue", latitude="47.4", longitude="8.5", title="Station", address="Bahnhofplatz 1")
    act(scene, "share_phone", asked="true")
    act(scene, "open")
    act(scene, "send_unsupported")
    act(scene, "stop_marketing")
    assert maya.stopped_marketing
    act(scene, "resume_marketing")
    act(scene, "unsubscribe")
    assert show(scene)["people"][0]["subscribed"] is False
    act(scene, "subscribe")
    act(scene, "go_offline")
    assert maya.online is False
    act(scene, "go_online")
    new = scene.whatsapp.act("new_person", {"name": "Ana"})["person"]
    assert [each["id"] for each in show(scene)["people"]][-1] == new
    voice = scene.uploaded(b"ogg", "audio/ogg; codecs=opus")
    scene.meet()
    sent = scene.send(maya, "audio", audio={"id": voice, "voice": True})["messages"][0]["id"]
    scene.settle()
    act(scene, "play", message=sent)
    assert scene.phone(maya)[-1]["status"] == "played"


def test_unknown_buttons_and_people_are_refused(scene: WhatsAppScene) -> None:
    with pytest.raises(KeyError):
        act(scene, "dance")
    with pytest.raises(KeyError):
        scene.whatsapp.act("write", {"person": "nobody", "text": "x"})
