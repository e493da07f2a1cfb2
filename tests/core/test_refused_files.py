"""Files that are not passed on: refused by their kind, or by the malware scanner. Nobody is left without a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.bridge.retry_policy import SCAN_PATIENCE
from patchbay.domain.hazards import Hazard, explain
from patchbay.domain.model import Attachment, AttachmentKind, Card, Content, Text
from patchbay.kit.contract import HttpRequest, HttpResponse
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.scanner import GuardDuty
from tests.harness.fakes.services import Fault, Office, Pigeon, message_event
from tests.harness.hostile_files import EXE, MACRO_MAIN, PDF, PNG, make_office

INFECTED = PDF + b"a file that the scanner of these tests takes for malware"
LOCKED = PDF + b"with a password"


class Server:
    """Gives each address its content."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request.url)
        return HttpResponse(status=200, body=self.files[request.url])


class Scene:
    def __init__(self, **files: bytes) -> None:
        self.server = Server({f"https://files.test/{name}": content for name, content in files.items()})
        self.pigeon, self.office = Pigeon(), Office()
        self.bridge = Bridge(self.pigeon, self.office, http=self.server)

    def scan(self, seconds: float = 5.0, **results: str | None) -> GuardDuty:
        """From now on files are scanned. `results` by the name of a file; all others are clean."""
        by_content = {self.server.files[f"https://files.test/{name}"]: result for name, result in results.items()}
        says = lambda content: by_content.get(content, "NO_THREATS_FOUND")  # noqa: E731
        scanner = GuardDuty(self.bridge.time, seconds, says)
        self.bridge.media.scanner = scanner
        return scanner

    def customer_sends(self, *content: Content, name: str = "message") -> None:
        event = message_event(self.pigeon, "asa", name, "", "pigeon-1", self.bridge.time.now())
        self.bridge.queue.send([replace(event, message=replace(event.message, content=content))])

    def agent_sends(self, *content: Content) -> None:
        event = message_event(self.office, "conversation-1", "answer", "", "office-1", self.bridge.time.now())
        self.bridge.queue.send([replace(event, message=replace(event.message, content=content))])

    def settle(self, horizon: timedelta = timedelta(hours=2)) -> None:
        self.bridge.settle(horizon)

    @property
    def agent_sees(self) -> list[str]:
        return self.office.everything()

    @property
    def customer_sees(self) -> list[str]:
        return self.pigeon.everything()

    def count(self, metric: str) -> int:
        return self.bridge.telemetry.metrics[metric]

    def outcomes(self) -> list[Outcome | None]:
        return [delivery.outcome for delivery in self.bridge.ledger.deliveries.values()]


def file(name: str, shown: str = "", kind: AttachmentKind = AttachmentKind.FILE, caption: str = "") -> Attachment:
    return Attachment(kind=kind, url=f"https://files.test/{name}", name=shown or f"{name}.pdf", caption=caption)


# --- refused by their kind -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "shown", "hazard"),
    [
        (EXE, "invoice.pdf", Hazard.PROGRAM),
        (b"words", "run.vbs", Hazard.PROGRAM),
        (make_office(MACRO_MAIN), "offer.docx", Hazard.MACROS),
        (b"<svg >", "logo.svg", Hazard.PAGE),
        (PDF, "invoice.exe.pdf", Hazard.NAME),
    ],
)
def test_both_sides_read_that_a_file_was_refused_and_why(content: bytes, shown: str, hazard: Hazard) -> None:
    scene = Scene(thing=content)
    scene.customer_sends(Text(text="see this"), file("thing", shown, caption="as agreed"))
    scene.settle()
    line = f"[{shown}: {explain(hazard)}]"
    assert scene.agent_sees == ["see this", line, "as agreed"]
    assert scene.customer_sees == [line]
    assert scene.outcomes() == [Outcome.DELIVERED]
    assert scene.bridge.media.files == {}
    assert scene.count("FileRefused") == 1


