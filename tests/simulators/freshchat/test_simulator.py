"""The simulated Freshchat keeps what the real one promises, refuses what it refuses, and tells our connector."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.errors import SignatureRejected, UnknownAccount
from patchbay.domain.events import ConversationChanged, Event, Ignored, MessageReceived
from patchbay.domain.model import Attachment, Button, Card, ConversationStatus, Role, Text
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.freshchat import CONNECTOR
from playground.services.freshchat import (
    DEMO_AGENT,
    DEMO_BOT,
    DEMO_CHANNEL,
    DEMO_TOKEN,
    OTHER_AGENT,
    OTHER_CHANNEL,
    SIMULATOR,
    Freshchat,
)
from playground.services.freshchat.records import Conversation
from playground.simulator import Fault, WebhookAnswer
from tests.harness.gateway import RECEIVED_AT
from tests.harness.sample_rsa_key import make_sample_key
from tests.harness.virtual_time import VirtualTime

Json = dict[str, Any]
HOOK = "https://hooks.example/freshchat/abc"


@dataclass
class Us:
    """Our side: keeps every webhook, and answers with what it was told."""

    requests: list[WebhookRequest] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert url == HOOK
        lower = {name.lower(): value for name, value in headers.items()}
        self.requests.append(WebhookRequest(method=method, headers=lower, body=body, received_at=RECEIVED_AT))
        return WebhookAnswer(self.answers.pop(0) if self.answers else 200)

    def bodies(self) -> list[Json]:
        return [json.loads(request.body) for request in self.requests]

    def actions(self) -> list[str]:
        return [body["action"] for body in self.bodies()]


@dataclass
class World:
    time: VirtualTime
    us: Us
    desk: Freshchat
    endpoint: Endpoint

    def call(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {DEMO_TOKEN}", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        return self.desk.app.test_client().open(f"/v2{path}", method=method, headers=headers, **options)

    def happenings(self) -> list[Event | Ignored]:
        """What our connector makes of all webhooks so far."""
        self.time.settle()
        found: list[Event | Ignored] = []
        for request in self.us.requests:
            CONNECTOR.verify(request, self.endpoint)
            found += CONNECTOR.parse(request, self.endpoint)
        return found

    def last_message(self) -> MessageReceived:
        happening = self.happenings()[-1]
        assert isinstance(happening, MessageReceived)
        return happening

    def user(self, **fields: object) -> str:
        answer = self.call("POST", "/users", {"reference_id": "viber:shop:x", "first_name": "Åsa", **fields})
        assert answer.status_code == 200
        return str(answer.get_json()["id"])

    def conversation(self, **fields: object) -> Conversation:
        user_id = self.user()
        message = write(user_id, "Hej!")
        body = {"channel_id": DEMO_CHANNEL, "users": [{"id": user_id}], "messages": [message], **fields}
        answer = self.call("POST", "/conversations", body)
        assert answer.status_code == 200
        found = self.desk.account.conversation(answer.get_json()["conversation_id"])
        assert found is not None
        return found


def write(user_id: str, text: str = "Hello", **fields: object) -> Json:
    parts = [{"text": {"content": text}}]
    return {"message_parts": parts, "message_type": "normal", "actor_type": "user", "actor_id": user_id, **fields}


@pytest.fixture
def world() -> World:
    time, us = VirtualTime(), Us()
    desk = Freshchat(time, us, Random(7), make_sample_key())
    desk.paste_webhooks({"webhook": HOOK})
    secrets = Secrets({"webhook_public_key": desk.public_key_shown})
    accounts = frozenset({DEMO_CHANNEL})
    return World(time, us, desk, Endpoint(id="desk", service="freshchat", secrets=secrets, accounts=accounts))


# --- the API ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["", "Bearer wrong", DEMO_TOKEN, f"Basic {DEMO_TOKEN}"])
def test_only_the_token_opens_the_api(world: World, header: str) -> None:
    answer = world.call("GET", "/accounts/configuration", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.get_json()["status"] == "UNAUTHENTICATED"


def test_a_new_token_ends_the_old_one(world: World) -> None:
    world.desk.expire_token("new")
    assert world.call("GET", "/channels").status_code == 401


def test_users_are_found_by_exactly_what_was_asked_for(world: World) -> None:
    reference = "viber:shop:a+b/c= d"
    user_id = world.user(reference_id=reference)
    found = world.call("GET", "/users", query_string={"reference_id": reference}).get_json()
    assert [user["id"] for user in found["users"]] == [user_id]
    assert found["pagination"]["total_items"] == 1
    assert world.call("GET", "/users?reference_id=viber:shop:a+b/c%3D%20d").get_json()["users"] == []
    assert world.call("GET", "/users").status_code == 400


def test_changing_a_user_answers_with_nothing(world: World) -> None:
    user_id = world.user()
    answer = world.call("PUT", f"/users/{user_id}", {"first_name": "Åsa Lind"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert world.call("GET", f"/users/{user_id}").get_json()["first_name"] == "Åsa Lind"


def test_a_lost_race_for_a_user_is_a_conflict_and_the_user_is_there(world: World) -> None:
    world.desk.racing_users = 1
    assert world.call("POST", "/users", {"reference_id": "r"}).status_code == 409
    assert len(world.call("GET", "/users?reference_id=r").get_json()["users"]) == 1


@pytest.mark.parametrize("spell", [str, str.upper, lambda guid: guid.replace("-", "")])
def test_a_conversation_answers_to_each_spelling_and_to_its_number(world: World, spell: Any) -> None:
    conversation = world.conversation()
    for name in (spell(conversation.id), conversation.number):
        assert world.call("GET", f"/conversations/{name}").get_json()["conversation_id"] == conversation.id


def test_a_new_conversation_shows_its_number_later(world: World) -> None:
    user_id = world.user()
    body = {"channel_id": DEMO_CHANNEL, "users": [{"id": user_id}], "messages": [write(user_id)]}
    assert "freshchat_conversation_id" not in world.call("POST", "/conversations", body).get_json()
    world.time.settle()
    number = world.us.bodies()[0]["data"]["message"]["freshchat_conversation_id"]
    assert number.isdecimal()


def test_messages_come_newest_first_in_pages_with_a_link_from_the_hosts_root(world: World) -> None:
    conversation = world.conversation()
    for number in range(70):
        world.time.advance(1)
        world.desk.reply(conversation.id, DEMO_AGENT, str(number))
    path = f"/conversations/{conversation.id}/messages"
    first = world.call("GET", path, query_string={"items_per_page": "50"}).get_json()
    assert len(first["messages"]) == 50
    assert first["messages"][0]["message_parts"] == [{"text": {"content": "69"}}]
    assert first["link"]["href"].startswith(f"/v2{path}?page=2")
    second = world.call("GET", first["link"]["href"].removeprefix("/v2")).get_json()
    assert len(second["messages"]) == 21
    assert "link" not in second
    recent = world.call("GET", path, query_string={"from_time": "2026-01-05T09:01:10.000Z"}).get_json()
    assert len(recent["messages"]) == 1
    assert world.call("GET", path, query_string={"items_per_page": "51"}).status_code == 400


def test_a_resolved_conversation_refuses_the_customer_or_opens_again(world: World) -> None:
    conversation = world.conversation()
    path = f"/conversations/{conversation.id}"
    assert world.call("PUT", path, {"status": "resolved"}).get_json()["status"] == "resolved"
    refused = world.call("POST", f"{path}/messages", write(conversation.user.id))
    assert refused.status_code == 400
    assert "not the latest conversation" in refused.get_json()["message"]
    world.desk.resolved_refuses = False
    assert world.call("POST", f"{path}/messages", write(conversation.user.id)).status_code == 200
    assert conversation.status == "new"
    world.time.settle()
    reopened = next(body for body in world.us.bodies() if body["action"] == "conversation_reopen")
    assert reopened["data"]["reopen"]["reopener"] == "user"


def test_an_older_conversation_never_takes_messages(world: World) -> None:
    world.desk.resolved_refuses = False
    old = world.conversation()
    world.desk.make_conversation(old.user, old.channel)
    refused = world.call("POST", f"/conversations/{old.id}/messages", write(old.user.id))
    assert "not the latest conversation" in refused.get_json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/users", {}),
        ("POST", "/users", {"name": "Åsa"}),
        ("POST", "/users", {"first_name": 7}),
        ("POST", "/users", {"avatar": {"url": ""}}),
        ("POST", "/users", {"properties": [{"name": "channel"}]}),
        ("PUT", "/users/USER", {"reference": "x"}),
        ("POST", "/conversations", {"channel_id": DEMO_CHANNEL, "users": [{"id": "USER"}], "messages": []}),
        ("POST", "/conversations", {"users": [{"id": "USER"}], "messages": [write("USER")]}),
        ("PUT", "/conversations/CONVERSATION", {"status": "done"}),
        ("PUT", "/conversations/CONVERSATION", {"channel_id": DEMO_CHANNEL}),
        ("POST", "/conversations/CONVERSATION/messages", write("somebody else")),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", "")),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", colour="red")),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", message_type="private")),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", message_parts=[])),
        ("POST", "/conversations/CONVERSATION/messages", write("USER", message_parts=[{"hologram": {}}])),
        (
            "POST",
            "/conversations/CONVERSATION/messages",
            write("USER", message_parts=[{"image": {"url": "https://a", "file_hash": "b"}}]),
        ),
        (
            "POST",
            "/conversations/CONVERSATION/messages",
            write("USER", message_parts=[{"file": {"file_hash": "never uploaded"}}]),
        ),
        ("POST", "/conversations/CONVERSATION/messages", {**write("x"), "actor_type": "agent"}),
    ],
)
def test_what_the_api_does_not_document_is_refused(world: World, method: str, path: str, body: Json) -> None:
    conversation = world.conversation()
    fill = {"USER": conversation.user.id, "CONVERSATION": conversation.id}
    text = json.dumps(body)
    for name, value in fill.items():
        path, text = path.replace(name, value), text.replace(name, value)
    before = len(conversation.messages)
    answer = world.call(method, path, json.loads(text))
    assert answer.status_code == 400
    assert set(answer.get_json()) == {"code", "status", "message"}
    assert len(conversation.messages) == before


def test_json_must_be_called_json(world: World) -> None:
    answer = world.call("POST", "/users", data=b'{"first_name":"x"}', content_type="text/plain")
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "path",
    ["/users/x", "/users/x/conversations", "/conversations/x", "/conversations/x/messages", "/agents/x"],
)
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    assert world.call("GET", path).status_code == 404


def test_faults_speak_as_freshchat_does(world: World) -> None:
    world.desk.fail_next(Fault(status=429, retry_after=3))
    answer = world.call("GET", "/channels")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3"
    assert answer.get_json()["code"] == 429


# --- files -----------------------------------------------------------------------------------------------------------


def test_uploads_are_kept_and_served(world: World) -> None:
    answer = world.call("POST", "/images/upload", data={"image": (io.BytesIO(b"png"), "a.png", "image/png")})
    url = answer.get_json()["url"]
    served = world.desk.app.test_client().get(url.removeprefix(world.desk.base_url))
    assert served.data == b"png"
    assert served.content_type == "image/png"


def test_protected_files_want_the_token(world: World) -> None:
    world.desk.protect_files = True
    key = world.desk.store_file("a.pdf", "application/pdf", b"%PDF")
    path = world.desk.file_url(key).removeprefix(world.desk.base_url)
    client = world.desk.app.test_client()
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"Authorization": f"Bearer {DEMO_TOKEN}"}).data == b"%PDF"


@pytest.mark.parametrize(
    ("path", "field_name", "content_type", "data"),
    [
        ("/images/upload", "picture", "image/png", b"png"),
        ("/images/upload", "image", "text/plain", b"png"),
        ("/files/upload", "file", "text/plain", b""),
    ],
)
def test_wrong_uploads_are_refused(world: World, path: str, field_name: str, content_type: str, data: bytes) -> None:
    upload = {field_name: (io.BytesIO(data), "a", content_type)}
    assert world.call("POST", path, data=upload).status_code == 400
    assert world.call("POST", path, {}).status_code == 415


# --- webhooks --------------------------------------------------------------------------------------------------------


def test_webhooks_are_signed_with_the_key_that_is_shown_under_the_wrong_label(world: World) -> None:
    shown = world.desk.public_key_shown
    assert shown.startswith("-----BEGIN RSA PUBLIC KEY-----")
    assert "\n" not in shown
    assert base64.b64decode(shown.split("-----")[2].strip()).hex().startswith("30820122300d06092a864886f70d0101")
    world.conversation()
    world.time.settle()
    [request] = world.us.requests
    assert request.headers["x-retry-count"] == "0"
    assert request.headers["x-freshchat-payload-version"] == "1.0"
    CONNECTOR.verify(request, world.endpoint)
    stranger = Freshchat(world.time, world.us, Random(8))
    other = Endpoint(id="d", service="freshchat", secrets=Secrets({"webhook_public_key": stranger.public_key_shown}))
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request, other)


def test_no_address_no_webhook(world: World) -> None:
    world.desk.set_webhook("")
    world.conversation()
    world.time.settle()
    assert world.us.requests == []


def test_a_webhook_that_was_not_taken_comes_again_and_says_so(world: World) -> None:
    world.us.answers = [500, 503]
    world.conversation()
    world.time.settle()
    assert [request.headers["x-retry-count"] for request in world.us.requests] == ["0", "1", "2"]
    assert len({request.body for request in world.us.requests}) == 1


def test_our_own_posts_come_back_and_are_ignored(world: World) -> None:
    world.conversation()
    assert world.happenings() == [Ignored(reason="written by the customer: an echo of our own message")]


def test_an_echo_may_come_before_the_answer_and_once(world: World) -> None:
    world.desk.habits.echo_first = True
    conversation = world.conversation()
    assert len(world.us.requests) == 1
    world.us.answers = [500]
    world.call("POST", f"/conversations/{conversation.id}/messages", write(conversation.user.id))
    assert len(world.us.requests) == 2
    world.time.settle()
    assert len(world.us.requests) == 3


def test_an_agents_words_arrive_whatever_they_are(world: World) -> None:
    conversation = world.conversation()
    world.desk.reply(conversation.id, DEMO_AGENT, "5 < 6 & <b> שלום 👩‍👩‍👧\nsecond line")
    event = world.last_message()
    assert event.message.content == (Text(text="5 < 6 & <b> שלום 👩‍👩‍👧\nsecond line"),)
    assert event.thread == conversation.id
    assert event.aliases == (conversation.number,)
    assert event.hints["user_id"] == conversation.user.id
    assert event.message.sender.external_id == DEMO_AGENT


def test_the_first_answer_takes_the_conversation_over(world: World) -> None:
    conversation = world.conversation()
    world.desk.reply(conversation.id, DEMO_AGENT, "Hello")
    world.desk.reply(conversation.id, OTHER_AGENT, "Me too")
    world.time.settle()
    assert world.us.actions() == ["message_create", "conversation_assignment", "message_create", "message_create"]
    assignment = world.us.bodies()[1]["data"]["assignment"]
    assert assignment["from_agent_id"] == ""
    assert assignment["to_agent_id"] == DEMO_AGENT
    assert conversation.agent == DEMO_AGENT


def test_quick_replies_files_and_cards_arrive(world: World) -> None:
    conversation = world.conversation()
    world.desk.quick_replies(conversation.id, DEMO_AGENT, "Well?", ["Yes", "No"])
    buttons = world.last_message().message.buttons
    assert buttons == (Button(label="Yes", payload="Yes"), Button(label="No", payload="No"))
    world.desk.send_file(conversation.id, DEMO_AGENT, "a.png", "image/png", b"png", "Look")
    image, caption = world.last_message().message.content
    assert isinstance(image, Attachment)
    assert image.url is not None
    assert caption == Text(text="Look")
    card = {"type": "carousel_card_default", "sections": [{"name": "title", "parts": [{"text": {"content": "Chair"}}]}]}
    world.desk.post_as_agent(conversation.id, DEMO_BOT, [{"template_content": card}])
    event = world.last_message()
    assert event.message.content == (Card(title="Chair"),)
    assert event.message.sender.role is Role.BOT


def test_a_late_file_has_its_address_at_the_second_look(world: World) -> None:
    conversation = world.conversation()
    world.desk.habits.late_files = 2.0
    world.desk.send_file(conversation.id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF")
    assert world.last_message().message.incomplete
    path = f"/conversations/{conversation.id}/messages"
    assert "url" not in world.call("GET", path).get_json()["messages"][0]["message_parts"][0]["file"]
    world.time.advance(2)
    assert "url" in world.call("GET", path).get_json()["messages"][0]["message_parts"][0]["file"]


def test_types_and_ids_may_be_missing_or_bare(world: World) -> None:
    conversation = world.conversation()
    world.desk.habits.omit_message_type = True
    world.desk.habits.omit_user_id = True
    world.desk.habits.bare_ids = True
    world.desk.reply(conversation.id, DEMO_AGENT, "Hello")
    event = world.last_message()
    assert event.thread == conversation.id
    assert event.hints == {"conversation_id": conversation.id.replace("-", "")}


def test_notes_and_system_lines_stay_at_the_desk(world: World) -> None:
    conversation = world.conversation()
    world.desk.private_note(conversation.id, DEMO_AGENT, "VIP?")
    world.desk.private_note(conversation.id, DEMO_BOT, "Score 7")
    world.desk.system_line(conversation.id, ".")
    assert all(isinstance(happening, Ignored) for happening in world.happenings())
    assert "actor_type" not in world.us.bodies()[-1]["data"]["message"]
    assert conversation.agent == ""


def test_resolving_and_reopening_are_told(world: World) -> None:
    conversation = world.conversation()
    world.desk.resolve(conversation.id, DEMO_AGENT)
    world.desk.resolve(conversation.id, DEMO_AGENT)
    world.desk.reopen(conversation.id, DEMO_AGENT)
    world.desk.assign(conversation.id, OTHER_AGENT)
    world.desk.assign(conversation.id, "")
    changes = [each.status for each in world.happenings() if isinstance(each, ConversationChanged)]
    ended, active = ConversationStatus.ENDED, ConversationStatus.ACTIVE
    assert changes == [ended, active, active, active]
    assert world.us.bodies()[-1]["data"]["assignment"]["to_agent_id"] == ""


def test_other_channels_are_told_of_and_not_ours(world: World) -> None:
    conversation = world.conversation(channel_id=OTHER_CHANNEL)
    world.desk.reply(conversation.id, DEMO_AGENT, "Hello")
    with pytest.raises(UnknownAccount):
        world.happenings()
    world.endpoint = replace(world.endpoint, strangers=frozenset({OTHER_CHANNEL, "8540000000000005"}))
    assert world.happenings()[-1] == Ignored(reason="from a channel that is not connected")


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_desk_and_works_it(world: World) -> None:
    assert isinstance(world.desk, SIMULATOR)
    conversation = world.conversation()
    known = {"conversation": conversation.id, "agent": DEMO_AGENT}
    world.desk.act("reply", {**known, "text": "a < b"})
    world.desk.act("quick_replies", {**known, "text": "Well?", "labels": "Yes\nNo\n"})
    data = base64.b64encode(b"png").decode()
    world.desk.act("send_file", {**known, "name": "a.png", "content_type": "image/png", "data": data, "caption": "See"})
    world.desk.act("private_note", {**known, "text": "VIP"})
    world.desk.act("assign", {**known, "agent": OTHER_AGENT})
    world.desk.act("resolve", known)
    view: Any = json.loads(json.dumps(world.desk.view()))
    assert (view["service"], view["side"]) == ("freshchat", "platform")
    assert [agent["name"] for agent in view["agents"]] == ["Ana Kovač", "Ben Okafor"]
    [shown] = view["conversations"]
    assert (shown["contact"]["name"], shown["status"], shown["assigned_to"]) == ("Åsa", "resolved", "Ben Okafor")
    assert [bubble["author"] for bubble in shown["messages"]] == ["customer", "agent", "agent", "agent", "note"]
    assert [bubble["text"] for bubble in shown["messages"]] == ["Hej!", "a < b", "Well?", "See", "VIP"]
    assert [button["label"] for button in shown["messages"][2]["buttons"]] == ["Yes", "No"]
    assert shown["messages"][3]["attachment"]["kind"] == "image"
    world.desk.act("reopen", known)
    assert conversation.status == "assigned"


def test_the_page_shows_cards(world: World) -> None:
    conversation = world.conversation()
    sections = [
        {"name": "title", "parts": [{"text": {"content": "Chair"}}]},
        {"name": "hero_image", "parts": [{"image": {"url": "https://a/chair.png"}}]},
        {"name": "view", "parts": [{"url_button": {"label": "View", "url": "https://shop.example"}}]},
    ]
    card = {"template_content": {"type": "carousel_card_default", "sections": sections}}
    carousel = {"template_content": {"type": "carousel", "sections": [{"name": "cards", "parts": [card, card]}]}}
    world.desk.post_as_agent(conversation.id, DEMO_AGENT, [carousel])
    view: Any = world.desk.view()
    cards = view["conversations"][0]["messages"][-1]["cards"]
    expected = {
        "title": "Chair",
        "text": "",
        "image": "https://a/chair.png",
        "buttons": [{"label": "View", "url": "https://shop.example"}],
    }
    assert cards == [expected, expected]


def test_unknown_actions_and_conversations_are_refused(world: World) -> None:
    conversation = world.conversation()
    with pytest.raises(KeyError):
        world.desk.act("dance", {"conversation": conversation.id, "agent": DEMO_AGENT})
    with pytest.raises(KeyError):
        world.desk.act("reply", {"conversation": "nowhere", "agent": DEMO_AGENT, "text": "x"})


def test_the_demo_account_connects(world: World) -> None:
    demo = world.desk.demo()
    assert demo.settings["base_url"] == "https://freshchat.simulator.test/v2"
    assert demo.secrets == {"api_token": DEMO_TOKEN}
    assert demo.later_secrets == {"webhook_public_key": world.desk.public_key_shown}
