"""What every connector promises, checked for each one that there is: new connectors inherit all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.errors import (
    SignatureRejected,
)
from patchbay.domain.events import ConversationChanged, Event, Ignored, decode, encode
from patchbay.domain.model import (
    Side,
)
from patchbay.kit import registry
from patchbay.kit.abilities import (
    FindsContacts,
    FindsPlatformIds,
)
from tests.connectors.services import FORMS, SERVICES, Sample, load_connector, other_secret, sample_endpoint, samples

SIGNING = [form for form in FORMS if load_connector(form).signs]
VERIFYING = [form for form in FORMS if any(setting.verifies for setting in load_connector(form).settings)]

# --- verifying ------------------------------------------------------------------------------------------------------


def first_event(form: str) -> Sample:
    return next(sample for sample in samples(form) if "ignored" not in sample.expected[0])


@pytest.fixture(params=SIGNING)
def signed(request: pytest.FixtureRequest) -> Sample:
    """The first sample of a service, in each form, that brings an event, with its valid signature."""
    return first_event(request.param)


@pytest.fixture(params=VERIFYING)
def proven(request: pytest.FixtureRequest) -> Sample:
    """The same of a service that signs, or sends a secret along."""
    return first_event(request.param)


def test_webhooks_are_refused_without_the_secrets_that_are_said_to_verify_them(proven: Sample) -> None:
    """A service that has several ways in has a secret for each of them, and a sample."""
    names = {setting.name for setting in load_connector(proven.service).settings if setting.verifies and setting.secret}
    assert names
    assert is_refused_without(proven, names)
    for name in names:
        assert any(is_refused_without(sample, {name}) for sample in samples(proven.service)), name


def is_refused_without(sample: Sample, names: set[str]) -> bool:
    endpoint = sample_endpoint(sample.service)
    others = {name: value for name, value in endpoint.secrets.values.items() if name not in names}
    try:
        load_connector(sample.service).verify(sample.request(), replace(endpoint, secrets=Secrets(values=others)))
    except SignatureRejected:
        return True
    return False


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_every_sample_is_signed_by_the_documented_sample_key(sample: Sample) -> None:
    load_connector(sample.service).verify(sample.request(), sample_endpoint(sample.service))


def test_unsigned_webhooks_are_rejected(proven: Sample) -> None:
    bare = replace(proven.request(), headers={"content-type": "application/json"}, query={})
    with pytest.raises(SignatureRejected):
        load_connector(proven.service).verify(bare, sample_endpoint(proven.service))


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe"])
def test_another_body_under_the_same_signature_is_rejected(signed: Sample, body: bytes) -> None:
    with pytest.raises(SignatureRejected):
        load_connector(signed.service).verify(replace(signed.request(), body=body), sample_endpoint(signed.service))


def test_a_body_that_differs_in_one_byte_is_rejected(signed: Sample) -> None:
    request = signed.request()
    for position in range(0, len(request.body), 17):
        changed = bytearray(request.body)
        changed[position] ^= 1
        with pytest.raises(SignatureRejected):
            load_connector(signed.service).verify(
                replace(request, body=bytes(changed)), sample_endpoint(signed.service)
            )


def with_secrets(endpoint: Endpoint, *, current: bool, previous: bool) -> Endpoint:
    """The endpoint with other secrets, or with the sample's among the accepted ones."""
    right = endpoint.secrets.values
    wrong = {name: other_secret(value) for name, value in right.items()}
    secrets = Secrets(values=right if current else wrong, previous=right if previous else {}, version="2")
    return replace(endpoint, secrets=secrets)


def test_another_secret_is_rejected(proven: Sample) -> None:
    endpoint = with_secrets(sample_endpoint(proven.service), current=False, previous=False)
    with pytest.raises(SignatureRejected):
        load_connector(proven.service).verify(proven.request(), endpoint)


def test_the_previous_secret_is_accepted_during_a_rotation(proven: Sample) -> None:
    endpoint = with_secrets(sample_endpoint(proven.service), current=False, previous=True)
    load_connector(proven.service).verify(proven.request(), endpoint)


