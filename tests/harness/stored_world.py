"""A world whose stores are AWS's, as moto plays it: what is kept of a contact can be looked for everywhere."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast
from urllib.parse import quote, unquote

from chat.aws.chats import DynamoStore
from chat.aws.push import DynamoSubscriptions
from chat.aws.rows import Rows
from patchbay.aws.api.boto import BotoApi
from patchbay.aws.net.download import Downloader, check_answer
from patchbay.aws.stores.ledger import DynamoLedger
from patchbay.aws.stores.media import S3Media
from patchbay.aws.stores.people import DynamoPeople
from patchbay.aws.stores.queue import LargeBodies
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.domain.accounts import Connection
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay_cli.deployment import Deployment
from playground.services.webchat import WebChatSimulator
from playground.services.webchat.memory import StoredObject
from playground.services.webchat.records import SITE
from playground.simulator import Simulator
from tests.harness.fakes.media import PUBLIC
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.world import World
from tests.harness.wsgi_http import WsgiHttp

RETENTION = timedelta(days=365)


class StoredChats(DynamoStore, DynamoSubscriptions):
    """All that the web chat keeps, behind one name, as the simulated one has it."""


class StoredWorld(World):
    """The queue is in memory, since its time is virtual; its large bodies, like all files, are in the bucket."""

    def __init__(self, deployment: Deployment, messenger: str, platform: str) -> None:
        self.deployment = deployment
        self.s3 = deployment.session.client("s3")
        super().__init__(messenger, platform)
        self.desk: Simulator = self.simulators[platform]
        webchat = self.simulators.get("webchat")
        if isinstance(webchat, WebChatSimulator):
            rows = Rows(BotoApi(deployment.session.client("dynamodb")), deployment.stack.table)
            store: Any = StoredChats(deployment.records, rows, self.time)
            webchat.store, webchat.files.objects = store, cast("Any", BucketObjects(self.s3, deployment.stack.bucket))
            webchat.gate = webchat._make_gate()
        name = SITE if messenger == "webchat" else ""  # under which the simulated web chat stores what it knows
        self.messenger, self.platform = self.connect(messenger, name), self.connect(platform)
        self.link(self.messenger.id, self.platform.id)
        deployment.configuration.link(self.messenger.id, self.platform.id)
        self.settle()
        self.time.advance(2)  # connecting has taken some of this second's calls

    def make_stores(self) -> tuple[Any, Any, Any]:
        table = self.deployment.records
        return (
            DynamoSessions(table, self.time, RETENTION),
            DynamoPeople(table, self.time, RETENTION),
            DynamoLedger(table, self.time),
        )

    def make_queue(self) -> MemoryQueue:
        return MemoryQueue(self.time, large=LargeBodies(lambda: self.s3, self.deployment.stack.bucket))

    def make_media(self, http: WsgiHttp) -> Any:
        return BucketMedia(self.s3, self.deployment.stack.bucket, http)

    def connect(self, service: str, connection_id: str = "", **settings: str) -> Connection:
        """In the table too, where the command finds it."""
        connection = super().connect(service, connection_id, **settings)
        self.deployment.configuration.save(connection)
        return connection

    # --- what people do ----------------------------------------------------------------------------------------------

    def agent(self, action: str, **arguments: str) -> None:
        """In the only conversation there is."""
        view: Any = self.desk.view()
        where = {"conversation": str(view["conversations"][-1]["id"]), "agent": str(view["agents"][0]["id"])}
        self.desk.act(action, {**where, **arguments})
        self.settle()

    def move_dead_letters(self) -> None:
        """To the queue that the command looks into."""
        for message in self.queue.dead.messages:
            self.deployment.session.client("sqs").send_message(
                QueueUrl=self.deployment.stack.dead_letter_queue_url,
                MessageBody=message.body,
                MessageGroupId=message.group,
                MessageDeduplicationId=message.id,
            )
        self.queue.dead.clear()

    # --- where words may be ------------------------------------------------------------------------------------------

    def list_places(self) -> Iterator[tuple[str, str]]:
        """Everything that is stored or was logged: where it is, and all that is in it."""
        for item in self.deployment.table.scan()["Items"]:
            if item["pk"] not in {"CONNECTION", "FORMER"}:
                yield f"table {item['pk']!s} {item['sk']!s}", json.dumps(item, default=str, ensure_ascii=False)
        bucket = self.deployment.stack.bucket
        for listed in self.s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            found = self.s3.get_object(Bucket=bucket, Key=listed["Key"])
            head = {name: str(value) for name, value in found["ResponseMetadata"]["HTTPHeaders"].items()}
            content = str(found["Body"].read(), "utf-8", "replace")
            yield f"bucket {listed['Key']}", unquote(f"{listed['Key']} {head} {content}")
        for name, queue in (("events", self.queue.main), ("dead letters", self.queue.dead)):
            for message in queue.messages:
                yield f"queue {name}", f"{message.body} {message.attributes}"
        for line, fields in self.telemetry.lines:
            yield f"log {line}", str(fields)


class BucketMedia(S3Media):
    """The product's own, which fetches through the simulated network."""

    def __init__(self, s3: Any, bucket: str, http: WsgiHttp) -> None:
        super().__init__(lambda: s3, bucket, PUBLIC, cast("Downloader", _Downloader(http)))
        self.files = _Served(s3, bucket)

    def serve(self, url: str) -> HttpResponse:
        """To whoever follows a link."""
        found = self.files.find(url)
        return HttpResponse(status=200, headers={"content-type": found.content_type}, body=found.content)


class _Served(Mapping[str, bytes]):
    """What is in the bucket, by its public address."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._objects = BucketObjects(s3, bucket)

    def __getitem__(self, url: str) -> bytes:
        return self.find(url).content

    def find(self, url: str) -> StoredObject:
        return self._objects[unquote(url.removeprefix(f"{PUBLIC}/"))]

    def __iter__(self) -> Iterator[str]:
        return (f"{PUBLIC}/{quote(key)}" for key in self._objects)

    def __len__(self) -> int:
        return len(self._objects)


class BucketObjects(MutableMapping[str, StoredObject]):
    """What the web chat's store in memory holds, in the bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def __getitem__(self, key: str) -> StoredObject:
        if key not in set(self):
            raise KeyError(key)
        found = self._s3.get_object(Bucket=self._bucket, Key=key)
        return StoredObject(found["Body"].read(), found["ContentType"])

    def __setitem__(self, key: str, value: StoredObject) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=value.content, ContentType=value.content_type)

    def __delitem__(self, key: str) -> None:
        if key not in set(self):
            raise KeyError(key)
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def __iter__(self) -> Iterator[str]:
        listed = self._s3.list_objects_v2(Bucket=self._bucket).get("Contents", [])
        return (str(one["Key"]) for one in listed)

    def __len__(self) -> int:
        return len(list(iter(self)))


class _Downloader:
    def __init__(self, http: WsgiHttp) -> None:
        self._http = http

    @contextmanager
    def open(self, request: HttpRequest, max_bytes: int) -> Iterator[_Download]:
        answer = self._http.send(request)
        check_answer(answer.status, answer.headers, max_bytes)
        yield _Download(request.url, answer.body, answer.headers)


class _Download(io.BytesIO):
    def __init__(self, url: str, content: bytes, headers: Mapping[str, str]) -> None:
        super().__init__(content)
        self.url = url
        self.size = len(content)
        self.content_type = headers.get("content-type", "")
        self.disposition = headers.get("content-disposition", "")

    def peek(self, amount: int) -> bytes:
        return self.getvalue()[:amount]
