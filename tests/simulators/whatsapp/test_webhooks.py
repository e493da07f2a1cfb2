"""Where webhooks go, how they are signed, and how Meta misbehaves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.services.whatsapp.demo import APP_ID, APP_SECRET, DEMO_TOKEN, PHONE_NUMBER_ID, WABA_ID
from playground.services.whatsapp.webhooks import MOST_BYTES, RETRIES
from tests.harness.whatsapp import HOOK, VERIFY_TOKEN, WhatsAppScene

OWN = "https://bridge.test/whatsapp/own"
OVERRIDE = {"override_callback_uri": OWN, "verify_token": VERIFY_TOKEN}
APP_TOKEN = f"{APP_ID}|{APP_SECRET}"


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


def entries(scene: WhatsAppScene) -> list[list[dict[str, Any]]]:
    """The entries of each webhook that came."""
    scene.time.settle()
    came, scene.bodies = scene.bodies, []
    return [json.loads(body)["entry"] for body in came]


# --- addresses -------------------------------------------------------------------------------------------------------


def test_nothing_comes_before_the_account_is_subscribed() -> None:
    scene = WhatsAppScene()
    scene.people.write(scene.person(), "one")
    scene.whatsapp.configure_webhook(HOOK, VERIFY_TOKEN)
    scene.people.write(scene.person(), "two")
    assert scene.settle() == []
    scene.ok("POST", f"{WABA_ID}/subscribed_apps")
    scene.people.write(scene.person(), "three")
    assert [each["text"]["body"] for each in scene.arrived()] == ["three"]
    scene.ok("DELETE", f"{WABA_ID}/subscribed_apps")
    scene.people.write(scene.person(), "four")
    assert scene.settle() == []


def test_each_app_of_an_account_gets_its_own(scene: WhatsAppScene) -> None:
    other = scene.core.add_app("731804659127999", "Other", APP_SECRET)
    apps = scene.ok("GET", f"{WABA_ID}/subscribed_apps")["data"]
    assert [each["whatsapp_business_api_data"]["name"] for each in apps] == ["Patchbay Demo", "Other"]
    scene.people.write(scene.person(), "one")
    assert len(scene.arrived()) == 1
    other.callback.url, other.fields = OWN, {"messages"}
    scene.people.write(scene.person(), "two")
    assert len(scene.arrived()) == 2
    assert scene.urls == [HOOK, HOOK, OWN]


def test_an_app_chooses_its_fields() -> None:
    scene = WhatsAppScene()
    scene.ok("POST", f"{WABA_ID}/subscribed_apps")
    body = {"object": "whatsapp_business_account", "callback_url": HOOK, "verify_token": VERIFY_TOKEN}
    scene.ok("POST", f"{APP_ID}/subscriptions", token=APP_TOKEN, **body, fields="messages,user_preferences")
    [shown] = scene.ok("GET", f"{APP_ID}/subscriptions", token=APP_TOKEN)["data"]
    assert shown["callback_url"] == HOOK
    assert [each["name"] for each in shown["fields"]] == ["messages", "user_preferences"]
    scene.people.change_number(scene.person(), notice="field")
    scene.people.write(scene.person(), "Hello")
    assert [change["field"] for change in scene.settle()] == ["messages"]
    path = f"{APP_ID}/subscriptions"
    for change, code in (({"fields": "mesages"}, 100), ({"object": "page"}, 100), ({"verify_token": ""}, 100)):
        assert scene.refused("POST", path, token=APP_TOKEN, **{**body, **change}) == f"400 {code}"
    assert scene.refused("POST", path, token=f"{APP_ID}|wrong", **body) == "401 190"
    scene.ok("DELETE", path, token=APP_TOKEN)
    scene.people.write(scene.person(), "Hello?")
    assert scene.settle() == []


def test_a_number_and_an_account_may_have_addresses_of_their_own(scene: WhatsAppScene) -> None:
    second = scene.core.add_number("41445550111", "Second")
    scene.ok("POST", f"{WABA_ID}/subscribed_apps", **OVERRIDE)
    [app] = scene.ok("GET", f"{WABA_ID}/subscribed_apps")["data"]
    assert app["override_callback_uri"] == OWN
    assert app["whatsapp_business_api_data"]["id"] == APP_ID
    of_number = {**OVERRIDE, "override_callback_uri": f"{OWN}/2"}
    scene.ok("POST", second.id, webhook_configuration=of_number)
    scene.people.write(scene.person(), "to the first")
    scene.people.write(scene.person(), "to the second", number=second.id)
    scene.core.business.alert("OBA_APPROVED")
    scene.settle()
    assert scene.urls == [OWN, f"{OWN}/2", OWN]
    shown = scene.ok("GET", second.id, fields="webhook_configuration")["webhook_configuration"]
    assert shown == {"phone_number": f"{OWN}/2", "application": HOOK}
    scene.ok("POST", second.id, webhook_configuration={"override_callback_uri": ""})
    scene.ok("POST", f"{WABA_ID}/subscribed_apps")
    scene.people.write(scene.person(), "to the second", number=second.id)
    scene.settle()
    assert scene.urls[-1] == HOOK


@pytest.mark.parametrize(
    ("override", "code"),
    [
        ({"override_callback_uri": OWN}, 100),
        ({"override_callback_uri": OWN, "verify_token": "wrong"}, 2200),
        ({"override_callback_uri": "http://bridge.test/x", "verify_token": VERIFY_TOKEN}, 2200),
    ],
)
def test_an_address_of_ones_own_is_verified_too(scene: WhatsAppScene, override: dict[str, str], code: int) -> None:
    assert scene.refused("POST", f"{WABA_ID}/subscribed_apps", **override) == f"400 {code}"
    assert scene.refused("POST", PHONE_NUMBER_ID, webhook_configuration=override) == f"400 {code}"


def test_a_token_says_what_it_is(scene: WhatsAppScene) -> None:
    shown = scene.ok("GET", "debug_token", token=APP_TOKEN, input_token=DEMO_TOKEN)["data"]
    assert (shown["app_id"], shown["is_valid"], shown["expires_at"]) == (APP_ID, True, 0)
    assert {"scope": "whatsapp_business_messaging", "target_ids": [WABA_ID]} in shown["granular_scopes"]
    scene.core.business.expire_token(DEMO_TOKEN, seconds_left=3600)
    shown = scene.ok("GET", "debug_token", input_token=DEMO_TOKEN)["data"]
    assert shown["expires_at"] == int(scene.time.now().timestamp()) + 3600
    scene.time.advance(3600)
    shown = scene.ok("GET", "debug_token", token=APP_TOKEN, input_token=DEMO_TOKEN)["data"]
    assert not shown["is_valid"]
    unknown = scene.ok("GET", "debug_token", token=APP_TOKEN, input_token="other")["data"]
    assert (unknown["is_valid"], unknown["error"]["code"]) == (False, 190)


# --- misbehaviour ----------------------------------------------------------------------------------------------------


def test_several_entries_travel_together(scene: WhatsAppScene) -> None:
    scene.whatsapp.quirks.batch = 3
    for text in ("one", "two", "three", "four"):
        scene.people.write(scene.person(), text)
    first, second = entries(scene)
    assert ([each["id"] for each in first], len(second)) == ([WABA_ID] * 3, 1)
    scene.whatsapp.quirks.joins_changes = True
    for text in ("one", "two", "three"):
        scene.people.write(scene.person(), text)
    [[entry]] = entries(scene)
    bodies = [change["value"]["messages"][0]["text"]["body"] for change in entry["changes"]]
    assert bodies == ["one", "two", "three"]


def test_several_people_may_be_in_one_change(scene: WhatsAppScene) -> None:
    maya, tomas = scene.person(), scene.person("Tomás Oliveira")
    scene.whatsapp.quirks.batch, scene.whatsapp.quirks.joins_values = 4, True
    scene.people.write(maya, "one")
    scene.people.write(tomas, "two")
    scene.people.write(maya, "three")
    scene.people.stop_marketing(maya)
    [[entry]] = entries(scene)
    messages, preference = entry["changes"]
    assert [each["text"]["body"] for each in messages["value"]["messages"]] == ["one", "two", "three"]
    assert [each["user_id"] for each in messages["value"]["contacts"]] == [maya.user_id, tomas.user_id]
    assert preference["field"] == "user_preferences"
    maya.reads_at_once = True
    scene.whatsapp.quirks.delivery_seconds = 0.5
    scene.write(maya)
    scene.write(maya)
    [[entry]] = entries(scene)
    [change] = entry["changes"]
    assert [each["status"] for each in change["value"]["statuses"]] == ["sent", "sent", "read", "read"]


def test_a_webhook_has_at_most_three_megabytes(scene: WhatsAppScene) -> None:
    scene.whatsapp.quirks.batch = 4
    for _ in range(4):
        scene.people.send(scene.person(), "text", {"body": "x" * (MOST_BYTES // 3)})
    scene.time.settle()
    assert [len(body) <= MOST_BYTES for body in scene.bodies] == [True, True]
    assert [len(each) for each in entries(scene)] == [2, 2]


def test_statuses_may_come_before_the_answer(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.whatsapp.webhooks_first = True
    scene.write(maya)
    assert b'"status":"sent"' in scene.bodies[-1]


def test_webhooks_come_twice_and_in_any_order(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.whatsapp.switches.webhook_duplicates = True
    scene.write(maya)
    assert [each["status"] for each in scene.statuses()] == ["sent", "sent", "delivered", "delivered"]
    scene.whatsapp.switches.webhook_duplicates = False
    scene.whatsapp.switches.webhook_reorder = True
    orders = set()
    for _ in range(20):
        scene.write(maya)
        orders.add(tuple(each["status"] for each in scene.statuses()))
    assert orders == {("sent", "delivered"), ("delivered", "sent")}


def test_retries_become_rarer_and_end_within_seven_days() -> None:
    assert list(RETRIES[:-1]) == sorted(RETRIES[:-1])
    assert sum(RETRIES) == 7 * 86_400 - 3600


def test_a_webhook_that_nobody_accepts_is_lost_after_seven_days(scene: WhatsAppScene) -> None:
    scene.answers = [503] * (len(RETRIES) + 1)
    scene.people.write(scene.person(), "Hello")
    assert scene.settle() == []
    assert len(scene.urls) == len(RETRIES) + 1


def test_a_lost_answer_does_not_hold_up_the_next(scene: WhatsAppScene) -> None:
    scene.answers = [500]
    scene.people.write(scene.person(), "one")
    scene.people.write(scene.person(), "two")
    assert [each["text"]["body"] for each in scene.arrived()] == ["two", "one"]


# --- the rest of an account's news -----------------------------------------------------------------------------------


def test_what_the_owner_writes_on_the_phone_is_echoed(scene: WhatsAppScene) -> None:
    maya = scene.person()
    message = scene.core.business.write_by_phone(maya, "sent from the owner's phone")
    [change] = scene.settle()
    assert change["field"] == "smb_message_echoes"
    [echo] = change["value"]["message_echoes"]
    assert (echo["id"], echo["to"], echo["text"]) == (message.id, maya.phone, {"body": "sent from the owner's phone"})
    assert scene.phone(maya)[0]["by_phone"]


def test_news_of_the_account_are_dated(scene: WhatsAppScene) -> None:
    business = scene.core.business
    business.change_quality("RED", "FLAGGED", "TIER_250")
    business.alert("INCREASED_CAPABILITIES_ELIGIBILITY_FAILED", "CRITICAL", "Not now")
    business.update_account("ACCOUNT_VIOLATION", {"violation_info": {"violation_type": "SPAM"}})
    business.review_name("REJECTED", "NAME_NOT_CONSISTENT")
    business.report("business_capability_update", {"max_phone_numbers_per_business": 25})
    business.report("of_next_year", {})
    came = [entry for webhook in entries(scene) for entry in webhook]
    assert {entry["time"] for entry in came} == {int(scene.time.now().timestamp())}
    values = {entry["changes"][0]["field"]: entry["changes"][0]["value"] for entry in came}
    assert values["phone_number_quality_update"] == {
        "display_phone_number": "41445550199",
        "event": "FLAGGED",
        "current_limit": "TIER_2K",
        "max_daily_conversations_per_business": "TIER_250",
    }
    assert values["account_alerts"]["alert_info"]["alert_severity"] == "CRITICAL"
    assert values["business_capability_update"] == {"max_phone_numbers_per_business": 25}
    assert "of_next_year" not in values
    assert values["account_update"]["event"] == "ACCOUNT_VIOLATION"
    assert values["phone_number_name_update"]["rejection_reason"] == "NAME_NOT_CONSISTENT"


def test_trouble_of_a_number_belongs_to_no_message(scene: WhatsAppScene) -> None:
    scene.core.business.report_error(130429, "Too much at once")
    [change] = scene.settle()
    assert change["value"].keys() == {"messaging_product", "metadata", "errors"}
    assert change["value"]["errors"][0]["error_data"] == {"details": "Too much at once"}