def test_no_secret_yet_means_no_webhook_yet(proven: Sample) -> None:
    with pytest.raises(SignatureRejected):
        load_connector(proven.service).verify(
            proven.request(), replace(sample_endpoint(proven.service), secrets=Secrets())
        )


# --- parsing --------------------------------------------------------------------------------------------------------


def describe(parsed_event: Event | Ignored) -> dict[str, object]:
    if isinstance(parsed_event, Ignored):
        return {"ignored": parsed_event.reason}
    return json.loads(encode(parsed_event))["event"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_each_sample_means_what_is_written_beside_it_every_time(sample: Sample) -> None:
    connector, endpoint = load_connector(sample.service), sample_endpoint(sample.service)
    first = connector.parse(sample.request(), endpoint)
    second = connector.parse(sample.request(), endpoint)
    assert first == second
    assert [describe(parsed_event) for parsed_event in first] == sample.expected


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_events_survive_the_queue(sample: Sample) -> None:
    connector, endpoint = load_connector(sample.service), sample_endpoint(sample.service)
    for parsed_event in connector.parse(sample.request(), endpoint):
        if isinstance(parsed_event, get_args(Event)):
            assert decode(encode(parsed_event)) == parsed_event
            assert parsed_event.origin.endpoint == endpoint.id


@pytest.mark.parametrize("sample", [one for one in samples() if one.expected[0].get("kind") == "conversation"], ids=str)
def test_a_change_of_a_conversation_is_dated_by_its_service_or_says_that_it_is_not(sample: Sample) -> None:
    """Or a change that is reported late would be taken for the newest, or the newest for an old one."""
    request, endpoint = sample.request(), sample_endpoint(sample.service)
    later = replace(request, received_at=request.received_at + timedelta(minutes=7))
    once, again = (
        [
            event
            for event in load_connector(sample.service).parse(each, endpoint)
            if isinstance(event, ConversationChanged)
        ]
        for each in (request, later)
    )
    assert once
    for first, second in zip(once, again, strict=True):
        assert first.undated is second.undated is (first.occurred_at != second.occurred_at)


@pytest.mark.parametrize("service", SERVICES)
def test_the_samples_show_messages_and_things_that_are_ignored(service: str) -> None:
    meanings = [meaning for sample in samples(service) for meaning in sample.expected]
    assert any(meaning.get("kind") == "message" for meaning in meanings)
    assert any("ignored" in meaning for meaning in meanings)


# --- recognising ----------------------------------------------------------------------------------------------------
PLATFORMS = [service for service in SERVICES if load_connector(service).side is Side.PLATFORM]


@pytest.mark.parametrize("service", PLATFORMS)
def test_every_platform_can_tell_whose_conversation_it_is(service: str) -> None:
    """Else an answer would be dropped that comes before our own record of the conversation is saved."""
    assert isinstance(load_connector(service), FindsContacts | FindsPlatformIds)


# --- secrets by purpose ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_a_webhook_is_read_with_what_verifies_and_no_other_secret(sample: Sample) -> None:
    """Its function can read nothing else."""
    connector, endpoint = load_connector(sample.service), sample_endpoint(sample.service)
    assert set(endpoint.secrets.values) <= registry.verifying_secrets(sample.service)
    connector.verify(sample.request(), endpoint)
    read = connector.parse(sample.request(), endpoint)
    others = [setting.name for setting in connector.settings if setting.secret and not setting.verifies]
    secrets = replace(endpoint.secrets, values={**endpoint.secrets.values, **dict.fromkeys(others, "something")})
    assert connector.parse(sample.request(), replace(endpoint, secrets=secrets)) == read


@pytest.mark.parametrize("service", SERVICES)
def test_only_secrets_verify_and_a_service_that_signs_has_one_that_does(service: str) -> None:
    connector = load_connector(service)
    assert all(setting.secret for setting in connector.settings if setting.verifies)
    assert bool(registry.verifying_secrets(service)) or not connector.signs
