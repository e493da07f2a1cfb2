"""What the sample webhooks of a service say, and where in them it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, get_args

from patchbay.domain.errors import WebhookRefused
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Text
from patchbay.kit.contract import WebhookRequest
from tests.connectors.services import Sample, load_connector, sample_endpoint, samples
from tests.harness.strange import Trail, leaves, put, with_body

Happenings = Sequence[Event | Ignored]

#: Why a message with something odd in it may be kept from customers.
KEPT = re.compile(
    "private|note|purged|of (?:the )?type|a line (?:of|that)|not for customers|kind that is not known"
    "|sender who is not known"
)


def parse(service: str, request: WebhookRequest) -> Happenings:
    return load_connector(service).parse(request, sample_endpoint(service))


def said(happenings: Happenings) -> list[str]:
    """The texts of all messages."""
    messages = [each.message for each in happenings if isinstance(each, MessageReceived)]
    return [content.text for message in messages for content in message.content if isinstance(content, Text)]


@cache
def spoken(service: str) -> tuple[tuple[Sample, Trail, str], ...]:
    """The samples that say something, with the place of their words; both are the same in the webhook and the event."""
    found = []
    for sample in samples(service):
        words = said(parse(service, sample.request()))
        body = json.loads(sample.request().body)
        for trail, leaf in leaves(body):
            changed = with_body(sample.request(), put(body, trail, "other"))
            if leaf in words and "other" in said(parse(service, changed)):
                found.append((sample, trail, str(leaf)))
                break
    assert found
    return tuple(found)


def say(service: str, words: str) -> tuple[WebhookRequest, Any]:
    """A webhook of the service's that says `words`, and its body."""
    for sample, trail, _ in spoken(service):
        request = sample.request()
        body = put(json.loads(request.body), trail, words)
        if len(said(parse(service, sample.request()))) == 1:
            return with_body(request, body), body
    raise AssertionError("no sample says one thing only")


def parse_events(service: str, request: WebhookRequest) -> Iterator[Event]:
    """Nothing for a webhook that is refused as one."""
    try:
        happenings = parse(service, request)
    except WebhookRefused:
        return
    yield from (each for each in happenings if isinstance(each, get_args(Event)))


def is_optional(service: str, request: WebhookRequest, body: object, words: str) -> bool:
    try:
        return words in said(parse(service, with_body(request, body)))
    except WebhookRefused:
        return False
