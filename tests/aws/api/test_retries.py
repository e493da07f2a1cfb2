"""What is tried again, how often and after how long is what botocore does in its mode "standard"."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from itertools import product
from typing import Any
from unittest.mock import patch

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from botocore.handlers import add_recursion_detection_header
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.retries import quota, standard

from patchbay.aws import clients
from patchbay.aws.api.answers import read_answer
from patchbay.aws.api.client import DYNAMODB, SECRETS_MANAGER, SQS, JsonApi, Service
from patchbay.aws.api.contract import AwsError, AwsUnreachable
from patchbay.aws.api.retries import RetryQuota, draw_pause, longest_pause, may_try_again
from patchbay.aws.api.signing import Credentials
from patchbay.aws.api.transport import Answer, NoAnswer, Transport

_OPERATIONS = {"dynamodb": "UpdateItem", "sqs": "SendMessageBatch", "secretsmanager": "GetSecretValue"}


def _operation(service: str) -> OperationModel:
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    return model.operation_model(_OPERATIONS[service])


def _codes() -> Iterator[str]:
    """All that these services may answer, all that botocore knows, and some of our own."""
    for service in _OPERATIONS:
        model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
        yield from (shape.name for shape in model.error_shapes)
    yield from vars(standard.ThrottledRetryableChecker())["_throttled_error_codes"]
    yield from vars(standard.TransientRetryableChecker())["_transient_error_codes"]
    yield from ("ValidationException", "ExpiredTokenException", "InvalidSignatureException", "404", "Unheard")


@pytest.mark.parametrize("service", _OPERATIONS)
def test_the_same_errors_are_tried_again(service: str) -> None:
    """botocore knows one of them by the operation's description; we know it everywhere."""
    theirs = standard.StandardRetryConditions(max_attempts=2)
    operation = _operation(service)
    for code, status in product(sorted(set(_codes())), (400, 403, 404, 413, 429, 500, 501, 502, 503, 504, 505)):
        context = standard.RetryContext(
            attempt_number=1,
            operation_model=operation,
            parsed_response={"Error": {"Code": code}},
            http_response=_response(status, {}, b""),
        )
        expected = theirs.is_retryable(context) or code == "ReplicatedWriteConflictException"
        assert may_try_again(AwsError("Any", code, status)) == expected, (code, status)


def _response(status: int, headers: dict[str, str], body: bytes) -> AWSResponse:
    sent = HTTPHeaders()
    for name, value in headers.items():
        sent[name] = value
    return AWSResponse("https://aws.test", status, sent, Stored(body))


class Stored:
    """A body as botocore reads it from a connection."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def test_a_wrong_checksum_and_a_broken_connection_are_tried_again_by_both() -> None:
    theirs = standard.StandardRetryConditions(max_attempts=2)
    body = b'{"Item":{}}'
    headers = {"x-amz-crc32": str(zlib.crc32(body) ^ 1)}
    damaged = standard.RetryContext(
        attempt_number=1,
        operation_model=_operation("dynamodb"),
        parsed_response={},
        http_response=_response(200, headers, body),
    )
    broken = standard.RetryContext(
        attempt_number=1,
        operation_model=_operation("dynamodb"),
        caught_exception=ConnectionClosedError(endpoint_url="https://aws.test"),
    )
    assert theirs.is_retryable(damaged)
    assert theirs.is_retryable(broken)
    with pytest.raises(AwsUnreachable) as raised:
        read_answer("GetItem", Answer(status=200, headers=headers, body=body))
    assert may_try_again(raised.value)


@pytest.mark.parametrize("service", _OPERATIONS)
def test_the_longest_pauses_are_botocores(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that it has with AWS_NEW_RETRIES_2026."""
    monkeypatch.setattr(standard, "NEW_RETRIES_ENABLED", True)
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    theirs = standard.ExponentialBackoff(service_name=service, throttling_detector=detector, random=lambda: 1.0)
    for code, attempt in product(("ThrottlingException", "InternalServerError"), range(1, 9)):
        context = standard.RetryContext(
            attempt_number=attempt,
            operation_model=_operation(service),
            parsed_response={"Error": {"Code": code}},
            http_response=_response(500, {}, b""),
        )
        assert longest_pause(AwsError("Any", code, 500), attempt, service) == theirs.delay_amount(context)


