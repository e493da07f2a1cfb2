"""What the simulated WhatsApp refuses, with the code and the HTTP status that Meta documents."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from playground.services.whatsapp.demo import APP_SECRET, DEMO_TOKEN, PHONE_NUMBER_ID
from playground.services.whatsapp.errors import TITLES, find_status
from playground.services.whatsapp.records import Person
from tests.harness.whatsapp import VERSION, WhatsAppScene, make_body

MESSAGES = f"{PHONE_NUMBER_ID}/messages"


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


@pytest.fixture
def maya(scene: WhatsAppScene) -> Person:
    return scene.meet()


def text(length: int) -> dict[str, Any]:
    return {"body": "x" * length}


def button(title: str = "10:30", key: str = "slot") -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": key, "title": title}}


def buttons(*titles: str, **more: Any) -> dict[str, Any]:
    made = [button(title, f"{index}") for index, title in enumerate(titles)]
    return {"type": "button", "body": {"text": "Which?"}, "action": {"buttons": made}, **more}


def rows(count: int, **more: Any) -> dict[str, Any]:
    return {"rows": [{"id": f"{index}", "title": f"Row {index}"} for index in range(count)], **more}


def a_list(*sections: dict[str, Any], body: str = "Which?", label: str = "Open") -> dict[str, Any]:
    return {"type": "list", "body": {"text": body}, "action": {"button": label, "sections": list(sections)}}


def link(url: str = "https://shop.test/pay", label: str = "Pay") -> dict[str, Any]:
    parameters = {"display_text": label, "url": url}
    return {"type": "cta_url", "body": {"text": "Pay"}, "action": {"name": "cta_url", "parameters": parameters}}


ASK = {"type": "location_request_message", "body": {"text": "Where?"}, "action": {"name": "send_location"}}
CARD = {"name": {"formatted_name": "Ann Lee", "first_name": "Ann"}, "phones": [{"phone": "+41790000000"}]}

ACCEPTED: list[tuple[str, Any]] = [
    ("text", text(4096)),
    ("text", {"body": "😀" * 4096}),
    ("text", {"body": "x", "preview_url": False}),
    ("image", {"link": "https://shop.test/a.jpg", "caption": "c" * 1024}),
    ("document", {"link": "https://shop.test/a.pdf", "filename": "a.pdf"}),
    ("audio", {"link": "https://shop.test/a.ogg", "voice": True}),
    ("location", {"latitude": 47.4, "longitude": 8.5, "name": "Station", "address": "Bahnhofplatz 1"}),
    ("contacts", [CARD]),
    ("interactive", buttons("1", "2", "x" * 20)),
    ("interactive", buttons("1", header={"type": "text", "text": "x" * 60}, footer={"text": "x" * 60})),
    ("interactive", buttons("1", header={"type": "image", "image": {"link": "https://shop.test/a.jpg"}})),
    ("interactive", a_list(rows(10, title="x" * 24), body="x" * 4096, label="x" * 20)),
    ("interactive", link()),
    ("interactive", ASK),
]

REFUSED: list[tuple[str, Any, str]] = [
    ("text", text(4097), "400 100"),
    ("text", text(0), "400 131009"),
    ("text", {"body": " \n"}, "400 131009"),
    ("text", {}, "400 131008"),
    ("text", {"body": 17}, "400 100"),
    ("text", {"body": "x", "colour": "red"}, "400 100"),
    ("image", {}, "400 131008"),
    ("image", {"id": "17"}, "400 100"),
    ("image", {"id": "17", "link": "https://shop.test/a.jpg"}, "400 131009"),
    ("image", {"link": "shop.test/a.jpg"}, "400 131009"),
    ("image", {"link": "https://shop.test/a.jpg", "caption": "c" * 1025}, "400 100"),
    ("audio", {"link": "https://shop.test/a.ogg", "caption": "c"}, "400 100"),
    ("image", {"link": "https://shop.test/a.jpg", "filename": "a.jpg"}, "400 100"),
    ("location", {"latitude": 91, "longitude": 8.5}, "400 131009"),
    ("location", {"latitude": 47.4}, "400 131008"),
    ("location", {"latitude": 47.4, "longitude": 8.5, "address": "Bahnhofplatz 1"}, "400 131009"),
    ("contacts", [], "400 131009"),
    ("contacts", [CARD] * 258, "400 131009"),
    ("contacts", [{"name": {"formatted_name": "Ann Lee"}}], "400 131008"),
    ("reaction", {"message_id": "wamid.x"}, "400 131008"),
    ("interactive", buttons(), "400 131009"),
    ("interactive", buttons("1", "2", "3", "4"), "400 131009"),
    ("interactive", buttons("x" * 21), "400 131009"),
    ("interactive", buttons("same", "same"), "400 131009"),
    ("interactive", buttons("1", footer={"text": "x" * 61}), "400 131009"),
    ("interactive", buttons("1", header={"type": "text", "text": "x" * 61}), "400 131009"),
    ("interactive", buttons("1", header={"type": "text"}), "400 131008"),
    ("interactive", {**buttons("1"), "body": {"text": "x" * 1025}}, "400 131009"),
    ("interactive", {"type": "button", "action": {"buttons": [button()]}}, "400 131008"),
    ("interactive", a_list(rows(5), rows(6)), "400 131009"),
    ("interactive", a_list(rows(2), rows(2)), "400 131009"),
    ("interactive", a_list(rows(2, title="a"), rows(2, title="b")), "400 131009"),
    ("interactive", a_list(rows(11)), "400 131009"),
    ("interactive", a_list(rows(1), body="x" * 4097), "400 131009"),
    ("interactive", a_list(rows(1), label="x" * 21), "400 131009"),
    ("interactive", a_list({"rows": [{"id": "1", "title": "x" * 25}]}), "400 131009"),
    ("interactive", a_list({"rows": [{"id": "1", "title": "x", "description": "x" * 73}]}), "400 131009"),
    ("interactive", {**a_list(rows(1)), "header": {"type": "image", "image": {"link": "https://a.b"}}}, "400 131009"),
    ("interactive", link(url="ftp://shop.test"), "400 131009"),
    ("interactive", link(label="x" * 21), "400 131009"),
    ("interactive", {**ASK, "type": "carousel_of_cats"}, "400 100"),
    ("poll", {"question": "?"}, "400 100"),
    ("template", {"name": "unknown", "language": {"code": "de"}}, "404 132001"),
]


@pytest.mark.parametrize(("kind", "content"), ACCEPTED)
def test_what_meta_allows_is_accepted(scene: WhatsAppScene, maya: Person, kind: str, content: Any) -> None:
    scene.send(maya, kind, **{kind: content})
    assert [each["status"] for each in scene.statuses()] == ["sent", "delivered"]


@pytest.mark.parametrize(("kind", "content", "code"), REFUSED)
def test_what_meta_refuses_is_refused(scene: WhatsAppScene, maya: Person, kind: str, content: Any, code: str) -> None:
    assert " ".join(scene.refuse(maya, kind, **{kind: content}).split()[:2]) == code
    assert len(scene.people.messages(maya)) == 1
    assert scene.statuses() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"messaging_product": None}, "400 100"),
        ({"messaging_product": "telegram"}, "400 100"),
        ({"to": None}, "400 100"),
        ({"to": "no number"}, "400 100"),
        ({"to": None, "recipient": "41790000000"}, "400 100"),
        ({"to": "+41445550199"}, "400 131021 Sender and recipient phone number is the same."),
        ({"recipient_type": "group"}, "400 100"),
        ({"context": {}}, "400 131008 Parameter 'context['message_id']' is required"),
        ({"biz_opaque_callback_data": "x" * 513}, "400 100"),
        ({"image": {"link": "https://shop.test/a.jpg"}}, "400 100"),
        ({"text": None}, "400 131008 Parameter 'text' is mandatory for type 'text'"),
        ({"category": "utility"}, "400 100 The account is not eligible for Direct Send"),
        ({"whatever": 1}, "400 100"),
    ],
)
def test_what_surrounds_a_message_is_checked(
    scene: WhatsAppScene, maya: Person, change: dict[str, Any], code: str
) -> None:
    body = {**make_body(maya, "text", text={"body": "x"}), **change}
    assert scene.refused("POST", MESSAGES, **body) == code


@pytest.mark.parametrize("kind", ["template", "reaction"])
def test_templates_and_reactions_quote_nothing(scene: WhatsAppScene, maya: Person, kind: str) -> None:
    scene.core.templates.add("hello", "Hello there")
    contents = {
        "template": {"name": "hello", "language": {"code": "en"}},
        "reaction": {"message_id": scene.last(maya).id, "emoji": "👍"},
    }
    scene.send(maya, kind, **{kind: contents[kind]})
    assert scene.refuse(maya, kind, **{kind: contents[kind]}, context={"message_id": "x"}) == "400 100"


def test_a_number_without_a_plus_gets_the_country_of_the_business(scene: WhatsAppScene, maya: Person) -> None:
    body = make_body(maya, "text", text={"body": "x"})
    answer = scene.ok("POST", MESSAGES, **{**body, "to": maya.phone})
    assert answer["contacts"] == [{"input": maya.phone, "wa_id": f"41{maya.phone}"}]
    [status] = scene.statuses()
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131026)
    scene.ok("POST", MESSAGES, **{**body, "to": maya.phone.removeprefix("41")})
    assert [each["status"] for each in scene.statuses()] == ["sent", "delivered"]


# --- files -----------------------------------------------------------------------------------------------------------

MEGA = 1024 * 1024


@pytest.mark.parametrize(
    ("content_type", "size", "code"),
    [
        ("image/jpeg", 5 * MEGA, 200),
        ("image/jpeg", 5 * MEGA + 1, 131053),
        ("video/mp4", 16 * MEGA + 1, 131053),
        ("audio/ogg; codecs=opus", 10, 200),
        ("audio/opus", 10, 131053),
        ("image/gif", 10, 100),
        ("text/html", 10, 100),
        ("image/webp", 500 * 1024 + 1, 131053),
        ("application/pdf", 0, 131053),
    ],
)
def test_uploads_have_types_and_sizes(scene: WhatsAppScene, content_type: str, size: int, code: int) -> None:
    answer = scene.upload(b"x" * size, content_type)
    assert answer.status_code == (200 if code == 200 else 400)
    if code != 200:
        assert answer.json is not None
        assert answer.json["error"]["code"] == code


def test_a_file_is_sent_as_what_it_is(scene: WhatsAppScene, maya: Person) -> None:
    media_id = scene.uploaded(b"%PDF", "application/pdf")
    assert scene.refuse(maya, "image", image={"id": media_id}).startswith("400 131053")
    sticker = scene.uploaded(b"x" * (100 * 1024 + 1), "image/webp")
    scene.send(maya, "sticker", sticker={"id": sticker})
    assert [each["errors"][0]["code"] for each in scene.statuses()] == [131053]
    scene.time.advance(30 * 86_400)
    assert scene.refuse(maya, "document", document={"id": media_id}).startswith("400 100")


def test_a_voice_note_is_opus(scene: WhatsAppScene, maya: Person) -> None:
    for content_type in ("audio/mpeg", "audio/ogg"):
        media_id = scene.uploaded(b"ogg", content_type)
        assert scene.refuse(maya, "audio", audio={"id": media_id, "voice": True}).startswith("400 131053")
        scene.send(maya, "audio", audio={"id": media_id})


def test_an_upload_says_what_it_is(scene: WhatsAppScene) -> None:
    assert scene.refused("POST", f"{PHONE_NUMBER_ID}/media", messaging_product="whatsapp") == "400 100"
    assert scene.refused("POST", f"{PHONE_NUMBER_ID}/media") == "400 100"


def test_a_file_at_an_address_is_looked_at_after_the_answer(scene: WhatsAppScene, maya: Person) -> None:
    files = {"https://a.test/1.png": (b"png", "image/png"), "https://a.test/2.gif": (b"gif", "image/gif")}
    scene.core.state.fetch = files.get
    scene.core.quirks.unfetchable.add("https://a.test/3.png")
    for address, expected in (("1.png", "sent"), ("2.gif", "failed"), ("3.png", "failed"), ("4.png", "failed")):
        scene.send(maya, "image", image={"link": f"https://a.test/{address}"})
        first = scene.statuses()[0]
        assert first["status"] == expected
        if expected == "failed":
            assert first["errors"][0]["code"] == 131053


# --- who calls -------------------------------------------------------------------------------------------------------


def test_tokens_are_checked(scene: WhatsAppScene, maya: Person) -> None:
    body = make_body(maya, "text", text={"body": "x"})
    assert scene.client.post(f"/{VERSION}/{MESSAGES}", json=body).status_code == 401
    assert scene.refused("POST", MESSAGES, token="wrong", **body) == "401 190"
    scene.core.business.expire_token(DEMO_TOKEN, seconds_left=60)
    scene.write(maya)
    scene.time.advance(60)
    assert scene.refused("POST", MESSAGES, **body) == "401 190"


def test_a_token_reaches_its_own_accounts_and_permissions(scene: WhatsAppScene, maya: Person) -> None:
    body = make_body(maya, "text", text={"body": "x"})
    scene.core.add_token("EAAB-other", accounts=set())
    assert scene.refused("POST", MESSAGES, token="EAAB-other", **body) == "403 10"
    scene.core.add_token("EAAB-management").scopes = {"whatsapp_business_management"}
    assert scene.refused("POST", MESSAGES, token="EAAB-management", **body) == "403 200"
    scene.core.add_token("EAAB-messaging").scopes = {"whatsapp_business_messaging"}
    assert scene.refused("GET", PHONE_NUMBER_ID, token="EAAB-messaging") == "403 200"
    scene.core.business.revoke_token(DEMO_TOKEN)
    assert scene.refused("POST", MESSAGES, **body) == "401 190"


def test_a_proof_must_be_right_if_there_is_one(scene: WhatsAppScene) -> None:
    proof = hmac.new(APP_SECRET.encode(), DEMO_TOKEN.encode(), hashlib.sha256).hexdigest()
    scene.ok("GET", PHONE_NUMBER_ID, appsecret_proof=proof)
    assert scene.refused("GET", PHONE_NUMBER_ID, appsecret_proof=proof[::-1]) == "400 100"


@pytest.mark.parametrize("path", ["v2.0/17/messages", "v99.0/17/messages", "v25.0/17/messages/more", "v25.0/"])
def test_addresses_that_graph_does_not_know(scene: WhatsAppScene, path: str) -> None:
    answer = scene.client.post(f"/{path}", json={})
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 2500)


def test_what_is_no_object_is_refused(scene: WhatsAppScene, maya: Person) -> None:
    body = make_body(maya, "text", text={"body": "x"})
    answer = scene.call("POST", "17/messages", **body)
    assert answer.json is not None
    assert answer.json["error"] | {"message": ""} == {
        "message": "",
        "type": "OAuthException",
        "code": 100,
        "error_subcode": 33,
        "fbtrace_id": answer.json["error"]["fbtrace_id"],
    }


@pytest.mark.parametrize("raw", [b"[]", b"{", b'{"text": "\xff"}', b'{"to": "\\ud800"}'])
def test_what_is_no_json_object_is_refused(scene: WhatsAppScene, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {DEMO_TOKEN}", "Content-Type": "application/json"}
    assert scene.client.post(f"/{VERSION}/{MESSAGES}", data=raw, headers=headers).status_code == 400


# --- on demand -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(TITLES))
def test_every_code_comes_on_demand_with_its_status(scene: WhatsAppScene, maya: Person, code: int) -> None:
    scene.whatsapp.quirks.refusals.append(code)
    assert scene.refuse(maya, text={"body": "x"}) == f"{find_status(code)} {code}"
    scene.write(maya)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *dict.fromkeys((0, 190), 401).items(),
        *dict.fromkeys((10, 200, 299, 368, 130497, 131005, 131031), 403).items(),
        (132001, 404),
        *dict.fromkeys((3, 131000, 131016, 131045, 131057, 133000), 500).items(),
        *dict.fromkeys((2, 133004), 503).items(),
        *dict.fromkeys((1, 4, 33, 100, 80007, 130429, 131048, 131056, 133016), 400).items(),
        *dict.fromkeys((131026, 131047, 131049, 132000, 132015, 135000), 400).items(),
    ],
)
def test_codes_have_the_http_statuses_of_metas_table(code: int, status: int) -> None:
    assert find_status(code) == status


def test_other_calls_fail_on_demand_too(scene: WhatsAppScene, maya: Person) -> None:
    scene.whatsapp.quirks.other_refusals += [80007, 4]
    scene.write(maya)
    assert scene.refused("GET", PHONE_NUMBER_ID) == "400 80007"
    answer = scene.upload(b"%PDF", "application/pdf")
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 4)
    scene.ok("GET", PHONE_NUMBER_ID)


def test_an_accepted_message_may_fail_later(scene: WhatsAppScene, maya: Person) -> None:
    scene.whatsapp.quirks.failures += [130472, 131049]
    for code in (130472, 131049):
        message_id = scene.write(maya, biz_opaque_callback_data="part-1")
        [change] = [each for each in scene.settle() if "statuses" in each["value"]]
        assert "contacts" not in change["value"]
        [status] = change["value"]["statuses"]
        assert (status["id"], status["status"], status["biz_opaque_callback_data"]) == (message_id, "failed", "part-1")
        assert status["errors"][0] | {"title": "", "message": ""} == {
            "code": code,
            "title": "",
            "message": "",
            "error_data": {"details": TITLES[code]},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }
        assert scene.phone(maya)[-1]["error"] == f"{code} {TITLES[code]}"
