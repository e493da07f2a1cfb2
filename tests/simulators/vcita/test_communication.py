"""The simulated communication API keeps vcita's rules about channels, sessions, messages and typing."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.vcita import DEMO_APP, DEMO_BUSINESS, DEMO_STAFF, OTHER_BUSINESS
from tests.harness.vcita import Json, Thread, VcitaHarness, make_harness, session_body

CHANNEL = {"business_uid": DEMO_BUSINESS, "type": "transactional"}


@pytest.fixture
def harness() -> VcitaHarness:
    return make_harness()


def code_of(answer: Any) -> tuple[int, str]:
    """The HTTP status and the code of the API's error envelope."""
    body = answer.get_json()
    assert body["success"] is False
    [error] = body["errors"]
    assert {"code", "message"} <= set(error) <= {"code", "message", "field"}
    return answer.status_code, error["code"]


# --- channels --------------------------------------------------------------------------------------------------------


def test_a_channel_is_pending_until_its_webhook_says_active(harness: VcitaHarness) -> None:
    answer = harness.api("POST", "/channels", {**CHANNEL, "display_name": "Viber"})
    assert answer.status_code == 201
    channel = answer.get_json()["data"]["channel"]
    assert answer.get_json()["success"] is True
    assert (len(channel["uid"]), channel["status"], channel["display_name"]) == (36, "pending", "Viber")
    assert harness.webhooks() == [("PUT", f"/channels/{channel['uid']}", {"status": "active"})]


def test_the_webhook_of_a_channel_may_come_before_the_answer(harness: VcitaHarness) -> None:
    harness.vcita.quirks.early_webhooks = True
    answer = harness.api("POST", "/channels", CHANNEL)
    assert answer.get_json()["data"]["channel"]["status"] == "pending"
    assert [one.body for one in harness.our_side.received] == [{"status": "active"}]
    assert len(harness.webhooks()) == 1


@pytest.mark.parametrize("prefix", ["/business/communication", "/business/communication/v1", "/partner/chat"])
def test_the_api_is_in_several_places(harness: VcitaHarness, prefix: str) -> None:
    harness.vcita.api_prefix = "/partner/chat"
    assert harness.call("POST", f"{prefix}/channels", CHANNEL).status_code == 201


def test_elsewhere_is_nothing(harness: VcitaHarness) -> None:
    assert harness.call("POST", "/business/messaging/channels", CHANNEL).status_code == 404


def test_an_app_changes_its_channel(harness: VcitaHarness) -> None:
    channel = harness.channel()
    answer = harness.api("PUT", f"/channels/{channel}", {"status": "inactive", "display_name": "Chat"})
    assert answer.get_json()["data"]["channel"]["display_name"] == "Chat"
    assert harness.new_webhooks() == [("PUT", f"/channels/{channel}", {"status": "inactive"})]
    harness.vcita.block_channel("Northwind Dental")
    assert harness.new_webhooks() == [("PUT", f"/channels/{channel}", {"status": "blocked"})]
    assert code_of(harness.api("PUT", f"/channels/{channel}", {"status": "active"})) == (422, "invalid")


# --- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_waits_for_the_app_to_activate_it(harness: VcitaHarness) -> None:
    client, channel = harness.vcita.add_client(DEMO_BUSINESS, "Ann"), harness.channel()
    answer = harness.api("POST", "/sessions", session_body(channel, client))
    session = answer.get_json()["data"]["session"]
    assert (answer.status_code, session["status"], session["ai_status"]) == (201, "pending", "none")
    path = f"/sessions/{session['uid']}"
    assert harness.new_webhooks() == [("PUT", path, {"status": "inactive"})]
    activated = harness.api("PUT", path, {"status": "active"})
    assert activated.get_json()["data"]["session"]["status"] == "inactive", "it is only accepted, the webhook confirms"
    assert harness.new_webhooks() == [("PUT", path, {"status": "active"})]


def test_or_becomes_active_by_itself(harness: VcitaHarness) -> None:
    harness.vcita.quirks.activation = "auto_activate"
    client, channel = harness.vcita.add_client(DEMO_BUSINESS, "Ann"), harness.channel()
    session = harness.session(channel, client, activate=False)
    assert harness.vcita.sessions[0].status == "active"
    assert harness.api("PUT", f"/sessions/{session}", {"status": "active"}).status_code == 200
    harness.vcita.quirks.refuses_active = True
    assert code_of(harness.api("PUT", f"/sessions/{session}", {"status": "active"})) == (422, "invalid")


def test_the_webhook_of_a_session_may_come_before_the_answer(harness: VcitaHarness) -> None:
    client, channel = harness.vcita.add_client(DEMO_BUSINESS, "Ann"), harness.channel()
    harness.vcita.quirks.early_webhooks = True
    uid = harness.api("POST", "/sessions", session_body(channel, client)).get_json()["data"]["session"]["uid"]
    harness.api("PUT", f"/sessions/{uid}", {"status": "active"})
    assert [one.body["status"] for one in harness.our_side.received] == ["inactive", "active"]


