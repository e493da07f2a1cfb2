"""Starting the canned AWS, and what a process needs in its environment to call it."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import certifi

from bench.canned.certificates import HOST, ROOT, write_certificates
from patchbay.aws.api.trust import AMAZON_ROOTS
from playground.emulator import ROOT as PROJECT

Json = dict[str, Any]
_BEGIN, _END = (f"-----{word} CERTIFICATE-----" for word in ("BEGIN", "END"))


@dataclass(frozen=True, slots=True)
class CannedAws:
    """A running one. `folder` holds its certificates."""

    folder: Path
    connection: HTTPSConnection = field(repr=False)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.connection.port}"

    @property
    def packages(self) -> Path:
        """Goes first on the path of what calls it."""
        return self.folder / "packages"

    @property
    def bundle(self) -> Path:
        """Of roots."""
        return self.packages / "certifi" / "cacert.pem"

    @property
    def variables(self) -> Mapping[str, str]:
        return {"AWS_ENDPOINT_URL": self.url}

    def call(self, target: str, request: Json) -> Json:
        """Unsigned: it looks at no signature. Raises RuntimeError for what is refused."""
        self.connection.request("POST", "/", json.dumps(request), {"X-Amz-Target": target})
        answer = self.connection.getresponse()
        document: Json = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{target}: {document}")
        return document

    def take_records(self) -> list[Json]:
        """All that is on the queue, as the event source mapping hands it to a function."""
        records = []
        while messages := self.call("AmazonSQS.ReceiveMessage", {"MaxNumberOfMessages": 10}).get("Messages", []):
            records += [
                {
                    "messageId": one["MessageId"],
                    "receiptHandle": one["ReceiptHandle"],
                    "body": one["Body"],
                    "attributes": one["Attributes"],
                    "messageAttributes": {},
                    "md5OfBody": one["MD5OfBody"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:events.fifo",
                    "awsRegion": "eu-west-1",
                }
                for one in messages
            ]
        return records


@contextmanager
def canned_aws() -> Iterator[CannedAws]:
    with TemporaryDirectory(prefix="canned-") as name:
        folder = Path(name)
        write_certificates(folder)
        _write_packages(folder)
        command = [sys.executable, "-m", "bench.canned.server", str(folder)]
        server = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with server:
            port = int(server.stdout.readline()) if server.stdout else 0
            context = ssl.create_default_context(cafile=folder / ROOT)
            with closing(HTTPSConnection(HOST, port, context=context, timeout=30)) as connection:
                yield CannedAws(folder, connection)


def _write_packages(folder: Path) -> None:
    """certifi, with our root in the place of one of Amazon's: boto3 and our own client read as many as ever."""
    package = folder / "packages" / "certifi"
    shutil.copytree(Path(certifi.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    bundle = package / "cacert.pem"
    before, label, rest = bundle.read_text(encoding="utf-8").partition(f'# Label: "{AMAZON_ROOTS[0]}"\n')
    comments, _, others = rest.partition(_BEGIN)
    root = (folder / ROOT).read_text(encoding="ascii").strip()
    bundle.write_text(f"{before}{label}{comments}{root}{others.partition(_END)[2]}", encoding="utf-8")
