"""AWS's door against the simulated AWS: what arrives, and what each refusal means."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import (
    AuthorizationNeeded,
    DeliveryError,
    Misconfigured,
    Rejected,
    Transient,
    Uncertain,
    Unreachable,
)
from patchbay.domain.model import Attachment, AttachmentKind, Side
from patchbay.kit.contract import HttpResponse
from patchbay.messengers.whatsapp import CONNECTOR
from patchbay.messengers.whatsapp.aws_account import AwsSetup
from patchbay.messengers.whatsapp.aws_client import read_code, read_kind
from patchbay.messengers.whatsapp.aws_door import AwsDoor, request_file
from playground.services.whatsapp.aws_bucket import OwnersAws
from playground.services.whatsapp.demo import PHONE_NUMBER_ID, WABA_ID
from playground.simulator import Fault
from tests.harness.fakes.media import MemoryMedia
from tests.harness.whatsapp_aws import HOST, TOPIC, AwsScene
from tests.harness.wsgi_http import WsgiHttp

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(40)


@dataclass
class World:
    scene: AwsScene
    http: WsgiHttp
    connection: Connection

    @property
    def door(self) -> AwsDoor:
        return AwsDoor(self.connection, self.http)

    @property
    def setup(self) -> AwsSetup:
        return AwsSetup(self.connection, self.http)

    def text(self, words: str = "Grüezi") -> dict[str, object]:
        to = f"+{self.scene.person().phone}"
        return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": words}}


@dataclass
class BridgesAws(OwnersAws):
    """The bucket is that of the bridge's own store."""

    media: MemoryMedia

    def read(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        return self.media.read_place(bucket, key)

    def write(self, bucket: str, key: str, content: bytes, content_type: str) -> bool:
        del content_type
        self.media.write_place(bucket, key, content)
        return True

    def publish(self, topic: str, message: str) -> bool:
        raise AssertionError("nothing is published here")


@pytest.fixture
def world() -> World:
    scene = AwsScene()
    http = WsgiHttp({HOST: scene.whatsapp.app})
    settings = {"door": "aws", "origination_phone_number_id": scene.number}
    draft = Connection(id="shop", service="whatsapp", side=Side.MESSENGER, endpoint_id="shop", settings=settings)
    account = AwsSetup(draft, http).check()
    scene.people.write(scene.person(), "Hello")
    scene.published()
    return World(scene, http, replace(draft, settings={**settings, **account.settings}))


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_message_arrives_and_has_metas_id(world: World) -> None:
    delivered = world.door.send(world.text())
    last = world.scene.people.messages(world.scene.person())[-1]
    assert (last.id, last.content) == (delivered.external_id, {"body": "Grüezi"})


def test_a_message_is_marked_as_read_while_somebody_types(world: World) -> None:
    person = world.scene.person()
    written = world.scene.people.messages(person)[-1]
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": written.id}
    world.door.mark({**mark, "typing_indicator": {"type": "text"}})
    assert written.seen
    assert world.scene.people.chat(person).typing_until is not None


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (130429, Transient),
        (131056, Transient),
        (131026, Unreachable),
        (131047, Rejected),
        (131031, AuthorizationNeeded),
        (131000, Uncertain),
        (132001, Rejected),
    ],
)
def test_a_code_of_metas_means_what_it_means_at_metas_door(
    world: World, code: int, failure: type[DeliveryError]
) -> None:
    world.scene.core.quirks.refusals.append(code)
    with pytest.raises(failure) as refused:
        world.door.send(world.text("a secret word"))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("status", "failure"),
    [(403, AuthorizationNeeded), (404, AuthorizationNeeded), (429, Transient), (500, Uncertain), (502, Uncertain)],
)
def test_an_exception_of_aws_own_is_told_apart_by_whether_the_message_can_be_out(
    world: World, status: int, failure: type[DeliveryError]
) -> None:
    world.scene.whatsapp.fail_next(Fault(status=status))
    with pytest.raises(failure):
        world.door.send(world.text())
    world.scene.whatsapp.fail_next(Fault(status=status))
    repeatable = Transient if failure is Uncertain else failure
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    with pytest.raises(repeatable):
        world.door.mark(mark)


def test_a_call_that_aws_does_not_allow_waits_for_the_owner_who_reads_what_to_do(world: World) -> None:
    world.scene.whatsapp.fail_next(Fault(status=403))
    with pytest.raises(AuthorizationNeeded, match="deploy the stack again") as refused:
        world.door.send(world.text())
    assert "`patchbay connect whatsapp shop`" in str(refused.value)
    assert "AccessDeniedException" in str(refused.value)


