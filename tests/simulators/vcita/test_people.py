"""What the staff does in the simulated vcita reaches the app, and the page shows it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from playground.services.vcita import (
    DEMO_BUSINESS,
    DEMO_DIRECTORY_TOKEN,
    DEMO_STAFF,
    DEMO_TOKEN,
    OTHER_BUSINESS,
    OTHER_STAFF,
    SIMULATOR,
)
from playground.services.vcita.records import ChannelStatus
from tests.harness.vcita import API_URI, Thread, VcitaHarness, make_harness, session_body


@pytest.fixture
def harness() -> VcitaHarness:
    return make_harness()


# --- what the app hears ----------------------------------------------------------------------------------------------


def test_the_webhook_of_a_reply_has_five_fields_and_no_signature(harness: VcitaHarness) -> None:
    thread = harness.thread()
    uid = harness.vcita.reply(thread.client, DEMO_STAFF, "5 < 6 & שלום 👩‍👩‍👧\nnext line")
    [(method, path, body)] = harness.webhooks()
    assert (method, path) == ("POST", "/messages")
    assert body == {
        "external_uid": "viber:ann",
        "message": "5 < 6 & שלום 👩‍👩‍👧\nnext line",
        "message_uid": uid,
        "channel_uid": thread.channel,
        "status": "pending",
    }
    assert dict(harness.our_side.received[0].headers) == {"Content-Type": "application/json"}


def test_a_formatted_reply_is_html(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.vcita.reply_html(thread.client, DEMO_STAFF, "<div>At <strong>10 &amp; 11</strong></div><div>Bye</div>")
    assert harness.new_webhooks()[0][2]["message"].startswith("<div>At <strong>")
    assert harness.view()["conversations"][0]["messages"][-1]["text"] == "At 10 & 11\nBye"


def test_a_file_has_an_address_and_a_name(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.vcita.send_file(thread.client, DEMO_STAFF, "a b.png", "image/png", b"png", "Look")
    body = harness.new_webhooks()[0][2]
    [file] = body["attachments"]
    assert (set(file), file["name"], body["message"]) == ({"url", "name"}, "a b.png", "Look")
    path = file["url"].removeprefix(harness.vcita.base_url)
    served = harness.vcita.app.test_client().get(path)
    assert (served.data, served.content_type) == (b"png", "image/png")
    assert harness.vcita.app.test_client().get(f"{path}x").status_code == 404


def test_who_replies_has_read(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.api("POST", "/messages", thread.message())
    harness.new_webhooks()
    harness.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    assert [path for _, path, _ in harness.new_webhooks()] == ["/messages/m-1", "/messages"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("below", [False, True])
def test_the_staffs_typing_is_sent_in_one_of_four_ways(harness: VcitaHarness, method: Any, below: bool) -> None:
    harness.vcita.quirks.typing_method, harness.vcita.quirks.typing_below_sessions = method, below
    thread = harness.thread()
    harness.vcita.staff_typing(thread.client, True)
    harness.vcita.staff_typing(thread.client, False)
    path = f"{'/sessions' if below else ''}/{thread.session}/typing"
    assert harness.new_webhooks() == [(method, path, {"typing": True}), (method, path, {"typing": False})]


def test_switching_the_channel_ends_one_session_and_starts_the_other(harness: VcitaHarness) -> None:
    thread = harness.thread()
    other = harness.channel(display_name="Chat")
    session = harness.session(other, thread.client, "chat:ann")
    harness.vcita.switch_channel(thread.client, thread.channel)
    assert harness.new_webhooks() == [("PUT", f"/sessions/{session}", {"status": "inactive"})]
    harness.vcita.switch_channel(thread.client, other)
    assert [body["status"] for _, _, body in harness.new_webhooks()] == ["inactive", "active"]
    harness.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    assert harness.new_webhooks()[0][2]["external_uid"] == "chat:ann"
    with pytest.raises(KeyError):
        harness.vcita.switch_channel(thread.client, "nowhere")


def test_the_staff_cannot_write_while_no_session_is_active(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.vcita.deactivate_session(thread.client)
    with pytest.raises(ValueError, match="no channel"):
        harness.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    harness.vcita.staff_typing(thread.client, True)
    assert harness.new_webhooks() == [("PUT", f"/sessions/{thread.session}", {"status": "inactive"})]


# --- webhooks that go wrong ------------------------------------------------------------------------------------------


def test_only_204_counts_as_received(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.our_side.answers = [200, 500, 204]
    harness.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    harness.webhooks()
    log = harness.vcita.webhook_log[-3:]
    assert [sent.status for sent in log] == [200, 500, 204]
    assert len({sent.webhook.body for sent in log}) == 1


def test_vcita_gives_up_after_a_few_attempts(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.our_side.answers = [503] * 9
    harness.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    assert len(harness.webhooks()) == 4


def test_a_webhook_that_was_refused_early_comes_again_later(harness: VcitaHarness) -> None:
    harness.vcita.quirks.early_webhooks = True
    harness.our_side.answers = [500]
    harness.api("POST", "/channels", {"business_uid": DEMO_BUSINESS, "type": "transactional"})
    assert len(harness.webhooks()) == 2


def test_webhooks_can_be_sent_again_and_twice(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    first = harness.new_webhooks()
    harness.vcita.redeliver(-1)
    assert harness.new_webhooks() == first
    harness.vcita.switches.webhook_duplicates = True
    harness.vcita.reply(thread.client, DEMO_STAFF, "Once")
    one, other = harness.new_webhooks()
    assert one == other


def test_the_admin_may_enter_both_addresses(harness: VcitaHarness) -> None:
    target = f"{API_URI}/app_subscription"
    harness.vcita.paste_webhooks({"app_subscription": target, "api_uri": API_URI})
    harness.vcita.uninstall(DEMO_BUSINESS)
    harness.install(DEMO_BUSINESS)
    sent = [(path, body["event_type"]) for _, path, body in harness.new_webhooks()]
    assert sent == [("/app_subscription", "uninstalled"), ("/app_subscription", "installed")]
    assert harness.vcita.apps[0].api_uri == API_URI


def test_an_app_without_an_address_gets_no_webhooks(harness: VcitaHarness) -> None:
    harness.vcita.paste_webhooks({"webhook": ""})
    harness.channel()
    assert harness.vcita.webhook_log == []


# --- apps and clients that come and go -------------------------------------------------------------------------------


def test_uninstalling_ends_tokens_and_channels(harness: VcitaHarness) -> None:
    body = {"event": "app_subscription/uninstalled", "target_url": "https://hooks.example/platform"}
    harness.call("POST", "/platform/v1/webhook/subscribe", body, token=DEMO_DIRECTORY_TOKEN)
    thread = harness.thread()
    harness.vcita.uninstall("Northwind Dental")
    (_, channel_path, channel), (_, target, sent) = harness.new_webhooks()
    assert (channel_path, channel) == (f"/channels/{thread.channel}", {"status": "deleted"})
    assert target == "https://hooks.example/platform"
    assert (sent["event_type"], sent["data"]["business_id"]) == ("uninstalled", DEMO_BUSINESS)
    assert harness.api("POST", "/messages", thread.message()).status_code == 401
    assert harness.install(DEMO_BUSINESS).startswith("https://bridge.example/oauth?business_uid=")


def test_a_revoked_token_ends_in_the_middle_of_a_conversation(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.vcita.revoke_token(DEMO_BUSINESS)
    assert harness.api("POST", "/messages", thread.message()).status_code == 401
    harness.vcita.reply(thread.client, DEMO_STAFF, "Still there?")
    assert [path for _, path, _ in harness.new_webhooks()] == ["/messages"]


@pytest.mark.parametrize("status", ["blocked", "inactive", "error"])
def test_a_channel_that_stops_takes_nothing(harness: VcitaHarness, status: ChannelStatus) -> None:
    thread = harness.thread()
    harness.vcita.block_channel(DEMO_BUSINESS, status)
    assert harness.new_webhooks() == [("PUT", f"/channels/{thread.channel}", {"status": status})]
    assert harness.api("POST", "/messages", thread.message()).status_code == 422


def test_a_merged_client_is_gone_and_their_session_with_them(harness: VcitaHarness) -> None:
    thread = harness.thread()
    harness.api("POST", "/messages", thread.message("Before"))
    harness.new_webhooks()
    winner = harness.vcita.add_client(DEMO_BUSINESS, "Anna")
    harness.vcita.merge_clients(thread.client, winner)
    assert harness.new_webhooks() == [("PUT", f"/sessions/{thread.session}", {"status": "deleted"})]
    assert harness.api("POST", "/messages", thread.message(uid="m-2")).status_code == 422
    refused = harness.api("POST", "/sessions", session_body(thread.channel, thread.client))
    assert (refused.status_code, refused.get_json()["errors"][0]["code"]) == (422, "invalid")
    found = harness.call("GET", "/platform/v1/clients?search_by=phone&search_term=%2B4915112345678").get_json()
    assert [client["id"] for client in found["data"]["clients"]] == [winner]
    harness.session(thread.channel, winner)
    [conversation] = harness.view()["conversations"]
    assert "Before" in [message["text"] for message in conversation["messages"]]


def test_clients_of_two_businesses_are_not_merged(harness: VcitaHarness) -> None:
    one, other = harness.vcita.add_client(DEMO_BUSINESS, "Ann"), harness.vcita.add_client(OTHER_BUSINESS, "Ann")
    for loser, winner in ((one, other), (one, one)):
        with pytest.raises(ValueError, match="one business"):
            harness.vcita.merge_clients(loser, winner)


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_inbox_and_works_it(harness: VcitaHarness) -> None:
    assert isinstance(harness.vcita, SIMULATOR)
    thread = harness.thread()
    harness.api("POST", "/messages", thread.message("Hej!"))
    work(harness, thread)
    view = harness.view()
    assert (view["service"], view["title"], view["side"]) == ("vcita", "vcita", "platform")
    assert [agent["name"] for agent in view["agents"]] == ["Maya Levi", "Jonas Weber", "Priya Nair"]
    assert view["modes"] == ["reply", "send_file"]
    [shown] = view["conversations"]
    assert shown["id"] == thread.client
    assert (shown["contact"]["name"], shown["status"], shown["assigned_to"]) == ("Ann", "inactive", "Maya Levi")
    assert shown["channels"] == [
        {"id": thread.channel, "title": "Viber", "active": False},
        {"id": "email", "title": "Email", "active": True},
    ]
    authors = ["system", "system", "customer", "agent", "agent", "system"]
    assert [message["author"] for message in shown["messages"]] == authors
    _, _, hej, reply, picture, _ = shown["messages"]
    assert (hej["name"], hej["text"], hej["attachment"]) == ("Ann", "Hej!", None)
    assert (reply["name"], reply["text"], reply["status"]) == ("Maya Levi", "a < b", "error")
    assert reply["error"] == "The channel could not deliver it"
    assert (picture["attachment"]["kind"], picture["text"], picture["status"]) == ("image", "See", "pending")


def work(harness: VcitaHarness, thread: Thread) -> None:
    known = {"conversation": thread.client, "agent": DEMO_STAFF}
    harness.vcita.act("open", known)
    harness.vcita.act("typing", {**known, "typing": "true"})
    uid = str(harness.vcita.act("reply", {**known, "text": "a < b"})["message"])
    harness.api("PUT", f"/messages/{uid}", {"status": "error", "channel_uid": thread.channel})
    data = base64.b64encode(b"png").decode()
    file = {"name": "a.png", "content_type": "image/png", "data": data, "caption": "See"}
    harness.vcita.act("send_file", {**known, **file})
    harness.vcita.act("switch_channel", {**known, "channel": "email"})


def test_the_page_shows_apps_and_manages_them(harness: VcitaHarness) -> None:
    harness.channel()
    [app] = harness.view()["apps"]
    assert (app["name"], app["business"], app["installed"], app["channel"]) == (
        "Messenger Bridge",
        "Northwind Dental",
        True,
        "active",
    )
    path = app["install_url"].removeprefix(harness.vcita.base_url)
    assert harness.vcita.app.test_client().get(path).status_code == 200
    harness.vcita.act("uninstall", {"business": app["business"], "app": app["app"]})
    assert not harness.view()["apps"][0]["installed"]
    harness.install(app["business_uid"])
    assert harness.view()["apps"][0]["installed"]
    ann = harness.vcita.add_client(DEMO_BUSINESS, "Ann", email="ann@example.com")
    ben = harness.vcita.add_client(DEMO_BUSINESS, "Ben")
    harness.vcita.merge_clients(ann, ben)
    assert harness.vcita.find_client(ben).email == "ann@example.com"
    assert harness.view()["conversations"] == [], "there are no messages yet"


def test_unknown_actions_people_and_businesses_are_refused(harness: VcitaHarness) -> None:
    thread = harness.thread()
    for action, arguments in (
        ("dance", {"conversation": thread.client}),
        ("reply", {"conversation": "nowhere", "agent": DEMO_STAFF, "text": "x"}),
        ("reply", {"conversation": thread.client, "agent": "nobody", "text": "x"}),
        ("uninstall", {"business": "nobody"}),
        ("uninstall", {"business": DEMO_BUSINESS, "app": "unknown"}),
    ):
        with pytest.raises(KeyError):
            harness.vcita.act(action, arguments)
    with pytest.raises(ValueError, match="does not work at Northwind Dental"):
        harness.vcita.reply(thread.client, OTHER_STAFF, "x")


def test_the_demo_accounts_connect(harness: VcitaHarness) -> None:
    hosts = {"base_url": "https://vcita.simulator.test", "app_url": "https://vcita.simulator.test"}
    demo = harness.vcita.demo()
    assert demo.settings == {**hosts, "business_uid": DEMO_BUSINESS}
    assert demo.secrets == {"access_token": DEMO_TOKEN}
    app = harness.vcita.demo_app()
    assert app.settings == {**hosts, "app_name": "Patchbay demo"}
    assert app.secrets == {"directory_token": DEMO_DIRECTORY_TOKEN}
    assert harness.vcita.apps[0].api_uri == API_URI
