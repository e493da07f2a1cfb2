"""What an answer means is what botocore reads in it; damaged ones count as none."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser

from patchbay.aws.api.answers import read_answer
from patchbay.aws.api.contract import AwsError, AwsUnreachable
from patchbay.aws.api.transport import Answer


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    service: str = "dynamodb"
    operation: str = "GetItem"
    status: int = 400
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def _json(**members: object) -> bytes:
    return json.dumps(members).encode()


def _dynamodb(name: str, **members: object) -> Case:
    body = _json(__type=f"com.amazonaws.dynamodb.v20120810#{name}", **members)
    return Case(name=name, body=body)


def _sqs(name: str, old: str, status: int = 400) -> Case:
    body = _json(__type=f"com.amazonaws.sqs#{name}", message="The specified queue does not exist.")
    headers = {"x-amzn-query-error": old}
    return Case(name=f"{name} {old}", service="sqs", operation="SendMessage", body=body, headers=headers, status=status)


CASES = [
    _dynamodb("ConditionalCheckFailedException", message="The conditional request failed"),
    _dynamodb(
        "ConditionalCheckFailedException", message="The conditional request failed", Item={"pk": {"S": "SESSION#1"}}
    ),
    _dynamodb("ProvisionedThroughputExceededException", message="The level of configured provisioned throughput"),
    _dynamodb("ResourceNotFoundException", message="Requested resource not found"),
    Case(
        name="cancelled transaction",
        operation="TransactWriteItems",
        body=_json(
            __type="com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            Message="Transaction cancelled, please refer cancellation reasons for specific reasons [None, Conditional]",
            CancellationReasons=[
                {"Code": "None"},
                {
                    "Code": "ConditionalCheckFailed",
                    "Message": "The conditional request failed",
                    "Item": {"n": {"N": "1"}},
                },
            ],
        ),
    ),
    Case(
        name="of the gate", body=_json(__type="com.amazon.coral.service#UnrecognizedClientException", message="token")
    ),
    Case(name="no namespace", body=_json(__type="ValidationException", Message="x")),
    Case(name="with an address", body=_json(__type="aws.x#ThrottlingException:http://internal.amazon.com/coral/#y/")),
    Case(name="address only behind", body=_json(__type="SerializationException:https://x")),
    Case(name="serialization", body=_json(__type="com.amazon.coral.service#SerializationException")),
    Case(
        name="secret",
        service="secretsmanager",
        operation="GetSecretValue",
        body=_json(__type="ResourceNotFoundException", Message="Secrets Manager can't find the specified secret."),
    ),
    _sqs("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue;Sender"),
    _sqs("InvalidParameterValueException", "InvalidParameterValue;Sender"),
    _sqs("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid;Sender", status=404),
    _sqs("QueueDoesNotExist", ""),
    _sqs("QueueDoesNotExist", ";Sender"),
    _sqs("QueueDoesNotExist", "no fault"),
    _sqs("QueueDoesNotExist", "too;many;parts"),
    Case(name="no type", body=_json(message="Too large"), status=413),
    Case(name="other word for the type", body=_json(code="Nonsense", message="m")),
    Case(name="nothing", status=400),
    Case(name="nothing, with a header", status=404, headers={"x-amzn-query-error": "QueueGone;Sender"}),
    Case(name="page of a proxy", status=403, body=b"<html><body>Forbidden by policy</body></html>"),
    Case(
        name="page of a load balancer",
        status=503,
        body=b"<html><body><b>Unavailable</b></body></html>",
    ),
    Case(name="page, with a header", status=503, body=b" <html>", headers={"x-amzn-query-error": "Old;Sender"}),
    Case(name="other page", status=502, body=b"<!doctype html><title>Bad gateway</title>"),
    Case(name="nothing, 500", status=500),
    Case(name="blanks, 504", status=504, body=b" \r\n"),
    Case(name="internal error", status=500, body=_json(__type="com.amazonaws.dynamodb.v20120810#InternalServerError")),
    Case(name="redirect", status=307, headers={"location": "https://elsewhere.example/"}),
    Case(name="moved", status=301),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_error_has_the_code_and_the_facts_that_botocore_reads(case: Case) -> None:
    answer = Answer(status=case.status, headers=case.headers, body=case.body)
    with pytest.raises(AwsError) as raised:
        read_answer(case.operation, answer)
    expected = _read_with_botocore(case)
    assert (raised.value.code, raised.value.status) == (expected["Error"]["Code"], case.status)
    for fact in ("CancellationReasons", "Item"):
        assert raised.value.answer.get(fact) == expected.get(fact)


def _read_with_botocore(case: Case) -> dict[str, Any]:
    """Twice, as botocore's endpoint does: the second time for what the error's own description names."""
    model = _model(case.service)
    parser = create_parser("json")
    response = {"status_code": case.status, "headers": dict(case.headers), "body": case.body, "context": {}}
    output = model.operation_model(case.operation).output_shape
    assert output is not None
    parsed: dict[str, Any] = parser.parse(response, output)
    described = parsed["Error"]["Code"] in {shape.name for shape in model.error_shapes}
    return parsed | (parser.parse(response, model.shape_for_error_code(parsed["Error"]["Code"])) if described else {})


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def test_random_errors_have_the_code_that_botocore_reads() -> None:
    chance = random.Random(20261129)
    for number in range(2000):
        case = _draw(chance, number)
        with pytest.raises(AwsError) as raised:
            read_answer(case.operation, Answer(status=case.status, headers=case.headers, body=case.body))
        expected = _read_with_botocore(case)["Error"]["Code"] or str(case.status)
        assert raised.value.code == expected, case


_WORDS = ("Validation", "Exception", "com.amazonaws", "sqs", "AWS.SimpleQueueService", "x_1", "v20120810", "Sender")


def _draw(chance: random.Random, number: int) -> Case:
    """Words, with what parts them in odd places."""
    parts = [
        chance.choice(_WORDS) + chance.choice(("", "", "#", ":", ":http://x#y", "#."))
        for _ in range(chance.randrange(1, 5))
    ]
    bodies = (
        _json(__type="".join(parts) + "End"),
        _json(message="m"),
        b"",
        b" \n",
        b"<html>x",
        b"<!doctype html>",
        b"{",
    )
    old = chance.choice(_WORDS) + chance.choice(("", ";Sender", ";", ";a;b")) if chance.random() < 0.5 else None
    service, operation = chance.choice((("sqs", "SendMessage"), ("dynamodb", "GetItem")))
    return Case(
        name=str(number),
        service=service,
        operation=operation,
        status=chance.choice((301, 400, 403, 404, 500, 503)),
        body=chance.choice(bodies),
        headers={} if old is None else {"x-amzn-query-error": old},
    )


ANSWER = {"Item": {"pk": {"S": "Grüße \U0001f44b"}, "n": {"N": "12345678901234567890.5"}}, "Empty": []}


def test_an_answer_is_what_its_json_says() -> None:
    body = json.dumps(ANSWER, ensure_ascii=False).encode()
    checksum = str(zlib.crc32(body))
    assert read_answer("GetItem", Answer(status=200, headers={"x-amz-crc32": checksum}, body=body)) == ANSWER
    assert read_answer("GetItem", Answer(status=200, headers={}, body=body)) == ANSWER
    assert read_answer("ChangeMessageVisibility", Answer(status=200, headers={}, body=b"")) == {}


@pytest.mark.parametrize("checksum", ["0", "12345", "", "none", "-1"])
def test_an_answer_whose_checksum_is_another_counts_as_none(checksum: str) -> None:
    body = _json(Item={})
    for status in (200, 400):
        with pytest.raises(AwsUnreachable, match="ChecksumMismatch"):
            read_answer("GetItem", Answer(status=status, headers={"x-amz-crc32": checksum}, body=body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"Item": {"pk"',
        b"<html>Welcome to our guest network</html>",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"x"',
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_a_success_that_is_no_json_object_counts_as_no_answer(body: bytes) -> None:
    with pytest.raises(AwsUnreachable, match="UnreadableAnswer"):
        read_answer("GetItem", Answer(status=200, headers={}, body=body))


@pytest.mark.parametrize(
    "stated", [["a"], {"a": 1}, 7, None, "Word of a customer: call me", "x" * 200, "a\nb"], ids=repr
)
def test_a_code_is_a_word_of_aws_or_the_status(stated: object) -> None:
    """botocore stops at the first four; whatever else the fifth quotes must not get into a log."""
    with pytest.raises(AwsError) as raised:
        read_answer("PutItem", Answer(status=400, headers={}, body=_json(__type=stated)))
    assert raised.value.code == "400"


def test_neither_answers_nor_errors_show_what_they_hold() -> None:
    body = _json(__type="ConditionalCheckFailedException", message="secret words", Item={"t": {"S": "secret words"}})
    answer = Answer(status=400, headers={"x-amzn-requestid": "secret words"}, body=body)
    with pytest.raises(AwsError) as raised:
        read_answer("PutItem", answer)
    assert "secret" not in repr(answer) + repr(raised.value) + str(raised.value)
    assert str(raised.value) == "PutItem failed: ConditionalCheckFailedException (HTTP 400)"
    assert str(AwsUnreachable("PutItem", "ReadTimeout")) == "PutItem got no answer that can be read: ReadTimeout"
