"""Business accounts: what customers write to an owner's own Telegram account, and what agents answer there."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.albums import Album
from patchbay.domain.errors import Misconfigured, Rejected, Transient, Unreachable
from patchbay.domain.events import ConnectionChanged, Ignored, MessageReceived
from patchbay.domain.model import Attachment, AttachmentKind, Button, Conversation, Part, Role, Text
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.messengers.telegram import CONNECTOR
from playground.page_arguments import ChosenFile
from playground.services.telegram.records import Person
from tests.harness.telegram import AGENT, HOOK, SECRET, TelegramHarness

PNG = ChosenFile(name="a.png", content_type="image/png", data=b"\x89PNG\r\n\x1a\n" + bytes(40), caption="my cat")


@pytest.fixture
def harness() -> TelegramHarness:
    return TelegramHarness.connected(business="@Asa_B, 42")


@pytest.fixture
def owner(harness: TelegramHarness) -> Person:
    person = harness.telegram.new_person("Åsa Berg", username="asa_b")
    harness.telegram.connect_business(person.id)
    settle(harness)
    return person


@pytest.fixture
def maya(harness: TelegramHarness) -> Person:
    return next(iter(harness.telegram.people.values()))


def settle(harness: TelegramHarness) -> list[MessageReceived]:
    harness.settle()
    found = harness.messages()
    harness.events.clear()
    return found


def thread(owner: Person, customer: Person) -> str:
    return f"{customer.id}@{owner.id}"


def texts(harness: TelegramHarness, owner: Person, customer: Person) -> list[str]:
    chat = harness.telegram.business_chat(owner.id, customer.id)
    return [message.text for message in chat.messages if not message.deleted]


def ask(harness: TelegramHarness, owner: Person, customer: Person, text: str = "Open today?") -> MessageReceived:
    harness.telegram.write_to_business(customer.id, owner.id, text)
    [event] = settle(harness)
    return event


# --- what is written there -------------------------------------------------------------------------------------------


def test_the_same_person_has_a_thread_with_the_bot_and_one_with_the_account(
    harness: TelegramHarness, owner: Person, maya: Person
) -> None:
    harness.telegram.write(maya.id, "to the bot")
    harness.telegram.write_to_business(maya.id, owner.id, "to the owner")
    bot, account = settle(harness)
    assert (bot.thread, account.thread) == (str(maya.id), thread(owner, maya))
    assert account.contact
    assert (account.contact.external_id, account.contact.name) == (account.thread, "Maya Chen")
    assert account.message.external_id.startswith(f"{account.thread}:")
    assert account.message.sender.role is Role.CONTACT
    assert account.message.content == (Text(text="to the owner"),)


def test_what_the_owner_answers_on_the_phone_is_an_agents_and_a_greeting_a_bots(
    harness: TelegramHarness, owner: Person, maya: Person
) -> None:
    asked = ask(harness, owner, maya)
    number = int(asked.message.external_id.rpartition(":")[2])
    harness.telegram.write_as_owner(owner.id, maya.id, "Until six", reply_to=number)
    harness.telegram.write_as_owner(owner.id, maya.id, "We are away", by_itself=True)
    answered, greeting = settle(harness)
    assert (answered.message.sender.role, answered.message.sender.name) == (Role.AGENT, "Åsa Berg")
    assert answered.message.reply_to == Reference(
        message_id=asked.message.external_id, event_id=asked.id, excerpt="Open today?"
    )
    assert greeting.message.sender.role is Role.BOT
    assert {answered.thread, greeting.thread} == {asked.thread}
    assert answered.contact
    assert answered.contact.name is None, "the owner's name is not the customer's"


def test_what_agents_have_written_is_no_echo(harness: TelegramHarness, owner: Person, maya: Person) -> None:
    ask(harness, owner, maya)
    harness.deliver(thread(owner, maya), Text(text="Until six"))
    harness.settle()
    assert [one.routine for one in harness.events if isinstance(one, Ignored)] == [True]
    assert harness.messages() == []


def test_an_answer_to_an_agents_words_quotes_them_without_the_name(
    harness: TelegramHarness, owner: Person, maya: Person
) -> None:
    ask(harness, owner, maya)
    sent = harness.deliver(thread(owner, maya), Text(text="At ten or at eleven?")).external_id
    settle(harness)
    harness.telegram.write_to_business(maya.id, owner.id, "At ten", reply_to=int(sent.rpartition(":")[2]))
    [event] = settle(harness)
    assert event.message.reply_to
    assert (event.message.reply_to.message_id, event.message.reply_to.excerpt) == (sent, "At ten or at eleven?")


def test_corrections_and_deletions_lead_to_what_was_said(harness: TelegramHarness, owner: Person, maya: Person) -> None:
    said = ask(harness, owner, maya)
    number = int(said.message.external_id.rpartition(":")[2])
    harness.telegram.edit_in_business(maya.id, owner.id, maya.id, number, "Open tomorrow?")
    [edit] = settle(harness)
    target = Reference(message_id=said.message.external_id, event_id=said.id)
    assert edit.message.change == Change(kind=ChangeKind.EDIT, target=target)
    assert (edit.message.content, edit.thread) == ((Text(text="Open tomorrow?"),), said.thread)
    harness.telegram.delete_in_business(harness.telegram.business_chat(owner.id, maya.id), [number])
    [deletion] = settle(harness)
    assert deletion.message.change == Change(kind=ChangeKind.DELETION, target=replace(target, message_id=""))
    assert (deletion.message.content, deletion.thread) == ((), said.thread)
    assert len({said.id, edit.id, deletion.id}) == 3


def test_files_are_fetched_as_the_bots(harness: TelegramHarness, owner: Person, maya: Person) -> None:
    harness.telegram.send_file_to_business(maya.id, owner.id, PNG, "photo")
    [event] = settle(harness)
    [file] = event.message.content
    assert isinstance(file, Attachment)
    assert (file.caption, bool(file.url)) == ("my cat", True)


def test_a_tap_is_the_customers_answer(harness: TelegramHarness, owner: Person, maya: Person) -> None:
    ask(harness, owner, maya)
    sent = harness.deliver(thread(owner, maya), Text(text="When?"), Button(label="10:30", payload="slot-1030"))
    settle(harness)
    harness.telegram.tap_in_business(maya.id, owner.id, int(sent.external_id.rpartition(":")[2]), "slot-1030")
    [tap] = settle(harness)
    assert (tap.thread, tap.message.content) == (thread(owner, maya), (Text(text="10:30"),))
    assert tap.message.tapped
    assert tap.message.tapped.payload == "slot-1030"
    assert tap.message.sender.external_id == str(maya.id)
    assert harness.answers[-1]["method"] == "answerCallbackQuery"


# --- whose accounts --------------------------------------------------------------------------------------------------


def test_messages_wait_at_telegram_until_it_is_recorded_whose_account_it_is(
    harness: TelegramHarness, owner: Person, maya: Person
) -> None:
    known, harness.threads = harness.threads, {}
    harness.telegram.write_to_business(maya.id, owner.id, "early")
    harness.time.advance(1)
    assert harness.events == []
    harness.threads = known
    [event] = settle(harness)
    assert event.message.content == (Text(text="early"),)


def test_of_a_strangers_account_nothing_is_carried_or_recorded(harness: TelegramHarness, maya: Person) -> None:
    stranger = harness.telegram.new_person("Someone Else", username="someone")
    account = harness.telegram.connect_business(stranger.id)
    harness.settle()
    [event] = harness.events
    assert isinstance(event, ConnectionChanged)
    assert (event.thread, event.facts, event.aliases) == ("", {}, (account.id,))
    harness.events.clear()
    harness.telegram.write_to_business(maya.id, stranger.id, "hello")
    harness.settle()
    assert [type(one) for one in harness.events] == [Ignored]


def test_a_bot_without_business_accounts_gets_none_of_their_updates(maya: Person) -> None:
    harness = TelegramHarness.connected()
    assert not any("business" in kind for kind in harness.telegram.bot.webhook.allowed_updates)
    body = b'{"update_id":1,"business_message":{"message_id":1,"chat":{"id":1,"type":"private"},"text":"x"}}'
    harness.take("POST", HOOK, {"X-Telegram-Bot-Api-Secret-Token": SECRET}, body)
    [ignored] = harness.events
    assert isinstance(ignored, Ignored)
    assert ignored.by_settings


def test_an_account_that_is_taken_off_the_list_is_carried_no_more(
    harness: TelegramHarness, owner: Person, maya: Person
) -> None:
    ask(harness, owner, maya)
    harness.settings["business"] = "42"
    harness.telegram.write_to_business(maya.id, owner.id, "hello")
    harness.settle()
    assert [one.by_settings for one in harness.events if isinstance(one, Ignored)] == [True]
    with pytest.raises(Unreachable, match="not answered here any more"):
        harness.deliver(thread(owner, maya), Text(text="x"))


@pytest.mark.parametrize("chat", [777000, 3333, 1], ids=["Telegram's notifications", "the owner's notes", "a bot"])
def test_what_is_not_from_a_customer_stays_with_the_owner(chat: int) -> None:
    harness = TelegramHarness.connected(business="3333")
    harness.threads["c"] = "3333"
    people = {"id": chat, "is_bot": chat == 1, "first_name": "x"}
    message = {"message_id": 1, "business_connection_id": "c", "chat": {"id": chat, "type": "private"}, "from": people}
    for kind in ("business_message", "edited_business_message"):
        update = {"update_id": 1, kind: {**message, "text": "Login code: 12345"}}
        harness.take("POST", HOOK, {"X-Telegram-Bot-Api-Secret-Token": SECRET}, json.dumps(update).encode())
    assert harness.ignored() == ["not a customer's private chat in a business account"] * 2


def test_an_account_that_is_added_to_the_list_counts_before_every_function_has_forgotten_that_it_was_nobodys(
    harness: TelegramHarness, maya: Person
) -> None:
    other = harness.telegram.new_person("Bo Ek", username="bo_shop")
    harness.telegram.connect_business(other.id)
    settle(harness)
    harness.settings["business"] = "@asa_b, @bo_shop"
    remembered = dict(harness.threads)
    harness.telegram.change_rights(other.id, ["can_reply"])
    settle(harness)
    harness.threads = remembered
    assert ask(harness, other, maya).thread == thread(other, maya)


# --- what agents do --------------------------------------------------------------------------------------------------


def test_agents_write_correct_delete_and_type_in_the_owners_name(
    harness: TelegramHarness, owner: Person, maya: Person
) -> None:
    where = Conversation(external_id=ask(harness, owner, maya).thread)
    sent = harness.deliver(where.external_id, Text(text="Until six")).external_id
    assert sent.startswith(f"{where.external_id}:")
    connection, http = harness.connection, harness.http
    CONNECTOR.send_typing(True, where, connection, http)
    part = Part(key="k:1", content=Text(text="Until seven"), sender=AGENT, sent_at=harness.time.now())
    CONNECTOR.edit_message(sent, part, where, connection, http)
    assert texts(harness, owner, maya) == ["Open today?", "Ana <3\nUntil seven"]
    CONNECTOR.delete_messages([sent], where, connection, http)
    assert texts(harness, owner, maya) == ["Open today?"]
    assert harness.telegram.business_chat(owner.id, maya.id).actions
    with pytest.raises(Rejected):
        CONNECTOR.show_reaction("👍", AGENT, sent, where, connection, http)


def test_a_file_and_an_answer_go_to_the_account(harness: TelegramHarness, owner: Person, maya: Person) -> None:
    asked = ask(harness, owner, maya)
    file = Attachment(
        kind=AttachmentKind.IMAGE, url="https://bridge.test/a.png", name="a.png", content_type="image/png", size=9
    )
    sent = harness.deliver(thread(owner, maya), file, reply_to=asked.message.external_id).external_id
    assert sent.startswith(f"{asked.thread}:")
    message = harness.telegram.business_chat(owner.id, maya.id).messages[-1]
    assert (str(message.reply_to), "photo" in message.content) == (asked.message.external_id.rpartition(":")[2], True)


def test_an_album_goes_to_the_account(harness: TelegramHarness, owner: Person, maya: Person) -> None:
    where = ask(harness, owner, maya).thread
    image = Attachment(kind=AttachmentKind.IMAGE, url=None, name="a.png", content_type="image/png", size=9)
    sent = harness.deliver(where, Album(files=(image, replace(image, name="b.png"))))
    assert [message_id.startswith(f"{where}:") for message_id in (sent.external_id, *sent.aliases)] == [True, True]
    groups = {message.media_group for message in harness.telegram.business_chat(owner.id, maya.id).messages[1:]}
    assert len(groups) == 1


def test_whatever_is_done_in_a_conversation_is_done_in_its_account() -> None:
    """A call without the account would go to the person's chat with the bot."""
    found = {}
    for name, method in inspect.getmembers(type(CONNECTOR), inspect.isfunction):
        parameters = inspect.signature(method).parameters
        if not name.startswith("_") and {"conversation", "http"} <= parameters.keys():
            found[name] = "open_api(connection, http, conversation)" in inspect.getsource(method)
    assert found.keys() >= {"deliver", "deliver_file", "send_typing", "edit_message", "delete_messages"}
    assert all(found.values()), found


