"""A customer on Viber, agents at Giosg: what they say to each other, and what comes in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.model import ConversationStatus
from playground.services.giosg import DEMO_AGENT, DEMO_BOT, OTHER_AGENT
from playground.simulator import Fault
from tests.harness.fakes.media import PUBLIC
from tests.harness.giosg_world import CONNECTION, Scene, make_scene

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
SEND = "POST .*/messages"
CREATE = "POST .*/visitors/.*/chats"
DAYS = [("Monday", "mon"), ("Tuesday", "tue")]
HOUR = timedelta(hours=1)


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = make_scene()
    yield scene
    assert not scene.journal.said("event crashed")
    assert scene.giosg.complaints == []


# --- there and back --------------------------------------------------------------------------------------------------


def test_a_customer_asks_and_an_agent_answers_under_the_public_name(scene: Scene) -> None:
    scene.talk("hello", "anybody there?")
    assert scene.giosg.pending() == [scene.chat.id]
    scene.reply("Hello Åsa!")
    assert scene.agent_sees() == ["hello", "anybody there?"]
    assert scene.customer_sees() == ["Hello Åsa!"]
    assert scene.last_line.name == "Customer Service"
    assert len(scene.chats) == 1
    assert "Virtanen" not in repr(scene.asa.lines)


def test_many_scripts_arrive_as_they_were_written(scene: Scene) -> None:
    texts = ["שלום 👩‍👩‍👧", "مرحبا", "你好", "Grüße & <b> **x** _y_"]
    scene.talk(*texts)
    scene.reply(*texts)
    assert scene.agent_sees() == texts
    assert scene.customer_sees() == texts


def test_several_customers_and_agents_stay_apart(scene: Scene) -> None:
    people = [scene.viber.new_person(name) for name in ("Bo", "Carl", "Dora")]
    for person in people:
        scene.viber.write(person.id, f"I am {person.name}")
    scene.settle()
    scene.giosg.go_online(OTHER_AGENT)
    for chat in scene.chats:
        scene.giosg.reply(chat.id, OTHER_AGENT, f"Hello, {scene.agent_sees(chat)[0]}")
    scene.settle()
    assert [scene.customer_sees(person) for person in people] == [
        ["Hello, I am Bo"],
        ["Hello, I am Carl"],
        ["Hello, I am Dora"],
    ]
    assert len({chat.visitor.id for chat in scene.chats if chat.visitor}) == 3


def test_bots_and_automations_are_heard_too(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.rule_message(scene.chat.id, "We are with you in a minute")
    scene.giosg.autosuggest(scene.chat.id, DEMO_AGENT, "Can I help you?")
    scene.giosg.reply(scene.chat.id, DEMO_BOT, "I am a bot")
    scene.settle()
    assert scene.customer_sees() == ["We are with you in a minute", "Can I help you?", "I am a bot"]


# --- who the customer is ---------------------------------------------------------------------------------------------


def test_a_customer_is_one_visitor_for_good_and_their_secret_is_told_nowhere(scene: Scene) -> None:
    scene.talk("hello")
    visitor = scene.chat.visitor
    scene.giosg.end(scene.chat.id)
    scene.settle()
    scene.time.advance(3 * 24 * 3600)
    scene.talk("me again")
    assert scene.chat.visitor is visitor
    assert visitor is not None
    told = repr(scene.journal.lines) + repr(scene.sessions.all()) + repr(scene.people.all())
    assert visitor.secret not in told
    assert not any(token in told for token in scene.giosg.visitor_tokens)


def test_a_pass_is_used_until_a_minute_before_its_end(scene: Scene) -> None:
    scene.talk("hello")
    asked = scene.calls("/auth")
    scene.time.advance(1730)
    scene.talk("still there?")
    assert scene.calls("/auth") == asked
    scene.time.advance(15)
    scene.talk("and now?")
    assert scene.calls("/auth") == asked + 1
    assert scene.agent_sees() == ["hello", "still there?", "and now?"]


def test_a_pass_that_is_refused_before_its_time_is_renewed_once(scene: Scene) -> None:
    scene.talk("hello")
    asked = scene.calls("/auth")
    scene.giosg.expire_visitor_tokens()
    scene.talk("again")
    assert scene.calls("/auth") == asked + 1
    assert scene.agent_sees() == ["hello", "again"]


def test_agents_see_the_name_and_hear_when_it_changes(scene: Scene) -> None:
    scene.talk("hello")
    assert scene.variables["username"] == "Åsa Öberg"
    assert scene.variables["channel"] == "viber"
    scene.asa.name = "Åsa Lind"
    scene.talk("I have married")
    assert scene.variables["username"] == "Åsa Lind"
    told = scene.calls("/variables")
    scene.talk("bye")
    assert scene.calls("/variables") == told


@pytest.mark.parametrize("secret", ["refused", "new"])
@pytest.mark.parametrize("ended", [True, False])
def test_a_visitor_whom_giosg_has_forgotten_is_made_anew(scene: Scene, secret: str, ended: bool) -> None:
    scene.quirks.unknown_secret = secret  # type: ignore[assignment]
    scene.talk("hello")
    first = scene.chat.visitor
    if ended:
        scene.giosg.end(scene.chat.id)
    scene.giosg.visitors.clear()
    scene.giosg.expire_visitor_tokens()
    scene.talk("me again")
    assert scene.agent_sees() == ["me again"]
    assert scene.chat.visitor is not first


# --- chats -----------------------------------------------------------------------------------------------------------


def test_after_the_end_the_next_message_opens_a_new_chat(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.end(scene.chat.id)
    scene.settle()
    [session] = scene.sessions.all()
    assert session.conversation is not None
    assert session.conversation.status is ConversationStatus.ENDED
    scene.talk("one more thing")
    first, second = scene.chats
    assert (scene.agent_sees(first), scene.agent_sees(second)) == (["hello"], ["one more thing"])
    scene.reply("yes?")
    assert scene.customer_sees() == ["yes?"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_no_message_is_lost_when_nobody_told_us_of_the_end(scene: Scene, status: int) -> None:
    scene.quirks.ended_status = status  # type: ignore[assignment]
    scene.talk("hello")
    scene.giosg.apps = []
    scene.giosg.end(scene.chat.id)
    scene.talk("one more thing")
    assert [scene.agent_sees(chat) for chat in scene.chats] == [["hello"], ["one more thing"]]


def test_a_chat_that_was_ended_while_a_button_was_open_is_no_trap(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_buttons(scene.chat.id, DEMO_AGENT, "Which day?", DAYS)
    scene.settle()
    scene.giosg.end(scene.chat.id)
    scene.settle()
    scene.viber.tap(scene.asa.id, scene.last_line.id, 1)
    scene.settle()
    assert scene.agent_sees() == ["Tuesday"]


def test_a_chat_of_the_web_kind_that_falls_asleep_is_followed_by_another() -> None:
    scene = make_scene(chat_type="visitor")
    scene.quirks.closes_idle_after = 600
    scene.talk("hello")
    assert scene.chat.type == "visitor"
    scene.settle(HOUR)
    scene.talk("sorry, was away")
    assert [scene.agent_sees(chat) for chat in scene.chats] == [["hello"], ["sorry, was away"]]


def test_a_customer_who_unsubscribes_ends_the_chat(scene: Scene) -> None:
    scene.talk("hello")
    scene.viber.unsubscribe(scene.asa.id)
    scene.settle()
    assert scene.chat.is_ended


def test_when_our_table_was_lost_the_chat_goes_on(scene: Scene) -> None:
    scene.talk("hello")
    scene.sessions.forget()
    scene.talk("again")
    assert len(scene.chats) == 1
    scene.sessions.forget()
    scene.reply("Hello Åsa!")
    scene.settle(HOUR)
    assert scene.customer_sees() == ["Hello Åsa!"]
    scene.talk("I see you")
    assert scene.agent_sees() == ["hello", "again", "I see you"]


# --- nobody there ----------------------------------------------------------------------------------------------------


def test_at_night_messages_wait_at_giosg_where_it_takes_them(scene: Scene) -> None:
    scene.giosg.go_offline(DEMO_AGENT)
    scene.talk("anybody?")
    assert scene.agent_sees() == ["anybody?"]
    assert scene.giosg.pending() == [scene.chat.id]


@pytest.mark.parametrize("chat_type", ["external", "visitor"])
def test_where_it_does_not_they_wait_with_us_and_go_out_in_order(chat_type: str) -> None:
    scene = make_scene(chat_type=chat_type)
    scene.quirks.external_while_offline = False
    scene.giosg.go_offline(DEMO_AGENT)
    scene.talk("anybody?", "hello?")
    scene.settle(timedelta(days=2))
    assert scene.chats == []
    assert scene.customer_sees() == []
    scene.giosg.go_online(DEMO_AGENT)
    scene.settle(HOUR)
    assert scene.agent_sees() == ["anybody?", "hello?"]
    assert not scene.queue.parked


def test_the_customer_may_be_told_and_is_told_once_for_each_message() -> None:
    scene = make_scene(offline="reply", offline_reply="We are back at nine.")
    scene.quirks.external_while_offline = False
    scene.giosg.go_offline(DEMO_AGENT)
    scene.talk("anybody?")
    scene.settle(timedelta(hours=8))
    assert scene.customer_sees() == ["We are back at nine."]
    scene.giosg.go_online(DEMO_AGENT)
    scene.settle(HOUR)
    assert scene.agent_sees() == ["anybody?"]


# --- long texts, files, links ----------------------------------------------------------------------------------------


def test_a_long_text_is_cut_and_keeps_its_order(scene: Scene) -> None:
    scene.talk("start")
    scene.talk(" ".join(f"word{number}" for number in range(600)))
    _, *pieces = scene.agent_sees()
    assert len(pieces) > 1
    assert " ".join(pieces).split() == [f"word{number}" for number in range(600)]


def test_a_customers_picture_becomes_a_link_that_stays_good(scene: Scene) -> None:
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG, caption="my cat")
    scene.settle()
    link, caption = "\n".join(scene.agent_sees()).split("\n")
    assert PUBLIC in link
    assert caption == "my cat"
    assert scene.media.files[link.partition(": ")[2]] == PNG


def test_a_place_becomes_a_link_to_a_map(scene: Scene) -> None:
    scene.viber.send_location(scene.asa.id, 59.33, 18.06)
    scene.settle()
    assert "59.33,18.06" in scene.agent_sees()[0]


def test_an_agents_picture_and_file_reach_the_phone_and_the_token_does_not(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "map.png", "image/png", PNG, "Here we are")
    scene.giosg.send_file(scene.chat.id, DEMO_AGENT, "Plan.pdf", "application/pdf", b"%PDF-1.7")
    scene.settle()
    assert "Here we are" in scene.customer_sees()
    urls = [str(line.attachment["url"]) for line in scene.lines() if line.attachment]
    assert [url.startswith(PUBLIC) for url in urls] == [True, True]
    assert sorted(scene.media.files.values()) == sorted([PNG, b"%PDF-1.7"])


def test_a_picture_is_waited_for_until_it_is_uploaded_and_what_follows_keeps_its_place(scene: Scene) -> None:
    scene.talk("hello")
    scene.quirks.late_files = 20
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "map.png", "image/png", PNG)
    scene.giosg.reply(scene.chat.id, DEMO_AGENT, "as promised")
    scene.settle(timedelta(seconds=10))
    assert scene.customer_sees() == []
    scene.settle()
    assert scene.customer_sees() == ["<image>", "as promised"]


def test_a_picture_that_never_comes_does_not_hold_up_the_chat(scene: Scene) -> None:
    scene.talk("hello")
    scene.quirks.late_files = 24 * 3600
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "map.png", "image/png", PNG)
    scene.giosg.reply(scene.chat.id, DEMO_AGENT, "as promised")
    scene.settle(HOUR)
    missing, after = scene.customer_sees()
    assert "map.png" in missing
    assert after == "as promised"


# --- cards and buttons -----------------------------------------------------------------------------------------------


def test_a_tap_answers_the_button_at_giosg(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_buttons(
        scene.chat.id, DEMO_AGENT, "Which day?", DAYS, links=[("All days", "https://shop.example/days")]
    )
    scene.settle()
    assert [press.label for press in scene.last_line.buttons] == ["Monday", "Tuesday", "All days"]
    scene.viber.tap(scene.asa.id, scene.last_line.id, 1)
    scene.settle()
    answer = scene.said()[-1]
    assert (answer.type, answer.response["response_value"]) == ("action", "tue")


def test_a_typed_label_is_an_answer_too(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_buttons(scene.chat.id, DEMO_AGENT, "Which day?", DAYS)
    scene.settle()
    scene.talk("monday")
    assert scene.agent_sees() == ["hello", "<Monday>"]


def test_a_button_that_works_once_says_its_label_after_that(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_buttons(scene.chat.id, DEMO_AGENT, "Which day?", DAYS)
    scene.settle()
    scene.talk("Monday", "Tuesday")
    assert scene.agent_sees() == ["hello", "<Monday>", "Tuesday"]


def test_where_giosg_takes_no_actions_a_tap_is_said(scene: Scene) -> None:
    scene.quirks.refuses_actions = True
    scene.talk("hello")
    scene.giosg.send_buttons(scene.chat.id, DEMO_AGENT, "Which day?", DAYS)
    scene.settle()
    scene.viber.tap(scene.asa.id, scene.last_line.id, 0)
    scene.settle()
    assert scene.agent_sees() == ["hello", "Monday"]


def test_a_card_is_shown_with_its_picture_and_its_buttons(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "house.png", "image/png", PNG)
    scene.settle()
    picture = str(scene.chat.messages[-1].attachments[0]["image_url"])
    scene.giosg.send_card(scene.chat.id, DEMO_AGENT, "House", "**Big**", image=picture, labels=["I want it"])
    scene.settle()
    [card] = scene.last_line.cards
    assert (card.title, card.text) == ("House", "Big")
    assert (card.image or "").startswith(PUBLIC)
    scene.viber.tap(scene.asa.id, scene.last_line.id, 0, card=0)
    scene.settle()
    assert scene.agent_sees()[-1] == "<I want it>"


# --- coming, going, reading ------------------------------------------------------------------------------------------


def test_comings_and_goings_are_told_where_the_owner_wants_it(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.join(scene.chat.id, DEMO_AGENT)
    scene.giosg.leave(scene.chat.id, DEMO_AGENT)
    scene.settle()
    assert scene.customer_sees() == []
    telling = make_scene(notices="yes")
    telling.talk("hello")
    telling.giosg.join(telling.chat.id, DEMO_AGENT)
    telling.giosg.leave(telling.chat.id, DEMO_AGENT)
    telling.settle()
    assert telling.customer_sees() == ["Customer Service joined the chat.", "Customer Service left the chat."]


def test_the_agents_name_can_stand_before_each_text() -> None:
    scene = make_scene(name_prefix="yes")
    scene.talk("hello")
    scene.reply("Hello Åsa!")
    assert scene.customer_sees() == ["Customer Service: Hello Åsa!"]


def test_what_the_agent_has_seen_is_read(scene: Scene) -> None:
    scene.talk("hello", "again")
    assert scene.read_by_agents() == [False, False]
    scene.giosg.join(scene.chat.id, DEMO_AGENT)
    scene.giosg.read(scene.chat.id, DEMO_AGENT)
    scene.settle()
    assert scene.read_by_agents() == [True, True]
    scene.time.advance(5)
    scene.talk("and this?")
    assert scene.read_by_agents() == [True, True, False]


# --- what is deleted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", ["absent", "empty"])
def test_a_removed_message_takes_our_copy_along(scene: Scene, resource: str) -> None:
    scene.quirks.removed_resource = resource  # type: ignore[assignment]
    scene.talk("hello")
    keep = scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "keep.png", "image/png", PNG + b"k")
    drop = scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "drop.png", "image/png", PNG)
    scene.settle()
    assert len(scene.media.files) == 2
    scene.giosg.purge_message(scene.chat.id, drop)
    scene.settle()
    assert list(scene.media.files.values()) == [PNG + b"k"]
    assert keep
    assert len(scene.customer_sees()) == 2  # nothing is sent again, and a phone forgets nothing


@pytest.mark.parametrize("how", ["gdpr_purge", "purge_chat"])
def test_a_purged_chat_takes_all_copies_along(scene: Scene, how: str) -> None:
    scene.viber.send_file(scene.asa.id, "cat.png", "image/png", PNG)
    scene.settle()
    scene.giosg.send_image(scene.chat.id, DEMO_AGENT, "map.png", "image/png", PNG)
    scene.settle()
    assert len(scene.media.files) == 2
    seen = scene.customer_sees()
    getattr(scene.giosg, how)(scene.chat.id)
    scene.settle()
    assert scene.media.files == {}
    assert scene.customer_sees() == seen


def test_after_a_chat_was_removed_the_customer_can_write_again(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.purge_chat(scene.chat.id)
    scene.settle()
    scene.talk("me again")
    assert scene.agent_sees() == ["me again"]


# --- webhooks as they come -------------------------------------------------------------------------------------------


def test_webhooks_before_our_own_answer_do_no_harm(scene: Scene) -> None:
    scene.quirks.webhooks_first = True
    scene.quirks.reports_visitor_joins = True
    scene.talk("hello")
    scene.reply("Hello Åsa!")
    assert (scene.agent_sees(), scene.customer_sees()) == (["hello"], ["Hello Åsa!"])


def test_a_chat_that_is_told_of_after_its_messages_does_no_harm(scene: Scene) -> None:
    scene.quirks.late_chats = 30
    scene.talk("hello")
    scene.reply("Hello Åsa!")
    assert scene.customer_sees() == ["Hello Åsa!"]
    assert len(scene.chats) == 1


def test_webhooks_that_come_twice_and_late_and_in_disorder_are_one_message_each(scene: Scene) -> None:
    scene.talk("hello")
    switches = scene.giosg.switches
    switches.webhook_duplicates, switches.webhook_reorder = True, True
    for number in range(5):
        scene.giosg.reply(scene.chat.id, DEMO_AGENT, f"number {number}")
    scene.settle(HOUR)
    assert sorted(scene.customer_sees()) == [f"number {number}" for number in range(5)]


def test_webhooks_are_sent_again_until_we_take_them(scene: Scene) -> None:
    scene.talk("hello")
    scene.queue.refuse = 3
    scene.reply("Hello Åsa!")
    scene.settle(HOUR)
    assert scene.customer_sees() == ["Hello Åsa!"]
    scene.giosg.complaints.clear()


@pytest.mark.parametrize("quirks", [{"bare_times": True}, {"changed_repeats_id": True}, {"page_size": 1}])
def test_whatever_giosg_leaves_open_a_talk_works(scene: Scene, quirks: dict[str, object]) -> None:
    for name, value in quirks.items():
        setattr(scene.quirks, name, value)
    scene.talk("hello", "there")
    scene.reply("Hello Åsa!")
    scene.giosg.end(scene.chat.id)
    scene.settle()
    scene.talk("again")
    assert [scene.agent_sees(chat) for chat in scene.chats] == [["hello", "there"], ["again"]]
    assert scene.customer_sees() == ["Hello Åsa!"]


def test_a_bots_token_in_a_webhook_is_kept_nowhere(scene: Scene) -> None:
    [app] = scene.giosg.apps
    app.bot_user = DEMO_BOT
    scene.talk("hello")
    scene.reply("Hello Åsa!")
    assert scene.customer_sees() == ["Hello Åsa!"]
    assert "app_user_auth" not in repr(scene.journal.lines)


# --- other people's chats --------------------------------------------------------------------------------------------


def test_the_web_sites_chats_cost_nothing_and_leave_nothing(scene: Scene) -> None:
    chat = scene.giosg.web_visitor_writes("where is my parcel?")
    scene.giosg.reply(chat, DEMO_AGENT, "on its way")
    scene.giosg.agents_write(DEMO_AGENT, OTHER_AGENT, "psst")
    scene.settle()
    assert scene.http.sent == []
    assert scene.ledger.deliveries == {}
    assert scene.sessions.all() == []


def test_a_foreign_chat_in_our_room_is_looked_up_once_and_nothing_of_it_is_kept(scene: Scene) -> None:
    room = scene.connections.connections[CONNECTION].setting("room_id")
    chat = scene.giosg.web_visitor_writes("a stranger's words", room=room)
    for number in range(3):
        scene.giosg.reply(chat, DEMO_AGENT, f"an answer for a stranger {number}")
        scene.settle(HOUR)
    scene.giosg.type(chat, DEMO_AGENT)
    scene.giosg.read(chat, DEMO_AGENT)
    scene.giosg.end(chat)
    scene.settle(HOUR)
    assert scene.calls("/memberships") == 1
    assert scene.customer_sees() == []
    kept = repr(scene.journal.lines) + repr(scene.ledger.deliveries) + repr(scene.sessions.all())
    assert "stranger" not in kept


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_a_message_whose_answer_is_lost_is_there_once(scene: Scene) -> None:
    scene.talk("hello")
    scene.giosg.fail_next(Fault(lost=True, where=SEND))
    scene.talk("again")
    assert scene.agent_sees() == ["hello", "again"]
    assert not any(delivery.uncertain for delivery in scene.ledger.deliveries.values())


def test_a_chat_whose_answer_is_lost_is_there_once(scene: Scene) -> None:
    scene.giosg.fail_next(Fault(lost=True, where=CREATE))
    scene.talk("hello")
    assert len(scene.chats) == 1
    assert scene.agent_sees() == ["hello"]


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(status=429, retry_after=30), Fault(refused=True), Fault(status=503, times=3)]
)
@pytest.mark.parametrize("where", ["/auth", "/rooms/[^/]*/visitors$", "/variables", "GET .*/chats", CREATE, SEND])
def test_trouble_on_the_way_is_got_over(scene: Scene, fault: Fault, where: str) -> None:
    scene.giosg.fail_next(replace(fault, where=where))
    scene.talk("hello")
    scene.settle(HOUR)
    assert scene.agent_sees() == ["hello"]
    assert scene.variables["username"] == "Åsa Öberg"


def test_a_token_that_is_taken_back_waits_for_the_owner_and_nothing_is_lost(scene: Scene) -> None:
    scene.giosg.expire_token("fresh-token-0123456789")
    scene.talk("hello", "again")
    assert scene.connections.connections[CONNECTION].status is ConnectionStatus.NEEDS_AUTHORIZATION
    scene.settle(timedelta(days=3))
    scene.reconnect(CONNECTION, api_token="fresh-token-0123456789")
    scene.settle(HOUR)
    assert scene.agent_sees() == ["hello", "again"]


def test_webhooks_of_strangers_are_refused(scene: Scene) -> None:
    scene.talk("hello")
    [app] = scene.giosg.apps
    address = app.webhooks[0].endpoint_url
    body = b'{"channel":"x","action":"added","resource_id":"1"}'
    assert scene.post("POST", address, {}, body).status == 200
    assert scene.post("POST", address.partition("?")[0], {}, body).status == 401
    assert scene.post("POST", address[:-1], {}, body).status == 401


def test_the_first_webhook_is_noted(scene: Scene) -> None:
    assert CONNECTION not in scene.connections.webhooks_seen
    scene.talk("hello")
    assert CONNECTION in scene.connections.webhooks_seen
