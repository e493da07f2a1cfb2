"""The simulated Unblu speaks as Unblu's own descriptions say.

They are not part of this project: UNBLU_OPENAPI names a folder with `v4.yaml` and `v3.yaml`, the openapi.yaml of the
branches main/8.x.x and main/7.x.x of github.com/unblu/openapi.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from flask import Response, request

from playground.services.unblu import DEMO_AGENT
from playground.services.unblu.records import Generation
from tests.harness.unblu import HOOK, Chat, UnbluHarness, file_post, make_harness, reply_post
from tests.harness.unblu_openapi import Description

FOLDER = os.environ.get("UNBLU_OPENAPI", "")
EVENTS = ("created", "active", "ended", "new_message", "message_state")
pytestmark = pytest.mark.skipif(not FOLDER, reason="UNBLU_OPENAPI names no folder with Unblu's API descriptions")


def watch(harness: UnbluHarness) -> list[tuple[str, str, object, int, object]]:
    """Every call that the API answers from now on."""
    calls: list[tuple[str, str, object, int, object]] = []
    root = f"/app/rest/{harness.unblu.generation}"

    def note(answer: Response) -> Response:
        if request.path.startswith(root) and "/files/" not in request.path:
            sent, answered = request.get_json(silent=True), answer.get_json(silent=True)
            calls.append((request.method, request.path.removeprefix(root), sent, answer.status_code, answered))
        return answer

    harness.unblu.app.after_request(note)
    return calls


def configure(harness: UnbluHarness) -> None:
    """Channels and registrations: made, changed, found; a channel is pinged."""
    registration: dict[str, Any] = {
        "$_type": "WebhookRegistration",
        "name": "Bridge",
        "endpoint": HOOK,
        "apiVersion": "V3",
        "events": [f"conversation.{event}" for event in EVENTS],
    }
    registered = harness.ask("POST", "/webhookregistrations/create", registration)
    harness.ask("POST", "/webhookregistrations/update", registered)
    harness.ask("GET", "/global/productVersion")
    channel = harness.channel(name="Spare")
    shown = harness.ask("GET", "/externalmessengers/getByName?name=Spare&expand=metadata")
    harness.ask("POST", "/externalmessengers/update", shown)
    if harness.is_v4:
        harness.ask("POST", f"/externalmessengers/{channel}/sendPing")
    else:
        harness.ask("POST", "/externalmessengers/pingCustomChannel", {"externalMessengerChannelId": channel})


def converse(chat: Chat) -> None:
    """A message of every kind from both sides, and every state."""
    harness, unblu = chat.harness, chat.harness.unblu
    chat.send("Hello", sourceId="viber-1")
    chat.send(file_post("data:,abc"))
    unblu.quick_replies(chat.id, DEMO_AGENT, "Urgent?", ["Yes", "No"])
    unblu.send_file(chat.id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF")
    unblu.internal_note(chat.id, DEMO_AGENT, "A regular")
    unblu.card(chat.id, DEMO_AGENT, "Shoes", links=[("Shop", "https://shop.example")], replies=[("Buy", "sku-7")])
    unblu.item_list(chat.id, DEMO_AGENT, "Branches", [("Bern", "Open")])
    unblu.rating(chat.id, DEMO_AGENT, "How was it?", [("★", "1")], decline="Not now")
    unblu.abort_question(chat.id, unblu.text_question(chat.id, DEMO_AGENT, "Order number?", most=12))
    unblu.system_line(chat.id, "Carla joined")
    question = unblu.multiple_choice(chat.id, DEMO_AGENT, "Which day?", [("Monday", "mon")])
    chat.send(reply_post(question, "mon"))
    message = unblu.reply(chat.id, DEMO_AGENT, "Hello")
    for call in ("messageSentSuccessfully", "messageDelivered", "messageRead"):
        chat.report(call, message)
    field = "failState" if harness.is_v4 else "failedState"
    chat.report("messageSendFailed", question, **{field: "TERMINAL", "failureText": "Blocked"})
    harness.time.settle()


def finish(chat: Chat) -> None:
    harness = chat.harness
    found = f"sourceId=viber:ann&externalMessengerChannelId={chat.channel}"
    harness.ask("GET", f"/conversations/getBySourceIdAndChannelId?{found}")
    harness.ask("POST", "/conversations/search", {"$_type": "ConversationQuery", "searchFilters": []})
    if harness.is_v4:
        query = {"$_type": "ExternalMessengerContactQuery", "searchFilters": []}
        contact = harness.ask("POST", "/externalmessengercontacts/search", query)["items"][0]
        harness.ask("GET", f"/externalmessengercontacts/{contact['id']}/read")
        harness.unblu.start_chat(DEMO_AGENT, "+4915112345678", "Good morning", channel="Viber")
    harness.ask("POST", f"/conversations/{chat.id}/end", {"reason": "EXTERNAL_CHANNEL_CLOSED", "comment": "Blocked"})
    harness.time.settle()


@pytest.mark.parametrize("generation", ["v4", "v3"])
def test_calls_answers_requests_and_events_are_as_described(generation: Generation) -> None:
    description = Description(Path(FOLDER), generation)
    harness = make_harness(generation)
    calls = watch(harness)
    configure(harness)
    outbound = {"outboundSupported": True} if harness.is_v4 else {}
    chat = harness.chat(channel=harness.channel(**outbound))
    converse(chat)
    finish(chat)
    problems = [problem for call in calls for problem in description.check_call(*call)]
    problems += [problem for one in harness.our_side.received for problem in description.check_model(one.body)]
    assert problems == []
    assert len({one.name for one in harness.our_side.received}) >= len(EVENTS) + 2
