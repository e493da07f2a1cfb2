"""How much memory ten files at once take, in a process of its own so that it can be read."""

from __future__ import annotations

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler

from tests.aws import aws
from tests.aws.servers import serving

MB = 1_000_000

#: What the dispatcher has loaded, and ten threads that begin together.
SETUP = """
import io, json, os, sys, threading
from datetime import UTC, datetime
sys.modules["OpenSSL"] = None  # as in the functions' layer
sys.path[:0] = [sys.argv[1]]
from patchbay.kit import registry
from patchbay.domain.accounts import Connection, Secrets
from patchbay.kit.contract import HttpRequest
from patchbay.aws import clients
from patchbay.aws.handlers import dispatcher
from patchbay.aws.net.download import Downloader
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.stores.media import S3Media
from patchbay.domain.model import Attachment, AttachmentKind, Conversation, Part, Role, Sender

for make in (clients.s3, clients.sqs, clients.dynamodb, clients.secrets_manager):
    make()
port, size = sys.argv[2], int(sys.argv[3])

def most_memory():
    # In kilobytes, of this program: what getrusage says begins with what the process held that started it.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

def measure(work):
    together = threading.Barrier(10)
    def run(number):
        together.wait()
        work(number)
    before = most_memory()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(10)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(json.dumps([before * 1024, most_memory() * 1024]))
"""
INLINING = """
ids = ("person_id", "contact_id", "channel_id", "conversation_id")
connector = registry.load("unblu")
connection = Connection(id="c", service="unblu", side=connector.side, endpoint_id="c",
    settings={"base_url": f"http://127.0.0.1:{port}"}, secrets=Secrets(values={"username": "u", "password": "p"}))
http = RequestsHttp(local=True)

class Zeros(io.RawIOBase):
    left = size
    def read(self, amount=-1):
        piece = self.left if amount < 0 else min(self.left, amount)
        self.left -= piece
        return bytes(piece)

def deliver(number):
    file = Attachment(kind=AttachmentKind.FILE, url="https://x.test/a", name="a.pdf", size=size, hosted=True)
    part = Part(key=f"event:{number}", content=file, sender=Sender(role=Role.CONTACT), sent_at=datetime.now(UTC))
    conversation = Conversation(external_id=f"c-{number}", state=dict.fromkeys(ids, "x"))
    connector.deliver_file(part, Zeros(), conversation, connection, http)

measure(deliver)
"""
HOSTING = """
media = S3Media(clients.s3, "files", "https://bridge.test", Downloader(local=True))

def host(number):
    file = Attachment(kind=AttachmentKind.FILE, url="", name="a.pdf")
    media.host(file, HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/a"), size)

measure(host)
"""


def _run(script: str, port: int, size: int) -> tuple[int, int]:
    """The most bytes that the process has held, before the ten files and with them."""
    command = [sys.executable, "-c", SETUP + script, str(aws.ROOT / "layers/patchbay"), str(port), str(size)]
    credentials = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    place = {"AWS_REGION": aws.REGION, "AWS_DEFAULT_REGION": aws.REGION, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, env={**credentials, **place})
    before, peak = json.loads(done.stdout)
    return before, peak


def _memory() -> float:
    return aws.function("DispatcherFunction", "MemorySize") * 1024**2


def _swallow(handler: BaseHTTPRequestHandler) -> int:
    if handler.headers.get("Expect"):
        handler.send_response_only(100)
        handler.end_headers()
    left = length = int(handler.headers.get("Content-Length", "0"))
    while left:
        left -= len(handler.rfile.read(min(left, 65536)))
    return length


def _answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("ETag", '"e"')
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_ten_files_at_once_inside_messages_leave_the_function_most_of_its_memory() -> None:
    received: list[int] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        received.append(_swallow(handler))
        _answer(handler, b"{}")

    with serving(answer) as port:
        before, peak = _run(INLINING, port, 10 * MB)
    assert len(received) == 10
    assert min(received) > 10 * MB * 4 / 3
    assert peak < 0.6 * _memory()
    assert peak - before < 40 * MB  # none of them was held whole


def test_ten_files_at_once_into_the_store_leave_the_function_most_of_its_memory() -> None:
    stored: list[int] = []
    size = 30 * MB

    def answer(handler: BaseHTTPRequestHandler) -> None:
        """The file's server, and S3 for uploads in parts."""
        if handler.command == "GET":
            handler.send_response(200)
            handler.send_header("Content-Length", str(size))
            handler.end_headers()
            for _ in range(size // 50_000):
                handler.wfile.write(bytes(50_000))
            return
        length = _swallow(handler)
        if handler.command == "PUT":
            stored.append(length)
        root = "InitiateMultipartUploadResult" if "uploads" in handler.path else "CompleteMultipartUploadResult"
        _answer(handler, f"<{root}><UploadId>u</UploadId></{root}>".encode() if handler.command == "POST" else b"")

    with serving(answer) as port:
        _, peak = _run(HOSTING, port, size)
    assert sum(stored) >= 10 * size
    assert peak < 0.6 * _memory()
