"""Groups, forums, and a group that becomes a supergroup."""

from __future__ import annotations

import pytest

from playground.services.telegram.records import Person
from tests.simulators.telegram.scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene.connected()


@pytest.fixture
def maya(scene: Scene) -> Person:
    return scene.meet()


def test_a_bot_hears_that_it_was_added_made_administrator_and_removed(scene: Scene, maya: Person) -> None:
    group = scene.telegram.new_group("Team", maya)
    scene.telegram.promote_bot(group, maya)
    scene.telegram.remove_bot(group, maya)
    updates = scene.settle()
    changes = [update["my_chat_member"] for update in updates if "my_chat_member" in update]
    assert [change["new_chat_member"]["status"] for change in changes] == ["member", "administrator", "kicked"]
    assert changes[0]["chat"] == {"id": group.id, "title": "Team", "type": "group"}
    added, removed = (update["message"] for update in updates if "message" in update)
    assert added["new_chat_members"][0]["id"] == scene.telegram.bot.id
    assert (removed["left_chat_member"]["id"], removed["from"]["id"]) == (scene.telegram.bot.id, maya.id)
    assert scene.refused("sendMessage", chat_id=group.id, text="x") == "403 bot was kicked from the group chat"
    scene.telegram.write(maya.id, "@patchbay_demo_bot are you there?", chat=group.id)
    assert scene.settle() == []


def test_in_groups_a_bot_sees_only_what_is_meant_for_it(scene: Scene, maya: Person) -> None:
    group = scene.telegram.new_group("Team", maya)
    scene.settle()
    sent = scene.ok("sendMessage", chat_id=group.id, text="hello all")
    scene.telegram.write(maya.id, "what is this?", chat=group.id)
    scene.telegram.write(maya.id, "/help", chat=group.id)
    scene.telegram.write(maya.id, "hey @Patchbay_Demo_Bot", chat=group.id)
    scene.telegram.write(maya.id, "thanks", chat=group.id, reply_to=sent["message_id"])
    assert [update["message"]["text"] for update in scene.settle()] == ["/help", "hey @Patchbay_Demo_Bot", "thanks"]
    scene.telegram.promote_bot(group, maya)
    scene.settle()
    scene.telegram.write(maya.id, "now everything", chat=group.id)
    scene.telegram.quirks.privacy_mode = False
    assert len(scene.settle()) == 1


def test_reactions_in_groups_are_for_administrators(scene: Scene, maya: Person) -> None:
    group = scene.telegram.new_group("Team", maya)
    sent = scene.ok("sendMessage", chat_id=group.id, text="hello all")
    scene.settle()
    scene.telegram.react(maya.id, sent["message_id"], "👍", chat=group.id)
    assert scene.settle() == []
    scene.telegram.promote_bot(group, maya)
    scene.telegram.react(maya.id, sent["message_id"], "", chat=group.id)
    assert [list(update)[1] for update in scene.settle()] == ["my_chat_member", "message_reaction"]


def test_a_bot_leaves_a_group(scene: Scene, maya: Person) -> None:
    group = scene.telegram.new_group("Team", maya, supergroup=True)
    scene.settle()
    assert scene.ok("leaveChat", chat_id=group.id) is True
    change, message = scene.settle()
    assert change["my_chat_member"]["new_chat_member"]["status"] == "left"
    assert change["my_chat_member"]["from"]["is_bot"]
    assert message["message"]["left_chat_member"]["is_bot"]
    assert scene.refused("sendMessage", chat_id=group.id, text="x").startswith("403 bot is not a member of the super")


def test_a_group_that_becomes_a_supergroup_has_a_new_id(scene: Scene, maya: Person) -> None:
    group = scene.telegram.new_group("Team", maya)
    scene.settle()
    large = scene.telegram.migrate(group, maya)
    old, new = (update["message"] for update in scene.settle())
    assert (old["chat"]["id"], old["migrate_to_chat_id"]) == (group.id, large.id)
    assert (new["chat"]["id"], new["migrate_from_chat_id"]) == (large.id, group.id)
    answer = scene.call("sendMessage", chat_id=group.id, text="x")
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": large.id}
    scene.ok("sendMessage", chat_id=large.id, text="x")


