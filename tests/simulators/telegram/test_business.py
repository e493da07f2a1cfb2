"""Business accounts in the simulated Telegram: what the bot is sent, and what it may do in an owner's name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from playground.services.telegram.records import Person
from tests.simulators.telegram.scene import ALL_KINDS, BUTTONS, Scene

KINDS = ["business_connection", "business_message", "edited_business_message", "deleted_business_messages"]


@pytest.fixture
def scene() -> Scene:
    return Scene.connected([*ALL_KINDS, *KINDS])


@pytest.fixture
def owner(scene: Scene) -> Person:
    person = scene.telegram.new_person("Åsa Berg", username="asa_b")
    scene.telegram.connect_business(person.id)
    return person


@pytest.fixture
def maya(scene: Scene) -> Person:
    return next(iter(scene.telegram.people.values()))


def connection(scene: Scene, owner: Person) -> str:
    return scene.telegram.account(owner.id).id


def the(scene: Scene) -> tuple[str, Any]:
    """Of the one update that came: what it is about."""
    [update] = scene.settle()
    [kind] = update.keys() - {"update_id"}
    return kind, update[kind]


# --- the connection --------------------------------------------------------------------------------------------------


def test_the_bot_hears_of_each_change_of_the_connection_and_of_its_rights(scene: Scene, owner: Person) -> None:
    kind, first = the(scene)
    assert (kind, first["is_enabled"], first["user"]["username"]) == ("business_connection", True, "asa_b")
    assert set(first["rights"]) == {"can_reply", "can_read_messages", "can_delete_sent_messages"}
    scene.telegram.change_rights(owner.id, ["can_read_messages"])
    assert the(scene)[1]["rights"] == {"can_read_messages": True}
    scene.telegram.disconnect_business(owner.id)
    _, ended = the(scene)
    assert (ended["id"], ended["is_enabled"], "rights" in ended) == (first["id"], False, False)
    scene.telegram.connect_business(owner.id)
    _, again = the(scene)
    assert again["is_enabled"]
    assert again["id"] != first["id"]
    assert scene.ok("getBusinessConnection", business_connection_id=again["id"]) == again
    assert not scene.ok("getBusinessConnection", business_connection_id=first["id"])["is_enabled"]
    assert scene.refused("getBusinessConnection", business_connection_id="x") == "400 business connection not found"


def test_only_a_bot_in_business_mode_can_be_connected(scene: Scene, maya: Person) -> None:
    assert scene.ok("getMe")["can_connect_to_business"]
    scene.telegram.bot.business_mode = False
    assert not scene.ok("getMe")["can_connect_to_business"]
    with pytest.raises(ValueError, match="BotFather"):
        scene.telegram.connect_business(maya.id)


# --- what is written there -------------------------------------------------------------------------------------------


def test_both_sides_messages_are_reported_in_order_and_apart_from_the_bots_own_chat(
    scene: Scene, owner: Person, maya: Person
) -> None:
    scene.telegram.start(maya.id)
    scene.settle()
    asked = scene.telegram.write_to_business(maya.id, owner.id, "Open today?")
    scene.telegram.write_as_owner(owner.id, maya.id, "Until six", reply_to=asked.id)
    scene.telegram.write_as_owner(owner.id, maya.id, "We are away", by_itself=True)
    updates = [update["business_message"] for update in scene.settle()]
    assert [(one["text"], one["from"]["id"], one["chat"]["id"]) for one in updates] == [
        ("Open today?", maya.id, maya.id),
        ("Until six", owner.id, maya.id),
        ("We are away", owner.id, maya.id),
    ]
    assert {one["business_connection_id"] for one in updates} == {connection(scene, owner)}
    assert updates[1]["reply_to_message"]["message_id"] == asked.id
    assert updates[2]["is_from_offline"]
    assert [line["text"] for line in scene.phone(maya)] == ["/start"]


def test_corrections_deletions_and_taps_are_reported(scene: Scene, owner: Person, maya: Person) -> None:
    asked = scene.telegram.write_to_business(maya.id, owner.id, "Open today?")
    business = connection(scene, owner)
    there = {"business_connection_id": business, "chat_id": maya.id}
    sent = scene.ok("sendMessage", **there, text="When?", reply_markup=BUTTONS)
    scene.settle()
    scene.telegram.edit_in_business(maya.id, owner.id, maya.id, asked.id, "Open tomorrow?")
    assert the(scene)[1]["text"] == "Open tomorrow?"
    scene.telegram.tap_in_business(maya.id, owner.id, sent["message_id"], "slot-1030")
    kind, query = the(scene)
    assert (kind, query["message"]["business_connection_id"]) == ("callback_query", business)
    assert scene.ok("answerCallbackQuery", callback_query_id=query["id"])
    chat = scene.telegram.business_chat(owner.id, maya.id)
    scene.telegram.delete_in_business(chat, [asked.id, sent["message_id"]])
    kind, deleted = the(scene)
    assert kind == "deleted_business_messages"
    assert (deleted["message_ids"], deleted["chat"]["id"]) == ([asked.id, sent["message_id"]], maya.id)


@pytest.mark.parametrize("how", ["excluded", "disconnected"])
def test_nothing_is_reported_of_what_is_not_the_bots(scene: Scene, owner: Person, maya: Person, how: str) -> None:
    if how == "excluded":
        scene.telegram.exclude(owner.id, maya.id)
    else:
        scene.telegram.disconnect_business(owner.id)
    scene.settle()
    message = scene.telegram.write_to_business(maya.id, owner.id, "private")
    scene.telegram.delete_in_business(scene.telegram.business_chat(owner.id, maya.id), [message.id])
    assert scene.settle() == []


# --- in the owner's name ---------------------------------------------------------------------------------------------


def test_the_bot_writes_corrects_reads_and_deletes_in_the_owners_name(
    scene: Scene, owner: Person, maya: Person
) -> None:
    asked = scene.telegram.write_to_business(maya.id, owner.id, "Open today?")
    scene.settle()
    there = {"business_connection_id": connection(scene, owner), "chat_id": maya.id}
    assert scene.ok("sendChatAction", **there, action="typing")
    sent = scene.ok("sendMessage", **there, text="Until six")
    assert (sent["from"]["id"], sent["sender_business_bot"]["id"]) == (owner.id, scene.telegram.bot.id)
    assert the(scene)[1]["message_id"] == sent["message_id"]
    edited = scene.ok("editMessageText", **there, message_id=sent["message_id"], text="Until seven")
    assert edited["text"] == "Until seven"
    assert scene.ok("readBusinessMessage", **there, message_id=asked.id)
    assert scene.telegram.business_chat(owner.id, maya.id).read_until == asked.id
    gone = {"business_connection_id": there["business_connection_id"], "message_ids": [sent["message_id"]]}
    assert scene.ok("deleteBusinessMessages", **gone)
    assert scene.telegram.business_chat(owner.id, maya.id).find(sent["message_id"]) is None


def test_what_the_bot_may_not_do_is_refused(scene: Scene, owner: Person, maya: Person) -> None:
    tomas = scene.telegram.new_person("Tomás")
    asked = scene.telegram.write_to_business(maya.id, owner.id, "Open today?")
    scene.telegram.write_to_business(tomas.id, owner.id, "Hello")
    first = connection(scene, owner)

    def send(chat_id: object = maya.id, business: str = first) -> str:
        return scene.refused("sendMessage", business_connection_id=business, chat_id=chat_id, text="x")

    assert send(business="unknown") == "400 business connection not found"
    assert send("@maya_chen") == "400 chat identifier must be a valid Integer"
    assert send(owner.id) == "400 BUSINESS_PEER_INVALID"
    scene.telegram.exclude(owner.id, tomas.id)
    assert send(tomas.id) == "400 BUSINESS_PEER_INVALID"
    scene.telegram.change_rights(owner.id, [])
    assert send() == "400 BOT_ACCESS_FORBIDDEN"
    there = {"business_connection_id": first, "chat_id": maya.id}
    assert scene.refused("readBusinessMessage", **there, message_id=asked.id) == "400 BOT_ACCESS_FORBIDDEN"
    gone = {"business_connection_id": first, "message_ids": [asked.id]}
    assert scene.refused("deleteBusinessMessages", **gone) == "400 MESSAGE_DELETE_FORBIDDEN"
    scene.telegram.disconnect_business(owner.id)
    assert send() == "400 BUSINESS_CONNECTION_INVALID"
    scene.telegram.connect_business(owner.id)
    assert send() == "400 BUSINESS_CONNECTION_INVALID"
    scene.time.advance(timedelta(hours=24).total_seconds())
    assert send(business=connection(scene, owner)) == "400 BUSINESS_PEER_USAGE_MISSING"


def test_reactions_cannot_be_set_in_a_business_account(scene: Scene, owner: Person) -> None:
    refusal = scene.refused(
        "setMessageReaction", business_connection_id=connection(scene, owner), chat_id=1, message_id=1, reaction=[]
    )
    assert "business_connection_id" in refusal