def test_there_is_one_session_for_a_contact_and_one_for_a_person_of_the_messenger(harness: VcitaHarness) -> None:
    thread = harness.thread()
    other = harness.vcita.add_client(DEMO_BUSINESS, "Ben")
    for body in (session_body(thread.channel, thread.client, "viber:x"), session_body(thread.channel, other)):
        answer = harness.api("POST", "/sessions", body)
        assert code_of(answer) == (422, "already_exists")
        assert answer.get_json()["errors"][0]["message"] == "Session already exist"
    harness.vcita.quirks.exists_code = "duplicate"
    assert code_of(harness.api("POST", "/sessions", session_body(thread.channel, other))) == (422, "duplicate")
    harness.api("PUT", f"/sessions/{thread.session}", {"status": "deleted"})
    assert harness.new_webhooks() == [("PUT", f"/sessions/{thread.session}", {"status": "deleted"})]
    assert harness.api("POST", "/sessions", session_body(thread.channel, other)).status_code == 201


def test_a_session_wants_an_active_channel_and_a_known_contact(harness: VcitaHarness) -> None:
    client = harness.vcita.add_client(DEMO_BUSINESS, "Ann")
    stranger = harness.vcita.add_client(OTHER_BUSINESS, "Bo")
    pending = harness.api("POST", "/channels", CHANNEL).get_json()["data"]["channel"]["uid"]
    assert code_of(harness.api("POST", "/sessions", session_body(pending, client))) == (422, "invalid")
    harness.new_webhooks()
    assert code_of(harness.api("POST", "/sessions", session_body(pending, stranger))) == (422, "invalid")
    matter = harness.vcita.find_client(client).matter_uid
    assert harness.api("POST", "/sessions", session_body(pending, matter)).status_code == 201


@pytest.mark.parametrize("plain", [False, True])
def test_sessions_are_listed_by_one_form_of_the_query(harness: VcitaHarness, plain: bool) -> None:
    harness.vcita.quirks.plain_filters = plain
    thread = harness.thread()
    harness.session(thread.channel, harness.vcita.add_client(DEMO_BUSINESS, "Ben"), "viber:ben")
    wanted = {"business_uid": DEMO_BUSINESS, "channel_uid": thread.channel, "contact_uid": thread.client}
    nested = {f"filter[{name}]": value for name, value in wanted.items()}
    right, wrong = (wanted, nested) if plain else (nested, wanted)
    shown = harness.api("GET", "/sessions", query_string=right).get_json()["data"]["sessions"]
    assert shown == [{"uid": thread.session, "status": "active", "ai_status": "none"}]
    assert code_of(harness.api("GET", "/sessions", query_string=wrong)) == (400, "missing_field")


# --- messages from the customer --------------------------------------------------------------------------------------


def test_a_message_is_pending_then_received_then_read(harness: VcitaHarness) -> None:
    thread = harness.thread()
    answer = harness.api("POST", "/messages", thread.message("Hej!", "viber/1 2", created_at="2026-01-05 08:59:30"))
    assert answer.status_code == 201
    assert answer.get_json()["data"]["message"] == {"uid": "viber/1 2", "status": "pending"}
    path = "/messages/viber%2F1%202"
    assert harness.new_webhooks() == [("PUT", path, {"status": "received", "channel_uid": thread.channel})]
    harness.vcita.open_conversation(thread.client)
    harness.vcita.open_conversation(thread.client)
    assert harness.new_webhooks() == [("PUT", path, {"status": "read", "channel_uid": thread.channel})]


def test_the_documentation_may_be_right_about_the_swapped_fields(harness: VcitaHarness) -> None:
    harness.vcita.quirks.swapped_types = True
    thread = harness.thread()
    harness.api("POST", "/messages", thread.message())
    assert harness.new_webhooks()[0][2] == {"status": thread.channel, "channel_uid": "received"}


def test_vcita_may_use_an_id_of_its_own_for_a_message(harness: VcitaHarness) -> None:
    harness.vcita.quirks.own_message_uids = True
    thread = harness.thread()
    uid = harness.api("POST", "/messages", thread.message(uid="m-1")).get_json()["data"]["message"]["uid"]
    assert uid != "m-1"
    assert harness.new_webhooks()[0][1] == f"/messages/{uid}"
    assert code_of(harness.api("POST", "/messages", thread.message(uid="m-1"))) == (422, "already_exists")


