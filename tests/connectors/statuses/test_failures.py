"""Every call of every connector meets every kind of failure: what comes out is the same for all of them.

The simulators answer, but for one call, which fails. The table below is written down once more, on purpose: a change of
the core's table must be meant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from patchbay.domain.errors import (
    AuthorizationNeeded,
    DeliveryError,
    Transient,
    Uncertain,
)
from patchbay.domain.events import MessageReceived, Origin
from patchbay.domain.model import Attachment, Message, Role, Sender, Text
from patchbay.kit.abilities import DescribesSenders, FindsContacts, FindsPlatformIds, SendsTyping, UpdatesContacts
from patchbay.kit.contract import Http
from patchbay.kit.file_abilities import InlinesAttachments, UploadsAttachments
from tests.connectors.services import SERVICES, load_connector
from tests.connectors.statuses.scene import (
    DOUBTFUL,
    NOT_DONE,
    PAGE,
    REFUSED,
    Answer,
    Operation,
    Trial,
    answer,
    deliver,
    each_service,
    fail_each_call,
    look_up,
    look_up_after_our_table_was_lost,
    open_conversation,
)
from tools.status_tables import statuses_of

UNREADABLE: dict[str, Answer] = {
    "odd wait": answer(503, {"retry-after": "²"}),
    **{
        repr(body[:12]): answer(200, body=body)
        for body in (b"", PAGE, b"{", b"{}", b"null", b'"x"', b"[1]", b"\xff\xfe", b"[" * 100_000, b"1" * 5000)
    },
    "endless": answer(200, body=b'{"visitor_id":"v","access_token":"t","expires_in":1e999,"items":1,"data":[]}'),
}


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
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)


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
