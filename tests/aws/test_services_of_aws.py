"""What functions ask services of AWS in their own name, over the wire: which of them asks what is in template.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from patchbay.aws.api.signing import Credentials
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.net.signed_requests import RequestSigner
from patchbay.domain.accounts import Connection
from patchbay.domain.model import Attachment, AttachmentKind, Side
from patchbay.kit.contract import Http, HttpRequest, IncomingFile
from patchbay.messengers.whatsapp import CONNECTOR
from patchbay.messengers.whatsapp.doors import make_download_request, open_door
from tests.aws.aws import REGION
from tests.aws.servers import serving
from tests.harness.fakes.media import BUCKET, MemoryMedia
from tests.harness.recording import working

NUMBER, WABA = "phone-number-id-0a1b2c3d4e5f60718293a4b5c6d7e8f9", "waba-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
CONNECTION = Connection(
    id="shop",
    service="whatsapp",
    side=Side.MESSENGER,
    endpoint_id="shop",
    settings={"door": "aws", "origination_phone_number_id": NUMBER, "aws_waba_id": WABA},
)
FILE = Attachment(
    kind=AttachmentKind.FILE,
    url="https://bridge.test/media/1/a.pdf",
    content_type="application/pdf",
    size=9,
    hosted=True,
)


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    """To a service that answers everything."""
    answer = {
        "messageId": "wamid.1",
        "mediaId": "1",
        "linkedWhatsAppBusinessAccountId": WABA,
        "templates": [{"metaTemplateId": "12", "templateName": "visit"}],
        "template": "{}",
    }

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        body = json.dumps(answer).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with serving(reply) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SOCIALMESSAGING", f"http://127.0.0.1:{port}")
        keys = Credentials(access_key="testing", secret_key="testing")
        yield RequestsHttp(local=False, signer=RequestSigner(lambda: keys, REGION))


def test_the_dispatcher_sends_and_passes_files_on(http: Http) -> None:
    door = open_door(CONNECTION, http)
    with working("dispatcher"):
        assert door.send({"messaging_product": "whatsapp", "to": "+41791234567"}).external_id == "wamid.1"
        assert door.upload(FILE, "application/pdf", MemoryMedia(http)) == "1"
        found = door.find_file(Attachment(kind=AttachmentKind.IMAGE, url=None, external_id="794"))
        assert http.send(_place(make_download_request(found, CONNECTION))).ok
        assert [one["id"] for one in door.list_templates()] == ["12"]


def _place(request: HttpRequest) -> HttpRequest:
    """As the store asks, with the place of the file."""
    document: Any = request.json
    return replace(request, json={name: _fill(value) for name, value in document.items()})


def _fill(value: object) -> object:
    return {"bucketName": BUCKET, "key": "incoming/1/file"} if isinstance(value, IncomingFile) else value


def test_the_webhook_monitor_asks_whether_calls_are_allowed_again(http: Http) -> None:
    with working("webhook_monitor"):
        assert CONNECTOR.check_credentials(CONNECTION, http).settings["aws_waba_id"] == WABA
