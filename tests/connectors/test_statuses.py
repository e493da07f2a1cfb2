"""Every call of every connector meets every kind of failure: what comes out is the same for all of them.

The simulators answer, but for one call, which fails. The table below is written down once more, on purpose: a change of
the core's table must be meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from patchbay.bridge.contact_tokens import Customer, Passes
from patchbay.domain.errors import (
    AuthorizationNeeded,
    ConversationGone,
    DeliveryError,
    PatchbayError,
    Rejected,
    Transient,
    Uncertain,
)
from patchbay.domain.events import MessageReceived, Origin
from patchbay.domain.model import Attachment, Contact, ContactKey, Message, Part, Role, Sender, Text
from patchbay.kit.abilities import (
    AuthenticatesContacts,
    DescribesSenders,
    FindsContacts,
    FindsPlatformIds,
    IdentifiesContacts,
    InlinesAttachments,
    LooksUpDeliveries,
    Opened,
    OpensConversations,
    SendsTyping,
    UpdatesContacts,
    UploadsAttachments,
)
from patchbay.kit.behavior import ContactIdentity
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.lookups import UncertainSend
from tests.connectors.services import SERVICES, load_connector
from tests.connectors.test_connectors import Stage, make_stage, text_part
from tools.status_tables import statuses_of

Answer = HttpResponse | DeliveryError

PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"  # what a proxy says
LATER = {"retry-after": "7"}
DATED = {"retry-after": "Wed, 21 Oct 2015 07:28:07 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = PAGE) -> HttpResponse:
    return HttpResponse(status=status, headers=headers or {}, body=body)


#: What certainly was not done, what may have been, and how long the service asks us to wait.
NOT_DONE: dict[str, Answer] = {
    "425": answer(425, LATER),
    "429": answer(429, LATER),
    "503": answer(503, LATER),
    "503 until a date": answer(503, DATED),
    "broken before": Transient("the service refused the connection", retry_after=7),
}
DOUBTFUL: dict[str, Answer] = {
    "408": answer(408, LATER),
    "500": answer(500, LATER),
    "502": answer(502, LATER),
    "502 until a date": answer(502, DATED),
    "504": answer(504, LATER),
    "520": answer(520, LATER),
    "broken after": Uncertain("the connection broke before the answer came", retry_after=7),
}
REFUSED: dict[str, Answer] = {str(status): answer(status) for status in (301, 302, 400, 404, 405, 409, 410, 413, 422)}
UNREADABLE: dict[str, Answer] = {
    "odd wait": answer(503, {"retry-after": "²"}),
    **{
        repr(body[:12]): answer(200, body=body)
        for body in (b"", PAGE, b"{", b"{}", b"null", b'"x"', b"[1]", b"\xff\xfe", b"[" * 100_000, b"1" * 5000)
    },
    "endless": answer(200, body=b'{"visitor_id":"v","access_token":"t","expires_in":1e999,"items":1,"data":[]}'),
}


# --- a service of which one call fails -------------------------------------------------------------------------------


@dataclass
class Failing:
    """Answers the call number `at` with `failure`, and hands on all others."""

    http: Http
    at: int = -1
    failure: Answer | None = None
    requests: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if len(self.requests) - 1 != self.at or self.failure is None:
            return self.http.send(request)
        if isinstance(self.failure, DeliveryError):
            raise type(self.failure)(*self.failure.args, 7)
        return self.failure


@dataclass
class Twice:
    """Makes every call twice that is said to do no harm when it is."""

    http: Http

    def send(self, request: HttpRequest) -> HttpResponse:
        if request.may_repeat and request.upload is None:
            self.http.send(request)
        return self.http.send(request)


@dataclass
class Trial:
    """One service, and the things that a connector is asked to do there. `number` makes each time different."""

    stage: Stage
    number: int = 0

    @property
    def contact(self) -> Contact:
        contact = Contact(external_id=f"person-{self.number}", name="Åsa", phone=f"+4670111{self.number:04}")
        identity = load_connector(self.stage.service).behavior.contact_identity
        is_numbered = identity is ContactIdentity.NUMBERED
        return replace(contact, platform_id=str(self.number)) if is_numbered else contact

    def part(self) -> Part:
        return replace(
            text_part(f"text {self.number}"), key=f"event-{self.number}:0", sent_at=self.stage.world.time.now()
        )

    def run(self, operation: Operation, http: Callable[[Http], Http]) -> object:
        self.number += 1
        self.stage.world.time.advance(20)  # services allow so many calls a time
        return operation(self, http)


Operation = Callable[[Trial, Callable[[Http], Http]], object]


def deliver(trial: Trial, http: Callable[[Http], Http]) -> object:
    stage = trial.stage
    return load_connector(stage.service).deliver(trial.part(), stage.conversation, stage.connection, http(stage.http))


def deliver_file(trial: Trial, http: Callable[[Http], Http]) -> object:
    stage = trial.stage
    connector, way = load_connector(stage.service), http(stage.http)
    kind = next(iter(connector.capabilities.attachments), None)
    if kind is None:
        return None
    part = replace(trial.part(), content=stage.attachment(kind))
    assert isinstance(part.content, Attachment)
    if isinstance(connector, InlinesAttachments):
        with stage.world.media.open(part.content) as data:
            return connector.deliver_file(part, data, stage.conversation, stage.connection, way)
    if isinstance(connector, UploadsAttachments):
        part = replace(
            part, content=connector.upload_attachment(part.content, stage.world.media, stage.connection, way)
        )
    return connector.deliver(part, stage.conversation, stage.connection, way)


def open_conversation(trial: Trial, http: Callable[[Http], Http]) -> object:
    """For somebody who was never there before."""
    stage = trial.stage
    connector, way, contact = load_connector(stage.service), http(stage.world.http), trial.contact
    if not isinstance(connector, OpensConversations):
        return None
    key = ContactKey(service="pigeon", connection_id="p", contact_id=contact.external_id)
    if isinstance(connector, IdentifiesContacts):
        contact = replace(contact, platform_id=connector.identify_contact(key, contact, stage.connection, way))
    if isinstance(connector, AuthenticatesContacts):
        customer = Customer(person=key.encode(), contact_key=key.encode(), contact=contact)
        passes = Passes(stage.world.people, stage.world.time)
        contact = replace(contact, platform_id=passes.identify(customer, connector, stage.connection, way))
        way = passes.wrap(way, customer, connector, stage.connection)
    return connector.open_conversation(key, contact, trial.part(), stage.connection, way)


def look_up(trial: Trial, http: Callable[[Http], Http]) -> object:
    return _look_up(trial, http, keep_state=True)


def look_up_after_our_table_was_lost(trial: Trial, http: Callable[[Http], Http]) -> object:
    return _look_up(trial, http, keep_state=False)


def _look_up(trial: Trial, http: Callable[[Http], Http], *, keep_state: bool) -> object:
    """Of what was delivered a moment ago."""
    stage = trial.stage
    connector, part, since = load_connector(stage.service), trial.part(), stage.world.time.now()
    if not isinstance(connector, LooksUpDeliveries):
        return None
    conversation = stage.conversation if keep_state else replace(stage.conversation, state={})
    connector.deliver(part, stage.conversation, stage.connection, stage.http)
    return connector.look_up_delivery(
        part, UncertainSend(since=since), conversation, stage.connection, http(stage.http)
    )


def update_contact(trial: Trial, http: Callable[[Http], Http]) -> object:
    stage = trial.stage
    connector = load_connector(stage.service)
    if isinstance(connector, UpdatesContacts):
        connector.update_contact(trial.contact, stage.conversation, stage.connection, http(stage.http))
    return None


def carry_typing(trial: Trial, http: Callable[[Http], Http]) -> object:
    stage = trial.stage
    connector = load_connector(stage.service)
    if isinstance(connector, SendsTyping):
        connector.send_typing(True, stage.conversation, stage.connection, http(stage.http))
    return None


def describe_sender(trial: Trial, http: Callable[[Http], Http]) -> object:
    stage = trial.stage
    connector = load_connector(stage.service)
    sender = Sender(role=Role.AGENT, external_id="agent-1")
    return isinstance(connector, DescribesSenders) and connector.describe_sender(
        sender, stage.connection, http(stage.http)
    )


def find_customer(trial: Trial, http: Callable[[Http], Http]) -> object:
    """Of a conversation that our table does not have."""
    stage = trial.stage
    connector, at = load_connector(stage.service), stage.world.time.now()
    message = Message(
        external_id="m", sender=Sender(role=Role.AGENT, external_id="agent-1"), content=(Text(text="Hi"),), sent_at=at
    )
    event = MessageReceived(
        id="e",
        origin=Origin(service=stage.service, endpoint="e"),
        thread=stage.conversation.external_id,
        occurred_at=at,
        message=message,
    )
    if isinstance(connector, FindsPlatformIds):
        return connector.find_platform_id(event, stage.connection, http(stage.http))
    if isinstance(connector, FindsContacts):
        return connector.find_contact(event, stage.connection, http(stage.http))
    return None


OPERATIONS = (
    deliver,
    deliver_file,
    open_conversation,
    look_up,
    look_up_after_our_table_was_lost,
    update_contact,
    carry_typing,
    describe_sender,
    find_customer,
)


@cache
def trial_of(service: str) -> Trial:
    return Trial(make_stage(service))


def fail_each_call(
    service: str, operation: Operation, failure: Answer
) -> Iterator[tuple[HttpRequest, PatchbayError | None]]:
    """Every call that the operation makes, in turn, with what came of its failure: None when it did not matter.

    Those are left out that a message can do without, and of whose failure the operation says so.
    """
    trial, position = trial_of(service), 0
    while True:
        ways: list[Failing] = []

        def fail(http: Http, at: int = position, ways: list[Failing] = ways) -> Http:
            ways.append(Failing(http, at, failure))
            return ways[-1]

        outcome: PatchbayError | None = None
        result: object = None
        try:
            result = trial.run(operation, fail)
        except PatchbayError as raised:
            outcome = raised
        requests = [request for way in ways for request in way.requests]
        if len(requests) <= position:
            return
        if not (isinstance(result, Opened) and result.profile_error):
            yield requests[position], outcome
        position += 1


each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
each_service = pytest.mark.parametrize("service", SERVICES)


@each_service
def test_every_service_says_why_where_it_differs_from_the_table(service: str) -> None:
    declared = statuses_of(service)
    assert declared
    for rule in (rule for statuses in declared for rule in statuses.exceptions):
        assert rule.because
        assert rule.source


@each_operation
def test_every_operation_calls_some_service(operation: Operation) -> None:
    calls = [request for service in SERVICES for request, _ in fail_each_call(service, operation, answer(503))]
    assert calls


@each_service
@each_operation
@pytest.mark.parametrize("kind", NOT_DONE)
def test_what_was_not_done_is_tried_again_when_the_service_says(service: str, operation: Operation, kind: str) -> None:
    for request, outcome in fail_each_call(service, operation, NOT_DONE[kind]):
        assert type(outcome) is Transient, request
        assert outcome.retry_after == 7


@each_service
@each_operation
@pytest.mark.parametrize("kind", DOUBTFUL)
def test_what_may_have_been_done_is_a_doubt_unless_it_may_be_done_twice(
    service: str, operation: Operation, kind: str
) -> None:
    for request, outcome in fail_each_call(service, operation, DOUBTFUL[kind]):
        assert type(outcome) is (Transient if request.may_repeat else Uncertain), request
        assert outcome.retry_after == 7


@each_service
@each_operation
@pytest.mark.parametrize("kind", [*REFUSED, *UNREADABLE])
def test_whatever_a_service_answers_nothing_but_a_failure_comes_out(
    service: str, operation: Operation, kind: str
) -> None:
    for request, outcome in fail_each_call(service, operation, {**REFUSED, **UNREADABLE}[kind]):
        assert outcome is None or isinstance(outcome, DeliveryError), request


@each_service
@each_operation
@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_the_owners_business_and_fail_no_message(
    service: str, operation: Operation, status: int
) -> None:
    for request, outcome in fail_each_call(service, operation, answer(status)):
        renewed = request.as_contact and operation is open_conversation  # a contact's token is replaced once
        if status == 401 and not renewed:
            assert isinstance(outcome, AuthorizationNeeded), request
        assert outcome is None or isinstance(outcome, DeliveryError), request


# --- looking up ------------------------------------------------------------------------------------------------------

LOOKS_UP = [service for service in SERVICES if isinstance(load_connector(service), LooksUpDeliveries)]
NO_ANSWERS = {
    **{kind: failure for kind, failure in REFUSED.items() if kind not in {"404", "410"}},
    **NOT_DONE,
    **DOUBTFUL,
    **{repr(body): answer(200, body=body) for body in (b"", PAGE, b"{", b"{}", b"null", b'"x"', b"\xff\xfe")},
}


@pytest.mark.parametrize("service", LOOKS_UP)
@pytest.mark.parametrize("operation", [look_up, look_up_after_our_table_was_lost])
def test_a_look_up_finds_what_was_delivered(service: str, operation: Operation) -> None:
    assert trial_of(service).run(operation, lambda http: http)


@pytest.mark.parametrize("service", LOOKS_UP)
@pytest.mark.parametrize("operation", [look_up, look_up_after_our_table_was_lost])
@pytest.mark.parametrize("kind", NO_ANSWERS)
def test_a_look_up_that_fails_is_no_answer(service: str, operation: Operation, kind: str) -> None:
    for request, outcome in fail_each_call(service, operation, NO_ANSWERS[kind]):
        assert type(outcome) is Transient, request


@pytest.mark.parametrize("service", LOOKS_UP)
@pytest.mark.parametrize("operation", [look_up, look_up_after_our_table_was_lost])
@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_look_up_says_of_no_message_that_it_failed(service: str, operation: Operation, status: int) -> None:
    for request, outcome in fail_each_call(service, operation, answer(status)):
        assert isinstance(outcome, (Transient, ConversationGone, AuthorizationNeeded)), request
        assert not isinstance(outcome, Rejected)


# --- what is said to be repeatable -----------------------------------------------------------------------------------


@each_service
def test_a_message_is_sent_by_a_call_that_may_be_repeated_only_where_that_is_claimed(service: str) -> None:
    ways: list[Failing] = []

    def watch(http: Http) -> Http:
        ways.append(Failing(http))
        return ways[-1]

    trial_of(service).run(deliver, watch)
    once = [request for way in ways for request in way.requests if not request.may_repeat]
    assert bool(once) is not load_connector(service).behavior.idempotent_sends


@each_service
def test_what_is_said_to_be_repeatable_does_no_harm_twice(service: str) -> None:
    trial = trial_of(service)
    trial.run(open_conversation, Twice)
    trial.run(open_conversation, lambda http: http)
    trial.run(deliver, Twice)
    trial.stage.world.settle()
    seen = trial.stage.show(Text(text="that was all"))
    assert seen.count(f'"text {trial.number}"') == 1


OPENS = [service for service in SERVICES if isinstance(load_connector(service), OpensConversations)]


@pytest.mark.parametrize("service", OPENS)
def test_opening_with_every_repeatable_call_made_twice_opens_no_second_conversation(service: str) -> None:
    trial = Trial(make_stage(service))

    def count_conversations() -> int:
        trial.stage.world.settle()
        found = trial.stage.world.simulators[service].view()["conversations"]
        assert isinstance(found, list)
        return len(found)

    counts = [count_conversations()]
    for way in (lambda http: http, Twice):
        trial.run(open_conversation, way)
        counts.append(count_conversations())
    opened = counts[1] - counts[0]  # some platforms show a conversation only once somebody has written in it
    assert counts[2] - counts[1] == opened
