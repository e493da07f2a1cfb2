"""Connecting an account: the settings, the version, the role; the channel made, kept, healed and switched off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Transient
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay.platforms.unblu import CONNECTOR
from patchbay.platforms.unblu.urls import read_base_url
from playground.services.unblu import ADMIN_USER, DEMO_AGENT, PLAIN_PASSWORD, PLAIN_USER
from playground.services.unblu.records import Channel, Generation, Registration
from playground.simulator import Fault
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.unblu_desk import ADDRESS, SECRET, WEBHOOKS, Desk, make_desk

GENERATIONS: tuple[Generation, ...] = ("v4", "v3")


@pytest.fixture(params=GENERATIONS)
def bare(request: pytest.FixtureRequest) -> Desk:
    """Without a channel."""
    return make_desk(request.param, registered=False)


@pytest.fixture(params=GENERATIONS)
def desk(request: pytest.FixtureRequest) -> Desk:
    return make_desk(request.param)


def channel_of(desk: Desk) -> Channel:
    [channel] = [one for one in desk.unblu.channels if one.name == "Messengers"]
    return channel


def registration_of(desk: Desk) -> Registration:
    [registration] = desk.unblu.registrations
    return registration


def changed(desk: Desk) -> list[str]:
    """The calls that change something."""
    pings = {"sendPing", "pingCustomChannel"}
    calls = [call for call in desk.calls if call.startswith("POST") and call.rpartition("/")[2] not in pings]
    desk.http.sent.clear()
    return calls


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "entry"),
    [
        ("https://unblu.cloud", "https://unblu.cloud/app"),
        (" https://unblu.cloud/ ", "https://unblu.cloud/app"),
        ("https://unblu.cloud/app", "https://unblu.cloud/app"),
        ("https://unblu.cloud/app/rest/v4", "https://unblu.cloud/app"),
        ("https://unblu.cloud/app/rest/v3/", "https://unblu.cloud/app"),
        ("https://bank.example/unblu/rest/v3", "https://bank.example/unblu"),
        ("https://bank.example:8443/co-unblu/rest", "https://bank.example:8443/co-unblu"),
        ("http://127.0.0.1:5003", "http://127.0.0.1:5003/app"),
    ],
)
def test_the_address_may_be_written_in_any_usual_way(base_url: str, entry: str) -> None:
    assert read_base_url({"base_url": base_url}) == entry


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "unblu.cloud",
        "http://unblu.cloud",
        "ftp://unblu.cloud",
        "https://",
        "https://user:word@unblu.cloud",
        "https://unblu.cloud?x=1",
        "https://[broken",
    ],
)
def test_an_address_that_is_none_is_explained(bare: Desk, base_url: str) -> None:
    with pytest.raises(Misconfigured, match="base_url"):
        CONNECTOR.check_credentials(bare.change(base_url=base_url), bare.http)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_version", "v2"),
        ("engagement_type", "VIDEO_REQUEST"),
        ("states_external", "true"),
        ("name_prefix", "always"),
        ("outbound_to", "sms"),
        ("locale", "english please"),
        ("channel_name", "x" * 300),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(bare: Desk, name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        CONNECTOR.check_credentials(bare.change(**{name: value}), bare.http)


# --- the version and the role ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["", "auto"])
def test_the_version_is_what_unblu_says(bare: Desk, wanted: str) -> None:
    account = CONNECTOR.check_credentials(bare.change(api_version=wanted, api_version_found=""), bare.http)
    assert account.settings["api_version_found"] == bare.unblu.generation
    assert account.external_id == "Messengers"
    assert not account.warnings


def test_the_version_may_be_said_and_must_then_be_there(bare: Desk) -> None:
    generation = bare.unblu.generation
    assert (
        CONNECTOR.check_credentials(bare.change(api_version=generation), bare.http).settings["api_version_found"]
        == generation
    )
    other = "v3" if generation == "v4" else "v4"
    with pytest.raises(Misconfigured, match="not the URL of an Unblu API"):
        CONNECTOR.check_credentials(bare.change(api_version=other), bare.http)


def test_an_upgraded_unblu_is_met_in_its_new_version() -> None:
    desk = make_desk("v3")
    desk.unblu.generation = "v4"
    account = CONNECTOR.check_credentials(desk.connection, desk.http)
    desk.change(**account.settings)
    desk.register()
    assert channel_of(desk).api_version == "V4"
    assert registration_of(desk).api_version == "V4"


def test_starting_conversations_is_not_promised_where_unblu_cannot(bare: Desk) -> None:
    account = CONNECTOR.check_credentials(bare.change(outbound_to="sms:shop"), bare.http)
    assert any("outbound_to" in warning for warning in account.warnings) is (bare.unblu.generation == "v3")


def with_user(connection: Connection, username: str, password: str) -> Connection:
    values = {**connection.secrets.values, "username": username, "password": password}
    return replace(connection, secrets=Secrets(values=values))


def test_a_wrong_password_needs_the_owner(bare: Desk) -> None:
    with pytest.raises(AuthorizationNeeded, match="username and password") as caught:
        CONNECTOR.check_credentials(with_user(bare.connection, ADMIN_USER, "my-wrong-word"), bare.http)
    assert "my-wrong-word" not in str(caught.value)


def test_a_user_without_the_role_is_told_which(bare: Desk) -> None:
    with pytest.raises(AuthorizationNeeded, match="ADMIN"):
        CONNECTOR.check_credentials(with_user(bare.connection, PLAIN_USER, PLAIN_PASSWORD), bare.http)


@pytest.mark.parametrize(
    ("status", "body"), [(404, b""), (200, b"<html>"), (200, b"{}"), (302, b""), (200, b'{"productVersion":"new"}')]
)
def test_another_server_is_no_unblu(bare: Desk, status: int, body: bytes) -> None:
    with pytest.raises(Misconfigured, match="not the URL of an Unblu API"):
        CONNECTOR.check_credentials(bare.change(api_version=""), RecordingHttp(HttpResponse(status=status, body=body)))


# --- registering -----------------------------------------------------------------------------------------------------


def test_the_channel_is_made_as_set_and_answers(bare: Desk) -> None:
    bare.register()
    channel = channel_of(bare)
    is_v4 = bare.unblu.generation == "v4"
    assert (channel.endpoint, channel.secret, channel.status) == (ADDRESS, SECRET, "ACTIVE")
    assert channel.api_version == ("V4" if is_v4 else "V3")
    assert channel.states_external
    assert not channel.fields.get("outboundSupported")
    assert [each.reason for each in bare.heard() if hasattr(each, "reason")] == ["a ping"]
    assert not bare.unblu.complaints
    assert CONNECTOR.get_registered_url(bare.connection, bare.http) == ADDRESS


def test_unblu_tells_of_ended_conversations_too(desk: Desk) -> None:
    registration = registration_of(desk)
    assert (registration.endpoint, registration.secret) == (ADDRESS, SECRET)
    assert registration.fields["events"] == ["conversation.ended"]
    desk.open()
    desk.unblu.end(desk.shown.id)
    assert len(desk.heard()) == 1
    assert not desk.ear.refused


def test_settings_are_those_of_the_channel(bare: Desk) -> None:
    bare.change(states_external="no", outbound_to="sms:shop")
    bare.register()
    assert not channel_of(bare).states_external
    if bare.unblu.generation == "v4":
        assert channel_of(bare).fields["outboundSupported"]


def test_what_is_as_it_should_be_is_left_alone(desk: Desk) -> None:
    version = channel_of(desk).version
    desk.register()
    assert changed(desk) == []
    assert channel_of(desk).version == version


def test_only_what_differs_is_changed_and_what_others_set_stays(desk: Desk) -> None:
    channel = channel_of(desk)
    channel.metadata["theirs"] = "kept"
    channel.fields["description"] = "Our messengers"
    channel.fields["webhookEndpoint"] = "https://old.example/hook"
    desk.register()
    assert changed(desk) == ["POST externalmessengers/update"]
    assert channel.endpoint == ADDRESS
    assert channel.metadata["theirs"] == "kept"
    assert channel.fields["description"] == "Our messengers"


class Meddling:
    """Somebody else changes the channel between our look and our change, so many times."""

    def __init__(self, desk: Desk, times: int) -> None:
        self.desk, self.times = desk, times

    def send(self, request: HttpRequest) -> HttpResponse:
        if request.url.partition("?")[0].endswith("externalmessengers/update") and self.times:
            self.times -= 1
            channel_of(self.desk).version += 1
            channel_of(self.desk).fields["description"] = "theirs"
        return self.desk.http.send(request)


@pytest.mark.parametrize("status", [400, 409])
def test_a_change_by_somebody_else_is_built_upon(desk: Desk, status: int) -> None:
    desk.unblu.quirks.conflict_status = status  # type: ignore[assignment]
    channel_of(desk).fields["webhookEndpoint"] = "https://old.example/hook"
    CONNECTOR.register_webhooks(WEBHOOKS, desk.connection, Meddling(desk, times=1))
    assert channel_of(desk).endpoint == ADDRESS
    assert channel_of(desk).fields["description"] == "theirs"


def test_a_channel_that_was_made_in_the_same_moment_is_taken(bare: Desk) -> None:
    def create_twice(request: HttpRequest) -> HttpResponse:
        if request.url.partition("?")[0].endswith("/create"):
            bare.http.send(request)
        return bare.http.send(request)

    CONNECTOR.register_webhooks(WEBHOOKS, bare.connection, RecordingHttp(create_twice))
    assert channel_of(bare).endpoint == ADDRESS
    assert len(bare.unblu.registrations) == 1


@pytest.mark.parametrize("what", ["channel", "registration"])
def test_what_an_admin_has_switched_off_stays_off_and_the_owner_is_told(desk: Desk, what: str) -> None:
    receiver = channel_of(desk) if what == "channel" else registration_of(desk)
    receiver.fields[receiver.STATUS] = "INACTIVE"
    receiver.fields[receiver.ENDPOINT] = "https://old.example/hook"
    with pytest.raises(Misconfigured, match="switched off"):
        desk.register()
    assert receiver.status == "INACTIVE"
    assert receiver.endpoint == ADDRESS
    assert CONNECTOR.restore_webhooks(WEBHOOKS, desk.connection, desk.http) == ""


def test_an_address_that_cannot_be_reached_is_told_at_once(bare: Desk) -> None:
    bare.ear.down = True
    with pytest.raises(Misconfigured, match="test call to the webhook URL failed"):
        bare.register()
    bare.ear.down = False
    bare.register()


def test_another_secret_at_our_side_is_noticed(bare: Desk) -> None:
    bare.ear.endpoint = replace(bare.ear.endpoint, secrets=Secrets(values={"webhook_secret": "another"}))
    with pytest.raises(Misconfigured, match="test call to the webhook URL failed"):
        bare.register()


def test_without_a_secret_nothing_is_registered(bare: Desk) -> None:
    values = {name: value for name, value in bare.connection.secrets.values.items() if name != "webhook_secret"}
    with pytest.raises(Misconfigured, match="webhook_secret"):
        CONNECTOR.register_webhooks(WEBHOOKS, replace(bare.connection, secrets=Secrets(values=values)), bare.http)
    assert not bare.unblu.registrations


# --- healing and leaving ---------------------------------------------------------------------------------------------


def test_what_unblu_has_given_up_on_is_put_back_and_what_waited_comes(desk: Desk) -> None:
    desk.open()
    desk.ear.down = True
    desk.unblu.reply(desk.shown.id, DEMO_AGENT, "Hello?")
    desk.settle()
    assert channel_of(desk).status == "INACTIVE_UNAVAILABLE"
    desk.ear.down = False
    assert "'Messengers'" in CONNECTOR.restore_webhooks(WEBHOOKS, desk.connection, desk.http)
    assert channel_of(desk).status == "ACTIVE"
    assert len(desk.heard()) == 1
    desk.http.sent.clear()
    assert CONNECTOR.restore_webhooks(WEBHOOKS, desk.connection, desk.http) == ""
    assert changed(desk) == []


def test_the_registration_is_put_back_too(desk: Desk) -> None:
    registration_of(desk).fields["status"] = "INACTIVE_UNAVAILABLE"
    assert "registration" in CONNECTOR.restore_webhooks(WEBHOOKS, desk.connection, desk.http)
    assert registration_of(desk).status == "ACTIVE"


def test_connecting_again_puts_back_what_was_given_up_on(desk: Desk) -> None:
    channel_of(desk).fields["webhookStatus"] = "INACTIVE_UNAVAILABLE"
    desk.register()
    assert channel_of(desk).status == "ACTIVE"


def test_leaving_switches_the_channel_off_and_ends_no_conversation(desk: Desk) -> None:
    desk.open()
    CONNECTOR.unregister_webhooks(desk.connection, desk.http)
    assert channel_of(desk).status == "INACTIVE"
    assert not desk.unblu.registrations
    assert not desk.shown.is_over
    CONNECTOR.unregister_webhooks(desk.connection, desk.http)


def test_who_has_left_may_come_back(desk: Desk) -> None:
    channel_of(desk).metadata["theirs"] = "kept"
    CONNECTOR.unregister_webhooks(desk.connection, desk.http)
    desk.register()
    assert channel_of(desk).status == "ACTIVE"
    assert channel_of(desk).metadata["theirs"] == "kept"
    channel_of(desk).fields["webhookStatus"] = "INACTIVE"  # this time by a person
    with pytest.raises(Misconfigured):
        desk.register()


def test_nothing_is_registered_where_there_is_no_channel(bare: Desk) -> None:
    assert CONNECTOR.get_registered_url(bare.connection, bare.http) == ""
    assert CONNECTOR.restore_webhooks(WEBHOOKS, bare.connection, bare.http) == ""
    CONNECTOR.unregister_webhooks(bare.connection, bare.http)


def test_a_busy_unblu_is_asked_later(bare: Desk) -> None:
    bare.unblu.fail_next(Fault(status=503, retry_after=9))
    with pytest.raises(Transient) as caught:
        CONNECTOR.restore_webhooks(WEBHOOKS, bare.connection, bare.http)
    assert caught.value.retry_after == 9
