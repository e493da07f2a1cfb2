"""The web chat's function, from API Gateway's event to the queue, the table and the store of files."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import quote, urlsplit

import pytest
import requests
from botocore.exceptions import EndpointConnectionError

from chat.aws.handler import Handler, make_handler
from chat.aws.inspection import inspect
from chat.model import Stored, name_chat
from chat.webhooks import SIGNATURE, sign
from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.handlers.http_api import HttpApiEvent, HttpApiResponse
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.queue import SqsProducer
from patchbay.domain.accounts import Secrets
from patchbay.domain.events import MessageReceived, ReceiptReceived, decode
from patchbay.domain.model import Attachment, Text
from tests.aws import aws
from tests.harness.fakes.chats import KEY, SITE, write_static
from tests.harness.moto_transport import observing

CHAT = "6513270e-269e-4d37-b2a7-4de452e6b438"
MESSAGE = "d23f0824-128b-4f33-8c5c-7fd0a6a3a450"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(700)


@dataclass
class Place:
    cloud: aws.Aws
    configuration: ConfigurationStore
    handler: Handler
    webhook_token: str
    token: str = ""
    contact: str = ""  #: what the bridge calls the chat

    def request(self, method: str, path: str = "", body: object = None, **headers: str) -> HttpApiResponse:
        """`path` is below the page's address."""
        parts = urlsplit(path)
        call = {"method": method, "sourceIp": "192.0.2.1"}
        typed = {"Content-Type": "application/json"} if body is not None else {}
        event: dict[str, Any] = {
            "requestContext": {"apiId": "abc123", "http": call},
            "pathParameters": {"webhook_token": self.webhook_token, **({"proxy": parts.path} if parts.path else {})},
            "rawQueryString": parts.query,
            "headers": {"Authorization": f"Bearer {self.token}", **typed, **headers},
            "isBase64Encoded": False,
        }
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        return self.handler(cast("HttpApiEvent", event), None)

    def ask(self, method: str, path: str, body: object = None) -> HttpApiResponse:
        return self.request(method, f"bridge/{path}", body, Authorization=f"Bearer {KEY}")

    def post(self, text: str = "hello", message: str = MESSAGE, **more: object) -> HttpApiResponse:
        return self.request("POST", f"api/chats/{CHAT}/messages", {"id": message, "text": text, **more})

    def start(self) -> None:
        made = read(self.request("POST", "api/visitors", {"language": "en"}))
        self.token, self.contact = made["token"], name_chat(SITE.id, made["visitor"], CHAT)
        assert self.request("POST", "api/chats", {"id": CHAT, "name": "Ann"})["statusCode"] == 201

    def queued(self) -> list[object]:
        answer = self.cloud.sqs.receive_message(QueueUrl=self.cloud.queue_url, MaxNumberOfMessages=10)
        return [decode(message["Body"]) for message in answer.get("Messages", [])]

    def partitions(self) -> set[str]:
        items = self.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]
        return {item["pk"]["S"] for item in items if item["pk"]["S"].startswith("WEBCHAT#")}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with aws.running() as cloud, patch.dict("os.environ", cloud.environment):
        clients.forget()
        table = aws.table()
        configuration = ConfigurationStore(table, cloud.secrets, "test", SystemClock())
        webhook_token = configuration.save(SITE)
        yield Place(cloud, configuration, make_handler(write_static(tmp_path)), webhook_token)
        clients.forget()


def read(answer: HttpApiResponse) -> Any:
    return json.loads(answer["body"])


# --- from the browser to the queue -----------------------------------------------------------------------------------


def test_what_a_visitor_writes_is_on_the_queue_once(place: Place) -> None:
    place.start()
    assert [place.post()["statusCode"] for _ in range(2)] == [201, 200]
    (event,) = place.queued()
    assert isinstance(event, MessageReceived)
    assert (event.thread, event.message.external_id) == (place.contact, MESSAGE)
    assert event.message.content == (Text(text="hello"),)
    assert event.contact is not None
    assert event.contact.name == "Ann"


def test_a_message_that_the_queue_did_not_take_is_kept_by_the_browser_and_sent_once(place: Place) -> None:
    place.start()
    away = EndpointConnectionError(endpoint_url="https://sqs.test")
    with patch.object(SqsProducer, "_send", side_effect=away):
        refused = place.post()
    assert (refused["statusCode"], refused["headers"]["retry-after"]) == (503, "2")
    assert place.queued() == []
    assert place.post()["statusCode"] == 200
    assert len(place.queued()) == 1


