"""The phones of the playground's page: what it shows, and what its buttons do."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from playground.services.telegram import DEMO_TOKEN
from playground.services.telegram.demo import DEMO_OWNERS
from playground.services.telegram.records import Person
from tests.simulators.telegram.scene import BUTTONS, Scene


@pytest.fixture
def scene() -> Scene:
    return Scene.connected()


@pytest.fixture
def maya(scene: Scene) -> Person:
    return scene.meet()


def test_everything_a_customer_does_can_be_done_by_name(scene: Scene) -> None:
    act = scene.telegram.act
    person = str(act("new_person", {"name": "Noor"})["person"])
    me = {"person": person}
    act("open", {**me, "context": "booking-17"})
    written = act("write", {**me, "text": "hi"})["message"]
    act("edit", {**me, "message": str(written), "text": "hello"})
    act("write", {**me, "text": "see above", "reply_to": str(written), "quote": "hell"})
    act("write_formatted", {**me, "text": "<b>now</b>"})
    data = b64encode(b"ogg").decode()
    act("send_file", {**me, "name": "a.ogg", "content_type": "audio/ogg", "data": data, "as": "voice"})
    one = {"name": "a.png", "content_type": "image/png", "data": data}
    act("send_album", {**me, "files": json.dumps([one, one]), "caption": "both"})
    act("send_sticker", {**me, "emoji": "😀"})
    act("send_voice", me)
    act("send_location", {**me, "latitude": "1.5", "longitude": "2"})
    act("send_venue", {**me, "latitude": "1.5", "longitude": "2", "title": "Station", "address": "Square 1"})
    act("send_contact", {**me, "name": "Bo", "phone": "+1"})
    sent = scene.ok("sendMessage", chat_id=person, text="?", reply_markup=BUTTONS)["message_id"]
    act("tap", {**me, "message": str(sent), "button": "0"})
    act("react", {**me, "message": str(sent), "emoji": "👍"})
    act("react", {**me, "message": str(sent)})
    act("read", me)
    act("delete", {**me, "message": str(written)})
    act("unsubscribe", me)
    act("subscribe", me)
    act("clear", me)
    came = [list(update)[1] for update in scene.settle()]
    kinds = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")
    assert [came.count(kind) for kind in kinds] == [12, 1, 1, 2, 2]
    act("delete_account", me)
    with pytest.raises(KeyError):
        act("fly", me)
    with pytest.raises(KeyError):
        act("tap", {**me, "message": str(sent), "button": "7"})


def test_everything_in_a_group_can_be_done_by_name(scene: Scene, maya: Person) -> None:
    act = scene.telegram.act
    me = {"person": str(maya.id)}
    group = {**me, "chat": str(act("new_group", {**me, "title": "Team"})["id"])}
    act("join", {**group, "person": str(act("new_person", {"name": "Noor"})["person"])})
    act("promote_bot", group)
    large = {**me, "chat": str(act("migrate", group)["id"])}
    act("write", {**large, "text": "hi"})
    act("remove_bot", large)
    act("add_bot", large)
    forum = {**me, "chat": str(act("new_group", {**me, "title": "Help", "kind": "forum"})["id"])}
    topic = str(act("new_topic", {**forum, "name": "Billing"})["id"])
    act("write", {**forum, "text": "/ask", "thread": topic})
    assert len(scene.settle()) == 15
    assert len(scene.phone(maya)) == 1


def test_a_group_is_shown_with_who_wrote_and_reacted(scene: Scene, maya: Person) -> None:
    telegram = scene.telegram
    noor = telegram.new_person("Noor Said")
    forum = telegram.new_group("Help", maya, forum=True)
    telegram.join(forum, noor)
    topic = telegram.new_topic(forum, maya, "Billing")
    written = telegram.write(noor.id, "/ask", chat=forum.id, thread=topic.id)
    telegram.react(maya.id, written.id, "👍", chat=forum.id)
    [shown] = telegram.view()["groups"]
    assert (shown["kind"], shown["bot"]) == ("forum", "member")
    assert shown["members"] == [str(maya.id), str(noor.id)]
    line = shown["messages"][-1]
    assert (line["name"], line["sender"], line["topic"]) == ("Noor Said", str(noor.id), topic.id)
    assert line["reactions"] == [{"emoji": "👍", "author": "customer", "person": str(maya.id), "name": "Maya Chen"}]
    telegram.delete(noor.id, written.id, forum.id)
    [shown] = telegram.view()["groups"]
    assert [one["text"] for one in shown["messages"]][-1] == "A topic was created"


def test_a_business_account_is_on_the_phones_of_its_owner_and_of_who_writes_to_it(scene: Scene, maya: Person) -> None:
    telegram = scene.telegram
    noor = telegram.new_person("Noor Said")
    act = telegram.act
    act("connect_business", {"person": str(maya.id)})
    chat = str(act("new_business_chat", {"person": str(noor.id), "owner": str(maya.id)})["id"])
    asked = act("write", {"person": str(noor.id), "chat": chat, "text": "Open?"})["message"]
    mine = str(act("write", {"person": str(maya.id), "chat": chat, "text": "Until six", "reply_to": asked})["message"])
    scene.ok("sendMessage", business_connection_id=telegram.account(maya.id).id, chat_id=noor.id, text="or seven")
    act("edit", {"person": str(maya.id), "chat": chat, "message": mine, "text": "Until five"})
    act("delete", {"person": str(noor.id), "chat": chat, "message": str(asked)})
    shown = telegram.view()["groups"][0]
    assert (shown["id"], shown["kind"], shown["members"]) == (chat, "business", [str(maya.id), str(noor.id)])
    lines = [(line["text"], line["sender"]) for line in shown["messages"]]
    assert lines == [("Until five", str(maya.id)), ("or seven", str(maya.id))], "the owner's, on every phone"
    assert [person["business"] for person in telegram.view()["people"]] == ["connected", "", ""]
    act("disconnect_business", {"person": str(maya.id)})
    assert telegram.view()["people"][0]["business"] == "removed"
    with pytest.raises(KeyError):
        act("write", {"person": str(telegram.new_person("Bo").id), "chat": chat, "text": "not mine"})
    assert [line["text"] for line in scene.phone(noor)] == []


def test_of_a_group_that_became_a_supergroup_one_is_shown(scene: Scene, maya: Person) -> None:
    large = scene.telegram.migrate(scene.telegram.new_group("Team", maya), maya)
    assert [group["id"] for group in scene.telegram.view()["groups"]] == [str(large.id)]


def test_in_a_group_a_key_of_the_keyboard_is_pressed_there(scene: Scene, maya: Person) -> None:
    group = scene.telegram.new_group("Team", maya)
    keyboard = {"keyboard": [[{"text": "Yes"}, {"text": "Here", "request_location": True}]]}
    asked = scene.ok("sendMessage", chat_id=group.id, text="Sure?", reply_markup=keyboard)
    for button in (0, 1):
        scene.telegram.tap(maya.id, asked["message_id"], button, group.id)
    yes, here = group.messages[-2:]
    assert yes.text == "Yes"
    assert "location" in here.content
    assert [line["text"] for line in scene.phone(maya)] == ["/start"]


def test_the_view_is_json_with_everything_the_page_needs(scene: Scene, maya: Person) -> None:
    scene.ok("sendMessage", chat_id=maya.id, text="?", reply_markup=BUTTONS)
    view = json.loads(json.dumps(scene.telegram.view()))
    assert (view["service"], view["title"], view["side"]) == ("telegram", "Telegram", "messenger")
    first, second = view["people"]
    assert (first["id"], first["name"], first["subscribed"]) == (str(maya.id), "Maya Chen", True)
    assert (second["subscribed"], second["messages"]) == (False, [])
    fields = "id author name avatar at text attachment buttons cards location status error"
    more = "reactions edited reply_to form entities topic sender waiting album"
    assert {frozenset(line) for line in first["messages"]} == {frozenset(f"{fields} {more}".split())}
    portrait = scene.client.get(first["avatar"].removeprefix(scene.telegram.base_url))
    assert portrait.mimetype == "image/svg+xml"


def test_addresses_follow_the_simulator_when_it_moves(scene: Scene, maya: Person) -> None:
    scene.telegram.base_url = "http://127.0.0.1:4321"
    assert scene.telegram.view()["people"][0]["avatar"].startswith("http://127.0.0.1:4321/files/")


def test_the_demo_account(scene: Scene) -> None:
    demo = scene.telegram.demo()
    assert demo.settings == {"base_url": scene.telegram.base_url, "business": DEMO_OWNERS}
    assert demo.secrets == {"bot_token": DEMO_TOKEN}


def test_a_long_text_leaves_the_phone_in_parts(scene: Scene, maya: Person) -> None:
    sign = "👩‍👩‍👧"
    scene.telegram.write(maya.id, "a" + sign * 1000)
    parts = [update["message"]["text"] for update in scene.settle()]
    assert "".join(parts) == "a" + sign * 1000
    assert [len(part.encode("utf-16-le")) // 2 for part in parts] == [4089, 3912]
    assert all(part.startswith(sign) for part in parts[1:])


def test_what_is_two_days_old_cannot_be_edited(scene: Scene, maya: Person) -> None:
    written = scene.telegram.write(maya.id, "hi")
    scene.time.advance(48 * 3600)
    with pytest.raises(ValueError, match="too old"):
        scene.telegram.edit(maya.id, written.id, "hello")
