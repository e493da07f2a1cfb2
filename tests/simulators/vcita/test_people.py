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
    SECOND_STAFF,
    SIMULATOR,
)
from playground.services.vcita.records import ChannelStatus
from tests.harness.vcita_directory import API_URI, Directory, Thread, make_directory, session_body


@pytest.fixture
def vcita() -> Directory:
    return make_directory()


# --- what the app hears ----------------------------------------------------------------------------------------------


def test_a_reply_is_told_with_five_fields_and_nothing_signed(vcita: Directory) -> None:
    thread = vcita.thread()
    uid = vcita.vcita.reply(thread.client, DEMO_STAFF, "5 < 6 & שלום 👩‍👩‍👧\nnext line")
    [(method, path, body)] = vcita.webhooks()
    assert (method, path) == ("POST", "/messages")
    assert body == {
        "external_uid": "viber:ann",
        "message": "5 < 6 & שלום 👩‍👩‍👧\nnext line",
        "message_uid": uid,
        "channel_uid": thread.channel,
        "status": "pending",
    }
    assert dict(vcita.us.received[0].headers) == {"Content-Type": "application/json"}


def test_a_reply_may_say_more(vcita: Directory) -> None:
    vcita.vcita.habits.extra_fields = True
    thread = vcita.thread()
    vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    body = vcita.news()[0][2]
    assert (body["contact_uid"], body["session_uid"]) == (thread.client, thread.session)
    assert body["direction"] == "business_to_client"


