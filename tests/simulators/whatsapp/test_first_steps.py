"""A conversation with the simulated WhatsApp: the handshake, signed webhooks, messages both ways, files."""

from __future__ import annotations

import json

import pytest

from playground.page_arguments import ChosenFile
from playground.services.whatsapp.demo import APP_ID, APP_SECRET, PHONE_NUMBER_ID, WABA_ID
from playground.services.whatsapp.errors import RefusedCall
from tests.harness.whatsapp import HOOK, VERIFY_TOKEN, WhatsAppScene

JPEG = ChosenFile(name="car.jpg", content_type="image/jpeg", data=b"jpeg", caption="my car")


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


def test_an_address_counts_once_it_has_returned_the_challenge() -> None:
    scene = WhatsAppScene()
    body = {"object": "whatsapp_business_account", "callback_url": HOOK, "fields": "messages"}
    app = {"token": f"{APP_ID}|{APP_SECRET}"}
    assert scene.ok("POST", f"{APP_ID}/subscriptions", **app, **body, verify_token=VERIFY_TOKEN) == {"success": True}
    assert scene.refused("POST", f"{APP_ID}/subscriptions", **app, **body, verify_token="wrong") == "400 2200"
    scene.challenge = b'"17"'
    with pytest.raises(RefusedCall, match="challenge"):
        scene.whatsapp.configure_webhook(HOOK, VERIFY_TOKEN)


def test_what_people_write_comes_signed_over_escaped_text(scene: WhatsAppScene) -> None:
    maya = scene.person()
    scene.people.write(maya, "Grüezi 😀 10:30?")
    scene.time.settle()
    [body] = scene.bodies
    assert b"Gr\\u00fcezi \\ud83d\\ude00" in body
    [entry] = json.loads(body)["entry"]
    assert entry["id"] == WABA_ID
    [change] = entry["changes"]
    assert change["field"] == "messages"
    assert change["value"]["metadata"]["phone_number_id"] == PHONE_NUMBER_ID
    assert change["value"]["contacts"] == [
        {"profile": {"name": "Maya Chen"}, "wa_id": maya.phone, "user_id": maya.user_id}
    ]
    [message] = change["value"]["messages"]
    assert (message["from"], message["from_user_id"]) == (maya.phone, maya.user_id)
    assert message["text"] == {"body": "Grüezi 😀 10:30?"}


def test_a_hidden_number_is_nowhere(scene: WhatsAppScene) -> None:
    tomas = scene.person("Tomás Oliveira")
    scene.people.write(tomas, "Olá")
    scene.time.settle()
    assert tomas.phone.encode() not in b"".join(scene.bodies)
    scene.write(tomas, "Hello")
    answer = scene.send(tomas, text={"body": "x"})
    assert answer["contacts"] == [{"input": tomas.user_id, "user_id": tomas.user_id}]


def test_a_text_is_accepted_and_its_way_is_reported(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    answer = scene.send(maya, text={"body": "See you"}, biz_opaque_callback_data="part-1")
    assert answer["contacts"] == [{"input": f"+{maya.phone}", "wa_id": maya.phone}]
    statuses = scene.statuses()
    assert [each["status"] for each in statuses] == ["sent", "delivered"]
    assert {each["id"] for each in statuses} == {answer["messages"][0]["id"]}
    assert {each["biz_opaque_callback_data"] for each in statuses} == {"part-1"}
    assert [line["text"] for line in scene.phone(maya)] == ["Hello", "See you"]


def test_files_of_people_are_downloaded_in_two_steps(scene: WhatsAppScene) -> None:
    scene.people.send_file(scene.person(), JPEG)
    [message] = scene.arrived()
    assert message["image"]["caption"] == "my car"
    media_id = message["image"]["id"]
    found = scene.ok("GET", media_id, phone_number_id=PHONE_NUMBER_ID)
    assert (found["mime_type"], found["file_size"]) == ("image/jpeg", 4)
    address = found["url"].removeprefix(scene.whatsapp.base_url)
    assert scene.client.get(address).status_code == 401
    bearer = {"Authorization": "Bearer " + next(iter(scene.core.state.tokens))}
    assert scene.client.get(address, headers=bearer).data == b"jpeg"
    scene.time.advance(300)
    assert scene.client.get(address, headers=bearer).status_code == 404
    assert scene.refused("GET", media_id, phone_number_id="17") == "400 100"
    assert scene.ok("DELETE", media_id) == {"success": True}
    assert scene.refused("GET", media_id) == "400 100"


def test_an_upload_is_sent_by_its_id(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    media_id = scene.uploaded(b"%PDF", "application/pdf", "offer.pdf")
    scene.send(maya, "document", document={"id": media_id, "filename": "offer.pdf", "caption": "Our offer"})
    line = scene.phone(maya)[-1]
    assert (line["text"], line["attachment"]["kind"], line["attachment"]["name"]) == ("Our offer", "file", "offer.pdf")


def test_what_is_not_accepted_comes_again_for_seven_days(scene: WhatsAppScene) -> None:
    scene.answers = [500] * 16
    scene.people.write(scene.person(), "Hello")
    start = scene.time.now()
    assert len(scene.arrived()) == 1
    assert (scene.time.now() - start).total_seconds() == 7 * 86_400 - 3600
