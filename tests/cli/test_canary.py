"""A customer whose every word is marked: before `patchbay erase` the mark is in the export, and then it is nowhere."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from patchbay.domain.model import Side
from patchbay.kit import registry
from patchbay_cli.deployment import Deployment
from playground import world as simulated
from playground.page_arguments import ChosenFile
from playground.services.telegram import Telegram
from playground.services.viber import Viber
from playground.services.webchat import WebChatSimulator
from playground.services.whatsapp import WhatsApp
from playground.simulator import Fault
from tests.cli.conftest import Cli
from tests.harness.pairs import choose_pairs
from tests.harness.stored_world import StoredWorld

MARK = "canary"
PHONE = "+358440009999"
PNG = b"\x89PNG\r\n\x1a\n" + b"canary-bytes" * 20
LARGE = f"{MARK} " * 60_000  #: more than the queue holds

#: Where a marked word may stay after an erasure: nowhere.
MAY_STAY: frozenset[str] = frozenset()

_CONNECTORS = {name: registry.load(name) for name in registry.names() if name in simulated.names()}
MESSENGERS = sorted(name for name, one in _CONNECTORS.items() if one.side is Side.MESSENGER)
PLATFORMS = sorted(name for name, one in _CONNECTORS.items() if one.side is Side.PLATFORM)


class CanaryHarness(StoredWorld):
    """One customer, who says everything that can be said, and an agent who answers."""

    contact: str = ""  #: as the bridge calls them
    person: str = ""  #: as the messenger's simulator does

    def arrive(self) -> None:
        simulator = self.simulators[self.messenger.service]
        if isinstance(simulator, WebChatSimulator):
            screen = simulator.start_chat(f"Ann {MARK}-name")
            self.person, self.contact = screen.id, screen.contact
        elif isinstance(simulator, Viber):
            self.person = self.contact = simulator.new_person(f"Åsa {MARK}-name").id
        elif isinstance(simulator, Telegram):
            self.person = self.contact = str(simulator.new_person(f"Åsa {MARK}-name").id)
        elif isinstance(simulator, WhatsApp):
            person = simulator.people.new_person(f"Åsa {MARK}-name")
            self.person, self.contact = person.id, person.user_id
        self.settle()

    def write(self, text: str) -> None:
        self.phone.write(self.person, text)
        self.settle()

    @property
    def phone(self) -> Any:
        """What lets people do things."""
        simulator = self.simulators[self.messenger.service]
        return simulator.people if isinstance(simulator, WhatsApp) else simulator

    def say_everything(self) -> None:
        self.write(f"my IBAN is {MARK}-text")
        simulator: Any = self.simulators[self.messenger.service]
        passport = (f"{MARK}-passport.png", "image/png", PNG, f"{MARK}-caption")
        if isinstance(simulator, Telegram | WhatsApp):
            name, content_type, data, caption = passport
            file = ChosenFile(name=name, content_type=content_type, data=data, caption=caption)
            self.phone.send_file(self.person, file, "document")
            self.phone.send_location(self.person, 60.1, 24.9)
            self.phone.send_contact(self.person, f"{MARK}-friend", PHONE)
        else:
            simulator.send_file(self.person, *passport)
        self.settle()
        if isinstance(simulator, Viber):
            simulator.send_location(self.person, 60.1, 24.9)
            simulator.send_contact(self.person, f"{MARK}-friend", PHONE)
            simulator.send_link(self.person, f"https://{MARK}.test/link")
            self.settle()
        self.agent("reply", text=f"Dear {MARK}-answer")
        contract = base64.b64encode(PNG + b"agent").decode()
        self.agent("send_file", name=f"{MARK}-contract.png", content_type="image/png", data=contract)
        self.settle()

    def find_marks(self) -> list[str]:
        return [place for place, content in self.list_places() if MARK in content.lower() or PHONE[1:] in content]


@pytest.fixture(autouse=True)
def _real_connectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)


def make_harness(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, messenger: str, platform: str
) -> CanaryHarness:
    harness = CanaryHarness(deployment, messenger, platform)
    monkeypatch.setattr(Deployment, "http", harness.http)
    # What was written before the erasure, by the world's clock, was written before it by the command's.
    monkeypatch.setattr(Deployment, "clock", harness.time)
    harness.arrive()
    return harness


@pytest.fixture(params=choose_pairs(MESSENGERS, PLATFORMS), ids="-".join)
def harness(request: pytest.FixtureRequest, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> CanaryHarness:
    return make_harness(deployment, monkeypatch, *request.param)


def test_nothing_that_was_said_is_left_and_all_of_it_was_exported(harness: CanaryHarness, tmp_path: Path) -> None:
    harness.say_everything()
    before = harness.find_marks()
    assert any(place.startswith("bucket") for place in before)
    assert not any(place.startswith("log") for place in before)
    assert [
        one for one in harness.list_places() if one[0] in before and ("DELIVERY#" in one[0] or "SENT#" in one[0])
    ] == []

    exported = Cli().read("export", harness.messenger.id, harness.contact, "--output", str(tmp_path / "out"))
    check_export(before, tmp_path / "out", exported)

    erased = Cli().read("erase", harness.messenger.id, harness.contact, "--yes")
    assert erased["erased"]["files"] >= 0
    assert set(harness.find_marks()) <= MAY_STAY
    check_gone(harness, tmp_path / "out")
    harness.settle()
    assert set(harness.find_marks()) <= MAY_STAY


def check_export(before: list[str], folder: Path, exported: dict[str, Any]) -> None:
    """Wherever a mark was found, the export has the record or the file."""
    data = json.loads((folder / "data.json").read_text())
    assert len(data["records"]) == exported["records"]
    keys = {f"table {pk} {sk}" for pk, sk in (record["key"] for record in data["records"])}
    files = {f"bucket {one['stored_as']}" for one in data["files"]}
    assert {place for place in before if place.startswith(("table", "bucket"))} <= keys | files
    assert all((folder / one["file"]).read_bytes() for one in data["files"])


def check_gone(harness: CanaryHarness, folder: Path) -> None:
    """What the export listed is what the erasure took away."""
    data = json.loads((folder / "data.json").read_text())
    places = {place for place, _ in harness.list_places()}
    assert not {f"table {pk} {sk}" for pk, sk in (record["key"] for record in data["records"])} & places
    assert not {f"bucket {one['stored_as']}" for one in data["files"]} & places


TWO = [("viber", "freshchat"), ("webchat", "giosg")]
two = pytest.mark.parametrize("harness", TWO, indirect=True, ids="-".join)


def erase(harness: CanaryHarness) -> None:
    Cli().read("erase", harness.messenger.id, harness.contact, "--yes")


@two
@pytest.mark.parametrize("text", [f"{MARK}-waiting", LARGE], ids=["small", "large"])
def test_a_message_that_waits_is_neither_delivered_nor_kept(harness: CanaryHarness, text: str) -> None:
    text = text if harness.messenger.service == "viber" else text[:3000]
    harness.write("hello")
    harness.desk.break_down(Fault(status=503), 600)
    harness.write(text)
    assert any(place.startswith("queue") or place.startswith("bucket events/") for place in harness.find_marks())
    erase(harness)
    assert not any(place.startswith("bucket") for place in harness.find_marks())
    harness.settle(timedelta(minutes=30))
    assert harness.find_marks() == []
    assert not harness.queue.parked


@two
def test_an_answer_that_waits_is_neither_delivered_nor_kept(harness: CanaryHarness) -> None:
    harness.write("hello")
    harness.simulators[harness.messenger.service].break_down(Fault(status=503, where="send_message|bridge/"), 600)
    harness.agent("reply", text=f"{MARK}-answer")
    assert "queue events" in harness.find_marks()
    # The web chat is told first, and is back by then.
    harness.simulators[harness.messenger.service].break_down(Fault(status=503), 0)
    erase(harness)
    harness.settle(timedelta(minutes=30))
    assert harness.find_marks() == []
    assert not harness.queue.parked


@pytest.mark.parametrize("harness", [("viber", "freshchat"), ("viber", "unblu")], indirect=True, ids="-".join)
def test_a_dead_letter_goes(harness: CanaryHarness) -> None:
    harness.write("hello")
    harness.desk.break_down(Fault(status=503), 40 * 3600)
    harness.write(f"{MARK}-lost")
    harness.settle(timedelta(hours=40))
    assert len(harness.queue.parked) == 1
    harness.move_dead_letters()
    answer = Cli().read("erase", harness.messenger.id, harness.contact, "--yes")
    assert answer["erased"]["dead_letters"] == 1
    assert Cli().read("dlq", "list")["dead_letters"] == []
    assert harness.find_marks() == []


@two
def test_a_customer_can_be_erased_after_the_connection_is_gone(harness: CanaryHarness) -> None:
    harness.say_everything()
    Cli().read("disconnect", harness.messenger.id, "--yes", "--keep-contacts")
    Cli().read("disconnect", harness.platform.id, "--yes", "--keep-contacts")
    assert harness.find_marks()
    erase(harness)
    assert harness.find_marks() == []


@two
@pytest.mark.parametrize("end", ["messenger", "platform"])
def test_disconnecting_erases_the_contacts(harness: CanaryHarness, end: str) -> None:
    harness.say_everything()
    connection = harness.messenger if end == "messenger" else harness.platform
    answer = Cli().read("disconnect", connection.id, "--yes")
    assert answer["erased"]["records"] > 5
    left = harness.find_marks()
    if end == "platform":  # the customer keeps their chat
        left = [place for place in left if "WEBCHAT#" not in place and not place.startswith("bucket")]
    assert left == []


@pytest.mark.parametrize("harness", [("webchat", "freshchat")], indirect=True, ids="-".join)
def test_a_file_that_was_uploaded_and_never_posted_goes(harness: CanaryHarness) -> None:
    harness.write("hello")
    webchat = harness.simulators["webchat"]
    assert isinstance(webchat, WebChatSimulator)
    wanted = {"name": f"{MARK}.png", "size": len(PNG), "type": "image/png"}
    form = webchat._need("POST", f"chats/{harness.person}/uploads", webchat.screens[harness.person].browser, wanted)
    webchat.put_file(form["url"], form["fields"], f"{MARK}.png", "image/png", PNG)
    assert any(place.startswith("bucket") for place in harness.find_marks())
    erase(harness)
    assert harness.find_marks() == []


@two
def test_who_comes_back_is_a_new_contact(harness: CanaryHarness) -> None:
    harness.say_everything()
    erase(harness)
    harness.time.advance(60)
    if harness.messenger.service == "webchat":  # the chat is gone with the customer
        harness.arrive()
    harness.write("hello again")
    view = json.dumps(harness.desk.view())
    assert "hello again" in view
