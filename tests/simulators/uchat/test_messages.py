"""What the simulated UChat takes from a contact, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.uchat import DEMO_FLOW_KEY, DEMO_PARTNER_KEY, OTHER_FLOW_KEY, PLAIN_FLOW_KEY
from playground.simulator import AnswerLost, Fault
from tests.harness.uchat import ANN, CONVERSATION, Json, UChatHarness, make_harness, media_post, text_post


@pytest.fixture
def harness() -> UChatHarness:
    return make_harness(bot=False)


def postback(title: str = "Yes", payload: str = "flow:yes:77") -> Json:
    submitted = [{"title": title, "payload": payload}]
    return {**text_post(title), "event": "message_postback", "submitted_values": submitted}


def errors(harness: UChatHarness, body: Json) -> dict[str, list[str]]:
    answer = harness.post(body)
    assert answer.status_code == 422, answer.data
    shown: dict[str, list[str]] = answer.get_json()["errors"]
    assert answer.get_json()["message"].startswith(next(iter(shown.values()))[0])
    return shown


def changed(body: Json, path: str, value: Any) -> Json:
    """`body` with another value, or without it when that is `...`."""
    name, _, rest = path.partition(".")
    if rest:
        inner = body[name]
        new = [changed(inner[0], rest.partition(".")[2], value)] if isinstance(inner, list) else None
        return {**body, name: new or changed(inner, rest, value)}
    return {key: one for key, one in {**body, name: value}.items() if one is not ...}


# --- what is taken ---------------------------------------------------------------------------------------------------


def test_a_text_is_taken_and_shown_at_the_desk(harness: UChatHarness) -> None:
    answer = harness.post(text_post("Hello"))
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    assert harness.chat["contact"] == {
        "id": ANN,
        "name": "Ann Lee",
        "avatar": None,
        "phone": "+358401234567",
        "email": "",
    }
    [message] = harness.chat["messages"]
    assert (message["author"], message["name"], message["text"]) == ("customer", "Ann Lee", "Hello")
    assert harness.contact().conversation_id == CONVERSATION


@pytest.mark.parametrize("kind", ["image", "audio", "video", "file"])
def test_media_are_remembered_by_their_address(harness: UChatHarness, kind: str) -> None:
    assert harness.post(media_post(kind, "https://media.example/m/a%20b.bin?x=1")).status_code == 200
    [message] = harness.chat["messages"]
    assert message["text"] == ""
    assert message["attachment"] == {
        "kind": kind,
        "url": "https://media.example/m/a%20b.bin?x=1",
        "name": "a b.bin",
        "size": None,
    }


def test_a_file_on_this_machine_needs_no_https(harness: UChatHarness) -> None:
    for host in ("127.0.0.1:8000", "localhost", "[::1]"):
        assert harness.post(media_post(url=f"http://{host}/m/1.jpg")).status_code == 200


def test_a_postback_carries_title_and_payload(harness: UChatHarness) -> None:
    assert harness.post(postback()).status_code == 200
    [message] = harness.chat["messages"]
    assert (message["text"], message["payload"]) == ("Yes", "flow:yes:77")


def test_the_same_post_twice_is_two_messages(harness: UChatHarness) -> None:
    harness.write("ok")
    harness.write("ok")
    assert [message["text"] for message in harness.chat["messages"]] == ["ok", "ok"]


def test_the_newest_profile_is_kept(harness: UChatHarness) -> None:
    harness.write("Hello")
    harness.post(changed(text_post("Hello"), "sender.name", "Ann Lee-Smith"))
    assert harness.chat["contact"]["name"] == "Ann Lee-Smith"


def test_a_post_may_be_answered_with_nothing(harness: UChatHarness) -> None:
    harness.uchat.quirks.post_answer = "empty"
    answer = harness.post(text_post())
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_message_opens_a_chat_that_was_done(harness: UChatHarness) -> None:
    harness.write("Hello")
    harness.uchat.move_chat(ANN, "done")
    harness.write("One more thing")
    assert harness.chat["status"] == "open"


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "wrong", DEMO_PARTNER_KEY])
def test_only_flow_keys_are_taken(harness: UChatHarness, key: str) -> None:
    answer = harness.post(text_post(), key=key)
    assert (answer.status_code, answer.get_json()) == (401, {"message": "Unauthenticated."})


def test_a_key_is_checked_by_asking_whose_it_is(harness: UChatHarness) -> None:
    owner = {"id": 7000, "name": "Owner of Demo shop", "email": "owner@desk.example"}
    assert harness.ask("GET", "/api/me") == harness.ask("GET", "/api/me", key=PLAIN_FLOW_KEY) == owner
    assert harness.ask("GET", "/api/me", key=OTHER_FLOW_KEY)["name"] == "Owner of Other shop"
    answer = harness.call("GET", "/api/me", key="wrong")
    assert (answer.status_code, answer.get_json()) == (401, {"message": "Unauthenticated."})


@pytest.mark.parametrize("key", [PLAIN_FLOW_KEY, OTHER_FLOW_KEY])
def test_the_key_must_be_of_this_flow_and_may_manage_it(harness: UChatHarness, key: str) -> None:
    answer = harness.post(text_post(), key=key)
    assert (answer.status_code, answer.get_json()) == (403, {"message": "This action is unauthorized."})


def test_a_replaced_flow_key_is_refused(harness: UChatHarness) -> None:
    harness.uchat.replace_flow_key("a-new-flow-key")
    assert harness.post(text_post()).status_code == 401
    assert harness.post(text_post(), key="a-new-flow-key").status_code == 200
    assert harness.uchat.demo().secrets["flow_api_key"] == "a-new-flow-key"


def test_an_unknown_code_is_not_found(harness: UChatHarness) -> None:
    assert harness.call("POST", "/api/apichat/another", text_post()).status_code == 404


# --- what is refused -------------------------------------------------------------------------------------------------

REQUIRED = [
    "content",
    "message_type",
    "sender.id",
    "sender.name",
    "sender.email",
    "sender.phone_number",
    "sender.type",
    "conversation_id",
    "event",
]


@pytest.mark.parametrize("path", REQUIRED)
def test_every_field_is_required(harness: UChatHarness, path: str) -> None:
    assert list(errors(harness, changed(text_post(), path, ...))) == [path]
    assert not harness.uchat.contacts


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *((path, None) for path in REQUIRED),
        ("content", 5),
        ("message_type", "outgoing"),
        ("sender", "viber:01ab"),
        ("sender.id", ""),
        ("sender.id", 17),
        ("sender.id", "x" * 256),
        ("sender.name", ""),
        ("sender.type", "agent"),
        ("sender.avatar", "https://cdn.example/a.png"),
        ("conversation_id", True),
        ("conversation_id", "48213"),
        ("conversation_id", 1.5),
        ("conversation_id", 0),
        ("conversation_id", 2**31),
        ("event", "message_updated"),
        ("attachments", []),
        ("id", "m-1"),
    ],
)
def test_a_wrong_value_is_refused(harness: UChatHarness, path: str, value: object) -> None:
    assert list(errors(harness, changed(text_post(), path, value))) == [path]
    assert not harness.uchat.contacts


def test_a_text_has_words(harness: UChatHarness) -> None:
    for text in ("", "  "):
        assert list(errors(harness, text_post(text))) == ["content"]


def test_a_caption_does_not_go_with_an_attachment(harness: UChatHarness) -> None:
    assert list(errors(harness, {**media_post(), "content": "Look"})) == ["content"]


def test_there_is_one_attachment(harness: UChatHarness) -> None:
    attachment = media_post()["attachments"][0]
    assert list(errors(harness, {**media_post(), "attachments": [attachment, attachment]})) == ["attachments"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("attachments.0.file_type", "sticker"),
        ("attachments.0.data_url", "http://media.example/1.jpg"),
        ("attachments.0.data_url", "data:image/png;base64,AAAA"),
        ("attachments.0.data_url", "https://media.example/a b.jpg"),
        ("attachments.0.data_url", ...),
        ("attachments.0.name", "a.jpg"),
    ],
)
def test_an_attachment_is_a_known_kind_at_an_https_address(harness: UChatHarness, path: str, value: object) -> None:
    assert list(errors(harness, changed(media_post(), path, value))) == [path]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("submitted_values", ...),
        ("submitted_values", []),
        ("submitted_values.0.title", ...),
        ("submitted_values.0.payload", ...),
        ("submitted_values.0.payload", 5),
        ("content", ""),
        ("attachments", [{"file_type": "image", "data_url": "https://media.example/1.jpg"}]),
    ],
)
def test_a_postback_is_a_title_with_one_submitted_value(harness: UChatHarness, path: str, value: object) -> None:
    assert list(errors(harness, changed(postback(), path, value))) == [path]


def test_submitted_values_go_with_a_postback_alone(harness: UChatHarness) -> None:
    assert list(errors(harness, {**postback(), "event": "message_created"})) == ["submitted_values"]


def test_a_body_that_is_not_json_has_no_fields(harness: UChatHarness) -> None:
    headers = {"Authorization": f"Bearer {DEMO_FLOW_KEY}", "Accept": "application/json"}
    for data, content_type in ((b"{", "application/json"), (b"[]", "application/json"), (b"content=Hi", "text/plain")):
        answer = harness.uchat.app.test_client().post(
            harness.bot_path, data=data, content_type=content_type, headers=headers
        )
        assert (answer.status_code, "content" in answer.get_json()["errors"]) == (422, True)


# --- what is taken although it is wrong ------------------------------------------------------------------------------


def test_a_contact_with_another_conversation_id_is_complained_about(harness: UChatHarness) -> None:
    harness.write("Hello")
    harness.write("Hello", conversation=48214)
    assert harness.uchat.complaints == ["conversation_id 48214 of a contact that has 48213"]
    assert harness.view()["complaint_count"] == 1


def test_a_conversation_id_of_two_contacts_is_complained_about(harness: UChatHarness) -> None:
    harness.write("Hello")
    harness.write("Hello", sender="viber:02cd")
    assert harness.uchat.complaints == ["conversation_id 48213 is that of another contact"]


def test_a_postback_that_nobody_offered_is_complained_about(harness: UChatHarness) -> None:
    harness.post({**postback(), "content": "yes"})
    assert harness.uchat.complaints == [
        "a postback whose content is not the title of its button",
        "a postback of a button that this contact was not offered",
    ]


# --- limits and misbehaviour -----------------------------------------------------------------------------------------


def test_too_many_posts_in_a_second_are_refused(harness: UChatHarness) -> None:
    harness.uchat.quirks.requests_per_second = 2
    answers = [harness.post(text_post()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].get_json() == {"message": "Too Many Attempts."}
    assert answers[-1].headers["Retry-After"] == "1"
    harness.time.advance(1)
    assert harness.post(text_post()).status_code == 200
    assert len(harness.chat["messages"]) == 3


def test_the_busiest_second_of_a_key_is_known(harness: UChatHarness) -> None:
    assert harness.uchat.auth.busiest(DEMO_FLOW_KEY) == 0
    for wait in (0.5, 0.5, 0.1, 0.1, 0.1, 2.0):
        harness.write("Hello")
        harness.time.advance(wait)
    assert harness.uchat.auth.busiest(DEMO_FLOW_KEY) == 5


@pytest.mark.parametrize(
    ("status", "message"), [(401, "Unauthenticated."), (429, "Too Many Attempts."), (500, "Server Error")]
)
def test_told_to_fail_it_says_so_as_laravel_does(harness: UChatHarness, status: int, message: str) -> None:
    harness.uchat.fail_next(Fault(status=status, retry_after=7))
    answer = harness.post(text_post())
    assert (answer.status_code, answer.get_json()) == (status, {"message": message})
    assert answer.headers["Retry-After"] == "7"
    assert not harness.uchat.contacts


def test_an_answer_may_be_lost_after_the_message_was_taken(harness: UChatHarness) -> None:
    harness.uchat.fail_next(Fault(lost=True))
    with pytest.raises(AnswerLost):
        harness.post(text_post())
    assert len(harness.chat["messages"]) == 1
