"""Strange values put into webhooks, and what a service, a queue and a table want of what comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from patchbay.domain.events import Event, MessageReceived
from patchbay.kit.contract import WebhookRequest

Trail = tuple[str | int, ...]

#: All that XML 1.0 has, which is all that SQS takes.
TAKEN_BY_THE_QUEUE = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
#: What no service wants to see: control characters but line feed and tab, halves of pairs, the two of XML.
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LONGEST_ID = 512


class Raw(str):
    """A value that stands in the JSON as it is: a number of any length, say."""


#: Values of a type that another is documented for; where no text is wanted, also the texts below.
ODD: tuple[object, ...] = (None, "", [], {}, [[]], {"a": {}}, True, Raw("9" * 5000), "9" * 5000)
ODD_TEXTS = ("²", "-1", "1e999", "NaN", Raw("-1"), Raw("1e999"), Raw("NaN"))


def leaves(value: object, trail: Trail = ()) -> Iterator[tuple[Trail, object]]:
    """Every value inside a JSON value that holds no other, with the way to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*trail, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, (*trail, index))
    else:
        yield trail, value


def places(value: object, trail: Trail = ()) -> Iterator[Trail]:
    """The way to every value inside a JSON object, objects and lists included."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*trail, key)
        yield from places(inner, (*trail, key))


def at(value: Any, trail: Trail) -> Any:
    for step in trail:
        value = value[step]
    return value


def put(value: Any, trail: Trail, new: object) -> Any:
    """A copy of `value` with something else at one place."""
    changed = deepcopy(value)
    at(changed, trail[:-1])[trail[-1]] = new
    return changed


def drop(value: Any, trail: Trail) -> Any:
    changed = deepcopy(value)
    del at(changed, trail[:-1])[trail[-1]]
    return changed


def with_body(request: WebhookRequest, body: object) -> WebhookRequest:
    """The webhook with another body; what it says is its own, so it needs no signature to be parsed."""
    content = body if isinstance(body, bytes) else write(body)
    return replace(request, body=content)


def write(body: object, encoding: str = "") -> bytes:
    """As JSON with `Raw` values as they are; all else escaped, or in an encoding."""
    text = re.sub(r'"\\u0001raw:([^"]*)"', r"\1", json.dumps(_mark(body), ensure_ascii=not encoding))
    return text.encode(encoding or "ascii", "surrogatepass")


def _mark(value: object) -> object:
    if isinstance(value, Raw):
        return f"\x01raw:{value}"
    if isinstance(value, Mapping):
        return {key: _mark(inner) for key, inner in value.items()}
    return [_mark(inner) for inner in value] if isinstance(value, list | tuple) else value


def texts(value: object) -> Iterator[str]:
    """Every text inside a JSON value."""
    return (leaf for _, leaf in leaves(value) if isinstance(leaf, str))


def ids(event: Event) -> Sequence[str]:
    """Every id by which the core stores or finds something."""
    found = [event.id, event.thread, event.origin.account, *getattr(event, "aliases", ())]
    if isinstance(event, MessageReceived):
        found += [event.message.external_id, event.message.sender.external_id]
        change = event.message.change
        references = filter(None, [event.message.reply_to, change.target if change else None])
        found += [part for one in references for part in (one.message_id, one.event_id)]
        found += [event.repeat_key, event.message_key, *event.hints.values()]
    contact = getattr(event, "contact", None)
    found += [contact.external_id, contact.person] if contact else []
    return [*found, getattr(event, "message_id", "")]
