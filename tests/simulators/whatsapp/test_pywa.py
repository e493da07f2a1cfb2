"""pywa works with the simulated WhatsApp: what it believes of Meta's API and webhooks, we believe too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from pywa import errors, utils
from pywa.client import WhatsApp
from pywa.types import templates
from pywa.types.base_update import RawUpdate
from pywa.types.callback import Button, Section, SectionList, SectionRow, URLButton
from pywa.types.message_status import MessageStatus
from pywa.types.others import Contact

from playground.page_arguments import ChosenFile
from playground.services.whatsapp.demo import (
    APP_ID,
    APP_SECRET,
    DEMO_PIN,
    DEMO_TOKEN,
    PHONE_NUMBER_ID,
    VOICE,
    WABA_ID,
)
from playground.services.whatsapp.records import Person
from tests.harness.whatsapp import HOOK, VERIFY_TOKEN, WhatsAppScene


def make_client(scene: WhatsAppScene, token: str = DEMO_TOKEN) -> WhatsApp:
    """The library's own client, whose calls end at the simulator."""
    session = httpx.Client(transport=httpx.WSGITransport(app=scene.whatsapp.app))
    return WhatsApp(
        phone_id=PHONE_NUMBER_ID,
        token=token,
        session=session,
        server=None,
        waba_id=WABA_ID,
        app_id=APP_ID,
        app_secret=APP_SECRET,
        api_version="25.0",
    )


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


@pytest.fixture
def client(scene: WhatsAppScene) -> Iterator[WhatsApp]:
    made = make_client(scene)
    yield made
    made.api._session.close()


@pytest.fixture
def maya(scene: WhatsAppScene) -> Person:
    return scene.meet()


def to(person: Person) -> str:
    return f"+{person.phone}"


# --- calls -----------------------------------------------------------------------------------------------------------


def test_the_library_writes_asks_and_reacts(scene: WhatsAppScene, client: WhatsApp, maya: Person) -> None:
    theirs = scene.last(maya).id
    sent = client.send_message(to(maya), "See you", tracker="part-1", reply_to_message_id=theirs)
    assert (sent.id, sent.input) == (scene.last(maya).id, to(maya))
    client.send_message(to(maya), "Which?", buttons=[Button("10:30", "slot-1"), Button("11:00", "slot-2")])
    section = Section("Hair", [SectionRow("Cut", "r1", "45 min")])
    client.send_message(to(maya), "Choose", buttons=SectionList("Open", [section]))
    client.send_message(to(maya), "Pay", buttons=URLButton("Pay", "https://shop.test/p"))
    client.send_location(to(maya), 47.4, 8.5, "Station", "Bahnhofplatz 1")
    client.request_location(to(maya), "Where are you?")
    client.request_contact_info(to(maya), "May we call?")
    contact = Contact(
        name=Contact.Name(formatted_name="Ann Lee", first_name="Ann"),
        phones=[Contact.Phone(phone="+41790000000", type="CELL")],
    )
    client.send_contact(to(maya), contact)
    client.send_reaction(to(maya), "👍", theirs)
    client.mark_message_as_read(theirs)
    client.indicate_typing(theirs)
    assert [each["status"] for each in scene.statuses()].count("delivered") == 9
    assert [line["form"] for line in scene.phone(maya)] == [
        "",
        "",
        "button",
        "list",
        "cta_url",
        "location",
        "location_request_message",
        "request_contact_info",
        "contacts",
    ]


def test_the_library_sends_to_an_id(scene: WhatsAppScene, client: WhatsApp) -> None:
    person = scene.meet("Tomás Oliveira")
    sent = client.send_message(person.user_id, "Hello")
    assert sent.chat.id == person.user_id
    assert scene.last(person).content == {"body": "Hello", "preview_url": False}


def test_the_library_uploads_and_downloads_files(scene: WhatsAppScene, client: WhatsApp, maya: Person) -> None:
    uploaded = client.upload_media(b"%PDF", mime_type="application/pdf", filename="offer.pdf")
    client.send_document(to(maya), uploaded.id, filename="offer.pdf", caption="Our offer")
    client.send_image(to(maya), "https://shop.test/a.jpg", caption="look")
    client.send_voice(to(maya), VOICE, mime_type="audio/ogg; codecs=opus")
    assert [line["form"] for line in scene.phone(maya)][1:] == ["document", "photo", "voice"]
    theirs = scene.people.send_file(maya, ChosenFile(name="a.jpg", content_type="image/jpeg", data=b"jpeg"))
    found = client.get_media_url(theirs.content["id"])
    assert (found.mime_type, found.file_size) == ("image/jpeg", 4)
    assert client.get_media_bytes(found.url) == b"jpeg"
    assert client.delete_media(theirs.content["id"])


