"""What the connector sends to Unblu, and answers, is what Unblu's own descriptions say.

They are not part of this project: see tests/simulators/unblu/test_openapi.py for what UNBLU_OPENAPI names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Response, request

from patchbay.domain.model import Contact, ContactKey, Part, Role, Sender, Text
from patchbay.platforms.unblu import CONNECTOR
from playground.services.unblu import DEMO_AGENT, Unblu
from playground.services.unblu.errors import Refused
from playground.services.unblu.records import Generation
from playground.simulator import WebhookAnswer
from tests.harness.unblu_openapi import Description
from tests.harness.unblu_world import Scene, make_scene

FOLDER = os.environ.get("UNBLU_OPENAPI", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="UNBLU_OPENAPI names no folder with Unblu's API descriptions")

OPTIONS = [("Monday", "mon"), ("Tuesday", "tue")]


class Watch:
    """Every call that the API answered, and every answer of ours, held against the description."""

    def __init__(self, generation: Generation) -> None:
        self.description = Description(Path(FOLDER), generation)
        self.root = f"/app/rest/{generation}"
        self.calls: set[str] = set()
        self.problems: list[str] = []

    def note_call(self, answer: Response) -> Response:
        if request.path.startswith(self.root) and "/files/" not in request.path:
            sent, answered, status = request.get_json(silent=True), answer.get_json(silent=True), answer.status_code
            path = request.path.removeprefix(self.root)
            self.calls.add(f"{request.method} {path.rpartition('/')[2]}")
            if status < 300:
                self.problems += self.description.check_call(request.method, path, sent, status, answered)
        return answer

    def listen(self, unblu: Unblu) -> None:
        unblu.app.after_request(self.note_call)
        post = unblu.post

        def note_answer(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
            answer = post(method, url, headers, body)
            if answer.body and answer.status == 200:
                self.problems += self.description.check_model(json.loads(answer.body))
            return answer

        unblu.post = note_answer


def make_watched(generation: Generation, **settings: str) -> tuple[Scene, Watch]:
    watch = Watch(generation)
    return make_scene(generation, watch.listen, **settings), watch


def converse(scene: Scene) -> None:
    """Every kind of call that the connector makes while people talk."""
    scene.talk("hello")
    scene.viber.send_file(scene.asa.id, "a.pdf", "application/pdf", b"%PDF")
    scene.reply("hello", markdown=True)
    scene.unblu.send_file(scene.conversation.id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF")
    scene.settle()
    scene.unblu.multiple_choice(scene.conversation.id, DEMO_AGENT, "Which day?", OPTIONS)
    scene.settle()
    scene.viber.tap(scene.asa.id, scene.last_line.id, 0)
    scene.viber.read(scene.asa.id)
    scene.unblu.read(scene.conversation.id)
    scene.settle()
    scene.asa.name = "Åsa Berg"
    scene.talk("I am married")
    scene.unblu.registrations.clear()
    scene.unblu.end(scene.conversation.id)
    scene.talk("again")
    scene.viber.unsubscribe(scene.asa.id)
    scene.settle()
    scene.reconnect("unblu-1")
    scene.talk("and again")
    scene.asa.subscribed = False
    scene.reply("lost")
    scene.settle()


@pytest.mark.parametrize("generation", ["v4", "v3"])
def test_what_is_sent_while_people_talk_is_described(generation: Generation) -> None:
    scene, watch = make_watched(generation)
    converse(scene)
    assert watch.problems == []
    made = {call.partition(" ")[2] for call in watch.calls}
    assert made >= {
        "createOrUpdateVirtual",
        "create",
        "getByName",
        "getBySourceIdAndChannelId",
        "sendMessage",
        "messageSentSuccessfully",
        "messageDelivered",
        "messageRead",
        "messageSendFailed",
        "end",
        "read",
    }


@pytest.mark.parametrize("generation", ["v4", "v3"])
def test_what_connecting_sends_is_described(generation: Generation) -> None:
    scene, watch = make_watched(generation)
    for channel in scene.unblu.channels:
        channel.fields["webhookEndpoint"] = "https://old.example"
    scene.unblu.registrations.clear()
    scene.connect("unblu", "unblu-1")
    for receiver in (*scene.unblu.channels, *scene.unblu.registrations):
        receiver.fields[receiver.STATUS] = "INACTIVE_UNAVAILABLE"
    assert scene.heal()
    assert watch.problems == []
    assert {"GET productVersion", "POST update", "POST create"} <= watch.calls


def test_answers_to_agents_who_write_first_are_described() -> None:
    scene, watch = make_watched("v4", outbound_to="viber:viber-1")
    with pytest.raises(Refused):
        scene.unblu.start_chat(DEMO_AGENT, "nobody", "Hello?")
    started = scene.unblu.start_chat(DEMO_AGENT, "+49 1511 2345678", "Hello?")
    assert answer_first(scene, "4915112345678") == started
    assert "POST search" in watch.calls
    assert watch.problems == []


def answer_first(scene: Scene, number: str) -> str:
    """The conversation that somebody's answer goes to, of whom nothing is known at our side."""
    connection = scene.connections.connections["unblu-1"]
    key = ContactKey(service="viber", connection_id="viber-1", contact_id=number)
    contact = Contact(external_id=number, platform_id="")
    contact = replace(contact, platform_id=CONNECTOR.identify_contact(key, contact, connection, scene.http))
    first = Part(key="1:0", content=Text(text="Hi"), sender=Sender(role=Role.CONTACT), sent_at=scene.time.now())
    return CONNECTOR.open_conversation(key, contact, first, connection, scene.http).conversation.state[
        "conversation_id"
    ]


def test_the_refusal_of_agents_who_write_first_is_described() -> None:
    scene, watch = make_watched("v4")
    scene.unblu.channels[0].fields["outboundSupported"] = True
    with pytest.raises(Refused):
        scene.unblu.start_chat(DEMO_AGENT, "+49 1511 2345678", "Hello?")
    assert watch.problems == []