def test_an_answer_reaches_the_visitor_and_its_marks_the_queue(place: Place) -> None:
    place.start()
    sent = {"key": "k", "sent_at": "2026-01-05T09:00:00Z", "content": {"type": "text", "text": "hello, Ann"}}
    posted = place.ask("POST", f"chats/{place.contact}/messages", sent)
    news = read(place.request("GET", f"api/chats/{CHAT}/messages"))
    assert [message["text"] for message in news["messages"]] == ["hello, Ann"]
    assert place.request("POST", f"api/chats/{CHAT}/read", {"up_to": read(posted)["id"]})["statusCode"] == 204
    states = [str(event.state) for event in place.queued() if isinstance(event, ReceiptReceived)]
    assert states == ["delivered", "read"]


@pytest.mark.parametrize("proxy", ["about", "chats/none/messages"])
def test_the_bridges_own_route_leads_where_the_common_one_does(place: Place, proxy: str) -> None:
    """API Gateway hands over what follows the literal steps of the route."""
    event: dict[str, Any] = {
        "routeKey": "ANY /webchat/{webhook_token}/bridge/{proxy+}",
        "requestContext": {"apiId": "abc123", "http": {"method": "GET", "sourceIp": "192.0.2.1"}},
        "pathParameters": {"webhook_token": place.webhook_token, "proxy": proxy},
        "headers": {"Authorization": f"Bearer {KEY}"},
    }
    answer = place.handler(cast("HttpApiEvent", event), None)
    assert (answer["statusCode"], answer["body"]) == (
        (common := place.ask("GET", proxy))["statusCode"],
        common["body"],
    )
    assert answer["statusCode"] == (200 if proxy == "about" else 405)


def test_a_poll_without_news_is_one_read(place: Place) -> None:
    place.start()
    place.post()
    cursor = read(place.request("GET", f"api/chats/{CHAT}/messages"))["cursor"]
    called: list[str] = []
    with observing(lambda operation, _: called.append(operation)):
        answer = place.request("GET", f"api/chats/{CHAT}/messages?after={quote(cursor)}")
    assert read(answer)["messages"] == []
    assert called == ["GetItem"]


@pytest.mark.parametrize("signed", [True, False])
def test_a_note_that_is_posted_from_outside_is_not_even_looked_at(
    place: Place, capsys: pytest.CaptureFixture[str], *, signed: bool
) -> None:
    note = json.dumps({"kind": "left", "chat": {"id": CHAT}, "at": datetime.now(UTC).isoformat()})
    headers = {SIGNATURE: f"sha256={sign(note.encode(), KEY)}"} if signed else {}
    assert place.request("POST", "", note, **headers)["statusCode"] == 405
    assert place.queued() == []
    assert "RejectedSignature" not in capsys.readouterr().out


def test_every_record_begins_alike_and_goes_when_the_visitor_does(place: Place) -> None:
    place.start()
    place.post()
    kinds = {key.split("#")[1] for key in place.partitions()}
    assert kinds == {"VISITOR", "CHAT", "COUNT"}
    items = place.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]
    assert all("expires_at" in item for item in items if item["pk"]["S"].startswith("WEBCHAT#"))
    assert place.token not in json.dumps(items, default=str)
    assert place.request("DELETE", "api/visitors/me")["statusCode"] == 204
    assert {key.split("#")[1] for key in place.partitions()} == {"COUNT"}
    assert place.request("GET", "api/chats")["statusCode"] == 401


def test_a_key_that_the_owner_changed_works_for_both_sides(place: Place) -> None:
    place.start()
    changed = replace(SITE, secrets=Secrets(values={"service_key": "another-key"}))
    assert place.ask("GET", "about")["statusCode"] == 200
    place.configuration.save(changed)
    assert place.request("GET", "bridge/about", Authorization="Bearer another-key")["statusCode"] == 200
    assert place.post()["statusCode"] == 201
    assert len(place.queued()) == 1


# --- files -----------------------------------------------------------------------------------------------------------


def offer(place: Place, name: str = "my cat.png", content_type: str = "image/png") -> Any:
    body = {"name": name, "size": len(PNG), "type": content_type}
    answer = place.request("POST", f"api/chats/{CHAT}/uploads", body)
    assert answer["statusCode"] == 201
    return read(answer)


def upload(form: Any, content: bytes = PNG) -> None:
    done = requests.post(form["url"], data=form["fields"], files={"file": content}, timeout=5)
    assert done.status_code == 204


def stored(place: Place) -> dict[str, bytes]:
    listed = place.cloud.s3.list_objects_v2(Bucket=aws.BUCKET).get("Contents", [])
    keys = [one["Key"] for one in listed]
    return {key: place.cloud.s3.get_object(Bucket=aws.BUCKET, Key=key)["Body"].read() for key in keys}


def test_a_file_goes_straight_to_the_store_and_on_the_queue(place: Place) -> None:
    place.start()
    form = offer(place)
    upload(form)
    answer = place.post("look", upload=form["upload"])
    assert answer["statusCode"] == 201
    (event,) = place.queued()
    assert isinstance(event, MessageReceived)
    (file,) = event.message.content
    assert isinstance(file, Attachment)
    assert (file.name, file.content_type, file.size, file.hosted) == ("my cat.png", "image/png", len(PNG), True)
    (key,) = stored(place)
    assert key.startswith("media/")
    assert form["fields"]["key"].partition("/")[2] not in key
    assert file.url == f"https://bridge.test/{quote(key)}"
    head = place.cloud.s3.head_object(Bucket=aws.BUCKET, Key=key)
    assert (head["ContentType"], head["ContentDisposition"]) == ("image/png", "inline; filename*=UTF-8''my%20cat.png")


