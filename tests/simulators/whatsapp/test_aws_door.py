"""The simulated AWS End User Messaging Social, driven by boto3 itself, refuses what AWS's model refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from playground.services.whatsapp.demo import PHONE_NUMBER_ID, WABA_ID
from tests.harness.whatsapp_aws import BUCKET, HOST, TOPIC, AwsScene, make_boto, read_entry

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
def scene() -> AwsScene:
    return AwsScene()


def text(scene: AwsScene, **more: Any) -> bytes:
    body = {
        "messaging_product": "whatsapp",
        "to": f"+{scene.person().phone}",
        "type": "text",
        "text": {"body": "Grüezi"},
    }
    return json.dumps({**body, **more}).encode()


def send(scene: AwsScene, message: bytes) -> str:
    answer = scene.boto.send_whatsapp_message(
        originationPhoneNumberId=scene.number, message=message, metaApiVersion="v25.0"
    )
    return str(answer["messageId"])


def test_a_message_is_seen_on_the_phone_and_its_statuses_come_by_the_topic(scene: AwsScene) -> None:
    scene.people.write(scene.person(), "Hello")
    message_id = send(scene, text(scene))
    assert message_id.startswith("wamid.")
    assert scene.people.messages(scene.person())[-1].content == {"body": "Grüezi"}
    entries = [read_entry(message) for message in scene.published()]
    statuses = [one for entry in entries for change in entry["changes"] for one in change["value"].get("statuses", [])]
    assert [one["status"] for one in statuses if one["id"] == message_id][:2] == ["sent", "delivered"]


def test_what_a_person_writes_is_published_as_the_documentation_shows_it(scene: AwsScene) -> None:
    scene.people.write(scene.person(), "through AWS")
    (published,) = scene.published()
    message = json.loads(published)
    assert set(message) == {"context", "whatsAppWebhookEntry", "aws_account_id", "message_timestamp", "messageId"}
    names = scene.social.names
    assert message["context"]["MetaWabaIds"] == [{"wabaId": WABA_ID, "arn": names.waba_arn(WABA_ID)}]
    assert message["context"]["MetaPhoneNumberIds"] == [
        {"metaPhoneNumberId": PHONE_NUMBER_ID, "arn": names.number_arn(PHONE_NUMBER_ID)}
    ]
    (change,) = read_entry(published)["changes"]
    assert change["value"]["messages"][0]["text"] == {"body": "through AWS"}


@pytest.mark.parametrize("by", ["id", "arn"])
def test_the_number_and_its_account_are_shown(scene: AwsScene, by: str) -> None:
    names = scene.social.names
    number = {"id": scene.number, "arn": names.number_arn(PHONE_NUMBER_ID)}[by]
    found = scene.boto.get_linked_whatsapp_business_account_phone_number(id=number)
    assert found["phoneNumber"]["metaPhoneNumberId"] == PHONE_NUMBER_ID
    waba = scene.boto.get_linked_whatsapp_business_account(id=found["linkedWhatsAppBusinessAccountId"])["account"]
    assert (waba["wabaId"], waba["registrationStatus"]) == (WABA_ID, "COMPLETE")
    assert waba["eventDestinations"] == [{"eventDestinationArn": TOPIC}]


def test_an_account_has_one_event_destination_or_none(scene: AwsScene) -> None:
    scene.boto.put_whatsapp_business_account_event_destinations(id=scene.waba, eventDestinations=[])
    scene.people.write(scene.person(), "nobody hears this")
    assert scene.published() == []
    wanted = [{"eventDestinationArn": f"{TOPIC}.fifo"}]
    with pytest.raises(scene.boto.exceptions.InvalidParametersException):
        scene.boto.put_whatsapp_business_account_event_destinations(id=scene.waba, eventDestinations=wanted)


def test_files_go_to_the_bucket_and_come_from_it(scene: AwsScene) -> None:
    scene.aws.files[BUCKET, "media/1/a.png"] = PNG, "image/png"
    source = {"bucketName": BUCKET, "key": "media/1/a.png"}
    media_id = scene.boto.post_whatsapp_message_media(originationPhoneNumberId=scene.number, sourceS3File=source)[
        "mediaId"
    ]
    target = {"bucketName": BUCKET, "key": "incoming/1/file"}
    call = {"mediaId": media_id, "originationPhoneNumberId": scene.number}
    assert scene.boto.get_whatsapp_message_media(**call, metadataOnly=True)["fileSize"] == len(PNG)
    assert scene.aws.files.get((BUCKET, "incoming/1/file")) is None
    found = scene.boto.get_whatsapp_message_media(**call, destinationS3File=target)
    assert (found["mimeType"], found["fileSize"]) == ("image/png", len(PNG))
    assert scene.aws.files[BUCKET, "incoming/1/file"] == (PNG, "image/png")
    with pytest.raises(scene.boto.exceptions.AccessDeniedException):
        scene.boto.get_whatsapp_message_media(**call, destinationS3File={**target, "bucketName": "another-one"})
    with pytest.raises(scene.boto.exceptions.InvalidParametersException):
        scene.boto.get_whatsapp_message_media(**call)


@pytest.mark.parametrize(
    ("code", "exception", "status"),
    [
        (130429, "ThrottledRequestException", 429),
        (131056, "ThrottledRequestException", 429),
        (131031, "AccessDeniedException", 403),
        (131047, "InvalidParametersException", 400),
        (131000, "DependencyException", 502),
    ],
)
def test_a_refusal_of_metas_is_an_exception_with_its_code(
    scene: AwsScene, code: int, exception: str, status: int
) -> None:
    scene.people.write(scene.person(), "Hello")
    scene.core.quirks.refusals.append(code)
    with pytest.raises(ClientError) as refused:
        send(scene, text(scene))
    error = refused.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (exception, status)
    assert f"(#{code})" in error["Error"]["Message"]


@pytest.mark.parametrize("message", [b"no JSON", b'{"to":"41791234567"}', b'"text"'])
def test_what_is_no_message_of_metas_is_refused(scene: AwsScene, message: bytes) -> None:
    with pytest.raises(ClientError) as refused:
        send(scene, message)
    assert refused.value.response["Error"]["Code"] == "InvalidParametersException"


def test_a_number_that_is_not_linked_is_not_found(scene: AwsScene) -> None:
    with pytest.raises(scene.boto.exceptions.ResourceNotFoundException):
        scene.boto.send_whatsapp_message(
            originationPhoneNumberId="phone-number-id-0", message=b"{}", metaApiVersion="v25.0"
        )


def test_boto_itself_refuses_an_empty_id(scene: AwsScene) -> None:
    with pytest.raises(ParamValidationError):
        scene.boto.send_whatsapp_message(originationPhoneNumberId="", message=b"{}", metaApiVersion="v25.0")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("send", {"message": "e30=", "metaApiVersion": "v25.0"}, "originationPhoneNumberId is required"),
        ("send", {"originationPhoneNumberId": "1", "message": "e30=", "metaApiVersion": "v25.0"}, "must match"),
        ("send", {"originationPhoneNumberId": "phone-number-id-1", "message": "{}", "metaApiVersion": "v"}, "base64"),
        ("send", {"originationPhoneNumberId": "phone-number-id-1", "message": "", "metaApiVersion": "v"}, "size of 0"),
        ("media/get", {"mediaId": "1", "originationPhoneNumberId": "phone-number-id-1", "key": "k"}, "unknown: key"),
        ("media/get", {"mediaId": 1, "originationPhoneNumberId": "phone-number-id-1"}, "must be a string"),
        (
            "media/get",
            {"mediaId": "1", "originationPhoneNumberId": "phone-number-id-1", "metadataOnly": "yes"},
            "must be a boolean",
        ),
    ],
)
def test_a_call_that_boto_would_not_make_is_refused_as_well(
    scene: AwsScene, path: str, body: dict[str, Any], named: str
) -> None:
    """The whole model counts: lengths and forms, which boto3 leaves to the service."""
    headers = _sign_nothing()
    answer = scene.whatsapp.app.test_client().post(
        f"/v1/whatsapp/{path}", json=body, headers=headers, base_url=f"https://{HOST}"
    )
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert named in answer.get_json()["message"]


def _sign_nothing() -> dict[str, str]:
    """In the right form, with a key that the simulator does not know."""
    from datetime import UTC, datetime

    at = datetime.now(UTC)
    return {
        "X-Amz-Date": f"{at:%Y%m%dT%H%M%SZ}",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=AKIA/{at:%Y%m%d}/eu-central-1/social-messaging/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
    }


def test_an_unsigned_call_and_one_with_a_wrong_key_are_refused(scene: AwsScene) -> None:
    unsigned = scene.whatsapp.app.test_client().post("/v1/whatsapp/send", json={})
    assert (unsigned.status_code, unsigned.headers["x-amzn-ErrorType"]) == (403, "AccessDeniedException")
    stranger = make_boto(scene.whatsapp, secret="another")
    with pytest.raises(stranger.exceptions.AccessDeniedException):
        stranger.get_linked_whatsapp_business_account(id=scene.waba)


def test_a_topic_that_does_not_let_the_service_publish_gets_nothing(scene: AwsScene) -> None:
    scene.aws.topics.clear()
    scene.people.write(scene.person(), "Hello")
    assert scene.published() == []