def test_a_refused_file_is_fetched_and_reported_once_however_often_the_message_is_tried() -> None:
    scene = Scene(thing=EXE, cat=PNG)
    scene.office.faults.extend([Fault.BUSY, Fault.BUSY, Fault.LOST_BEFORE])
    scene.customer_sends(file("thing"), file("cat", "cat.png"))
    scene.settle()
    assert scene.agent_sees == [f"[thing.pdf: {explain(Hazard.PROGRAM)}]", "<file cat.png>"]
    assert len(scene.customer_sees) == 1
    assert sorted(scene.server.asked) == ["https://files.test/cat", "https://files.test/thing"]


def test_the_messages_that_follow_a_refused_file_keep_their_order() -> None:
    scene = Scene(thing=EXE)
    written: tuple[Content, ...] = (Text(text="one"), file("thing"), Text(text="three"))
    for number, content in enumerate(written):
        scene.customer_sends(content, name=str(number))
    scene.settle()
    assert scene.agent_sees == ["one", f"[thing.pdf: {explain(Hazard.PROGRAM)}]", "three"]


def test_a_customer_who_cannot_be_reached_does_not_hold_up_the_message() -> None:
    scene = Scene(thing=EXE)
    scene.pigeon.faults.append(Fault.REFUSED)
    scene.customer_sends(file("thing"))
    scene.settle()
    assert scene.agent_sees == [f"[thing.pdf: {explain(Hazard.PROGRAM)}]"]
    assert scene.outcomes() == [Outcome.DELIVERED]


def test_an_agent_hears_that_their_file_did_not_reach_the_customer() -> None:
    scene = Scene(thing=EXE)
    scene.customer_sends(Text(text="hello"))
    scene.settle()
    scene.agent_sends(Text(text="here"), file("thing", "tool.pdf"))
    scene.settle()
    assert scene.customer_sees == ["here", f"[tool.pdf: {explain(Hazard.PROGRAM)}]"]
    assert scene.office.reports == [("answer", f"tool.pdf: {explain(Hazard.PROGRAM)}")]


def test_a_card_goes_on_without_its_refused_image() -> None:
    scene = Scene(thing=b"<svg >")
    scene.customer_sends(Card(title="Tea", image=replace(file("thing", "tea.svg"), protected=True)))
    scene.settle()
    assert scene.agent_sees == [f"[tea.svg: {explain(Hazard.PAGE)}]", "Tea"]


@pytest.mark.parametrize(
    ("kind", "content", "shown"),
    [
        (AttachmentKind.IMAGE, b"just words", "<file thing.txt>"),
        (AttachmentKind.VIDEO, PDF, "<file thing.pdf>"),
        (AttachmentKind.IMAGE, b"\xff\1\2\3", "<file thing.bin>"),
    ],
)
def test_what_is_no_picture_is_shown_as_a_file(kind: AttachmentKind, content: bytes, shown: str) -> None:
    scene = Scene(thing=content)
    scene.customer_sends(file("thing", "thing.png", kind))
    scene.settle()
    assert scene.agent_sees == [shown]


# --- scanned for malware ---------------------------------------------------------------------------------------------


def test_nothing_is_scanned_unless_the_owner_wants_it() -> None:
    scene = Scene(thing=PDF)
    scene.customer_sends(file("thing"))
    started = scene.bridge.time.now()
    scene.settle()
    assert scene.agent_sees == ["<file thing.pdf>"]
    assert scene.bridge.time.now() == started


def test_a_message_waits_until_its_file_is_known_to_be_clean() -> None:
    scene = Scene(thing=PDF)
    scanner = scene.scan(seconds=40)
    scene.customer_sends(file("thing"), name="first")
    scene.customer_sends(Text(text="after it"), name="second")
    scene.settle(timedelta(seconds=39))
    assert scene.agent_sees == []
    scene.settle()
    assert scene.agent_sees == ["<file thing.pdf>", "after it"]
    assert scene.server.asked == ["https://files.test/thing"]
    assert 3 <= scanner.asked <= 20
    assert [delivery.attempts for delivery in scene.bridge.ledger.deliveries.values()] == [0, 0]


