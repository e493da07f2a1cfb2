"""The function that hears from a topic, from SNS's event to the queue: what Meta would have sent, through AWS."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import pytest

from patchbay.aws import clients
from patchbay.aws.handlers.topic import Handler, NotTaken, account_of, make_handler
from patchbay.aws.handlers.webhook import make_handler as make_webhook_handler
from patchbay.aws.stores import keys
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured, Unreadable
from patchbay.domain.model import Side
from patchbay.messengers.whatsapp import CONNECTOR
from tests.aws import aws
from tests.aws.test_webhook import SampleTime
from tests.harness.moto_transport import observing
from tests.harness.whatsapp_aws import OWNER, REGION, TOPIC, make_sns_event
from tools.sample_events import whatsapp_topic

EVENTS = aws.ROOT / "events/whatsapp"
WABA, OTHER_WABA = "102290129340398", "102290129340399"
NUMBERS = ("106540352242922", "106540352242923")
VECTOR = (aws.ROOT / "tests/connectors/whatsapp/aws_message.json").read_text()
OBJECT = "whatsapp_business_account"
SITUATIONS = sorted(path.stem for path in (EVENTS / "expected").glob("*.json"))


def arn(waba: str) -> str:
    return f"arn:aws:social-messaging:{REGION}:{OWNER}:waba/0a1b{waba}"


def connection(name: str, number: str, waba: str = WABA, endpoint: str = "") -> Connection:
    settings = {"door": "aws", "phone_number_id": number, "waba_id": waba, "aws_waba_arn": arn(waba)}
    return Connection(
        id=name,
        service="whatsapp",
        side=Side.MESSENGER,
        endpoint_id=endpoint or name,
        account=number,
        tenant=waba,
        settings=settings,
    )


@dataclass
class Function:
    cloud: aws.Aws
    handler: Handler
    store: ConfigurationStore
    time: SampleTime

    def hear(self, *messages: str, topic: str = TOPIC) -> None:
        event: Any = make_sns_event(*messages, topic=topic)
        self.handler(event, None)

    def queued(self) -> list[dict[str, Any]]:
        """What is on the queue, which is empty afterwards."""
        answer = self.cloud.sqs.receive_message(QueueUrl=self.cloud.queue_url, MaxNumberOfMessages=10)
        found = answer.get("Messages", [])
        for one in found:
            self.cloud.sqs.delete_message(QueueUrl=self.cloud.queue_url, ReceiptHandle=one["ReceiptHandle"])
        return [json.loads(one["Body"]) for one in found]


@pytest.fixture
def function() -> Iterator[Function]:
    time = SampleTime()
    time.set_by(read_sample("message_text")[0])
    at_that_time = patch("patchbay.aws.handlers.topic.SystemClock", lambda: time)
    with aws.running() as cloud, patch.dict("os.environ", cloud.environment), at_that_time:
        clients.forget()
        store = ConfigurationStore(clients.table(aws.TABLE), cloud.secrets, "test", time)
        store.save(connection("sample-whatsapp", NUMBERS[0]))
        store.save(connection("second", NUMBERS[1], endpoint="sample-whatsapp"))
        yield Function(cloud, make_handler("whatsapp"), store, time)
        clients.forget()


def write(entry: dict[str, Any], waba: str = "") -> str:
    """The topic's message about one entry of a webhook of Meta's."""
    named = waba or str(entry["id"])
    context = {"MetaWabaIds": [{"wabaId": named, "arn": arn(named)}], "MetaPhoneNumberIds": []}
    message = {"context": context, "whatsAppWebhookEntry": json.dumps(entry), "aws_account_id": OWNER}
    return json.dumps({**message, "message_timestamp": "2026-09-05T09:20:00.000000000Z"})


def read_sample(situation: str) -> tuple[Any, Any]:
    """The webhook's event, and its body."""
    event = json.loads((EVENTS / f"{situation}.json").read_text())
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"]
    return event, json.loads(body)


def text() -> str:
    return write(read_sample("message_text")[1]["entry"][0])