def test_pauses_are_drawn_from_nothing_to_the_longest() -> None:
    error = AwsError("Any", "ThrottlingException", 400)
    drawn = [draw_pause(error, 1, "sqs") for _ in range(1000)]
    assert 0 <= min(drawn) < 0.1
    assert 0.9 < max(drawn) < 1
    assert 0.4 < sum(drawn) / len(drawn) < 0.6


def test_two_functions_of_one_snapshot_do_not_draw_the_same() -> None:
    """They share all that is in memory, and would come again together."""
    error = AwsError("Any", "ThrottlingException", 400)
    with patch("random.Random.random", side_effect=AssertionError("a generator in memory")):
        assert draw_pause(error, 1, "sqs") != draw_pause(error, 1, "sqs")


def test_the_quota_is_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standard, "NEW_RETRIES_ENABLED", True)
    store = quota.RetryQuota()
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    theirs, ours = standard.RetryQuotaChecker(store, detector), RetryQuota()
    lots = [("ThrottlingException", True), ("InternalServerError", True), ("InternalServerError", False), ("", True)]
    for number in range(600):
        code, recovers = lots[number * 7 % 5 % 4] if number < 400 else ("", True)
        request: Any = {}
        taken = 0
        if code:
            error = AwsError("Any", code, 500)
            context = standard.RetryContext(
                attempt_number=1, parsed_response={"Error": {"Code": code}}, request_context=request
            )
            taken = ours.take(error)
            assert bool(taken) == theirs.acquire_retry_quota(context)
        if recovers and (taken or not code):
            ours.give_back(taken)
            theirs.release_retry_quota(request, _response(200, {}, b""))
        assert ours._left == store.available_capacity


# --- whole calls -----------------------------------------------------------------------------------------------------


class Scripted(Transport):
    """Answers as it is listed; a word is a failure of the connection."""

    def __init__(self, *answers: Answer | str) -> None:
        self._answers = list(answers)
        self.sent: list[dict[str, str]] = []
        self.bodies: list[bytes] = []

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:  # type: ignore[override]
        self.sent.append(dict(headers))
        self.bodies.append(body)
        answer = self._answers.pop(0)
        if isinstance(answer, str):
            raise NoAnswer(answer)
        return answer


def _api(transport: Transport, attempts: int = 3, service: Service = DYNAMODB) -> JsonApi:
    keys = [Credentials(access_key=f"AKIA{number}", secret_key="s") for number in range(9)]
    return JsonApi(
        service,
        "eu-central-1",
        "https://aws.test",
        transport,
        credentials=lambda: keys.pop(0),
        attempts=attempts,
    )


def _refusal(code: str, status: int = 400) -> Answer:
    return Answer(status=status, headers={}, body=json.dumps({"__type": code}).encode())


_GOOD = Answer(status=200, headers={}, body=b'{"Item":{}}')


@pytest.fixture
def pauses() -> Iterator[list[float]]:
    slept: list[float] = []
    with patch("time.sleep", slept.append), patch("patchbay.aws.api.client.draw_pause", longest_pause):
        yield slept


def test_a_call_is_tried_as_often_as_allowed_and_signed_anew_each_time(pauses: list[float]) -> None:
    transport = Scripted("ReadTimeout", _refusal("ThrottlingException"), _GOOD)
    assert _api(transport).call("GetItem", {}) == {"Item": {}}
    assert pauses == [0.025, 2.0]
    assert [f"Credential=AKIA{number}/" in sent["authorization"] for number, sent in enumerate(transport.sent)] == [
        True
    ] * 3


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_the_last_failure_is_what_is_raised(attempts: int, pauses: list[float]) -> None:
    transport = Scripted(*["ReadTimeout"] * (attempts - 1), _refusal("InternalServerError", 500))
    with pytest.raises(AwsError, match="InternalServerError"):
        _api(transport, attempts).call("GetItem", {})
    assert len(transport.sent) == attempts
    assert len(pauses) == attempts - 1


def test_what_can_never_work_is_tried_once(pauses: list[float]) -> None:
    transport = Scripted(_refusal("ConditionalCheckFailedException"))
    with pytest.raises(AwsError, match="ConditionalCheckFailedException"):
        _api(transport).call("PutItem", {})
    assert not pauses


