"""The simulated Unblu's API: who may call, what a body must be, and what channels and people are like."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.unblu import ADMIN_PASSWORD, ADMIN_USER, PLAIN_PASSWORD, PLAIN_USER
from playground.services.unblu.records import Generation
from playground.simulator import Fault
from tests.harness.unblu import (
    HOOK,
    PERSON,
    UnbluHarness,
    channel_body,
    contact_body,
    conversation_body,
    make_harness,
)

PLAIN = (PLAIN_USER, PLAIN_PASSWORD)


def registration_body(**fields: object) -> dict[str, Any]:
    body = {
        "$_type": "WebhookRegistration",
        "name": "Bridge",
        "endpoint": HOOK,
        "apiVersion": "V3",
        "events": ["conversation.ended"],
    }
    return {**body, **fields}


# --- who may call ----------------------------------------------------------------------------------------------------


def test_the_demo_account_can_call_the_api(harness: UnbluHarness) -> None:
    demo = harness.unblu.demo()
    assert demo.settings["base_url"] == harness.unblu.base_url
    assert (demo.secrets["username"], demo.secrets["password"]) == (ADMIN_USER, ADMIN_PASSWORD)
    assert harness.ask("GET", "/global/productVersion")["$_type"] == "ProductVersion"


@pytest.mark.parametrize(("generation", "version"), [("v4", "8.9.2"), ("v3", "7.52.0")])
def test_the_version_tells_the_generation(generation: Generation, version: str) -> None:
    shown = make_harness(generation).ask("GET", "/global/productVersion")
    assert shown["productVersion"] == version
    assert ("buildTimestamp" in shown) is (generation == "v4")


@pytest.mark.parametrize("auth", [None, (ADMIN_USER, "wrong"), ("nobody", ADMIN_PASSWORD)])
def test_a_wrong_password_is_a_401(harness: UnbluHarness, auth: tuple[str, str] | None) -> None:
    assert harness.refusal("GET", "/global/productVersion", auth=auth)[0] == 401


def test_what_an_admin_may_do_is_a_403_for_others(harness: UnbluHarness) -> None:
    refused = harness.refusal("POST", "/externalmessengers/create", channel_body(harness.unblu.generation), auth=PLAIN)
    assert refused[0] == 403
    assert harness.refusal("POST", "/persons/createOrUpdateVirtual", PERSON, auth=PLAIN)[0] == 403


def test_a_plain_user_may_read_a_contact_in_v4_and_no_person_in_v3(v4: UnbluHarness, v3: UnbluHarness) -> None:
    assert v4.ask("GET", f"/externalmessengercontacts/{v4.chat().sender}/read", auth=PLAIN)["sourceId"] == "viber:ann"
    assert v3.refusal("GET", f"/persons/read?id={v3.person()}", auth=PLAIN)[0] == 403


def test_a_plain_user_cannot_begin_a_visitors_conversation(v4: UnbluHarness) -> None:
    channel = v4.channel()
    contact = v4.contact(channel, v4.person())
    body = conversation_body("v4", channel, contact, "viber:ann")
    assert v4.refusal("POST", "/conversations/create", body, auth=PLAIN)[0] == 403


def test_the_other_generations_paths_are_unknown(harness: UnbluHarness) -> None:
    other = "v3" if harness.is_v4 else "v4"
    answer = harness.unblu.app.test_client().get(
        f"/app/rest/{other}/global/productVersion", auth=(ADMIN_USER, ADMIN_PASSWORD)
    )
    assert answer.status_code == 404
    assert answer.get_json()["$_type"] == "Error"
    wrong = "/conversations/read?id=abc" if harness.is_v4 else "/conversations/abc/read"
    assert harness.refusal("GET", wrong)[0] == 404


def test_the_generation_can_be_switched_from_the_page(v4: UnbluHarness) -> None:
    v4.channel()
    v4.unblu.act("generation", {"value": "v3"})
    assert v4.view()["switch"]["value"] == "v3"
    shown = v4.ask("GET", "/externalmessengers/getByName?name=Viber")
    assert shown["webhookApiVersion"] == "V3"
    assert "outboundTimeoutMillis" not in shown


def test_a_fault_is_told_in_unblus_way(harness: UnbluHarness) -> None:
    harness.unblu.fail_next(Fault(status=503, retry_after=7))
    answer = harness.call("GET", "/global/productVersion")
    assert answer.get_json()["statusCode"] == 503
    assert answer.headers["Retry-After"] == "7"


# --- bodies ----------------------------------------------------------------------------------------------------------


def test_a_model_without_its_type_is_refused(harness: UnbluHarness) -> None:
    body = channel_body(harness.unblu.generation)
    del body["$_type"]
    assert harness.refusal("POST", "/externalmessengers/create", body) == (400, "$_type: Field required")


def test_a_single_calls_body_has_no_type(harness: UnbluHarness) -> None:
    chat = harness.chat()
    body = {"$_type": "ConversationsEndBody", "reason": "OTHER"}
    assert harness.refusal("POST", f"/conversations/{chat.id}/end", body)[0] == 400


@pytest.mark.parametrize("wrong", [{"colour": "blue"}, {"name": 7}, {"name": ""}, {"webhookStatus": "ON"}])
def test_unknown_fields_and_wrong_values_are_refused(harness: UnbluHarness, wrong: dict[str, Any]) -> None:
    body = channel_body(harness.unblu.generation, **wrong)
    assert harness.refusal("POST", "/externalmessengers/create", body)[0] == 400


def test_a_v3_channel_has_none_of_v4s_fields(v3: UnbluHarness) -> None:
    for wrong in ({"outboundTimeoutMillis": 5000}, {"webhookApiVersion": "V4"}):
        assert v3.refusal("POST", "/externalmessengers/create", channel_body("v3", **wrong))[0] == 400


def test_a_v4_channel_needs_a_timeout(v4: UnbluHarness) -> None:
    body = channel_body()
    del body["outboundTimeoutMillis"]
    assert v4.refusal("POST", "/externalmessengers/create", body)[0] == 400


def test_what_is_not_json_is_refused(harness: UnbluHarness) -> None:
    assert harness.refusal("POST", "/externalmessengers/create", {}, content_type="text/plain")[0] == 415


# --- channels --------------------------------------------------------------------------------------------------------


def test_a_channels_name_is_unique(harness: UnbluHarness) -> None:
    harness.channel()
    body = channel_body(harness.unblu.generation)
    assert harness.refusal("POST", "/externalmessengers/create", body)[0] == 409
    harness.unblu.quirks.conflict_status = 400
    assert harness.refusal("POST", "/externalmessengers/create", body)[0] == 400


def test_metadata_is_shown_only_when_asked_for(harness: UnbluHarness) -> None:
    harness.channel()
    named = "/externalmessengers/getByName?name=Viber"
    assert harness.ask("GET", named)["metadata"] == {}
    assert harness.ask("GET", f"{named}&expand=configuration,metadata")["metadata"] == {"messenger": "viber"}


def test_an_unknown_name_is_a_404(harness: UnbluHarness) -> None:
    assert harness.refusal("GET", "/externalmessengers/getByName?name=Nobody")[0] == 404
    assert harness.refusal("GET", "/webhookregistrations/getByName?name=Nobody")[0] == 404


def test_an_update_needs_the_newest_version(harness: UnbluHarness) -> None:
    harness.channel()
    shown = harness.ask("GET", "/externalmessengers/getByName?name=Viber&expand=metadata")
    updated = harness.ask("POST", "/externalmessengers/update?expand=metadata", {**shown, "description": "For Viber"})
    assert updated["version"] == shown["version"] + 1
    assert (updated["description"], updated["metadata"]) == ("For Viber", {"messenger": "viber"})
    assert harness.refusal("POST", "/externalmessengers/update", shown)[0] == 409


def test_an_update_needs_the_account(harness: UnbluHarness) -> None:
    harness.channel()
    shown = harness.ask("GET", "/externalmessengers/getByName?name=Viber")
    del shown["accountId"]
    assert harness.refusal("POST", "/externalmessengers/update", shown)[0] == 400


def test_an_update_without_metadata_loses_them(harness: UnbluHarness) -> None:
    harness.channel()
    shown = harness.ask("GET", "/externalmessengers/getByName?name=Viber")
    harness.ask("POST", "/externalmessengers/update", shown)
    assert harness.ask("GET", "/externalmessengers/getByName?name=Viber&expand=metadata")["metadata"] == {}


# --- registrations ---------------------------------------------------------------------------------------------------


def test_registrations_are_made_changed_and_deleted(harness: UnbluHarness) -> None:
    made = harness.ask("POST", "/webhookregistrations/create", registration_body())
    assert harness.refusal("POST", "/webhookregistrations/create", registration_body())[0] == 409
    changed = harness.ask("POST", "/webhookregistrations/update", {**made, "status": "INACTIVE"})
    assert (changed["status"], changed["version"]) == ("INACTIVE", made["version"] + 1)
    assert harness.refusal("POST", "/webhookregistrations/update", made)[0] == 409
    own = f"/{made['id']}/{{}}" if harness.is_v4 else f"/{{}}?id={made['id']}"
    assert harness.ask("GET", "/webhookregistrations/getByName?name=Bridge")["id"] == made["id"]
    harness.ask("DELETE", "/webhookregistrations" + own.format("delete"))
    assert harness.refusal("GET", "/webhookregistrations/getByName?name=Bridge")[0] == 404


# --- people ----------------------------------------------------------------------------------------------------------


def test_a_virtual_person_is_known_by_the_source_id(harness: UnbluHarness) -> None:
    first = harness.person(phone="+4915112345678")
    assert harness.person(firstName="Anne") == first
    shown = harness.ask("POST", "/persons/createOrUpdateVirtual", {**PERSON, "sourceId": "viber:ann", "nickname": "A"})
    assert (shown["id"], shown["displayName"], shown["phone"]) == (first, "Ann Lee", None)
    assert shown["personType"] == "VISITOR"
    assert harness.person("viber:ben") != first


@pytest.mark.parametrize("wrong", [{"personSource": "USER_DB"}, {"sourceId": ""}, {"firstName": "x" * 251}])
def test_a_person_that_cannot_be_is_refused(harness: UnbluHarness, wrong: dict[str, Any]) -> None:
    body = {**PERSON, "sourceId": "viber:ann", **wrong}
    assert harness.refusal("POST", "/persons/createOrUpdateVirtual", body)[0] == 400


def test_a_contact_is_unique_in_its_channel(v4: UnbluHarness) -> None:
    channel, person = v4.channel(), v4.person()
    v4.contact(channel, person)
    assert v4.refusal("POST", "/externalmessengercontacts/create", contact_body(channel, person))[0] == 409
    v4.contact(v4.channel(name="Line"), person)


def test_a_contact_needs_its_person_and_channel(v4: UnbluHarness) -> None:
    channel, person = v4.channel(), v4.person()
    for body in (contact_body(channel, "nobody"), contact_body("nowhere", person)):
        assert v4.refusal("POST", "/externalmessengercontacts/create", body)[0] == 404


def find_contacts(channel: str, source_id: str) -> dict[str, Any]:
    name = "ExternalMessengerContactSearchFilter"
    by_id = {"$_type": "EqualsIdOperator", "type": "EQUALS", "value": channel}
    by_text = {"$_type": "EqualsStringOperator", "type": "EQUALS", "value": source_id}
    return {
        "$_type": "ExternalMessengerContactQuery",
        "searchFilters": [
            {
                "$_type": f"ExternalMessengerChannelId{name}",
                "field": "EXTERNAL_MESSENGER_CHANNEL_ID",
                "operator": by_id,
            },
            {"$_type": f"SourceId{name}", "field": "SOURCE_ID", "operator": by_text},
        ],
        "orderBy": [],
        "offset": 0,
        "limit": 1,
    }


def test_a_contact_is_found_by_channel_and_source(v4: UnbluHarness) -> None:
    channel, person = v4.channel(), v4.person()
    contact = v4.contact(channel, person)
    v4.contact(channel, person, "viber:ben")
    found = v4.ask("POST", "/externalmessengercontacts/search", find_contacts(channel, "viber:ann"))
    assert [one["id"] for one in found["items"]] == [contact]
    assert v4.ask("POST", "/externalmessengercontacts/search", find_contacts(channel, "viber:eve"))["items"] == []


def test_a_filter_of_the_wrong_type_is_refused(v4: UnbluHarness) -> None:
    query = find_contacts("channel", "viber:ann")
    query["searchFilters"][0]["operator"]["$_type"] = "EqualsStringOperator"
    status, words = v4.refusal("POST", "/externalmessengercontacts/search", query)
    assert (status, words) == (400, "$_type: EqualsIdOperator is expected")


def test_v3_has_no_contacts(v3: UnbluHarness) -> None:
    assert v3.refusal("POST", "/externalmessengercontacts/create", contact_body("channel", "person"))[0] == 404