def test_what_meta_reports_means_the_same_through_aws(function: Function) -> None:
    for situation in SITUATIONS:
        event, webhook = read_sample(situation)
        if {str(entry["id"]) for entry in webhook["entry"]} != {WABA} or webhook["object"] != OBJECT:
            continue  # the others are of accounts that the topic does not know
        gateway_event: Any = event
        function.time.set_by(gateway_event)
        function.hear(*(write(entry) for entry in webhook["entry"]))
        expected = json.loads((EVENTS / "expected" / f"{situation}.json").read_text())
        wanted = {name(one) for one in expected if "ignored" not in one}
        assert {name(one["event"]) for one in function.queued()} == wanted, situation


def name(event: dict[str, Any]) -> str:
    """News without a date are named after when they came."""
    return str(event["kind"] if event["kind"] == "news" else event["id"])


def test_the_documented_message_is_on_the_queue(function: Function) -> None:
    """As AWS's user guide shows it."""
    settings = {
        **connection("doc", NUMBERS[0]).settings,
        "aws_waba_arn": json.loads(VECTOR)["context"]["MetaWabaIds"][0]["arn"],
    }
    function.store.delete(connection("sample-whatsapp", NUMBERS[0]))
    function.store.save(replace(connection("doc", NUMBERS[0]), settings=settings))
    function.hear(VECTOR)
    (queued,) = function.queued()
    assert queued["event"]["message"]["content"] == [{"type": "text", "text": "through AWS"}]
    assert queued["event"]["origin"] == {"service": "whatsapp", "endpoint": "doc", "account": NUMBERS[0]}


def test_a_message_that_comes_twice_is_on_the_queue_once(function: Function) -> None:
    function.hear(text())
    function.hear(text())
    assert len(function.queued()) == 1


def test_a_warm_message_makes_one_call(function: Function) -> None:
    function.hear(text())
    calls: list[str] = []
    with observing(lambda operation, _request: calls.append(operation)):
        function.hear(write(read_sample("message_text_in_many_scripts")[1]["entry"][0]))
    assert calls == ["SendMessageBatch"]


def test_an_account_that_nobody_connected_is_not_tried_again(function: Function) -> None:
    function.hear(write(read_sample("message_text")[1]["entry"][0] | {"id": "999"}))
    assert function.queued() == []


def test_what_was_disconnected_is_heard_no_more(function: Function) -> None:
    function.store.delete(connection("sample-whatsapp", NUMBERS[0]))
    function.hear(text())
    assert function.queued() == []


def test_a_message_about_another_account_of_aws_is_refused(function: Function, log: io.StringIO) -> None:
    function.hear(text(), topic=TOPIC.replace(OWNER, "210987654321"))
    assert function.queued() == []
    assert "another account of AWS" in log.getvalue()


@pytest.mark.parametrize(
    "message", ["", "no JSON", "[]", "{}", '{"whatsAppWebhookEntry":"{}"}', '{"whatsAppWebhookEntry":7}']
)
def test_what_cannot_be_read_comes_again_and_is_kept(function: Function, message: str, log: io.StringIO) -> None:
    with pytest.raises(NotTaken):
        function.hear(message)
    assert "webhook refused" in log.getvalue()


def test_what_the_queue_cannot_hold_lies_in_the_bucket(function: Function) -> None:
    with patch("patchbay.aws.stores.queue.MOST_BYTES", 10):
        function.hear(text())
    (stored,) = function.cloud.s3.list_objects_v2(Bucket=aws.BUCKET)["Contents"]
    assert stored["Key"].startswith("events/")


def test_one_bad_message_keeps_no_other_from_the_queue(function: Function) -> None:
    with pytest.raises(NotTaken, match="1 of 2"):
        function.hear("no JSON", text())
    assert len(function.queued()) == 1


def test_what_the_queue_refuses_comes_again(function: Function) -> None:
    function.cloud.sqs.delete_queue(QueueUrl=function.cloud.queue_url)
    with pytest.raises(NotTaken):
        function.hear(text())