def test_a_message_may_fail(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.vcita.next_message_fails = True
    for uid in ("m-1", "m-2"):
        harness.api("POST", "/messages", thread.message(uid=uid))
    assert [body["status"] for _, _, body in harness.new_webhooks()] == ["error", "received"]
    harness.vcita.open_conversation(thread.client)
    assert [body["status"] for _, _, body in harness.new_webhooks()] == ["read"]


def test_what_is_read_at_once_is_not_received_later(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.api("POST", "/messages", thread.message())
    harness.vcita.open_conversation(thread.client)
    assert [body["status"] for _, _, body in harness.new_webhooks()] == ["read"]


def test_a_message_id_is_taken_once_per_channel(harness: VcitaHarness) -> None:
    thread = harness.thread()
    assert harness.api("POST", "/messages", thread.message()).status_code == 201
    assert code_of(harness.api("POST", "/messages", thread.message("other"))) == (422, "already_exists")
    other = harness.channel()
    harness.session(other, thread.client)
    assert harness.api("POST", "/messages", thread.message(channel_uid=other)).status_code == 201


def test_messages_want_an_active_session(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.vcita.deactivate_session(thread.client)
    assert code_of(harness.api("POST", "/messages", thread.message())) == (422, "invalid")
    assert code_of(harness.api("POST", "/messages", thread.message(external_uid="viber:who"))) == (422, "invalid")


def test_vcita_may_send_our_own_message_back(harness: VcitaHarness) -> None:
    harness.vcita.quirks.echoes = True
    thread = harness.thread()
    harness.api("POST", "/messages", thread.message("Hej"))
    method, path, body = harness.new_webhooks()[0]
    assert (method, path, body["message_uid"]) == ("POST", "/messages", "m-1")
    assert body["direction"] == "client_to_business"


# --- statuses of the staff's messages --------------------------------------------------------------------------------


def test_the_app_reports_what_became_of_a_message(harness: VcitaHarness) -> None:
    thread = harness.thread()
    uid = harness.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    for status in ("channel_pending", "sent", "received", "read"):
        answer = harness.api("PUT", f"/messages/{uid}", {"status": status, "channel_uid": thread.channel})
        assert (answer.status_code, answer.get_json()) == (200, {"success": True, "data": {}})
        assert harness.view()["conversations"][0]["messages"][-1]["status"] == status
    [line] = [line for line in harness.vcita.find_client(thread.client).lines if line.author == "agent"]
    assert line.reported == ["channel_pending", "sent", "received", "read"]


def test_only_messages_of_the_staff_on_that_channel_take_a_status(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.api("POST", "/messages", thread.message(uid="m-1"))
    uid = harness.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    for message, channel in (("m-1", thread.channel), ("unknown", thread.channel), (uid, harness.channel())):
        answer = harness.api("PUT", f"/messages/{message}", {"status": "read", "channel_uid": channel})
        assert code_of(answer) == (404, "invalid")


@pytest.mark.parametrize("status", ["channel_pending", "sent", "unavailable"])
def test_some_accounts_know_only_the_guides_statuses(harness: VcitaHarness, status: str) -> None:
    harness.vcita.quirks.basic_statuses = True
    thread = harness.thread()
    uid = harness.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    body = {"status": status, "channel_uid": thread.channel}
    assert code_of(harness.api("PUT", f"/messages/{uid}", body)) == (422, "invalid")
    assert harness.api("PUT", f"/messages/{uid}", {**body, "status": "received"}).status_code == 200


# --- typing ----------------------------------------------------------------------------------------------------------


def test_the_customer_is_seen_typing_for_a_while(harness: VcitaHarness) -> None:
    thread = harness.thread()

    def typing() -> bool:
        return bool(harness.view()["conversations"][0]["typing"])

    answer = harness.api("POST", "/sessions/typing", {"session_uid": thread.session, "typing": True})
    assert (answer.status_code, answer.get_json()) == (200, {"success": True, "data": {}})
    assert typing()
    harness.api("POST", "/sessions/typing", {"session_uid": thread.session, "typing": False})
    assert not typing()
    harness.api("POST", "/sessions/typing", {"session_uid": thread.session, "typing": True})
    harness.time.advance(10)
    assert not typing()
    harness.vcita.deactivate_session(thread.client)
    refused = harness.api("POST", "/sessions/typing", {"session_uid": thread.session, "typing": True})
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
    harness: VcitaHarness, method: str, path: str, change: Json, expected: tuple[int, str]
) -> None:
    thread = harness.thread()
    body = {**good_body(path, thread), **change}
    body = {name: value for name, value in body.items() if value is not None}
    answer = harness.api(method, path.replace("SESSION", thread.session), body)
    assert code_of(answer) == expected
    assert harness.new_webhooks() == []


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


def test_json_must_be_called_json(harness: VcitaHarness) -> None:
    answer = harness.api("POST", "/channels", data=b"{}", content_type="text/plain")
    assert code_of(answer) == (400, "invalid")