def test_the_thread_goes_on_when_the_owner_adds_the_bot_again(
    harness: TelegramHarness, owner: Person, maya: Person
) -> None:
    before, stale = ask(harness, owner, maya), dict(harness.settings)
    harness.telegram.disconnect_business(owner.id)
    settle(harness)
    with pytest.raises(Unreachable, match="not connected with the business account any more"):
        harness.deliver(before.thread, Text(text="x"))
    harness.telegram.connect_business(owner.id)
    settle(harness)
    harness.deliver(before.thread, Text(text="Here again"))
    settle(harness)
    assert ask(harness, owner, maya, "Fine").thread == before.thread
    assert texts(harness, owner, maya)[1] == "Ana <3\nHere again"
    harness.settings = stale
    with pytest.raises(Transient) as late:
        harness.deliver(before.thread, Text(text="x"))
    assert late.value.retry_after == 60, "by then every function knows the new connection"


def test_agents_read_why_they_cannot_answer(harness: TelegramHarness, owner: Person, maya: Person) -> None:
    where = ask(harness, owner, maya).thread
    harness.time.advance(timedelta(hours=24).total_seconds())
    with pytest.raises(Rejected, match="24 hours"):
        harness.deliver(where, Text(text="x"))
    ask(harness, owner, maya)
    harness.telegram.exclude(owner.id, maya.id)
    with pytest.raises(Unreachable, match="excluded this chat"):
        harness.deliver(where, Text(text="x"))
    harness.telegram.account(owner.id).rights.clear()  # and the bot has not heard of it yet
    with pytest.raises(Unreachable, match="may not reply"):
        harness.deliver(where, Text(text="x"))
    harness.telegram.change_rights(owner.id, [])
    settle(harness)
    calls = len(harness.calls())
    with pytest.raises(Unreachable, match="may not reply"):
        harness.deliver(where, Text(text="x"))
    assert len(harness.calls()) == calls


