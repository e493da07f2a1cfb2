"""Looking up."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from patchbay.domain.errors import (
    AuthorizationNeeded,
    ConversationGone,
    Rejected,
    Transient,
)
from patchbay.domain.model import Text
from patchbay.kit.abilities import (
    LooksUpDeliveries,
    OpensConversations,
)
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from tests.connectors.contract.scene import make_stage
from tests.connectors.services import SERVICES, load_connector
from tests.connectors.statuses.scene import (
    DOUBTFUL,
    NOT_DONE,
    PAGE,
    REFUSED,
    Failing,
    Operation,
    Trial,
    answer,
    deliver,
    each_service,
    fail_each_call,
    look_up,
    look_up_after_our_table_was_lost,
    open_conversation,
    trial_of,
)

# --- a service of which one call fails ------------------------------------------------------------------------------


@dataclass
class Twice:
    """Makes every call twice that is said to do no harm when it is."""

    http: Http

    def send(self, request: HttpRequest) -> HttpResponse:
        if request.may_repeat and request.upload is None:
            self.http.send(request)
        return self.http.send(request)


# --- looking up -----------------------------------------------------------------------------------------------------
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


# --- what is said to be repeatable ----------------------------------------------------------------------------------


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
    assert seen.count(f'text {trial.number}"') == 1


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
