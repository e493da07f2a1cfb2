"""The core of the simulated WhatsApp works without a door: for that of AWS, which has the same accounts and people."""

from __future__ import annotations

from random import Random

import pytest

from playground.services.whatsapp import Core
from playground.services.whatsapp.demo import PHONE_NUMBER_ID, WABA_ID
from playground.services.whatsapp.errors import RefusedCall, show_error
from playground.services.whatsapp.events import News
from tests.harness.virtual_time import VirtualTime


def test_the_core_takes_metas_json_and_hands_on_entries() -> None:
    time, news = VirtualTime(), list[News]()
    core = Core(time, Random(7))
    core.sinks.append(news.append)
    maya = core.people.new_person("Maya Chen")
    core.people.write(maya, "Hello")
    body = {"messaging_product": "whatsapp", "to": f"+{maya.phone}", "type": "text", "text": {"body": "Hi"}}
    answer = core.send(PHONE_NUMBER_ID, body)
    time.settle()
    assert {each.entry["id"] for each in news} == {WABA_ID}
    assert [len(each.entry["changes"]) for each in news] == [1, 1, 1]
    [message], [sent], [delivered] = [
        each.entry["changes"][0]["value"].get("messages") or each.entry["changes"][0]["value"]["statuses"]
        for each in news
    ]
    assert message["text"] == {"body": "Hello"}
    assert {sent["id"], delivered["id"]} == {answer["messages"][0]["id"]}


def test_a_refusal_has_metas_body() -> None:
    core = Core(VirtualTime(), Random(7))
    with pytest.raises(RefusedCall) as caught:
        core.send(PHONE_NUMBER_ID, {"messaging_product": "whatsapp", "to": "+41790000000", "type": "text"})
    assert (caught.value.code, caught.value.status) == (131008, 400)
    error = show_error(caught.value)["error"]
    assert error["error_data"] == {
        "messaging_product": "whatsapp",
        "details": "Parameter 'text' is mandatory for type 'text'",
    }
    with pytest.raises(RefusedCall, match="does not exist"):
        core.send("17", {"messaging_product": "whatsapp"})


def test_files_go_in_and_out_without_a_door() -> None:
    time = VirtualTime()
    core = Core(time, Random(7))
    media = core.media.add(core.number, b"%PDF", "application/pdf", "offer.pdf")
    assert core.media.find(media.id, PHONE_NUMBER_ID).content == b"%PDF"
    time.advance(30 * 86_400)
    with pytest.raises(RefusedCall):
        core.media.find(media.id)