def test_a_formatted_reply_is_html(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.vcita.reply_html(thread.client, DEMO_STAFF, "<div>At <strong>10 &amp; 11</strong></div><div>Bye</div>")
    assert vcita.news()[0][2]["message"].startswith("<div>At <strong>")
    assert vcita.view()["conversations"][0]["messages"][-1]["text"] == "At 10 & 11\nBye"


def test_a_file_has_an_address_and_a_name(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.vcita.send_file(thread.client, DEMO_STAFF, "a b.png", "image/png", b"png", "Look")
    body = vcita.news()[0][2]
    [file] = body["attachments"]
    assert (set(file), file["name"], body["message"]) == ({"url", "name"}, "a b.png", "Look")
    path = file["url"].removeprefix(vcita.vcita.base_url)
    served = vcita.vcita.app.test_client().get(path)
    assert (served.data, served.content_type) == (b"png", "image/png")
    assert vcita.vcita.app.test_client().get(f"{path}x").status_code == 404


def test_who_replies_has_read(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.api("POST", "/messages", thread.message())
    vcita.news()
    vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    assert [path for _, path, _ in vcita.news()] == ["/messages/m-1", "/messages"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("below", [False, True])
def test_the_staffs_typing_is_told_in_one_of_four_ways(vcita: Directory, method: Any, below: bool) -> None:
    vcita.vcita.habits.typing_method, vcita.vcita.habits.typing_below_sessions = method, below
    thread = vcita.thread()
    vcita.vcita.staff_typing(thread.client, True)
    vcita.vcita.staff_typing(thread.client, False)
    path = f"{'/sessions' if below else ''}/{thread.session}/typing"
    assert vcita.news() == [(method, path, {"typing": True}), (method, path, {"typing": False})]


def test_switching_the_channel_ends_one_session_and_starts_the_other(vcita: Directory) -> None:
    thread = vcita.thread()
    other = vcita.channel(display_name="Chat")
    session = vcita.session(other, thread.client, "chat:ann")
    vcita.vcita.switch_channel(thread.client, thread.channel)
    assert vcita.news() == [("PUT", f"/sessions/{session}", {"status": "inactive"})]
    vcita.vcita.switch_channel(thread.client, other)
    assert [body["status"] for _, _, body in vcita.news()] == ["inactive", "active"]
    vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    assert vcita.news()[0][2]["external_uid"] == "chat:ann"
    with pytest.raises(KeyError):
        vcita.vcita.switch_channel(thread.client, "nowhere")


def test_nobody_writes_where_no_session_is_active(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.vcita.deactivate_session(thread.client)
    with pytest.raises(ValueError, match="no channel"):
        vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    vcita.vcita.staff_typing(thread.client, True)
    assert vcita.news() == [("PUT", f"/sessions/{thread.session}", {"status": "inactive"})]


def test_subscribers_hear_who_wrote(vcita: Directory) -> None:
    body = {"event": "conversation_item/created", "target_url": "https://hooks.example/platform"}
    vcita.call("POST", "/platform/v1/webhook/subscribe", body, token=DEMO_DIRECTORY_TOKEN)
    thread = vcita.thread()
    vcita.vcita.reply(thread.client, SECOND_STAFF, "a < b")
    told = next(body for _, path, body in vcita.news() if path == "https://hooks.example/platform")
    assert told["data"]["staff_uid"] == SECOND_STAFF
    assert told["data"]["contact_uid"] == thread.client
    assert told["data"]["text"] == "<div>a &lt; b</div>"


# --- webhooks that go wrong ------------------------------------------------------------------------------------------


def test_only_204_counts_as_received(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.us.answers = [200, 500, 204]
    vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    vcita.webhooks()
    log = vcita.vcita.webhook_log[-3:]
    assert [sent.status for sent in log] == [200, 500, 204]
    assert len({sent.webhook.body for sent in log}) == 1


def test_vcita_gives_up_after_a_few_attempts(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.us.answers = [503] * 9
    vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    assert len(vcita.webhooks()) == 4


def test_a_webhook_that_was_refused_early_comes_again_later(vcita: Directory) -> None:
    vcita.vcita.habits.early_webhooks = True
    vcita.us.answers = [500]
    vcita.api("POST", "/channels", {"business_uid": DEMO_BUSINESS, "type": "transactional"})
    assert len(vcita.webhooks()) == 2


def test_webhooks_can_be_sent_again_and_twice(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.vcita.reply(thread.client, DEMO_STAFF, "Hello")
    first = vcita.news()
    vcita.vcita.redeliver(-1)
    assert vcita.news() == first
    vcita.vcita.switches.webhook_duplicates = True
    vcita.vcita.reply(thread.client, DEMO_STAFF, "Once")
    one, other = vcita.news()
    assert one == other


def test_the_admin_may_enter_both_addresses(vcita: Directory) -> None:
    target = f"{API_URI}/app_subscription"
    vcita.vcita.paste_webhooks({"app_subscription": target, "api_uri": API_URI})
    vcita.vcita.uninstall(DEMO_BUSINESS)
    vcita.vcita.install(DEMO_BUSINESS)
    told = [(path, body["event_type"]) for _, path, body in vcita.news()]
    assert told == [("/app_subscription", "uninstalled"), ("/app_subscription", "installed")]
    assert vcita.vcita.apps[0].api_uri == API_URI


def test_an_app_without_an_address_hears_nothing(vcita: Directory) -> None:
    vcita.vcita.paste_webhooks({"webhook": ""})
    vcita.channel()
    assert vcita.vcita.webhook_log == []


# --- apps and clients that come and go -------------------------------------------------------------------------------


def test_uninstalling_ends_tokens_and_channels(vcita: Directory) -> None:
    body = {"event": "app_subscription/uninstalled", "target_url": "https://hooks.example/platform"}
    vcita.call("POST", "/platform/v1/webhook/subscribe", body, token=DEMO_DIRECTORY_TOKEN)
    thread = vcita.thread()
    vcita.vcita.uninstall("Northwind Dental")
    (_, channel_path, channel), (_, target, told) = vcita.news()
    assert (channel_path, channel) == (f"/channels/{thread.channel}", {"status": "deleted"})
    assert target == "https://hooks.example/platform"
    assert (told["event_type"], told["data"]["business_id"]) == ("uninstalled", DEMO_BUSINESS)
    assert vcita.api("POST", "/messages", thread.message()).status_code == 401
    assert vcita.vcita.install(DEMO_BUSINESS).startswith("https://bridge.example/oauth?business_uid=")


def test_a_revoked_token_ends_in_the_middle_of_a_conversation(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.vcita.revoke_token(DEMO_BUSINESS)
    assert vcita.api("POST", "/messages", thread.message()).status_code == 401
    vcita.vcita.reply(thread.client, DEMO_STAFF, "Still there?")
    assert [path for _, path, _ in vcita.news()] == ["/messages"]


@pytest.mark.parametrize("status", ["blocked", "inactive", "error"])
def test_a_channel_that_stops_takes_nothing(vcita: Directory, status: ChannelStatus) -> None:
    thread = vcita.thread()
    vcita.vcita.block_channel(DEMO_BUSINESS, status)
    assert vcita.news() == [("PUT", f"/channels/{thread.channel}", {"status": status})]
    assert vcita.api("POST", "/messages", thread.message()).status_code == 422


def test_a_merged_client_is_gone_and_their_session_with_them(vcita: Directory) -> None:
    thread = vcita.thread()
    vcita.api("POST", "/messages", thread.message("Before"))
    vcita.news()
    winner = vcita.vcita.add_client(DEMO_BUSINESS, "Anna")
    vcita.vcita.merge_clients(thread.client, winner)
    assert vcita.news() == [("PUT", f"/sessions/{thread.session}", {"status": "deleted"})]
    assert vcita.call("GET", f"/platform/v1/clients/{thread.client}").status_code == 404
    assert vcita.api("POST", "/messages", thread.message(uid="m-2")).status_code == 422
    refused = vcita.api("POST", "/sessions", session_body(thread.channel, thread.client))
    assert (refused.status_code, refused.get_json()["errors"][0]["code"]) == (422, "invalid")
    found = vcita.call("GET", "/platform/v1/clients?search_by=phone&search_term=%2B4915112345678").get_json()
    assert [client["id"] for client in found["data"]["clients"]] == [winner]
    vcita.session(thread.channel, winner)
    [conversation] = vcita.view()["conversations"]
    assert "Before" in [message["text"] for message in conversation["messages"]]


def test_clients_of_two_businesses_are_not_merged(vcita: Directory) -> None:
    one, other = vcita.vcita.add_client(DEMO_BUSINESS, "Ann"), vcita.vcita.add_client(OTHER_BUSINESS, "Ann")
    for loser, winner in ((one, other), (one, one)):
        with pytest.raises(ValueError, match="one business"):
            vcita.vcita.merge_clients(loser, winner)


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_inbox_and_works_it(vcita: Directory) -> None:
    assert isinstance(vcita.vcita, SIMULATOR)
    thread = vcita.thread()
    attachments = [{"url": "https://a/b.pdf", "name": "b.pdf", "type": "application/pdf", "size": 7}]
    vcita.api("POST", "/messages", thread.message("Hej!", attachments=attachments))
    work(vcita, thread)
    view = vcita.view()
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
    assert hej["attachment"] == {"kind": "file", "url": "https://a/b.pdf", "name": "b.pdf", "size": 7}
    assert (reply["name"], reply["text"], reply["status"]) == ("Maya Levi", "a < b", "error")
    assert reply["error"] == "The channel could not deliver it"
    assert (picture["attachment"]["kind"], picture["text"], picture["status"]) == ("image", "See", "pending")


def work(vcita: Directory, thread: Thread) -> None:
    known = {"conversation": thread.client, "agent": DEMO_STAFF}
    vcita.vcita.act("open", known)
    vcita.vcita.act("typing", {**known, "typing": "true"})
    uid = str(vcita.vcita.act("reply", {**known, "text": "a < b"})["message"])
    vcita.api("PUT", f"/messages/{uid}", {"status": "error", "channel_uid": thread.channel})
    data = base64.b64encode(b"png").decode()
    file = {"name": "a.png", "content_type": "image/png", "data": data, "caption": "See"}
    vcita.vcita.act("send_file", {**known, **file})
    vcita.vcita.act("switch_channel", {**known, "channel": "email"})


def test_the_page_shows_apps_and_manages_them(vcita: Directory) -> None:
    vcita.channel()
    [app] = vcita.view()["apps"]
    assert (app["name"], app["business"], app["installed"], app["channel"]) == (
        "Messenger Bridge",
        "Northwind Dental",
        True,
        "active",
    )
    path = app["install_url"].removeprefix(vcita.vcita.base_url)
    assert vcita.vcita.app.test_client().get(path).status_code == 200
    vcita.vcita.act("uninstall", {"business": app["business"], "app": app["app"]})
    assert not vcita.view()["apps"][0]["installed"]
    vcita.vcita.act("install", {"business": app["business_uid"]})
    assert vcita.view()["apps"][0]["installed"]
    ann = vcita.vcita.act("add_client", {"business": DEMO_BUSINESS, "name": "Ann", "email": "ann@example.com"})[
        "client"
    ]
    ben = vcita.vcita.act("add_client", {"business": DEMO_BUSINESS, "name": "Ben"})["client"]
    vcita.vcita.act("merge_clients", {"loser": str(ann), "winner": str(ben)})
    assert vcita.vcita.find_client(str(ben)).email == "ann@example.com"
    assert vcita.view()["conversations"] == [], "nothing has been said yet"


def test_unknown_actions_people_and_businesses_are_refused(vcita: Directory) -> None:
    thread = vcita.thread()
    for action, arguments in (
        ("dance", {"conversation": thread.client}),
        ("reply", {"conversation": "nowhere", "agent": DEMO_STAFF, "text": "x"}),
        ("reply", {"conversation": thread.client, "agent": "nobody", "text": "x"}),
        ("uninstall", {"business": "nobody"}),
        ("uninstall", {"business": DEMO_BUSINESS, "app": "unknown"}),
    ):
        with pytest.raises(KeyError):
            vcita.vcita.act(action, arguments)
    with pytest.raises(ValueError, match="does not work at Northwind Dental"):
        vcita.vcita.reply(thread.client, OTHER_STAFF, "x")


def test_the_demo_accounts_connect(vcita: Directory) -> None:
    hosts = {"base_url": "https://vcita.simulator.test", "app_url": "https://vcita.simulator.test"}
    demo = vcita.vcita.demo()
    assert demo.settings == {**hosts, "business_uid": DEMO_BUSINESS}
    assert demo.secrets == {"access_token": DEMO_TOKEN}
    app = vcita.vcita.demo_app()
    assert app.settings == {**hosts, "app_name": "Patchbay demo"}
    assert app.secrets == {"directory_token": DEMO_DIRECTORY_TOKEN}
    assert vcita.vcita.apps[0].api_uri == API_URI
