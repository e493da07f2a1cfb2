"""What Freshchat's webhooks mean, and which of them are believed: conversations."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.domain.errors import Unreadable
from patchbay.domain.events import ConversationChanged, Ignored, MessageReceived
from patchbay.domain.model import (
    ConversationStatus,
)
from patchbay.platforms.freshchat import CONNECTOR
from patchbay.platforms.freshchat.ids import name_thread, normalize_id
from tests.connectors.freshchat.inbound.scene import (
    CHANNEL,
    CONVERSATION,
    KNOWN_BODY,
    make_endpoint,
    make_envelope,
    make_request,
    parse,
)

# --- conversations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "place", "status", "meaning"),
    [
        ("conversation_assignment", "assignment", "assigned", ConversationStatus.ACTIVE),
        ("conversation_assignment", "assignment", "resolved", ConversationStatus.ENDED),
        ("conversation_resolution", "resolve", "resolved", ConversationStatus.ENDED),
        ("conversation_reopen", "reopen", "reopened", ConversationStatus.ACTIVE),
        ("conversation_reopen", "reopen", "reopen", ConversationStatus.ACTIVE),
    ],
)
def test_changes_say_whether_the_conversation_goes_on(
    action: str, place: str, status: str, meaning: ConversationStatus
) -> None:
    conversation = {"conversation_id": CONVERSATION, "status": status, "channel_id": CHANNEL, "assigned_agent_id": ""}
    time = "2024-05-06T07:08:00.000Z"
    event = parse({"action": action, "action_time": time, "data": {place: {"conversation": conversation}}})
    assert isinstance(event, ConversationChanged)
    assert event.status is meaning
    assert event.thread == CONVERSATION
    later = parse({"action": action, "action_time": time[:-2] + "1Z", "data": {place: {"conversation": conversation}}})
    assert isinstance(later, ConversationChanged)
    assert later.id != event.id
    assert later.occurred_at - event.occurred_at == timedelta(milliseconds=1)


@pytest.mark.parametrize("action", ["conversation:resolve", "", "user_update", "<script>"])
def test_unknown_actions_are_ignored(action: str) -> None:
    parsed_event = parse({"action": action, "data": {"conversation": 7}})
    assert isinstance(parsed_event, Ignored)
    assert "<" not in parsed_event.reason


# --- what cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'{"action":"message_create"}',
        b'{"action":"message_create","data":{"message":null}}',
        b'{"action":"message_create","data":{"message":{"id":"m1"}}}',
        b'{"action":"message_create","data":{"message":{"conversation_id":"c1"}}}',
        b'{"action":"conversation_reopen","data":{"reopen":{"conversation":{}}}}',
        KNOWN_BODY,
    ],
)
def test_what_is_not_documented_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        CONNECTOR.parse(make_request(body), make_endpoint())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "url", "name"]), inner),
    max_leaves=8,
)
_PART_NAMES = ["text", "image", "file", "callback", "url_button", "collection", "template_content", "reference", "x"]


@given(st.lists(st.dictionaries(st.sampled_from(_PART_NAMES), _JSON, max_size=2), max_size=3))
def test_no_part_however_odd_makes_a_verified_message_fail(parts: list[dict[str, object]]) -> None:
    parsed_event = parse(make_envelope(message_parts=parts, reply_parts=parts))
    assert isinstance(parsed_event, MessageReceived | Ignored)


@given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bodies_are_unreadable_or_ignored(body: bytes) -> None:
    try:
        parsed_events = CONNECTOR.parse(make_request(body), make_endpoint())
    except Unreadable:
        return
    assert all(isinstance(parsed_event, Ignored) for parsed_event in parsed_events)


# --- ids ------------------------------------------------------------------------------------------------------------


@given(st.uuids())
def test_guids_have_one_normal_form(guid: object) -> None:
    forms = {str(guid), str(guid).upper(), str(guid).replace("-", "")}
    assert {normalize_id(form) for form in forms} == {str(guid)}
    assert name_thread(*sorted(forms)) == (str(guid), ())