def test_the_form_names_the_key_the_size_and_the_type(place: Place) -> None:
    place.start()
    fields = offer(place)["fields"]
    conditions = json.loads(base64.b64decode(fields["policy"]))["conditions"]
    assert ["content-length-range", len(PNG), len(PNG)] in conditions
    for name in ("key", "Content-Type"):
        assert {name: fields[name]} in conditions
    assert fields["key"].startswith("incoming/")


def test_a_file_that_is_uploaded_again_after_it_was_posted_changes_nothing_that_is_served(place: Place) -> None:
    place.start()
    form = offer(place)
    upload(form)
    assert place.post("look", upload=form["upload"])["statusCode"] == 201
    (served,) = stored(place)
    other = PNG[:-4] + b"evil"
    upload(form, other)
    assert stored(place) == {served: PNG, form["fields"]["key"]: other}
    assert place.post("look", upload=form["upload"])["statusCode"] == 200  # the same message again


def test_a_file_that_is_replaced_during_the_look_is_not_posted(place: Place) -> None:
    place.start()
    form = offer(place)
    upload(form)

    def look_while_it_changes(*args: Any) -> Stored:
        upload(form, b"x" * len(PNG))
        return inspect(*args)

    with patch("chat.aws.files.inspect", look_while_it_changes):
        answer = place.post("look", upload=form["upload"])
    assert (answer["statusCode"], read(answer)["error"]["code"]) == (409, "not_uploaded")
    assert list(stored(place)) == [form["fields"]["key"]]
    assert place.queued() == []


def test_what_a_visitor_uploaded_goes_with_the_chat_and_does_not_come_back(place: Place) -> None:
    place.start()
    posted, waiting = offer(place), offer(place)
    upload(posted)
    upload(waiting)
    assert place.post("look", upload=posted["upload"])["statusCode"] == 201
    upload(posted)
    assert len(stored(place)) == 3
    assert place.request("DELETE", f"api/chats/{CHAT}")["statusCode"] == 204
    assert stored(place) == {}
    upload(waiting)  # the form is still good
    assert not [key for key in stored(place) if key.startswith("media/")]


def test_a_web_page_in_disguise_is_taken_out_of_the_store(place: Place) -> None:
    place.start()
    form = offer(place)
    upload(form, b"<!doctype html>".ljust(len(PNG)))
    answer = place.post("", upload=form["upload"])
    assert (answer["statusCode"], read(answer)["error"]["code"]) == (415, "unsafe_file")
    assert stored(place) == {}
    assert place.queued() == []


def test_a_file_of_another_size_or_none_is_asked_for_again(place: Place) -> None:
    place.start()
    form = offer(place)
    assert place.post("", upload=form["upload"])["statusCode"] == 409
    for content in (PNG[:600], b""):
        place.cloud.s3.put_object(Bucket=aws.BUCKET, Key=form["fields"]["key"], Body=content)
        assert place.post("", upload=form["upload"])["statusCode"] == 409


def test_the_page_may_post_to_the_store_and_show_what_is_there(place: Place) -> None:
    place.start()
    policy = place.request("GET")["headers"]["content-security-policy"]
    address = urlsplit(offer(place)["url"])
    assert f"connect-src 'self' {address.scheme}://{address.netloc};" in policy


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_failure_of_ours_is_told_as_try_again_and_logged_without_words(place: Place, log: io.StringIO) -> None:
    place.start()
    with patch("chat.aws.chats.DynamoStore.save", side_effect=RuntimeError("a secret")):
        answer = place.post("a secret too")
    assert (answer["statusCode"], read(answer)["error"]["code"]) == (503, "unavailable")
    assert "webchat failed" in log.getvalue()
    for private in ("secret", place.token, place.webhook_token, KEY, "192.0.2.1"):
        assert private not in log.getvalue()


def test_what_is_no_request_is_refused(place: Place) -> None:
    event = {
        "requestContext": {"http": {"method": "POST"}},
        "pathParameters": {"webhook_token": place.webhook_token, "proxy": "api/visitors"},
        "headers": {},
        "body": "%%%",
        "isBase64Encoded": True,
    }
    assert place.handler(cast("HttpApiEvent", event), None)["statusCode"] == 400


def test_an_address_that_nobody_has_is_404(place: Place) -> None:
    place.webhook_token = "made-up"
    assert place.request("GET")["statusCode"] == 404
    assert place.request("POST", "", "{}")["statusCode"] == 404
