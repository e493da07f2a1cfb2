"""Known webhooks: we write the same bytes with the same signatures, and say what we say in the same fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.services.whatsapp.auth import prove
from playground.services.whatsapp.bodies import sign, write_webhook
from playground.services.whatsapp.records import Person
from playground.services.whatsapp.webhooks import wrap
from tests.harness.whatsapp import WhatsAppScene

KNOWN: dict[str, Any] = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))
CHANGES: dict[str, dict[str, Any]] = KNOWN["changes"]
SECRET: str = KNOWN["secret"]


def make_body(known: dict[str, Any]) -> dict[str, Any]:
    dated = {"time": known["time"]} if "time" in known else {}
    change = {"field": known["field"], "value": known["value"]}
    return wrap([{"id": KNOWN["account"], **dated, "changes": [change]}])


@pytest.mark.parametrize("name", CHANGES)
def test_known_webhooks_have_the_known_signature(name: str) -> None:
    known = CHANGES[name]
    headers = sign(write_webhook(make_body(known)), SECRET)
    assert headers["X-Hub-Signature-256"] == f"sha256={known['sha256']}"
    if "sha1" in known:
        assert headers["X-Hub-Signature"] == f"sha1={known['sha1']}"


def test_text_that_is_not_escaped_has_another_signature() -> None:
    known = CHANGES["text"]
    rewritten = json.dumps(make_body(known), ensure_ascii=False, separators=(",", ":")).encode()
    assert sign(rewritten, SECRET)["X-Hub-Signature-256"] == f"sha256={known['sha256_of_utf8']}"


def test_the_smallest_body_and_the_proof_of_a_token() -> None:
    signature = "b6ee996ccc2079e5c6fad8644870b5d5044b367e2996ec95e040e70ae175d007"
    assert sign(b'{"object":"page","entry":[]}', SECRET)["X-Hub-Signature-256"] == f"sha256={signature}"
    proof = "74fe19e38a495a6f01b54aaa6b5be7414c632efd626ad66356d4b8571f80e0d4"
    assert prove(SECRET, "EAAB-test-token") == proof


# --- what the simulator sends has the same fields --------------------------------------------------------------------


def say(scene: WhatsAppScene, maya: Person) -> None:
    scene.people.write(maya, "Grüezi")


def say_hidden(scene: WhatsAppScene, maya: Person) -> None:
    scene.people.hide_phone(maya)
    scene.people.write(maya, "Grüezi")


def fail(scene: WhatsAppScene, maya: Person) -> None:
    scene.write(maya, biz_opaque_callback_data="part-1")


def deliver(scene: WhatsAppScene, maya: Person) -> None:
    scene.people.hide_phone(maya)
    maya.username = ""
    scene.core.templates.add("hello", "Hello there")
    template = {"name": "hello", "language": {"code": "en"}}
    scene.send(maya, "template", template=template, biz_opaque_callback_data="part-1")


def move(scene: WhatsAppScene, maya: Person) -> None:
    maya.visibility = "hidden"
    scene.people.change_number(maya, notice="field")


def pause(scene: WhatsAppScene, _maya: Person) -> None:
    scene.core.templates.pause(scene.core.templates.add("hello", "Hello there"))


def reject(scene: WhatsAppScene, _maya: Person) -> None:
    scene.core.templates.reject(scene.core.templates.add("hello", "Hello there"), "SCAM", "a", "b")


def echo(scene: WhatsAppScene, maya: Person) -> None:
    scene.core.business.write_by_phone(maya, "Grüezi")


def stop(scene: WhatsAppScene, maya: Person) -> None:
    scene.people.stop_marketing(maya)


def speak(scene: WhatsAppScene, maya: Person) -> None:
    scene.whatsapp.quirks.names_media_urls = False
    scene.people.send_voice(maya)


DONE: dict[str, Callable[[WhatsAppScene, Person], None]] = {
    "text": say,
    "failed": fail,
    "text without a phone": say_hidden,
    "user id update": move,
    "template paused": pause,
    "template rejected": reject,
    "delivered with a price": deliver,
    "echo": echo,
    "marketing stopped": stop,
    "voice": speak,
}
#: What pages of different dates have, or have not. The newest have them all.
NEWER = {
    "failed": {".statuses[].recipient_user_id"},
    "echo": {
        ".contacts[].profile.name",
        ".contacts[].wa_id",
        ".contacts[].user_id",
        ".message_echoes[].to_user_id",
    },
}


def list_fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field with the type of its value; those of a list are one."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from list_fields(each, f"{path}.{name}")
    elif isinstance(value, list):
        for each in value:
            yield from list_fields(each, f"{path}[]")
    else:
        yield path, type(value).__name__


@pytest.mark.parametrize("name", CHANGES)
def test_what_happens_is_said_in_the_same_fields(name: str) -> None:
    scene, known = WhatsAppScene.connected(), CHANGES[name]
    DONE[name](scene, scene.person())
    change = scene.settle()[-1]
    ours, theirs = dict(list_fields(change["value"])), dict(list_fields(known["value"]))
    assert change["field"] == known["field"]
    assert ours.keys() - theirs.keys() == NEWER.get(name, set())
    assert theirs.items() <= ours.items()
