"""The simulated communication API keeps vcita's rules about channels, sessions, messages and typing."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.vcita import DEMO_APP, DEMO_BUSINESS, DEMO_DIRECTORY_TOKEN, DEMO_STAFF, OTHER_BUSINESS
from tests.harness.vcita_directory import Directory, Json, Thread, make_directory, session_body

CHANNEL = {"business_uid": DEMO_BUSINESS, "type": "transactional"}


@pytest.fixture
def vcita() -> Directory:
    return make_directory()


def code_of(answer: Any) -> tuple[int, str]:
    """The HTTP status and the code of the API's error envelope."""
    body = answer.get_json()
    assert body["success"] is False
    [error] = body["errors"]
    assert {"code", "message"} <= set(error) <= {"code", "message", "field"}
    return answer.status_code, error["code"]


# --- channels --------------------------------------------------------------------------------------------------------


def test_a_channel_is_pending_until_its_webhook_says_active(vcita: Directory) -> None:
    answer = vcita.api("POST", "/channels", {**CHANNEL, "display_name": "Viber"})
    assert answer.status_code == 201
    channel = answer.get_json()["data"]["channel"]
    assert answer.get_json()["success"] is True
    assert (len(channel["uid"]), channel["status"], channel["display_name"]) == (36, "pending", "Viber")
    assert vcita.webhooks() == [("PUT", f"/channels/{channel['uid']}", {"status": "active"})]


@pytest.mark.parametrize("status", ["error", "blocked"])
def test_the_validation_of_a_channel_may_end_otherwise(vcita: Directory, status: Any) -> None:
    vcita.vcita.next_channel_status = status
    vcita.api("POST", "/channels", CHANNEL)
    vcita.api("POST", "/channels", CHANNEL)
    assert [body["status"] for _, _, body in vcita.webhooks()] == [status, "active"]


def test_the_webhook_of_a_channel_may_come_before_the_answer(vcita: Directory) -> None:
    vcita.vcita.habits.early_webhooks = True
    answer = vcita.api("POST", "/channels", CHANNEL)
    assert answer.get_json()["data"]["channel"]["status"] == "pending"
    assert [one.body for one in vcita.us.received] == [{"status": "active"}]
    assert len(vcita.webhooks()) == 1


@pytest.mark.parametrize("prefix", ["/business/communication", "/business/communication/v1", "/partner/chat"])
def test_the_api_is_in_several_places(vcita: Directory, prefix: str) -> None:
    vcita.vcita.api_prefix = "/partner/chat"
    assert vcita.call("POST", f"{prefix}/channels", CHANNEL).status_code == 201


def test_elsewhere_is_nothing(vcita: Directory) -> None:
    assert vcita.call("POST", "/business/messaging/channels", CHANNEL).status_code == 404


def test_the_token_says_which_app_a_channel_is_for(vcita: Directory) -> None:
    for token_order in ({"business_id": DEMO_BUSINESS}, {"app_id": 4711, "business_id": DEMO_BUSINESS}):
        made = vcita.call("POST", "/platform/v1/tokens", token_order, token=DEMO_DIRECTORY_TOKEN).get_json()
        assert vcita.api("POST", "/channels", CHANNEL, token=made["data"]["token"]).status_code == 201
        assert len(vcita.news()) == ("app_id" in token_order)


def test_a_deleted_channel_is_gone_and_takes_nothing(vcita: Directory) -> None:
    thread = vcita.thread()
    answer = vcita.api("DELETE", f"/channels/{thread.channel}")
    assert (answer.status_code, answer.get_json()) == (200, {"success": True, "data": {}})
    assert vcita.news() == [("PUT", f"/channels/{thread.channel}", {"status": "deleted"})]
    assert code_of(vcita.api("PUT", f"/channels/{thread.channel}", {"status": "active"})) == (404, "invalid")
    assert code_of(vcita.api("POST", "/messages", thread.message())) == (422, "invalid")


def test_an_app_changes_its_channel(vcita: Directory) -> None:
    channel = vcita.channel()
    answer = vcita.api("PUT", f"/channels/{channel}", {"status": "inactive", "display_name": "Chat"})
    assert answer.get_json()["data"]["channel"]["display_name"] == "Chat"
    assert vcita.news() == [("PUT", f"/channels/{channel}", {"status": "inactive"})]
    vcita.vcita.block_channel("Northwind Dental")
    assert vcita.news() == [("PUT", f"/channels/{channel}", {"status": "blocked"})]
    assert code_of(vcita.api("PUT", f"/channels/{channel}", {"status": "active"})) == (422, "invalid")


