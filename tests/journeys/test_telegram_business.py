"""An owner's own Telegram account, answered from the desk: beside the bot's chats, and through a second connection."""

from __future__ import annotations

from typing import Any

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.messengers.telegram import spec
from playground.page_arguments import ChosenFile
from playground.services.telegram import Telegram
from playground.services.telegram.records import Person
from tests.harness.pair_world import PNG, Scene


class Shop(Scene):
    """Åsa's account is connected; Ann writes to it. `platform` is where the agents answer."""

    def __init__(self, platform: str) -> None:
        super().__init__("telegram", platform)
        assert isinstance(self.phone, Telegram)
        self.telegram = self.phone
        self.connections.note_facts("telegram-1", {"business": "@asa_b"})
        webhook = self.telegram.bot.webhook
        webhook.allowed_updates |= set(spec.BUSINESS_UPDATES)
        self.owner: Person = self.telegram.new_person("Åsa Berg", username="asa_b")
        self.telegram.connect_business(self.owner.id)
        self.settle()

    @property
    def settings(self) -> dict[str, str]:
        return dict(self.connections.connections["telegram-1"].settings)

    def writes(self, text: str) -> int:
        return self.telegram.write_to_business(self.ann["id"], self.owner.id, text).id

    def owner_writes(self, text: str) -> int:
        return self.telegram.write_as_owner(self.owner.id, self.ann["id"], text).id

    def in_account(self) -> list[str]:
        chat = self.telegram.business_chat(self.owner.id, self.ann["id"])
        return [message.text for message in chat.messages if not message.deleted]

    def on_desk(self) -> list[list[Any]]:
        """The words of each conversation, whoever wrote them."""
        return [[str(line["text"]) for line in one["messages"] if line["text"]] for one in self.conversations]


@pytest.fixture(params=["unblu", "freshchat"])
def shop(request: pytest.FixtureRequest) -> Shop:
    return Shop(request.param)


def test_agents_answer_in_the_account_and_see_what_the_owner_answers(shop: Shop) -> None:
    shop.writes("Is it still there?")
    shop.settle()
    shop.replies("It is")
    shop.settle()
    assert shop.in_account()[-1].endswith("It is")
    shop.owner_writes("Until six")
    shop.writes("Thanks")
    shop.end()
    [words] = shop.on_desk()
    said = [line for line in words if line in {"Is it still there?", "Thanks"} or "Until six" in line]
    assert said == ["Is it still there?", "📱 From the phone: Until six", "Thanks"]
    assert len(shop.in_account()) == 4, "nothing came back to the account"
    assert shop.ann["messages"] == [], "and the bot's own chat is another one"
    assert shop.told_otherwise() == []


def test_the_same_person_writes_to_the_bot_and_to_the_account_in_two_conversations(shop: Shop) -> None:
    shop.writes("to the owner")
    shop.settle()
    shop.says("to the bot")
    shop.end()
    assert sorted(line for one in shop.on_desk() for line in one if line.startswith("to the")) == [
        "to the bot",
        "to the owner",
    ]
    assert len(shop.conversations) == 2
    assert shop.told_otherwise() == []


def test_the_conversation_goes_on_when_the_owner_adds_the_bot_again(shop: Shop) -> None:
    shop.writes("one")
    shop.settle()
    shop.telegram.disconnect_business(shop.owner.id)
    shop.settle()
    shop.telegram.connect_business(shop.owner.id)
    shop.settle()
    shop.writes("two")
    shop.settle()
    shop.replies("three")
    shop.end()
    [words] = shop.on_desk()
    assert [line for line in words if line in {"one", "two"}] == ["one", "two"]
    assert shop.in_account()[-1].endswith("three")
    assert shop.told_otherwise() == []


def test_what_is_deleted_in_the_account_leaves_no_copy_of_its_files(shop: Shop) -> None:
    photo = ChosenFile(name="a.png", content_type="image/png", data=PNG, caption="mine")
    sent = shop.telegram.send_file_to_business(shop.ann["id"], shop.owner.id, photo, "photo")
    shop.settle()
    assert PNG in shop.media.files.values()
    chat = shop.telegram.business_chat(shop.owner.id, shop.ann["id"])
    shop.telegram.delete_in_business(chat, [sent.id])
    shop.end()
    assert PNG not in shop.media.files.values()


def test_agents_hear_that_the_owner_has_removed_the_bot(shop: Shop) -> None:
    shop.writes("one")
    shop.settle()
    shop.telegram.disconnect_business(shop.owner.id)
    shop.settle()
    shop.replies("too late")
    shop.end()
    assert shop.in_account() == ["one"]
    reasons = [each.reason for each in shop.ledger.deliveries.values() if each.outcome is Outcome.FAILED]
    reasons += [each.reason for each in shop.ledger.deliveries.values() if each.outcome is Outcome.DEAD_LETTERED]
    assert [reason for reason in reasons if "not connected with the business account any more" in reason]


def test_of_a_strangers_account_nothing_reaches_the_desk() -> None:
    shop = Shop("freshchat")
    stranger = shop.telegram.new_person("Someone Else")
    shop.telegram.connect_business(stranger.id)
    shop.settle()
    shop.telegram.write_to_business(shop.ann["id"], stranger.id, "psst")
    shop.end()
    assert shop.on_desk() == []
    assert str(stranger.id) not in str(shop.settings) + str(shop.connections.threads)