def test_the_library_reads_numbers_and_accounts(scene: WhatsAppScene, client: WhatsApp) -> None:
    number = client.get_business_phone_number()
    assert (number.verified_name, number.quality_rating) == ("Patchbay Demo", "GREEN")
    [listed] = client.get_business_phone_numbers()
    assert listed.id == PHONE_NUMBER_ID
    assert client.get_business_account().name == "Patchbay Demo"
    assert client.register_phone_number(DEMO_PIN)
    assert client.deregister_phone_number()
    assert scene.core.number.is_registered is False


def test_the_library_sets_addresses(scene: WhatsAppScene, client: WhatsApp) -> None:
    token = f"{APP_ID}|{APP_SECRET}"
    assert client.set_app_callback_url(
        app_id=int(APP_ID),
        app_access_token=token,
        callback_url=HOOK,
        verify_token=VERIFY_TOKEN,
        fields=("messages", "user_preferences"),
    )
    assert client.override_waba_callback_url(f"{HOOK}/1", verify_token=VERIFY_TOKEN)
    assert client.override_phone_callback_url(f"{HOOK}/2", verify_token=VERIFY_TOKEN)
    scene.people.write(scene.person(), "Hello")
    scene.settle()
    assert client.delete_phone_callback_url()
    assert client.delete_waba_callback_url()
    scene.people.write(scene.person(), "Hello")
    scene.settle()
    assert scene.urls == [f"{HOOK}/2", HOOK]


def test_the_library_blocks_people(client: WhatsApp, maya: Person) -> None:
    assert client.block_users([to(maya)]).added_users
    assert [each.bsuid for each in client.get_blocked_users()] == [maya.user_id]
    assert client.unblock_users([to(maya)]).removed_users


def test_the_library_keeps_templates(scene: WhatsAppScene, client: WhatsApp, maya: Person) -> None:
    made = client.create_template(
        templates.Template(
            name="visit_reminder",
            language=templates.TemplateLanguage.GERMAN,
            category=templates.TemplateCategory.UTILITY,
            parameter_format=templates.ParamFormat.NAMED,
            components=[
                templates.BodyText("Guten Tag {{name}}, wir sehen uns um {{time}}.", name="Zoë", time="10:30"),
                templates.FooterText(text="Acme"),
                templates.Buttons(buttons=[templates.QuickReplyButton(text="Passt")]),
            ],
        )
    )
    assert made.status == templates.TemplateStatus.PENDING
    scene.settle()
    [listed] = client.get_templates(statuses=[templates.TemplateStatus.APPROVED])
    assert (listed.id, listed.name) == (made.id, "visit_reminder")
    whole = client.get_template(made.id)
    assert [type(each).__name__ for each in whole.components] == ["BodyText", "FooterText", "Buttons"]
    sent = client.send_template(
        to(maya),
        "visit_reminder",
        templates.TemplateLanguage.GERMAN,
        [
            templates.BodyText.params(name="Zoë", time="10:30"),
            templates.QuickReplyButton.params(callback_data="OK", index=0),
        ],
    )
    assert sent.id == scene.last(maya).id
    assert scene.phone(maya)[-1]["text"] == "Guten Tag Zoë, wir sehen uns um 10:30.\nAcme"
    body = templates.BodyText("Guten Tag {{name}}, bitte kommen Sie um {{time}}.", name="Zoë", time="10:30")
    assert client.update_template(made.id, new_components=[body])
    scene.settle()
    scene.core.templates.pause(scene.core.state.templates[made.id])
    assert client.unpause_template(made.id)
    assert client.delete_template("visit_reminder")


@pytest.mark.parametrize("code", [190, 10, 4, 80007, 130429, 131047, 131056, 131026, 131000, 131016, 132015, 133016])
def test_the_library_understands_each_refusal(scene: WhatsAppScene, client: WhatsApp, maya: Person, code: int) -> None:
    scene.whatsapp.quirks.refusals.append(code)
    with pytest.raises(errors.WhatsAppError) as caught:
        client.send_message(to(maya), "x")
    assert caught.value.code == code
    assert type(caught.value) is not errors.WhatsAppError


def test_the_library_understands_refusals_of_tokens_and_templates(scene: WhatsAppScene, maya: Person) -> None:
    client = make_client(scene, token="wrong")
    with pytest.raises(errors.ExpiredAccessToken):
        client.send_message(to(maya), "x")
    client.token = DEMO_TOKEN
    with pytest.raises(errors.TemplateNotExists):
        client.send_template(to(maya), "unknown", templates.TemplateLanguage.GERMAN, [])
    client.api._session.close()