@pytest.mark.parametrize(
    ("header", "body", "kind", "code"),
    [
        ("ThrottledRequestException", b"{}", "ThrottledRequestException", 0),
        ("aws.social#DependencyException:http://x", b"no JSON", "DependencyException", 0),
        ("<script>", b"", "", 0),
        ("", b'{"message":"(#131047) Re-engagement message"}', "", 131047),
        ("", b'{"message":"Meta: {\\"error\\":{\\"code\\": 190}}"}', "", 190),
        ("", b'{"message":["(#131047)"]}', "", 0),
    ],
)
def test_kind_and_code_are_read_from_whatever_comes(header: str, body: bytes, kind: str, code: int) -> None:
    response = HttpResponse(status=400, headers={"x-amzn-errortype": header}, body=body)
    assert (read_kind(response), read_code(response)) == (kind, code)


@pytest.mark.parametrize(
    "number", ["", "318572046913387", "arn:aws:sns:eu-central-1:123456789012:x", "phone-number-id-"]
)
def test_a_number_that_is_none_waits_for_the_owner(world: World, number: str) -> None:
    connection = replace(
        world.connection, settings={**world.connection.settings, "origination_phone_number_id": number}
    )
    with pytest.raises(AuthorizationNeeded, match="origination_phone_number_id"):
        AwsDoor(connection, world.http)
    with pytest.raises(Misconfigured, match="origination_phone_number_id"):
        AwsSetup(connection, world.http)


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_comes_straight_into_the_bucket(world: World) -> None:
    scene, media = world.scene, MemoryMedia(world.http)
    number = scene.core.state.numbers[PHONE_NUMBER_ID]
    theirs = scene.core.state.store_media(number, PNG, "image/png", "", is_ours=False)
    scene.social.aws = BridgesAws(media)
    found = world.door.find_file(Attachment(kind=AttachmentKind.IMAGE, url=None, external_id=theirs.id))
    hosted = media.host(found, request_file(found, world.connection), 10_000)
    assert (hosted.content_type, hosted.size) == ("image/png", len(PNG))
    assert media.files[str(hosted.url)] == PNG
    assert media.bucket == {}


def test_a_voice_message_is_read_from_the_bucket_with_its_codec(world: World) -> None:
    media = MemoryMedia(world.http)
    world.scene.social.aws = BridgesAws(media)
    url = "https://bridge.test/media/1/voice.ogg"
    media.files[url], media.types[url] = OGG, "audio/ogg"
    voice = Attachment(kind=AttachmentKind.AUDIO, url=url, content_type="audio/ogg", size=len(OGG), hosted=True)
    named = CONNECTOR.upload_attachment(voice, media, world.connection, world.http)
    uploaded = world.scene.core.state.media[named.external_id]
    assert (uploaded.content, uploaded.content_type) == (OGG, "audio/ogg; codecs=opus")


def test_a_file_that_the_bucket_does_not_give_waits_for_the_owner(world: World) -> None:
    voice = Attachment(kind=AttachmentKind.FILE, url="https://bridge.test/media/1/a.pdf", size=1, hosted=True)
    with pytest.raises(AuthorizationNeeded):
        world.door.upload(voice, "", MemoryMedia(world.http))


# --- connecting ------------------------------------------------------------------------------------------------------


def test_the_account_is_known_by_both_of_its_names(world: World) -> None:
    names = world.scene.social.names
    account = world.setup.check()
    assert account.external_id == PHONE_NUMBER_ID
    assert account.settings == {
        "phone_number_id": PHONE_NUMBER_ID,
        "waba_id": WABA_ID,
        "aws_waba_id": names.waba_id(WABA_ID),
        "aws_waba_arn": names.waba_arn(WABA_ID),
    }
    assert CONNECTOR.get_topic_source(world.connection) == names.waba_arn(WABA_ID)
    assert CONNECTOR.get_topic_source(replace(world.connection, settings={"aws_waba_arn": "x"})) == ""
    assert not account.warnings


def test_what_is_wrong_with_the_number_is_said(world: World) -> None:
    number = world.scene.core.state.numbers[PHONE_NUMBER_ID]
    number.quality, number.is_registered = "RED", False
    said = " ".join(world.setup.check().warnings)
    assert "registration is not complete" in said
    assert "quality of the number is low" in said


def test_the_account_publishes_to_our_topic_until_it_is_disconnected(world: World) -> None:
    world.scene.social.destinations.clear()
    assert world.setup.registered() == ""
    world.setup.register({"topic": TOPIC})
    assert world.setup.registered() == TOPIC
    world.setup.unregister()
    assert world.setup.registered() == ""


def test_a_stack_without_a_topic_is_deployed_again(world: World) -> None:
    with pytest.raises(Misconfigured, match="sam deploy"):
        world.setup.register({"webhook": "https://bridge.test/whatsapp/token"})
