"""Files that are not there at once, or never, or hold nothing: what the other side gets, and when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from patchbay.accounts import Connection
from patchbay.contract import HttpRequest, HttpResponse
from patchbay.deliveries import Outcome
from patchbay.errors import DeliveryError, OutOfTime
from patchbay.model import Attachment, AttachmentKind
from tests.fakes.bridge import Bridge
from tests.fakes.services import Office, Pigeon, message_event

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
        self, *, age: timedelta = timedelta(), host: str = "files.test", protected: bool = False
    ) -> None:
        written = self.bridge.time.now() - age
        event = message_event(self.bridge.messenger, "asa", "plan", "", "pigeon-1", written)
        url = f"https://{host}/plan.pdf"
        file = Attachment(kind=AttachmentKind.FILE, url=url, name="plan.pdf", protected=protected)
        self.bridge.queue.send([replace(event, message=replace(event.message, content=(file,)))])

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
    assert scene.seen == "[plan.pdf: could not be fetched]"
    assert 2 <= len(scene.files.asked) <= 5


def test_nothing_is_waited_for_when_the_message_is_old() -> None:
    scene = Scene(Files([MISSING, FOUND]))
    scene.customer_sends_a_file(age=timedelta(minutes=2))
    scene.settle()
    assert scene.seen == "[plan.pdf: could not be fetched]"
    assert len(scene.files.asked) == 1


@pytest.mark.parametrize("status", [401, 403, 410])
def test_what_is_gone_or_forbidden_is_not_waited_for(status: int) -> None:
    scene = Scene(Files([HttpResponse(status=status), FOUND]))
    scene.customer_sends_a_file()
    scene.settle()
    assert scene.seen == "[plan.pdf: could not be fetched]"


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


class Vault(Pigeon):
    """A messenger whose own links want credentials, and answer 403 while a scanner has the file."""

    capabilities = replace(Pigeon.capabilities, held_files=frozenset({403}), completion=60.0)

    def download_request(self, attachment: Attachment, connection: Connection) -> HttpRequest:
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
    assert scene.seen == ("<file plan.pdf>" if waited else "[plan.pdf: could not be fetched]")
    assert len(scene.files.asked) == (3 if waited else 1)


def test_a_held_file_costs_no_attempt_and_is_given_up_after_the_completion_time() -> None:
    scene = Scene(Files([HttpResponse(status=403)]))
    scene.bridge = Bridge(Vault(), scene.office, http=scene.files)
    scene.customer_sends_a_file(protected=True)
    assert timedelta(seconds=60) <= scene.settle() < timedelta(seconds=80)
    assert scene.seen == "[plan.pdf: could not be fetched]"
    (delivery,) = scene.bridge.ledger.deliveries.values()
    assert delivery.attempts == 0