# --- webhooks --------------------------------------------------------------------------------------------------------

AD = {
    "source_url": "https://fb.me/x",
    "source_id": "17",
    "source_type": "ad",
    "headline": "Hair",
    "body": "Now",
    "media_type": "image",
    "image_url": "https://fb.me/y",
    "ctwa_clid": "c",
}
#: Fields that pywa 4.5 has no name for: only Meta's pages speak of them.
UNKNOWN_FIELDS = {
    "user_id_update",
    "standby",
    "messaging_handovers",
    "account_alerts",
    "phone_number_quality_update",
    "phone_number_name_update",
}


def make_update(body: bytes) -> RawUpdate:
    return RawUpdate(body, hmac_header=None, update_hash="")


def read(scene: WhatsAppScene, client: WhatsApp) -> list[Any]:
    """What the library makes of each webhook. Those of fields that it does not know are left out."""
    scene.time.settle()
    found = []
    for body, headers in zip(scene.bodies, scene.headers, strict=True):
        assert client.webhook_update_validator(body, headers["X-Hub-Signature-256"]) is None
        update = make_update(body)
        handler = client._get_handler_type(update)
        assert (handler is None) == (update.field in UNKNOWN_FIELDS), update.field
        if handler is not None:
            found.append(client._handlers_to_updates[handler].from_update(client=client, update=update))
    scene.bodies.clear()
    scene.headers.clear()
    return found


def test_the_library_reads_what_people_write(scene: WhatsAppScene, client: WhatsApp) -> None:
    maya, people = scene.person(), scene.people
    people.write(maya, "Grüezi 😀", ad=AD)
    people.send_file(maya, ChosenFile(name="a.jpg", content_type="image/jpeg", data=b"jpeg", caption="look"))
    people.send_file(maya, ChosenFile(name="a.mp4", content_type="video/mp4", data=b"mp4"))
    people.send_file(maya, ChosenFile(name="a.pdf", content_type="application/pdf", data=b"%PDF"))
    people.send_voice(maya)
    people.send_sticker(maya)
    people.send_location(maya, 47.4, 8.5, "Station", "Bahnhofplatz 1")
    people.send_contact(maya, "Ann Lee", "+41 79 000 00 00")
    people.share_phone(maya)
    people.react(maya, scene.last(maya).id, "👍")
    people.react(maya, scene.last(maya).id)
    people.send_unsupported(maya, "poll")
    people.open_chat(maya)
    updates = read(scene, client)
    text, image, video, document, voice, sticker, place, card, own, put, gone, other, opened = updates
    assert (text.text, text.from_user.wa_id, text.from_user.bsuid) == ("Grüezi 😀", maya.phone, maya.user_id)
    assert text.referral.source_id == "17"
    assert (image.caption, image.image.mime_type, video.video.mime_type) == ("look", "image/jpeg", "video/mp4")
    assert (document.document.filename, voice.audio.voice, sticker.sticker.animated) == ("a.pdf", True, False)
    assert (place.location.name, card.contacts.first.name.first_name) == ("Station", "Ann")
    assert (own.contacts.origin, own.contacts.first_wa_id) == ("contact_request", maya.phone)
    assert (put.reaction.emoji, gone.reaction.emoji) == ("👍", None)
    assert (other.unsupported.type, other.error.code) == ("poll", 131051)
    assert opened.type == "request_welcome"
    people.write(scene.person("Tomás Oliveira"), "Olá")
    [hidden] = read(scene, client)
    assert (hidden.from_user.wa_id, hidden.from_user.username) == (None, "@tomás.oliveira")


def test_the_library_reads_answers_edits_and_moves(scene: WhatsAppScene, client: WhatsApp, maya: Person) -> None:
    buttons = [Button("10:30", "slot-1")]
    asked = client.send_message(to(maya), "Which?", buttons=buttons)
    rows = [SectionRow("Cut", "r1", "45 min")]
    listed = client.send_message(to(maya), "Choose", buttons=SectionList("Open", [Section("Hair", rows)]))
    scene.settle()
    scene.headers.clear()
    scene.core.number.is_on_phone = True
    people = scene.people
    people.tap(maya, asked.id)
    people.tap(maya, listed.id)
    people.submit_flow(maya, asked.id, {"day": "Monday"})
    written = people.write(maya, "One", reply_to=asked.id)
    people.edit(maya, written.id, "Two")
    people.delete(maya, written.id)
    people.stop_marketing(maya)
    scene.core.business.write_by_phone(maya, "sent from the owner's phone")
    people.change_number(maya, "41760001122")
    updates = read(scene, client)
    button, row, form, answer, edited, deleted, stopped, echo, moved = updates
    assert (button.data, button.title, row.data, row.title) == ("slot-1", "10:30", "r1", "Cut")
    assert button.reply_to_message.id == asked.id
    assert (form.response, answer.reply_to_message.id) == ({"day": "Monday"}, asked.id)
    assert (edited.message.text, edited.original_message_id) == ("Two", written.id)
    assert type(deleted).__name__ == "DeletedMessage"
    assert (bool(stopped), echo.text) == (False, "sent from the owner's phone")
    assert (moved.new_wa_id, moved.new_user_id) == ("41760001122", maya.user_id)