def test_what_the_owner_does_not_let_the_bot_delete_stays(
    harness: TelegramHarness, owner: Person, maya: Person
) -> None:
    where = Conversation(external_id=ask(harness, owner, maya).thread)
    sent = harness.deliver(where.external_id, Text(text="x")).external_id
    harness.telegram.change_rights(owner.id, ["can_reply"])
    settle(harness)
    with pytest.raises(Rejected, match="does not let the bot delete"):
        CONNECTOR.delete_messages([sent], where, harness.connection, harness.http)


# --- what the owner reads --------------------------------------------------------------------------------------------


def test_the_doctor_names_each_account_and_what_is_missing(harness: TelegramHarness) -> None:
    def check() -> tuple[str, str]:
        account = CONNECTOR.check_credentials(harness.connection, harness.http)
        return " ".join(account.warnings), " ".join(account.notes)

    assert "no business account has added the bot yet" in check()[0]
    owner = harness.telegram.new_person("Åsa Berg", username="asa_b")
    harness.telegram.connect_business(owner.id)
    settle(harness)
    assert check()[0] == ""
    assert "the bot answers in the business account of Åsa Berg (@asa_b)" in check()[1]
    harness.telegram.account(owner.id).rights.clear()
    assert "may not reply in the business account of Åsa Berg" in check()[0], "as it is at Telegram now"
    harness.telegram.disconnect_business(owner.id)
    assert "has removed the bot" in check()[0]
    harness.telegram.bot.business_mode = False
    assert "Business Mode" in check()[0]


@pytest.mark.parametrize("given", ["yes", "@a b", "Åsa", "https://t.me/asa", "no, 0"])
def test_the_setting_names_people(given: str) -> None:
    harness = TelegramHarness.connected(business=given)
    with pytest.raises(Misconfigured, match="business must be no, or list @usernames"):
        CONNECTOR.check_credentials(harness.connection, harness.http)