# --- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_waits_for_the_app_to_activate_it(vcita: Directory) -> None:
    client, channel = vcita.vcita.add_client(DEMO_BUSINESS, "Ann"), vcita.channel()
    answer = vcita.api("POST", "/sessions", session_body(channel, client))
    session = answer.get_json()["data"]["session"]
    assert (answer.status_code, session["status"], session["ai_status"]) == (201, "pending", "none")
    path = f"/sessions/{session['uid']}"
    assert vcita.news() == [("PUT", path, {"status": "inactive"})]
    activated = vcita.api("PUT", path, {"status": "active"})
    assert activated.get_json()["data"]["session"]["status"] == "inactive", "it is only accepted, the webhook confirms"
    assert vcita.news() == [("PUT", path, {"status": "active"})]


def test_or_becomes_active_by_itself(vcita: Directory) -> None:
    vcita.vcita.habits.activation = "auto_activate"
    client, channel = vcita.vcita.add_client(DEMO_BUSINESS, "Ann"), vcita.channel()
    session = vcita.session(channel, client, activate=False)
    assert vcita.vcita.sessions[0].status == "active"
    assert vcita.api("PUT", f"/sessions/{session}", {"status": "active"}).status_code == 200
    vcita.vcita.habits.refuses_active = True
    assert code_of(vcita.api("PUT", f"/sessions/{session}", {"status": "active"})) == (422, "invalid")


def test_the_webhook_of_a_session_may_come_before_the_answer(vcita: Directory) -> None:
    client, channel = vcita.vcita.add_client(DEMO_BUSINESS, "Ann"), vcita.channel()
    vcita.vcita.habits.early_webhooks = True
    uid = vcita.api("POST", "/sessions", session_body(channel, client)).get_json()["data"]["session"]["uid"]
    vcita.api("PUT", f"/sessions/{uid}", {"status": "active"})
    assert [one.body["status"] for one in vcita.us.received] == ["inactive", "active"]


def test_there_is_one_session_for_a_contact_and_one_for_a_person_of_the_messenger(vcita: Directory) -> None:
    thread = vcita.thread()
    other = vcita.vcita.add_client(DEMO_BUSINESS, "Ben")
    for body in (session_body(thread.channel, thread.client, "viber:x"), session_body(thread.channel, other)):
        answer = vcita.api("POST", "/sessions", body)
        assert code_of(answer) == (422, "already_exists")
        assert answer.get_json()["errors"][0]["message"] == "Session already exist"
    vcita.vcita.habits.exists_code = "duplicate"
    assert code_of(vcita.api("POST", "/sessions", session_body(thread.channel, other))) == (422, "duplicate")
    vcita.api("DELETE", f"/sessions/{thread.session}")
    assert vcita.news() == [("PUT", f"/sessions/{thread.session}", {"status": "deleted"})]
    assert vcita.api("POST", "/sessions", session_body(thread.channel, other)).status_code == 201


def test_a_session_wants_an_active_channel_and_a_known_contact(vcita: Directory) -> None:
    client = vcita.vcita.add_client(DEMO_BUSINESS, "Ann")
    stranger = vcita.vcita.add_client(OTHER_BUSINESS, "Bo")
    pending = vcita.api("POST", "/channels", CHANNEL).get_json()["data"]["channel"]["uid"]
    assert code_of(vcita.api("POST", "/sessions", session_body(pending, client))) == (422, "invalid")
    vcita.news()
    assert code_of(vcita.api("POST", "/sessions", session_body(pending, stranger))) == (422, "invalid")
    matter = vcita.vcita.find_client(client).matter_uid
    assert vcita.api("POST", "/sessions", session_body(pending, matter)).status_code == 201


@pytest.mark.parametrize("plain", [False, True])
def test_sessions_are_listed_by_one_form_of_the_query(vcita: Directory, plain: bool) -> None:
    vcita.vcita.habits.plain_filters = plain
    thread = vcita.thread()
    vcita.session(thread.channel, vcita.vcita.add_client(DEMO_BUSINESS, "Ben"), "viber:ben")
    wanted = {"business_uid": DEMO_BUSINESS, "channel_uid": thread.channel, "contact_uid": thread.client}
    nested = {f"filter[{name}]": value for name, value in wanted.items()}
    right, wrong = (wanted, nested) if plain else (nested, wanted)
    shown = vcita.api("GET", "/sessions", query_string=right).get_json()["data"]["sessions"]
    assert shown == [{"uid": thread.session, "status": "active", "ai_status": "none"}]
    assert code_of(vcita.api("GET", "/sessions", query_string=wrong)) == (400, "missing_field")


# --- messages from the customer --------------------------------------------------------------------------------------


