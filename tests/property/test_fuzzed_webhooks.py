"""Whatever arrives at a webhook: never a 5xx, and never an unverified event on the queue."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patchbay.aws.handlers.http_api import read_request
from patchbay.bridge.receive import Receiver
from patchbay.domain.errors import WebhookRefused
from patchbay.domain.events import Event, Ignored, decode, encode
from tests.connectors.services import FORMS, SERVICES, load_connector, sample_endpoint, samples
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

SIGNING = [service for service in SERVICES if load_connector(service).signs]
FUZZ = settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "<![x]>", "\ud800", "\x00", "&#xD800;", "https://[", "9" * 400, "1e999"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "x-viber-content-signature",
            "x-freshchat-signature",
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "content-type",
            "x",
            "X-UPPER",
        ]
    ),
    st.text(max_size=120),
)


def paths(value: object, trail: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to every place inside a JSON value."""
    found = [trail]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*trail, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths(inner, (*trail, index))
    return found


def put(value: Any, trail: tuple[str | int, ...], new: object) -> Any:
    if not trail:
        return new
    changed = deepcopy(value)
    place = changed
    for step in trail[:-1]:
        place = place[step]
    place[trail[-1]] = new
    return changed


@pytest.mark.parametrize("service", FORMS)
@FUZZ
@given(data=st.data())
def test_a_verified_webhook_of_any_shape_is_understood_ignored_or_refused(service: str, data: st.DataObject) -> None:
    """Signed by the service itself, so only what it says may be strange: some value of a real webhook is replaced."""
    sample = data.draw(st.sampled_from(samples(service)))
    request = sample.request()
    body = json.loads(request.body)
    for _ in range(data.draw(st.integers(1, 3))):
        body = put(body, data.draw(st.sampled_from(paths(body))), data.draw(anything))
    strange = replace(request, body=json.dumps(body).encode("utf-8", "surrogatepass"))
    try:
        parsed_events = load_connector(service).parse(strange, sample_endpoint(service))
    except WebhookRefused:
        return
    for parsed_event in parsed_events:
        if isinstance(parsed_event, get_args(Event)):
            assert decode(encode(parsed_event)).id == parsed_event.id
        else:
            assert isinstance(parsed_event, Ignored)


@pytest.mark.parametrize("service", SIGNING)
@FUZZ
@given(body=st.binary(max_size=300) | anything.map(lambda value: json.dumps(value).encode()), heads=headers)
def test_an_unverified_webhook_is_refused_and_nothing_is_queued(
    service: str, body: bytes, heads: dict[str, str]
) -> None:
    time = VirtualTime()
    queue = MemoryQueue(time)
    endpoint = sample_endpoint(service)
    connections = MemoryConnections(endpoints={(service, "webhook_token"): endpoint})
    receiver = Receiver(
        connector=load_connector(service),
        connections=connections,
        producer=queue,
        clock=time,
        telemetry=MemoryTelemetry(),
    )
    request = read_request(
        {
            "requestContext": {"http": {"method": "POST"}},
            "headers": heads,
            "rawQueryString": "sig=" + next(iter(heads.values()), "") if "%" not in str(heads) else "",
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        },
        time.now(),
    )
    assert receiver.receive("webhook_token", request).status in {400, 401, 413}
    assert len(queue) == 0


@FUZZ
@given(body=st.text(max_size=200), query=st.text(max_size=60), tail=st.text(max_size=30), encoded=st.booleans())
def test_any_event_of_the_gateway_is_read_or_refused(body: str, query: str, tail: str, encoded: bool) -> None:
    try:
        request = read_request(
            {
                "requestContext": {"http": {"method": "POST"}},
                "rawQueryString": query,
                "pathParameters": {"webhook_token": "h", "proxy": tail},
                "body": body,
                "isBase64Encoded": encoded,
            },
            VirtualTime().now(),
        )
    except WebhookRefused:
        return
    assert isinstance(request.body, bytes)