def test_a_service_that_keeps_failing_is_asked_once_a_call_until_it_works_again(pauses: list[float]) -> None:
    transport = Scripted(*[_refusal("InternalServerError", 500)] * 100, *[_GOOD] * 14, "ReadTimeout", _GOOD)
    api = JsonApi(
        DYNAMODB,
        "eu-central-1",
        "https://aws.test",
        transport,
        credentials=lambda: Credentials(access_key="A", secret_key="s"),
        attempts=2,
    )
    for _ in range(65):
        with pytest.raises(AwsError):
            api.call("GetItem", {})
    assert len(transport.sent) == 100  # 35 calls had a second attempt
    assert [api.call("GetItem", {}) for _ in range(15)] == [{"Item": {}}] * 15


@pytest.mark.parametrize("service", [SQS, DYNAMODB, SECRETS_MANAGER], ids=lambda service: service.name)
def test_requests_name_their_operation_as_botocore_does(service: Service, pauses: list[float]) -> None:
    from botocore.serialize import create_serializer

    operation = _operation(service.name)
    theirs = create_serializer("json", include_validation=False).serialize_to_request({}, operation)
    transport = Scripted(_GOOD)
    _api(transport, service=service).call(operation.name, {})
    (sent,) = transport.sent
    assert sent.items() >= {name.lower(): value for name, value in theirs["headers"].items()}.items()
    assert "user-agent" not in sent["authorization"]


@pytest.mark.parametrize("service", [SQS, DYNAMODB, SECRETS_MANAGER], ids=lambda service: service.name)
def test_all_attempts_of_a_call_bear_the_token_that_boto3_would_make_up(service: Service, pauses: list[float]) -> None:
    """AWS knows by it that the second attempt asks for what the first, whose answer was lost, has done."""
    model = ServiceModel(Loader().load_service_model(service.name, "service-2"), service.name)
    with_token = 0
    for operation in model.operation_names:
        transport = Scripted("ReadTimeout", _GOOD, _GOOD)
        api = _api(transport, service=service)
        for _ in range(2):
            api.call(operation, {})
        tokens = [json.loads(body).get("ClientRequestToken") for body in transport.bodies]
        if "ClientRequestToken" in model.operation_model(operation).idempotent_members:
            with_token += 1
            assert tokens[0] == tokens[1] != tokens[2]
            assert all(32 <= len(token) <= 36 for token in tokens)  # what both services allow
        else:
            assert tokens == [None] * 3
    assert with_token == {"sqs": 0, "dynamodb": 2, "secretsmanager": 4}[service.name]


def test_a_token_of_the_callers_own_is_kept(pauses: list[float]) -> None:
    transport = Scripted(_GOOD)
    _api(transport).call("TransactWriteItems", {"ClientRequestToken": "own", "TransactItems": []})
    assert json.loads(transport.bodies[0]) == {"ClientRequestToken": "own", "TransactItems": []}


@pytest.mark.parametrize("function", ["", "patchbay-prod-dispatcher"])
@pytest.mark.parametrize(
    "trace", ["", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", "ü\r\nx: y"]
)
def test_lambdas_trace_goes_along_unsigned_as_with_boto3(
    function: str, trace: str, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, Lambda would not notice a queue and a function that call each other without end."""
    for name, value in (("AWS_LAMBDA_FUNCTION_NAME", function), ("_X_AMZN_TRACE_ID", trace)):
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    transport = Scripted(_GOOD)
    _api(transport).call("GetItem", {})
    theirs: dict[str, dict[str, str]] = {"headers": {}}
    add_recursion_detection_header(theirs)
    (sent,) = transport.sent
    assert sent.get("x-amzn-trace-id") == theirs["headers"].get("X-Amzn-Trace-Id")
    assert "trace" not in sent["authorization"]


def test_no_call_outlasts_what_the_functions_count_with() -> None:
    """tests/aws/test_clients.py holds the time limits against the template; these are its pauses."""
    error = AwsError("Any", "ThrottlingException", 400)
    for limits in clients.LIMITS.values():
        for attempt in range(1, limits.attempts):
            assert longest_pause(error, attempt, "sqs") <= 2.0 ** (attempt - 1)
