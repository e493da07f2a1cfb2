"""The types of the page's scripts name the fields that the API sends."""

from __future__ import annotations

from pathlib import Path

from tests.harness.fakes.chats import WebChat, write_static
from tests.harness.type_declarations import find_differences, read_interfaces

TYPES = read_interfaces(Path(__file__).parents[2] / "functions/webchat/types.d.ts")


def test_answers_have_the_fields_of_their_types(tmp_path: Path) -> None:
    web = WebChat(write_static(tmp_path))
    ann = web.browser()
    chat, heard = ann.start(), ann.open_live()
    ann.post(chat, upload=ann.upload(chat, "a.txt", "text/plain", b"a"))
    buttons = [{"label": "Yes", "payload": "y"}]
    card = {"title": "Lamp", "text": "Brass", "image": None, "buttons": buttons}
    web.reply(chat, "Which one?", buttons=buttons)
    web.reply(chat, "", content={"type": "cards", "cards": [card]})
    web.reply(chat, "", content={"type": "location", "latitude": 1.0, "longitude": 2.0, "label": "Shop"})
    page = ann.poll(chat)
    assert len(page["messages"]) == 4
    assert list(find_differences(page, "MessagePage", TYPES)) == []
    assert list(find_differences(ann.call("GET", "chats").json["chats"], "Chat", TYPES)) == []
    assert list(find_differences(web.call("GET", "api/about").json, "About", TYPES)) == []
    assert list(find_differences(heard[-1], "LiveUpdate", TYPES)) == []
    reserved = ann.call("POST", f"chats/{chat}/uploads", {"name": "b.txt", "size": 1, "type": "text/plain"}).json
    assert list(find_differences(reserved, "ReservedUpload", TYPES)) == []