def test_a_message_is_pending_then_received_then_read(vcita: Directory) -> None:
    thread = vcita.thread()
    answer = vcita.api("POST", "/messages", thread.message("Hej!", "viber/1 2", created_at="2026-01-05 08:59:30"))
    assert answer.status_code == 201
    assert answer.get_json()["data"]["message"] == {"uid": "viber/1 2", "status": "pending"}
    path = "/messages/viber%2F1%202"
    assert vcita.news() == [("PUT", path, {"status": "received", "channel_uid": thread.channel})]
    vcita.vcita.open_conversation(thread.client)
    vcita.vcita.open_conversation(thread.client)
    assert vcita.news() == [("PUT", path, {"status": "read", "channel_uid": thread.channel})]


def test_the_documentation_may_be_right_about_the_swapped_fields(vcita: Directory) -> None:
    vcita.vcita.habits.swapped_types = True
    thread = vcita.thread()
    vcita.api("POST", "/messages", thread.message())
    assert vcita.news()[0][2] == {"status": thread.channel, "channel_uid": "received"}


def test_vcita_may_use_an_id_of_its_own_for_a_message(vcita: Directory) -> None:
    vcita.vcita.habits.own_message_uids = True
    thread = vcita.thread()
    uid = vcita.api("POST", "/messages", thread.message(uid="m-1")).get_json()["data"]["message"]["uid"]
    assert uid != "m-1"
    assert vcita.news()[0][1] == f"/messages/{uid}"
    assert code_of(vcita.api("POST", "/messages", thread.message(uid="m-1"))) == (422, "already_exists")