def test_the_library_reads_statuses(scene: WhatsAppScene, client: WhatsApp, maya: Person) -> None:
    client.send_message(to(maya), "Hello", tracker="part-1")
    scene.bodies.clear()
    scene.headers.clear()
    scene.people.read(maya)
    sent, read_, *_ = read(scene, client)
    assert (sent.status, read_.status, sent.tracker) == ("sent", "read", "part-1")
    assert (sent.pricing.model, sent.pricing.type, sent.pricing.category) == ("PMP", "free_customer_service", "service")
    assert sent.from_user.bsuid == maya.user_id


def test_the_library_reads_no_failure_without_contacts(scene: WhatsAppScene, client: WhatsApp, maya: Person) -> None:
    """Meta's page says that failures have no contacts; pywa wants them, and knows the rest."""
    scene.whatsapp.quirks.failures.append(131049)
    client.send_message(to(maya), "Hello")
    scene.time.settle()
    failed = json.loads(scene.bodies[-1])
    with pytest.raises(KeyError, match="contacts"):
        MessageStatus.from_update(client=client, update=make_update(scene.bodies[-1]))
    value = failed["entry"][0]["changes"][0]["value"]
    value["contacts"] = [{"user_id": maya.user_id}]
    read_ = MessageStatus.from_update(client=client, update=make_update(json.dumps(failed).encode()))
    assert read_.error is not None
    assert (read_.status, read_.error.code) == ("failed", 131049)


def test_the_library_reads_news_of_templates_and_accounts(scene: WhatsAppScene, client: WhatsApp) -> None:
    template = scene.core.templates.add(
        "hello", "Hello there", header="Hi", buttons=[{"type": "QUICK_REPLY", "text": "Yes"}]
    )
    kept = scene.core.templates
    kept.pause(template)
    kept.unpause(template)
    kept.disable(template)
    kept.reject(template, "SCAM", "It looks like a scam", "Say who you are")
    kept.set_quality(template, "RED")
    kept.announce_category(template, "MARKETING")
    kept.change_category(template, "MARKETING")
    kept.report_components(template)
    scene.core.business.update_account("ACCOUNT_VIOLATION", {"violation_info": {"violation_type": "SPAM"}})
    paused, _, disabled, rejected, quality, coming, done, parts, account = read(scene, client)
    assert (paused.new_status, paused.other_info.title) == ("PAUSED", "FIRST_PAUSE")
    assert (disabled.new_status, rejected.rejection_info.recommendation) == ("DISABLED", "Say who you are")
    assert (quality.new_quality_score, coming.correct_category, done.previous_category) == (
        "RED",
        "MARKETING",
        "UTILITY",
    )
    assert (parts.template_element, parts.template_title) == ("Hello there", "Hi")
    assert account.event == "ACCOUNT_VIOLATION"


def test_what_the_library_does_not_know_is_left_to_metas_pages(scene: WhatsAppScene, client: WhatsApp) -> None:
    maya, business = scene.person(), scene.core.business
    scene.people.change_number(maya, notice="field")
    business.alert("OBA_APPROVED")
    business.change_quality("RED", "FLAGGED")
    business.review_name()
    business.pass_to_us(maya)
    scene.whatsapp.quirks.routing = True
    business.take_from_us(maya)
    scene.people.write(maya, "Hello")
    assert read(scene, client) == []
    assert scene.urls


def test_the_library_makes_the_signature_that_we_make(scene: WhatsAppScene) -> None:
    scene.people.write(scene.person(), "Grüezi")
    scene.time.settle()
    [body], [headers] = scene.bodies, scene.headers
    given: Mapping[str, str] = headers
    rewritten = json.dumps(json.loads(body), ensure_ascii=False).encode()
    for raw, expected in ((body, True), (rewritten, False)):
        signature = given["X-Hub-Signature-256"]
        assert utils.webhook_updates_validator(APP_SECRET, raw, signature) == expected
