"""Bodies with files inside: what is sent, and how little of it is held meanwhile."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.contract import Base64File, HttpRequest, Upload
from patchbay.errors import Transient
from patchbay.infra.bodies import JsonBody, encode_body
from patchbay.infra.http import RequestsHttp
from tests.infra import aws
from tests.infra.servers import serving

MB = 1_000_000


def _request(json_body: object, url: str = "https://service.test/") -> HttpRequest:
    return HttpRequest(method="POST", url=url, json=json_body)


@given(st.lists(st.binary(max_size=300_000), min_size=1, max_size=3), st.text(max_size=20))
def test_files_in_json_arrive_whole_and_the_length_is_known_before(files: list[bytes], words: str) -> None:
    inlined = [Base64File(prefix="data:;base64,", size=len(file), stream=io.BytesIO(file)) for file in files]
    body = encode_body(_request({"text": words, "deep": {"files": inlined}}))
    assert isinstance(body, JsonBody)
    length = len(body)
    sent = b"".join(body)
    assert len(sent) == length
    read = json.loads(sent)
    assert read["deep"]["files"] == [f"data:;base64,{base64.b64encode(file).decode()}" for file in files]


def test_half_of_a_surrogate_pair_costs_a_character_and_not_the_message() -> None:
    assert encode_body(_request({"text": "hello \ud83d"})) == '{"text":"hello \ufffd"}'.encode()


@pytest.mark.parametrize("kept", [b"", b"half"])
def test_a_copy_that_ends_early_is_nobodys_doubt(kept: bytes) -> None:
    """What was announced longer than it came is incomplete: no service acts on it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read()

    with serving(answer) as port:
        url = f"http://127.0.0.1:{port}/"
        upload = Upload(field_name="f", name="a", content_type="a/b", size=100_000, stream=io.BytesIO(kept))
        inlined = Base64File(size=100_000, stream=io.BytesIO(kept))
        for request in (_request([inlined], url), HttpRequest(method="POST", url=url, upload=upload)):
            with pytest.raises(Transient, match="ended early"):
                RequestsHttp(local=True).send(request)


# --- memory ----------------------------------------------------------------------------------------------------------

#: What the dispatcher does with ten files at once, in a process of its own, so that its memory can be read.
SCRIPT = """
import io, json, resource, sys, threading
from datetime import UTC, datetime
sys.modules["OpenSSL"] = None  # as in the functions' layer
sys.path[:0] = [sys.argv[1]]
from patchbay import connectors
from patchbay.accounts import Connection, Secrets
from patchbay.infra import clients, dispatching
from patchbay.infra.http import RequestsHttp
from patchbay.model import Attachment, AttachmentKind, Conversation, Part, Role, Sender

for make in (clients.s3, clients.sqs, clients.dynamodb, clients.secrets_manager):
    make()
service, port, size, state = sys.argv[2], sys.argv[3], int(sys.argv[4]), json.loads(sys.argv[5])
connector = connectors.load(service)
connection = Connection(id="c", service=service, side=connector.side, endpoint_id="c",
    settings={**state["settings"], "base_url": f"http://127.0.0.1:{port}"}, secrets=Secrets(values=state["secrets"]))
http = RequestsHttp(local=True)
together = threading.Barrier(10)

class Zeros(io.RawIOBase):
    left = size
    def read(self, amount=-1):
        piece = self.left if amount < 0 else min(self.left, amount)
        self.left -= piece
        return bytes(piece)

def deliver(number):
    file = Attachment(kind=AttachmentKind.FILE, url="https://x.test/a", name="a.pdf", size=size, hosted=True)
    part = Part(key=f"event:{number}", content=file, sender=Sender(role=Role.CONTACT), sent_at=datetime.now(UTC))
    conversation = Conversation(external_id=f"c-{number}", state=state["conversation"])
    together.wait()
    connector.deliver_file(part, Zeros(), conversation, connection, http)

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
threads = [threading.Thread(target=deliver, args=(number,)) for number in range(10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""
_IDS = ("person_id", "contact_id", "channel_id", "conversation_id")
_STATE = {"conversation": dict.fromkeys(_IDS, "x"), "settings": {}, "secrets": {"username": "u", "password": "p"}}


def test_ten_files_at_once_inside_messages_leave_the_function_most_of_its_memory() -> None:
    received: list[int] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        left = length = int(handler.headers["Content-Length"])
        while left:
            left -= len(handler.rfile.read(min(left, 65536)))
        received.append(length)
        handler.send_response(200)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    with serving(answer) as port:
        state = json.dumps(_STATE)
        command = [sys.executable, "-c", SCRIPT, str(aws.ROOT / "layers/patchbay"), "unblu", str(port)]
        variables = {"AWS_REGION": aws.REGION, "AWS_DEFAULT_REGION": aws.REGION}
        done = subprocess.run(
            [*command, str(10 * MB), state], check=True, capture_output=True, text=True, timeout=60, env=variables
        )
    before, peak = json.loads(done.stdout)
    memory = aws.function("DispatcherFunction", "MemorySize")
    assert len(received) == 10
    assert min(received) > 10 * MB * 4 / 3
    assert peak * 1024 < 0.6 * memory * 1024**2
    assert (peak - before) * 1024 < 40 * MB