def test_a_message_may_fail(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.vcita.next_message_fails = True
    for uid in ("m-1", "m-2"):
        vcita.api("POST", "/messages", thread.message(uid=uid))
    assert [body["status"] for _, _, body in vcita.news()] == ["error", "received"]
    vcita.vcita.open_conversation(thread.client)
    assert [body["status"] for _, _, body in vcita.news()] == ["read"]


def test_what_is_read_at_once_is_not_received_later(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.api("POST", "/messages", thread.message())
    vcita.vcita.open_conversation(thread.client)
    assert [body["status"] for _, _, body in vcita.news()] == ["read"]


def test_a_message_id_is_taken_once_per_channel(vcita: Directory) -> None:
    thread = vcita.thread()
    assert vcita.api("POST", "/messages", thread.message()).status_code == 201
    assert code_of(vcita.api("POST", "/messages", thread.message("other"))) == (422, "already_exists")
    other = vcita.channel()
    vcita.session(other, thread.client)
    assert vcita.api("POST", "/messages", thread.message(channel_uid=other)).status_code == 201


def test_messages_want_an_active_session_unless_the_channel_is_open(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.vcita.deactivate_session(thread.client)
    assert code_of(vcita.api("POST", "/messages", thread.message())) == (422, "invalid")
    assert code_of(vcita.api("POST", "/messages", thread.message(external_uid="viber:who"))) == (422, "invalid")
    vcita.api("PUT", f"/channels/{thread.channel}", {"status": "active", "open_channel": True})
    assert vcita.api("POST", "/messages", thread.message()).status_code == 201
    known = thread.message(uid="m-2", external_uid="viber:who", contact_uid=thread.client)
    assert vcita.api("POST", "/messages", known).status_code == 201


def test_what_the_business_wrote_elsewhere_can_be_shown_too(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.api("POST", "/messages", thread.message("From my phone", direction="business_to_client"))
    assert vcita.view()["conversations"][0]["messages"][-1]["author"] == "agent"


def test_vcita_may_send_our_own_message_back(vcita: Directory) -> None:
    vcita.vcita.habits.echoes = True
    thread = vcita.thread()
    vcita.api("POST", "/messages", thread.message("Hej"))
    method, path, body = vcita.news()[0]
    assert (method, path, body["message_uid"]) == ("POST", "/messages", "m-1")
    assert body["direction"] == "client_to_business"


# --- statuses of the staff's messages --------------------------------------------------------------------------------


def test_the_app_reports_what_became_of_a_message(vcita: Directory) -> None:
    thread = vcita.thread()
    uid = vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    for status in ("channel_pending", "sent", "received", "read"):
        answer = vcita.api("PUT", f"/messages/{uid}", {"status": status, "channel_uid": thread.channel})
        assert (answer.status_code, answer.get_json()) == (200, {"success": True, "data": {}})
        assert vcita.view()["conversations"][0]["messages"][-1]["status"] == status
    [line] = [line for line in vcita.vcita.find_client(thread.client).lines if line.author == "agent"]
    assert line.reported == ["channel_pending", "sent", "received", "read"]


def test_only_messages_of_the_staff_on_that_channel_take_a_status(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.api("POST", "/messages", thread.message(uid="m-1"))
    uid = vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    for message, channel in (("m-1", thread.channel), ("unknown", thread.channel), (uid, vcita.channel())):
        answer = vcita.api("PUT", f"/messages/{message}", {"status": "read", "channel_uid": channel})
        assert code_of(answer) == (404, "invalid")


@pytest.mark.parametrize("status", ["channel_pending", "sent", "unavailable"])
def test_some_accounts_know_the_guides_statuses_alone(vcita: Directory, status: str) -> None:
    vcita.vcita.habits.basic_statuses = True
    thread = vcita.thread()
    uid = vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    body = {"status": status, "channel_uid": thread.channel}
    assert code_of(vcita.api("PUT", f"/messages/{uid}", body)) == (422, "invalid")
    assert vcita.api("PUT", f"/messages/{uid}", {**body, "status": "received"}).status_code == 200


# --- typing ----------------------------------------------------------------------------------------------------------


def test_the_customer_is_seen_typing_for_a_while(vcita: Directory) -> None:
    thread = vcita.thread()

    def typing() -> bool:
        return bool(vcita.view()["conversations"][0]["typing"])

    answer = vcita.api("POST", "/sessions/typing", {"session_uid": thread.session, "typing": True})
    assert (answer.status_code, answer.get_json()) == (200, {"success": True, "data": {}})
    assert typing()
    vcita.api("POST", "/sessions/typing", {"session_uid": thread.session, "typing": False})
    assert not typing()
    vcita.api("POST", "/sessions/typing", {"session_uid": thread.session, "typing": True})
    vcita.time.advance(10)
    assert not typing()
    vcita.vcita.deactivate_session(thread.client)
    refused = vcita.api("POST", "/sessions/typing", {"session_uid": thread.session, "typing": True})
    assert code_of(refused) == (422, "invalid")


# --- strictness ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "change", "expected"),
    [
        ("POST", "/channels", {"type": "internal"}, (400, "invalid")),
        ("POST", "/channels", {"business_uid": "short"}, (400, "invalid")),
        ("POST", "/channels", {"type": None}, (400, "missing_field")),
        ("POST", "/channels", {"app_code_name": DEMO_APP}, (400, "invalid")),
        ("POST", "/sessions", {"contact_uid": None}, (400, "missing_field")),
        ("POST", "/sessions", {"channel_uid": "c" * 37}, (400, "too_long")),
        ("POST", "/sessions", {"external_uid": 7}, (400, "invalid")),
        ("POST", "/messages", {"message": " "}, (400, "invalid")),
        ("POST", "/messages", {"message_uid": "m" * 256}, (400, "too_long")),
        ("POST", "/messages", {"created_at": "2026-01-05T09:00:00Z"}, (400, "invalid")),
        ("POST", "/messages", {"created_at": "2026-1-5 09:00:00"}, (400, "invalid")),
        ("POST", "/messages", {"direction": "inbound"}, (400, "invalid")),
        ("POST", "/messages", {"attachments": ["https://a"]}, (400, "invalid")),
        ("POST", "/messages", {"contact_data": {"age": 7}}, (400, "invalid")),
        ("POST", "/messages", {"external_uid": None}, (400, "missing_field")),
        ("POST", "/messages", {"text": "x"}, (400, "invalid")),
        ("PUT", "/sessions/SESSION", {"status": "pending"}, (422, "invalid")),
        ("PUT", "/sessions/SESSION", {"ai_status": "none"}, (422, "invalid")),
        ("PUT", "/sessions/nowhere", {}, (404, "invalid")),
        ("PUT", "/messages/x", {"status": "delivered"}, (422, "invalid")),
        ("POST", "/sessions/typing", {"typing": "yes"}, (422, "invalid")),
    ],
)
def test_what_the_api_does_not_document_is_refused(
    vcita: Directory, method: str, path: str, change: Json, expected: tuple[int, str]
) -> None:
    thread = vcita.thread()
    body = {**good_body(path, thread), **change}
    body = {name: value for name, value in body.items() if value is not None}
    answer = vcita.api(method, path.replace("SESSION", thread.session), body)
    assert code_of(answer) == expected
    assert vcita.news() == []


def good_body(path: str, thread: Thread) -> Json:
    match path.split("/")[1:]:
        case ["channels"]:
            return dict(CHANNEL)
        case ["sessions"]:
            return session_body(thread.channel, thread.client)
        case ["sessions", "typing"]:
            return {"session_uid": thread.session, "typing": True}
        case ["sessions", _]:
            return {"status": "active"}
        case ["messages", _]:
            return {"status": "read", "channel_uid": thread.channel}
        case _:
            return thread.message()


def test_json_must_be_called_json(vcita: Directory) -> None:
    answer = vcita.api("POST", "/channels", data=b"{}", content_type="text/plain")
    assert code_of(answer) == (400, "invalid")