@pytest.mark.parametrize("kept_by", ["Lambda", "SNS"])
def test_what_was_kept_can_be_tried_again(function: Function, kept_by: str) -> None:
    """The queue of failures calls the function, once its owner has turned that on."""
    event: Any = make_sns_event(text())
    kept = event if kept_by == "Lambda" else event["Records"][0]["Sns"]
    again: Any = {"Records": [{"eventSource": "aws:sqs", "body": json.dumps(kept)}]}
    function.handler(again, None)
    assert len(function.queued()) == 1


def test_an_unexpected_failure_comes_again_and_its_words_stay_out_of_the_log(
    function: Function, log: io.StringIO
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the customer's words")

    with patch("patchbay.bridge.receive.Receiver.receive", fail), pytest.raises(NotTaken) as raised:
        function.hear(text())
    assert "RuntimeError in topic.py" in log.getvalue()
    assert "the customer's words" not in log.getvalue() + str(raised.value)


def test_nobody_reaches_the_number_by_a_url(function: Function) -> None:
    """Neither by its webhook token nor by the name that the topic knows: what is not signed has no other way in."""
    token = function.store.webhook_token(connection("sample-whatsapp", NUMBERS[0]))
    event, webhook = read_sample("message_text")
    handler = make_webhook_handler("whatsapp")
    for guessed in (token, arn(WABA), f"topic/{arn(WABA)}"):
        asked: Any = {**event, "pathParameters": {"webhook_token": guessed}, "body": json.dumps(webhook)}
        assert handler(asked, None)["statusCode"] == 404
    assert function.queued() == []


def test_a_number_that_changes_its_door_leaves_no_way_in_behind(function: Function) -> None:
    before = connection("sample-whatsapp", NUMBERS[0])
    meta = {"phone_number_id": NUMBERS[0], "waba_id": WABA}
    token = function.store.save(replace(before, settings=meta))
    function.hear(text())
    assert function.queued() == []
    kept = function.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]
    addresses = {item["pk"]["S"] for item in kept if item["pk"]["S"].startswith("ENDPOINT#")}
    assert addresses == {keys.endpoint_key("whatsapp", token)}


def test_an_entry_is_only_believed_about_the_account_that_is_named_with_it() -> None:
    entry = read_sample("message_text")[1]["entry"][0]
    with pytest.raises(Unreadable, match="does not name the account"):
        CONNECTOR.read_topic_message(write(entry, waba=OTHER_WABA))
    other = json.loads(write(entry)) | {"aws_account_id": "210987654321"}
    with pytest.raises(Unreadable, match="aws_account_id"):
        CONNECTOR.read_topic_message(json.dumps(other))


def test_an_odd_text_in_an_entry_costs_a_replacement_character() -> None:
    entry = read_sample("message_text")[1]["entry"][0]
    message = json.loads(write(entry)) | {"whatsAppWebhookEntry": json.dumps(entry).replace("Hello", "\ud83d")}
    body = CONNECTOR.read_topic_message(json.dumps(message)).body
    assert json.loads(body)["entry"][0]["id"] == WABA


def test_only_services_that_publish_have_such_a_function() -> None:
    with pytest.raises(Misconfigured):
        make_handler("viber")
    assert account_of("nothing") == ""


@pytest.mark.parametrize("situation", whatsapp_topic.SITUATIONS)
def test_a_sample_means_what_the_same_webhook_means(situation: str) -> None:
    folder = EVENTS / "topic"
    event = json.loads((folder / f"{situation}.json").read_text())
    assert event == whatsapp_topic.make_topic_event(situation), "run `python -m tools.sample_events.whatsapp_topic`"
    meaning = whatsapp_topic.describe_meaning(event, situation)
    assert meaning == json.loads((folder / "expected" / f"{situation}.json").read_text())
    same = json.loads((EVENTS / "expected" / f"{situation}.json").read_text())
    assert [one["id"] for one in meaning] == [one["id"] for one in same]
