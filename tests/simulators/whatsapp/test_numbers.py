"""Accounts and numbers: what they are, their health, and their registration."""

from __future__ import annotations

import pytest

from playground.services.whatsapp.demo import DEMO_PIN, PHONE_NUMBER_ID, WABA_ID
from tests.harness.whatsapp import WhatsAppScene

HOUR = 3600


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


def register(pin: str = DEMO_PIN) -> dict[str, str]:
    return {"messaging_product": "whatsapp", "pin": pin}


def test_a_number_says_what_it_is(scene: WhatsAppScene) -> None:
    shown = scene.ok("GET", PHONE_NUMBER_ID)
    assert shown == {
        "verified_name": "Patchbay Demo",
        "code_verification_status": "VERIFIED",
        "display_phone_number": "+41 44 555 01 99",
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "webhook_configuration": {"application": "https://bridge.test/whatsapp/hook"},
        "id": PHONE_NUMBER_ID,
    }
    fields = "status,name_status,whatsapp_business_manager_messaging_limit,is_pin_enabled,account_mode"
    assert scene.ok("GET", PHONE_NUMBER_ID, fields=fields) == {
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "is_pin_enabled": True,
        "account_mode": "LIVE",
        "id": PHONE_NUMBER_ID,
    }
    assert scene.refused("GET", PHONE_NUMBER_ID, fields="colour") == "400 100"


def test_an_account_says_what_it_is(scene: WhatsAppScene) -> None:
    fields = "name,whatsapp_business_manager_messaging_limit,account_review_status"
    assert scene.ok("GET", WABA_ID)["name"] == "Patchbay Demo"
    assert scene.ok("GET", WABA_ID, fields=fields)["whatsapp_business_manager_messaging_limit"] == "TIER_2K"
    assert scene.refused("GET", WABA_ID, fields="colour") == "400 100"
    [number] = scene.ok("GET", f"{WABA_ID}/phone_numbers", fields="display_phone_number")["data"]
    assert number == {"display_phone_number": "+41 44 555 01 99", "id": PHONE_NUMBER_ID}


def test_health_names_what_stands_in_the_way(scene: WhatsAppScene) -> None:
    path = {"fields": "health_status"}
    healthy = scene.ok("GET", PHONE_NUMBER_ID, **path)["health_status"]
    assert healthy["can_send_message"] == "AVAILABLE"
    assert [each["entity_type"] for each in healthy["entities"]] == ["PHONE_NUMBER", "WABA", "BUSINESS", "APP"]
    scene.core.number.name_status = "PENDING_REVIEW"
    limited = scene.ok("GET", PHONE_NUMBER_ID, **path)["health_status"]
    assert (limited["can_send_message"], "additional_info" in limited["entities"][0]) == ("LIMITED", True)
    scene.core.business.restrict(131031, "The account is locked", "Ask for a review")
    blocked = scene.ok("GET", WABA_ID, **path)["health_status"]
    assert blocked["can_send_message"] == "BLOCKED"
    assert blocked["entities"][0]["errors"] == [
        {"error_code": 131031, "error_description": "The account is locked", "possible_solution": "Ask for a review"}
    ]
    maya = scene.meet()
    assert scene.refuse(maya, text={"body": "x"}) == "403 131031 The account is locked"
    scene.core.business.restrict(0, "")
    scene.write(maya)


def test_a_number_has_to_be_registered(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.core.business.unregister()
    assert scene.refuse(maya, text={"body": "x"}).startswith("400 133010")
    health = scene.ok("GET", PHONE_NUMBER_ID, fields="health_status,status")
    assert (health["health_status"]["can_send_message"], health["status"]) == ("BLOCKED", "DISCONNECTED")
    path = f"{PHONE_NUMBER_ID}/register"
    assert scene.refused("POST", path, pin=DEMO_PIN) == "400 100"
    assert scene.refused("POST", path, messaging_product="whatsapp") == "400 100"
    assert scene.refused("POST", path, **register("12345")) == "400 100"
    assert scene.refused("POST", path, **register("999999")).startswith("400 133005")
    assert scene.ok("POST", path, **register()) == {"success": True}
    scene.write(maya)
    assert scene.ok("POST", f"{PHONE_NUMBER_ID}/deregister") == {"success": True}


def test_there_are_ten_registrations_in_72_hours(scene: WhatsAppScene) -> None:
    path = f"{PHONE_NUMBER_ID}/register"
    for _ in range(10):
        scene.ok("POST", path, **register())
    assert scene.refused("POST", path, **register()).startswith("400 133016")
    scene.time.advance(72 * HOUR)
    scene.ok("POST", path, **register())


def test_a_new_number_is_verified_and_registered(scene: WhatsAppScene) -> None:
    given = {"cc": "41", "phone_number": "445550122", "verified_name": "Acme"}
    assert scene.refused("POST", f"{WABA_ID}/phone_numbers", cc="41") == "400 100"
    number_id = scene.ok("POST", f"{WABA_ID}/phone_numbers", **given)["id"]
    number = scene.core.state.numbers[number_id]
    assert scene.refused("POST", f"{number_id}/register", **register()).startswith("400 133006")
    assert scene.refused("POST", f"{number_id}/request_code", code_method="SMS") == "400 100"
    assert scene.refused("POST", f"{number_id}/request_code", code_method="PIGEON", language="de") == "400 100"
    scene.ok("POST", f"{number_id}/request_code", code_method="SMS", language="de")
    assert scene.refused("POST", f"{number_id}/verify_code", code="x").startswith("400 136025")
    scene.ok("POST", f"{number_id}/verify_code", code=number.code)
    assert scene.refused("POST", f"{number_id}/request_code", code_method="SMS", language="de").startswith("400 136024")
    scene.ok("POST", f"{number_id}/register", **register("654321"))
    scene.ok("POST", number_id, pin="123456")
    assert scene.refused("POST", f"{number_id}/register", **register("654321")).startswith("400 133005")
    scene.people.write(scene.person(), "Hello", number=number_id)
    assert scene.settle()[0]["value"]["metadata"] == {
        "display_phone_number": "41445550122",
        "phone_number_id": number_id,
    }


def test_a_number_of_the_app_stays_registered(scene: WhatsAppScene) -> None:
    scene.core.number.is_on_phone = True
    assert scene.refused("POST", f"{PHONE_NUMBER_ID}/deregister").startswith("500 133000")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "poems"), ("GET", "register"), ("DELETE", "messages")],
)
def test_other_calls_are_unknown(scene: WhatsAppScene, method: str, path: str) -> None:
    assert scene.refused(method, f"{PHONE_NUMBER_ID}/{path}") == "400 100"
    assert scene.refused(method, f"{WABA_ID}/{path}") == "400 100"
