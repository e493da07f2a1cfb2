"""Templates: read, sent with values, handed in, changed and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from patchbay.domain.errors import Rejected
from patchbay.domain.events import ReceiptReceived
from patchbay.domain.model import Conversation, Part, Text
from patchbay.domain.template_status import TemplateStatus
from patchbay.domain.templates import ButtonKind, FilledTemplate, Template, TemplateButton
from patchbay.messengers.whatsapp import CONNECTOR, templates
from tests.connectors.whatsapp.scene import make_webhook, parse
from tests.harness.whatsapp_bridge import AGENT, WhatsAppHarness

NAMED: dict[str, Any] = {
    "id": "1689556908129832",
    "name": "visit_reminder",
    "language": "de",
    "category": "UTILITY",
    "status": "APPROVED",
    "parameter_format": "NAMED",
    "quality_score": {"score": "GREEN"},
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Termin am {{day}}"},
        {"type": "BODY", "text": "Guten Tag {{first_name}}, wir sehen uns um {{time}}."},
        {"type": "FOOTER", "text": "Acme"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Passt"},
                {"type": "URL", "text": "Verschieben", "url": "https://acme.example/v/{{1}}"},
                {"type": "PHONE_NUMBER", "text": "Anrufen", "phone_number": "+41445550100"},
            ],
        },
    ],
}
NUMBERED: dict[str, Any] = {
    "name": "offer",
    "language": "en_US",
    "category": "MARKETING",
    "status": "PAUSED",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "For {{1}}"},
        {"type": "BODY", "text": "{{2}} off until {{1}}"},
        {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "text": "Copy", "example": ["SAVE5"]}]},
    ],
}


def test_a_template_is_read_with_a_name_for_each_parameter() -> None:
    template = templates.read_template(NAMED)
    assert (template.name, template.language, template.category) == ("visit_reminder", "de", "utility")
    assert (template.status, template.quality) == (TemplateStatus.APPROVED, "high")
    assert template.parameters == ("day", "first_name", "time", "button_2")
    assert [button.kind for button in template.buttons] == [ButtonKind.REPLY, ButtonKind.URL, ButtonKind.PHONE]
    assert template.buttons[1].value == "https://acme.example/v/{{button_2}}"
    assert template.is_sendable
    numbered = templates.read_template(NUMBERED)
    assert (numbered.header, numbered.body) == ("For {{header_1}}", "{{2}} off until {{1}}")
    assert numbered.parameters == ("header_1", "2", "1", "button_1")
    assert (numbered.status, numbered.is_sendable) == (TemplateStatus.PAUSED, False)


@pytest.mark.parametrize(("format_", "media"), [("IMAGE", "image"), ("GIF", "video"), ("LOCATION", "location")])
def test_a_template_whose_header_is_a_file_is_not_sent_from_a_desk(format_: str, media: str) -> None:
    components = [{"type": "HEADER", "format": format_}, {"type": "BODY", "text": "x"}]
    template = templates.read_template({**NAMED, "components": components})
    assert (template.media, template.is_sendable) == (media, False)


def test_what_is_unknown_about_a_template_keeps_it_from_being_sent() -> None:
    odd = templates.read_template({"name": "odd", "status": "SOMETHING_NEW", "components": "none"})
    assert (odd.status, odd.body, odd.parameters) == (TemplateStatus.OTHER, "", ())


def list_components(filled: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(filled["components"])


def test_values_go_where_the_template_has_its_parameters() -> None:
    values = {"day": "Montag", "first_name": "Zoë", "time": "10:30\nor later", "button_2": "77"}
    filled = templates.fill(FilledTemplate(template=templates.read_template(NAMED), values=values))
    header, body, button = list_components(filled)
    assert header["parameters"] == [{"type": "text", "text": "Montag", "parameter_name": "day"}]
    assert [one["text"] for one in body["parameters"]] == ["Zoë", "10:30 or later"]
    assert button == {"type": "button", "index": "1", "sub_type": "url", "parameters": [{"type": "text", "text": "77"}]}
    numbered = {"header_1": "you", "1": "May", "2": "5 %", "button_1": "SAVE5"}
    filled = templates.fill(FilledTemplate(template=templates.read_template(NUMBERED), values=numbered))
    header, body, code = list_components(filled)
    assert header["parameters"] == [{"type": "text", "text": "you"}]
    assert [one["text"] for one in body["parameters"]] == ["May", "5 %"]
    assert code["parameters"] == [{"type": "coupon_code", "coupon_code": "SAVE5"}]
    with pytest.raises(Rejected, match="needs a value for 2"):
        templates.fill(FilledTemplate(template=templates.read_template(NUMBERED), values={**numbered, "2": " "}))


@pytest.mark.parametrize("described", [NAMED, NUMBERED])
def test_what_is_handed_in_reads_as_it_was_written(described: dict[str, Any]) -> None:
    template = templates.read_template(described)
    again = templates.read_template({**described, **templates.describe(template)})
    assert (again.header, again.body, again.footer, again.parameters) == (
        template.header,
        template.body,
        template.footer,
        template.parameters,
    )


# --- through the API -------------------------------------------------------------------------------------------------

REMINDER = Template(
    name="visit_reminder",
    language="en",
    category="utility",
    header="Visit on {{day}}",
    body="Hello {{first_name}}, see you at {{time}} then.",
    footer="Acme",
    buttons=(
        TemplateButton(kind=ButtonKind.REPLY, label="Fine"),
        TemplateButton(kind=ButtonKind.URL, label="Move it", value="https://acme.example/v/{{button_2}}"),
    ),
    parameters=("day", "first_name", "time", "button_2"),
    examples={"day": "Monday", "first_name": "Zoe", "time": "10:30", "button_2": "77"},
)


@pytest.fixture
def harness() -> WhatsAppHarness:
    return WhatsAppHarness.connected()


def create(harness: WhatsAppHarness) -> Template:
    made = CONNECTOR.create_template(REMINDER, harness.connection, harness.http)
    assert (bool(made.id), made.status) == (True, TemplateStatus.PENDING)
    harness.time.advance(60)
    harness.settle()
    [listed] = [one for one in CONNECTOR.list_templates(harness.connection, harness.http) if one.name == made.name]
    return listed


def send(harness: WhatsAppHarness, template: Template, **values: str) -> str:
    person = harness.person()
    part = Part(key="k:0", content=Text(text="shown"), sender=AGENT, sent_at=harness.time.now())
    filled = FilledTemplate(template=template, values=values)
    conversation = Conversation(external_id=person.user_id)
    return CONNECTOR.send_template(filled, part, conversation, harness.connection, harness.http).external_id


def test_a_template_is_made_reviewed_sent_and_deleted(harness: WhatsAppHarness) -> None:
    template = create(harness)
    assert template.is_sendable
    assert template.parameters == REMINDER.parameters
    person = harness.person()
    sent = send(harness, template, day="Monday", first_name="Maya", time="10:30", button_2="77")
    shown = harness.last(person)
    assert (shown.id, shown.type) == (sent, "template")
    assert "Hello Maya, see you at 10:30 then." in shown.shown
    CONNECTOR.delete_template(template, harness.connection, harness.http)
    names = [one.name for one in CONNECTOR.list_templates(harness.connection, harness.http) if one.is_sendable]
    assert REMINDER.name not in names


def test_a_template_that_meta_does_not_know_is_refused_in_words(harness: WhatsAppHarness) -> None:
    with pytest.raises(Rejected, match="no approved template"):
        send(harness, REMINDER, day="Monday", first_name="Maya", time="10:30", button_2="77")


def test_a_template_is_changed_by_its_id(harness: WhatsAppHarness) -> None:
    with pytest.raises(Rejected, match="no id"):
        CONNECTOR.edit_template(REMINDER, harness.connection, harness.http)
    with pytest.raises(Rejected, match="WhatsApp Manager"):
        templates.describe_components(Template(name="a", language="en", category="utility", body="x", media="image"))


# --- what statuses bring back ----------------------------------------------------------------------------------------


def test_a_status_names_the_part_and_the_conversation_that_were_sent_along() -> None:
    status = {"id": "w", "status": "failed", "timestamp": "1788600000", "recipient_id": "41791234567"}
    [event] = parse(make_webhook(statuses=[{**status, "biz_opaque_callback_data": "message-0:0 CH.77"}]))
    assert isinstance(event, ReceiptReceived)
    assert (event.part_key, event.thread) == ("message-0:0", "CH.77")
    [event] = parse(make_webhook(statuses=[{**status, "biz_opaque_callback_data": "brg_01J8ZK"}]))
    assert isinstance(event, ReceiptReceived)
    assert (event.part_key, event.thread) == ("", "41791234567")
