"""What AWS's door asks of AWS is what boto3 would ask: each call's method, path, query and body."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from patchbay.domain.accounts import Connection
from patchbay.domain.model import Attachment, AttachmentKind, Side
from patchbay.kit.contract import FilePlace, Http, HttpRequest, HttpResponse, IncomingFile
from patchbay.messengers.whatsapp.aws_account import AwsSetup
from patchbay.messengers.whatsapp.aws_door import AwsDoor, request_file
from tests.harness.whatsapp_aws import REGION, TOPIC, Raw

NUMBER = "phone-number-id-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
WABA = "waba-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
CONNECTION = Connection(
    id="shop",
    service="whatsapp",
    side=Side.MESSENGER,
    endpoint_id="shop",
    settings={"door": "aws", "origination_phone_number_id": NUMBER, "aws_waba_id": WABA},
)
PLACE = FilePlace(bucket="files", key="media/1/cat.png")
FILE = Attachment(
    kind=AttachmentKind.IMAGE, url="https://b.test/media/1/cat.png", content_type="image/png", hosted=True
)
BODY = {"messaging_product": "whatsapp", "to": "+41791234567", "type": "text", "text": {"body": "Grüezi 👋"}}
TEMPLATE = {"name": "visit", "language": "de", "category": "UTILITY", "components": [{"type": "BODY", "text": "Hoi"}]}


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    body: Any


class Recorder(Http):
    """Answers everything as AWS does, with what the next page or step needs."""

    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        self.asked: list[Asked] = []
        self._answer = answer or {}

    def send(self, request: HttpRequest) -> HttpResponse:
        assert request.aws_service == "social-messaging"
        self.asked.append(Asked(request.method, request.url, dict(request.query), request.json))
        return HttpResponse(status=200, body=json.dumps(self._answer).encode())


class Files:
    """Of which nothing is read."""

    def open(self, attachment: Attachment) -> Any:
        raise AssertionError("AWS reads the file itself")

    def locate(self, attachment: Attachment, content_type: str = "") -> FilePlace:
        assert attachment is FILE
        assert content_type == "image/png"
        return PLACE


def boto_asks(method: str, **call: Any) -> Asked:
    client = boto3.client("socialmessaging", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="y")
    seen: list[Asked] = []

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        address = urlsplit(str(request.url))
        sent: Any = request.body
        body = json.loads(sent) if sent else None
        seen.append(Asked(str(request.method), address.path, dict(parse_qsl(address.query)), body))
        headers: Any = {}
        raw: Any = Raw(b"{}")
        return AWSResponse(str(request.url), 200, headers, raw)

    client.meta.events.register("before-send.*", answer)
    getattr(client, method)(**call)
    (asked,) = seen
    return asked


def door(http: Http) -> AwsDoor:
    return AwsDoor(CONNECTION, http)


CALLS: dict[str, tuple[Callable[[Http], object], str, dict[str, Any]]] = {
    "send": (
        lambda http: door(http).send(BODY),
        "send_whatsapp_message",
        {
            "originationPhoneNumberId": NUMBER,
            "message": json.dumps(BODY, separators=(",", ":")).encode(),
            "metaApiVersion": "v25.0",
        },
    ),
    "upload": (
        lambda http: door(http).upload(FILE, "image/png", Files()),
        "post_whatsapp_message_media",
        {"originationPhoneNumberId": NUMBER, "sourceS3File": {"bucketName": "files", "key": "media/1/cat.png"}},
    ),
    "list templates": (
        lambda http: door(http).list_templates(),
        "list_whatsapp_message_templates",
        {"id": WABA, "maxResults": 100},
    ),
    "create template": (
        lambda http: door(http).create_template(TEMPLATE),
        "create_whatsapp_message_template",
        {"id": WABA, "templateDefinition": json.dumps(TEMPLATE, separators=(",", ":")).encode()},
    ),
    "edit template": (
        lambda http: door(http).edit_template("12", {"components": TEMPLATE["components"], "category": "MARKETING"}),
        "update_whatsapp_message_template",
        {
            "id": WABA,
            "metaTemplateId": "12",
            "templateComponents": json.dumps(TEMPLATE["components"], separators=(",", ":")).encode(),
            "templateCategory": "MARKETING",
        },
    ),
    "delete template": (
        lambda http: door(http).delete_template("visit", "12"),
        "delete_whatsapp_message_template",
        {"id": WABA, "templateName": "visit", "metaTemplateId": "12"},
    ),
    "delete template in all languages": (
        lambda http: door(http).delete_template("visit", ""),
        "delete_whatsapp_message_template",
        {"id": WABA, "templateName": "visit", "deleteAllLanguages": True},
    ),
    "register": (
        lambda http: AwsSetup(CONNECTION, http).register({"topic": TOPIC}),
        "put_whatsapp_business_account_event_destinations",
        {"id": WABA, "eventDestinations": [{"eventDestinationArn": TOPIC}]},
    ),
    "unregister": (
        lambda http: AwsSetup(CONNECTION, http).unregister(),
        "put_whatsapp_business_account_event_destinations",
        {"id": WABA, "eventDestinations": []},
    ),
    "registered": (
        lambda http: AwsSetup(CONNECTION, http).registered(),
        "get_linked_whatsapp_business_account",
        {"id": WABA},
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_the_one_that_boto3_makes(name: str) -> None:
    ask, method, call = CALLS[name]
    recorder = Recorder({"mediaId": "1"})
    ask(recorder)
    assert recorder.asked == [boto_asks(method, **call)]


def test_a_number_is_looked_up_with_its_account() -> None:
    recorder = Recorder({"linkedWhatsAppBusinessAccountId": WABA})
    AwsSetup(CONNECTION, recorder).check()
    assert recorder.asked == [
        boto_asks("get_linked_whatsapp_business_account_phone_number", id=NUMBER),
        boto_asks("get_linked_whatsapp_business_account", id=WABA),
    ]


def test_what_a_template_says_is_asked_for_one_by_one() -> None:
    recorder = Recorder({"templates": [{"metaTemplateId": "12", "templateName": "visit"}], "template": "{}"})
    door(recorder).list_templates()
    assert recorder.asked[1:] == [boto_asks("get_whatsapp_message_template", id=WABA, metaTemplateId="12")]


def test_a_file_is_asked_for_with_the_place_that_the_core_gives() -> None:
    found = door(Recorder()).find_file(Attachment(kind=AttachmentKind.IMAGE, url=None, external_id="794"))
    assert found.protected
    request = request_file(found, CONNECTION)
    document: Any = request.json
    place = document["destinationS3File"]
    assert isinstance(place, IncomingFile)
    asked = Asked(request.method, request.url, {}, {**document, "destinationS3File": place.write(PLACE)})
    assert asked == boto_asks(
        "get_whatsapp_message_media",
        mediaId="794",
        originationPhoneNumberId=NUMBER,
        destinationS3File={"bucketName": "files", "key": "media/1/cat.png"},
    )


def test_a_number_goes_out_with_its_plus_and_a_users_id_as_it_is() -> None:
    recorder = Recorder()
    door(recorder).send({**BODY, "to": "41791234567"})
    door(recorder).send({**BODY, "to": "CH.13491208655302741918"})
    sent = [json.loads(base64.b64decode(one.body["message"]))["to"] for one in recorder.asked]
    assert sent == ["+41791234567", "CH.13491208655302741918"]
