"""Files that are not there at once, or never, or hold nothing: what the other side gets, and when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError, OutOfTime, Transient
from patchbay.domain.events import MessageReceived
from patchbay.domain.hazards import Hazard, explain
from patchbay.domain.model import Attachment, AttachmentKind, Button, Card, Message
from patchbay.kit.abilities import CompletesMessages
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.file_abilities import DownloadsAttachments
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, Pigeon, message_event
from tests.harness.hostile_files import EXE

FOUND = HttpResponse(status=200, body=b"%PDF-1.7")
MISSING = HttpResponse(status=404)


@dataclass
class Files:
    """A server of files that gives its answers in turn, the last one again and again."""

    answers: list[HttpResponse | DeliveryError]
    asked: list[str] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request.url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, DeliveryError):
            raise answer
        return answer


@dataclass
class Scene:
    files: Files

    def __post_init__(self) -> None:
        self.office = Office()
        self.bridge = Bridge(Pigeon(), self.office, http=self.files)

    def customer_sends_a_file(
        self,
        *,
        age: timedelta = timedelta(),
        host: str = "files.test",
        protected: bool = False,
        maybe_page: bool = False,
    ) -> None:
        written = self.bridge.time.now() - age
        event = message_event(self.bridge.messenger, "asa", "plan", "", "pigeon-1", written)
        url = f"https://{host}/plan.pdf"
        file = Attachment(kind=AttachmentKind.FILE, url=url, name="plan.pdf", protected=protected)
        file = replace(file, name="plan", maybe_page=True) if maybe_page else file
        self.bridge.queue.send([replace(event, message=replace(event.message, content=(file,)))])

    def customer_sends_a_card(self) -> None:
        event = message_event(self.bridge.messenger, "asa", "plan", "", "pigeon-1", self.bridge.time.now())
        image = Attachment(kind=AttachmentKind.IMAGE, url="https://files.test/sunset.png", name="sunset.png")
        card = Card(title="A trip", image=image, buttons=(Button(label="Book", payload="book"),))
        self.bridge.queue.send([replace(event, message=replace(event.message, content=(card,)))])

    def settle(self) -> timedelta:
        started = self.bridge.time.now()
        self.bridge.settle()
        (delivery,) = self.bridge.ledger.deliveries.values()
        assert delivery.outcome is Outcome.DELIVERED
        return self.bridge.time.now() - started

    @property
    def seen(self) -> str:
        (shown,) = self.office.everything()
        return shown


def test_a_file_that_comes_a_moment_after_its_message_is_waited_for() -> None:
    scene = Scene(Files([MISSING, MISSING, FOUND]))
    scene.customer_sends_a_file()
    assert scene.settle() < timedelta(minutes=1)
    assert scene.seen == "<file plan.pdf>"
    assert len(scene.files.asked) == 3


def test_a_file_that_never_comes_holds_its_conversation_for_less_than_a_minute() -> None:
    scene = Scene(Files([MISSING]))
    scene.customer_sends_a_file()
    assert scene.settle() < timedelta(minutes=1)
    assert scene.seen == "[plan.pdf: could not be downloaded]"
    assert 2 <= len(scene.files.asked) <= 5


def test_nothing_is_waited_for_when_the_message_is_old() -> None:
    scene = Scene(Files([MISSING, FOUND]))
    scene.customer_sends_a_file(age=timedelta(minutes=2))
    scene.settle()
    assert scene.seen == "[plan.pdf: could not be downloaded]"
    assert len(scene.files.asked) == 1


@pytest.mark.parametrize("status", [401, 403, 410])
def test_what_is_gone_or_forbidden_is_not_waited_for(status: int) -> None:
    scene = Scene(Files([HttpResponse(status=status), FOUND]))
    scene.customer_sends_a_file()
    scene.settle()
    assert scene.seen == "[plan.pdf: could not be downloaded]"


def test_a_function_without_time_is_no_reason_to_go_on_without_the_file() -> None:
    scene = Scene(Files([*[OutOfTime("the function has no time left for the call")] * 8, FOUND]))
    scene.customer_sends_a_file()
    scene.settle()
    assert scene.seen == "<file plan.pdf>"


def test_a_file_that_holds_nothing_is_said_to_be_empty() -> None:
    scene = Scene(Files([HttpResponse(status=200)]))
    scene.customer_sends_a_file()
    scene.settle()
    assert scene.seen == "[plan.pdf: the file is empty]"


# --- cards -----------------------------------------------------------------------------------------------------------


def test_a_cards_image_is_fetched_where_no_cards_are_shown() -> None:
    """In place of a card it is a file like any other, whose type and size the destination wants to know."""
    scene = Scene(Files([HttpResponse(status=200, body=b"\x89PNG\r\n\x1a\n" + b"\0" * 90)]))
    scene.customer_sends_a_card()
    scene.settle()
    assert scene.files.asked == ["https://files.test/sunset.png"]
    assert scene.office.everything() == ["<file sunset.png>", "A trip\n1. Book"]


def test_a_cards_image_that_cannot_be_fetched_is_said_to_be_missing() -> None:
    scene = Scene(Files([MISSING]))
    scene.customer_sends_a_card()
    scene.settle()
    assert scene.office.everything() == ["[sunset.png: could not be downloaded]", "A trip\n1. Book"]


# --- an address that may be a page's ---------------------------------------------------------------------------------

LINK = "plan: https://files.test/plan.pdf"
PAGES = (
    HttpResponse(status=200, headers={"content-type": "text/html"}, body=b"<!doctype html><title>Plan</title>"),
    HttpResponse(status=200, headers={"content-type": "text/html"}, body=b"Plan"),
    HttpResponse(status=200, headers={"content-type": "application/json"}, body=b'{"plans": []}'),
    HttpResponse(status=403),
    HttpResponse(status=410),
    MISSING,
)


def test_a_file_comes_from_an_address_that_might_have_been_a_pages() -> None:
    scene = Scene(Files([FOUND]))
    scene.customer_sends_a_file(maybe_page=True)
    scene.settle()
    assert scene.seen == "<file plan.pdf>"


@pytest.mark.parametrize("answer", PAGES, ids=lambda answer: f"{answer.status} {answer.body!r}"[:30])
def test_where_no_file_comes_the_address_stays_a_link_and_nobody_is_warned(answer: HttpResponse) -> None:
    scene = Scene(Files([answer]))
    scene.customer_sends_a_file(maybe_page=True)
    scene.settle()
    assert scene.seen == LINK
    assert scene.bridge.telemetry.metrics["FileRefused"] == 0


def test_a_link_stays_one_however_often_its_message_is_tried() -> None:
    scene = Scene(Files([PAGES[0], FOUND]))
    scene.office.faults.extend([Fault.BUSY, Fault.BUSY])
    scene.customer_sends_a_file(maybe_page=True)
    scene.settle()
    assert scene.seen == LINK
    assert len(scene.files.asked) == 1


def test_what_is_dangerous_is_refused_there_as_well() -> None:
    scene = Scene(Files([HttpResponse(status=200, body=EXE)]))
    scene.customer_sends_a_file(maybe_page=True)
    scene.settle()
    assert scene.seen == f"[plan: {explain(Hazard.PROGRAM)}]"


# --- what a webhook leaves out ---------------------------------------------------------------------------------------


class Shelf(Pigeon, CompletesMessages):
    """A messenger whose webhooks leave something out, and whose API, which has it, does not answer."""

    asked = 0

    def complete_message(self, event: MessageReceived, connection: Connection, http: Http) -> Message:
        self.asked += 1
        raise Transient("the service has trouble")


def send_incomplete(bridge: Bridge, *content: Attachment) -> None:
    event = message_event(bridge.messenger, "asa", "m", "", "pigeon-1", bridge.time.now())
    bridge.queue.send([replace(event, message=replace(event.message, content=content, incomplete=True))])
    bridge.customer_writes("and the next one")


def test_a_file_whose_address_cannot_be_asked_for_holds_its_conversation_up_for_a_minute_and_a_half() -> None:
    bridge = Bridge(Shelf(), Office())
    send_incomplete(bridge, Attachment(kind=AttachmentKind.FILE, url=None, name="plan.pdf"))
    started = bridge.time.now()
    bridge.settle(timedelta(minutes=2))
    assert "plan.pdf" in bridge.platform.everything()[0]
    assert bridge.platform.everything()[1:] == ["and the next one"]
    assert timedelta(seconds=60) < bridge.time.now() - started < timedelta(seconds=100)


def test_words_that_the_webhook_leaves_out_are_waited_for() -> None:
    bridge = Bridge(Shelf(), Office())
    send_incomplete(bridge)
    bridge.settle(timedelta(hours=1))
    assert bridge.platform.everything() == []


# --- files that are held back ---------------------------------------------------------------------------------------


class Vault(Pigeon, DownloadsAttachments):
    """A messenger whose own links want credentials, and answer 403 while a scanner has the file."""

    behavior = replace(Pigeon.behavior, pending_file_statuses=frozenset({403}), completion_timeout=60.0)

    def make_download_request(self, attachment: Attachment, connection: Connection) -> HttpRequest:
        url = attachment.url or ""
        return HttpRequest(method="GET", url=url, headers={"x-token": "t"} if "files.test" in url else {})


@pytest.mark.parametrize(("host", "held"), [("files.test", True), ("elsewhere.test", False)])
@pytest.mark.parametrize("status", [401, 403, 410])
def test_only_what_the_services_own_link_says_of_a_held_file_is_waited_for(host: str, held: bool, status: int) -> None:
    scene = Scene(Files([HttpResponse(status=status), HttpResponse(status=status), FOUND]))
    scene.bridge = Bridge(Vault(), scene.office, http=scene.files)
    scene.customer_sends_a_file(host=host, protected=True)
    scene.settle()
    waited = held and status == 403
    assert scene.seen == ("<file plan.pdf>" if waited else "[plan.pdf: could not be downloaded]")
    assert len(scene.files.asked) == (3 if waited else 1)


def test_a_held_file_costs_no_attempt_and_is_given_up_after_the_completion_time() -> None:
    scene = Scene(Files([HttpResponse(status=403)]))
    scene.bridge = Bridge(Vault(), scene.office, http=scene.files)
    scene.customer_sends_a_file(protected=True)
    assert timedelta(seconds=60) <= scene.settle() < timedelta(seconds=80)
    assert scene.seen == "[plan.pdf: could not be downloaded]"
    (delivery,) = scene.bridge.ledger.deliveries.values()
    assert delivery.attempts == 0
