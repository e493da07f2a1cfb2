"""Credentials are sent to the address that the owner gives: the same rules hold for it in every connector."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.domain.errors import AuthorizationNeeded, Misconfigured
from patchbay.domain.model import Conversation
from patchbay.kit.account_setup import ChecksCredentials
from patchbay.kit.contract import HttpResponse
from tests.connectors.contract.scene import connection_of, text_part
from tests.connectors.services import SERVICES, load_connector
from tests.harness.fakes.recording_http import RecordingHttp

ADDRESSES = [
    (service, setting.name)
    for service in SERVICES
    for setting in load_connector(service).settings
    if setting.name.endswith("_url")
]
NOT_FOR_MESSAGES = {("uchat", "base_url")}  # these go to bot_url
BAD = (
    "api.service.example",
    "http://api.service.example",
    "http://10.0.0.1",
    "http://127.0.0.1.service.example",
    "http://localhost.service.example",
    "ftp://api.service.example",
    "file:///etc/passwd",
    "//api.service.example",
    "https://",
    "https://:443",
    "https://[broken",
    "https://api.service.example:port",
    "https://api.service.example:0",
    "https://api.service.example:99999",
    "https://me@api.service.example",
    "https://me:password@api.service.example",
    "https://api.service.example?key=1",
    "https://api.service.example#top",
    "https://api.service .example",
    "https://api.service.example\\@other.example",
    "https://api.service.example/a b",
)


def test_every_service_with_an_api_elsewhere_has_an_address() -> None:
    assert {service for service, name in ADDRESSES if name == "base_url"} == set(SERVICES) - {"webchat"}


@pytest.mark.parametrize("address", BAD)
@pytest.mark.parametrize(("service", "name"), ADDRESSES)
def test_an_address_that_cannot_be_used_is_refused_before_anything_is_sent(
    service: str, name: str, address: str
) -> None:
    connection = connection_of(service)
    connection = replace(connection, settings={**connection.settings, name: address})
    http = RecordingHttp(HttpResponse(status=200))
    connector = load_connector(service)
    assert isinstance(connector, ChecksCredentials)
    with pytest.raises(Misconfigured, match=rf"^{name} (must|is) .*: \w+") as caught:
        connector.check_credentials(connection, http)
    assert "password" not in str(caught.value)
    assert not http.requests


@pytest.mark.parametrize("address", BAD)
@pytest.mark.parametrize(("service", "name"), [one for one in ADDRESSES if one not in NOT_FOR_MESSAGES])
def test_messages_wait_for_the_owner_while_the_address_cannot_be_used(service: str, name: str, address: str) -> None:
    connection = connection_of(service)
    connection = replace(connection, settings={**connection.settings, name: address})
    ids = ("user_id", "person_id", "contact_id", "channel_id", "conversation_id")
    conversation = Conversation(external_id="conversation", state={**dict.fromkeys(ids, "some-id"), "number": "7"})
    http = RecordingHttp(HttpResponse(status=503))
    with pytest.raises(AuthorizationNeeded, match=name):
        load_connector(service).deliver(text_part(), conversation, connection, http)
    assert not http.requests