def test_another_conversation_does_not_wait_for_the_scan() -> None:
    scene = Scene(thing=PDF)
    scene.scan(seconds=600)
    scene.customer_sends(file("thing"))
    scene.bridge.customer_writes("hello", contact="bo")
    scene.settle(timedelta(seconds=10))
    assert scene.agent_sees == ["hello"]


def test_a_file_with_malware_is_deleted_and_everybody_hears_of_it() -> None:
    scene = Scene(thing=INFECTED, cat=PNG)
    scene.scan(thing="THREATS_FOUND")
    scene.customer_sends(Text(text="look"), file("thing"), file("cat", "cat.png"))
    scene.settle()
    line = "[thing.pdf: this file was refused because malware was found in it]"
    assert scene.agent_sees == ["look", line, "<file cat.png>"]
    assert scene.customer_sees == [line]
    assert list(scene.bridge.media.files.values()) == [PNG]
    assert (scene.count("MalwareFound"), scene.count("FileNotScanned")) == (1, 0)
    assert scene.outcomes() == [Outcome.DELIVERED]


def test_malware_from_an_agent_does_not_reach_the_customer() -> None:
    scene = Scene(thing=INFECTED)
    scene.scan(thing="THREATS_FOUND")
    scene.customer_sends(Text(text="hello"))
    scene.settle()
    scene.agent_sends(file("thing"))
    scene.settle()
    assert scene.customer_sees == ["[thing.pdf: this file was refused because malware was found in it]"]
    assert scene.office.reports == [("answer", "thing.pdf: this file was refused because malware was found in it")]


@pytest.mark.parametrize("result", ["UNSUPPORTED", "ACCESS_DENIED", "FAILED"])
def test_a_file_that_cannot_be_scanned_is_not_passed_on(result: str) -> None:
    scene = Scene(thing=LOCKED)
    scene.scan(thing=result)
    scene.customer_sends(file("thing"))
    scene.settle()
    line = "[thing.pdf: this file was refused because it could not be scanned for malware]"
    assert (scene.agent_sees, scene.customer_sees) == ([line], [line])
    assert scene.bridge.media.files == {}
    assert (scene.count("MalwareFound"), scene.count("FileNotScanned")) == (0, 1)


def test_a_file_that_is_never_scanned_holds_up_its_conversation_for_half_an_hour() -> None:
    scene = Scene(thing=PDF)
    scene.scan(thing=None)
    started = scene.bridge.time.now()
    scene.customer_sends(file("thing"), name="first")
    scene.customer_sends(Text(text="after it"), name="second")
    scene.settle()
    line = "[thing.pdf: this file was refused because it could not be scanned for malware]"
    assert scene.agent_sees == [line, "after it"]
    took = (scene.bridge.time.now() - started).total_seconds()
    assert SCAN_PATIENCE <= took <= SCAN_PATIENCE * 1.2
    assert scene.count("FileNotScanned") == 1


def test_a_file_that_was_in_our_store_already_is_scanned_too() -> None:
    """As those of the web chat's visitors are."""
    scene = Scene(thing=INFECTED)
    scene.scan(thing="THREATS_FOUND")
    url = "https://bridge.test/media/token/thing.pdf"
    scene.bridge.media.files[url] = INFECTED
    scene.customer_sends(replace(file("thing"), url=url, hosted=True))
    scene.settle()
    assert scene.agent_sees == ["[thing.pdf: this file was refused because malware was found in it]"]
    assert scene.bridge.media.files == {}
    assert scene.server.asked == []


def test_a_function_that_dies_after_the_scan_says_it_once_more_at_most() -> None:
    scene = Scene(thing=INFECTED)
    scene.scan(thing="THREATS_FOUND")
    scene.office.faults.append(Fault.DIED_BEFORE)
    scene.customer_sends(file("thing"))
    scene.settle()
    line = "[thing.pdf: this file was refused because malware was found in it]"
    assert (scene.agent_sees, scene.customer_sees) == ([line], [line])