def test_supergroups_count_their_own_messages(scene: Scene, maya: Person) -> None:
    large = scene.telegram.new_group("Team", maya, supergroup=True)
    in_group = scene.ok("sendMessage", chat_id=large.id, text="x")["message_id"]
    in_private = [scene.ok("sendMessage", chat_id=maya.id, text="x")["message_id"] for _ in range(3)]
    small = scene.telegram.new_group("Small", maya)
    assert in_group in in_private, "an id is only unique in its chat"
    assert scene.ok("sendMessage", chat_id=small.id, text="x")["message_id"] > in_private[-1]


def test_topics_of_a_forum_are_apart(scene: Scene, maya: Person) -> None:
    forum = scene.telegram.new_group("Help", maya, forum=True)
    scene.telegram.promote_bot(forum, maya)
    billing = scene.telegram.new_topic(forum, maya, "Billing")
    scene.settle()
    scene.telegram.write(maya.id, "my bill?", chat=forum.id, thread=billing.id)
    scene.telegram.write(maya.id, "hello", chat=forum.id)
    first, second = (update["message"] for update in scene.settle())
    assert (first["message_thread_id"], first["is_topic_message"]) == (billing.id, True)
    assert first["chat"]["is_forum"] is True
    assert "forum_topic_created" in first["reply_to_message"], "the topic itself counts as answered"
    assert not {"message_thread_id", "reply_to_message"} & second.keys()
    assert scene.telegram.view()["groups"][0]["messages"][-2]["reply_to"] is None
    sent = scene.ok("sendMessage", chat_id=forum.id, message_thread_id=billing.id, text="which one?")
    assert sent["message_thread_id"] == billing.id
    refusal = scene.refused("sendMessage", chat_id=forum.id, message_thread_id=999, text="x")
    assert refusal == "400 message thread not found"
    with pytest.raises(ValueError, match="only a forum"):
        scene.telegram.new_topic(scene.telegram.new_group("Team", maya), maya, "x")


def test_answers_in_a_supergroup_have_a_thread_that_is_no_topic(scene: Scene, maya: Person) -> None:
    large = scene.telegram.new_group("Team", maya, supergroup=True)
    sent = scene.ok("sendMessage", chat_id=large.id, text="Which time?")
    scene.settle()
    one = scene.telegram.write(maya.id, "10:30", chat=large.id, reply_to=sent["message_id"])
    answer = scene.ok("sendMessage", chat_id=large.id, text="Booked", reply_parameters={"message_id": one.id})
    (update,) = scene.settle()
    assert [each["message_thread_id"] for each in (update["message"], answer)] == [sent["message_id"]] * 2
    assert "is_topic_message" not in update["message"]
    scene.ok("sendMessage", chat_id=large.id, text="ignored there", message_thread_id=999)
    assert (
        scene.refused("sendMessage", chat_id=maya.id, text="x", message_thread_id=7) == "400 message thread not found"
    )


def test_groups_are_in_the_view(scene: Scene, maya: Person) -> None:
    forum = scene.telegram.new_group("Help", maya, forum=True)
    topic = scene.telegram.new_topic(forum, maya, "Billing")
    scene.telegram.write(maya.id, "/ask", chat=forum.id, thread=topic.id)
    (shown,) = scene.telegram.view()["groups"]
    assert (shown["name"], shown["kind"], shown["members"]) == ("Help", "forum", [str(maya.id)])
    assert shown["topics"] == [{"id": topic.id, "name": "Billing"}]
    assert [(line["author"], line["topic"]) for line in shown["messages"]][-1] == ("customer", topic.id)


def test_who_is_not_in_a_group_cannot_write_there(scene: Scene, maya: Person) -> None:
    group = scene.telegram.new_group("Team", maya)
    with pytest.raises(KeyError):
        scene.telegram.write(scene.telegram.new_person("Noor").id, "hi", chat=group.id)
