"""The client that every connector calls its service with."""

from __future__ import annotations

import io
from typing import Any

import pytest

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured, Rejected, Transient, Uncertain
from patchbay.domain.model import Attachment, AttachmentKind, Side
from patchbay.kit.contract import HttpRequest, HttpResponse, Upload
from patchbay.kit.rest import RestClient, looking_up, read_answer, read_or, reading_settings, request_file
from patchbay.kit.schemas import Wire
from patchbay.kit.statuses import Meaning, Reason, Rule, Statuses
from tests.harness.fakes.recording_http import Answer, RecordingHttp

BASE = "https://api.pigeon.example/v1"
FORBIDDEN = Rule((403,), Meaning.REFUSED, "the plan", "its API")
STATUSES = Statuses(
    title="Pigeon",
    exceptions=(FORBIDDEN,),
    forbidden="check the plan",
    read_reason=lambda response: Reason(code=response.headers.get("x-code", "")),
)


class Letter(Wire):
    id: str


def make_client(answer: Answer | None = None, **more: Any) -> tuple[RestClient, RecordingHttp]:
    http = RecordingHttp(answer or HttpResponse(status=200))
    headers = {"Authorization": "Bearer t"}
    client = RestClient(
        http, BASE, headers=headers, statuses=STATUSES, explain=lambda answer: f"new token ({answer.status})", **more
    )
    return client, http


def test_each_method_sends_what_it_says() -> None:
    client, http = make_client()
    upload = Upload(field_name="file", name="a.png", content_type="image/png", size=1, stream=io.BytesIO(b"x"))
    client.get("letters", "a/b", query={"page": "1 +"}, keep_for=60)
    client.post("letters", json={"text": "hi"}, repeatable=True, timeout=30)
    client.post(upload=upload, repeatable=False)
    client.put("letters", "1", json={})
    client.patch("letters", "1", json={}, repeatable=True)
    client.delete("letters", "1", query={"all": "yes"})
    assert [(one.method, one.url.removeprefix(BASE)) for one in http.requests] == [
        ("GET", "/letters/a%2Fb?page=1%20%2B"),
        ("POST", "/letters"),
        ("POST", ""),
        ("PUT", "/letters/1"),
        ("PATCH", "/letters/1"),
        ("DELETE", "/letters/1?all=yes"),
    ]
    assert [one.may_repeat for one in http.requests] == [True, True, False, True, True, True]
    assert (http.requests[0].keep_for, http.requests[1].timeout, http.requests[1].json) == (60, 30, {"text": "hi"})
    assert http.requests[2].upload is upload
    for request in http.requests:
        assert request.headers == {"Accept": "application/json", "Authorization": "Bearer t"}
        assert not request.as_contact


def test_calls_of_a_contact_say_so() -> None:
    client, http = make_client(as_contact=True)
    client.get("letters")
    assert http.last.as_contact


def test_a_service_may_want_another_header() -> None:
    http = RecordingHttp(HttpResponse(status=200))
    RestClient(http, BASE, headers={"Accept": "text/plain"}, statuses=STATUSES, explain=lambda _answer: "").get()
    assert http.last.headers == {"Accept": "text/plain"}


def test_the_next_page_is_read_on_the_same_server_only() -> None:
    client, http = make_client()
    assert client.follow("/v1/letters?page=2") is not None
    assert http.last.url == f"{BASE}/letters?page=2"
    assert client.follow("https://evil.example/v1/letters") is None
    assert len(http.requests) == 1


@pytest.mark.parametrize(
    ("answer", "repeatable", "expected"),
    [
        (HttpResponse(status=500), False, Uncertain),
        (HttpResponse(status=500), True, Transient),
        (HttpResponse(status=503), False, Transient),
        (Uncertain("no answer", 7), False, Uncertain),
        (Uncertain("no answer", 7), True, Transient),
        (Transient("no connection"), False, Transient),
        (HttpResponse(status=401), False, AuthorizationNeeded),
    ],
)
def test_failures_are_what_the_table_says(answer: Answer, repeatable: bool, expected: type[Exception]) -> None:
    client, _ = make_client(answer)
    with pytest.raises(expected) as caught:
        client.post("letters", repeatable=repeatable)
    assert type(caught.value) is expected
    if answer == HttpResponse(status=401):
        assert str(caught.value) == "new token (401)"
    if isinstance(answer, Uncertain):
        assert vars(caught.value)["retry_after"] == 7


def test_a_refusal_is_the_callers_to_look_at() -> None:
    client, _ = make_client(HttpResponse(status=422))
    assert client.post("letters", repeatable=False).status == 422


def test_a_refusal_is_explained_by_its_code_and_never_by_the_services_words() -> None:
    failure = STATUSES.refuse(HttpResponse(status=422, headers={"x-code": "too_long"}, body=b"secret"), "a letter")
    assert isinstance(failure, Rejected)
    assert (str(failure), failure.code) == ("Pigeon refused the request: a letter (HTTP 422, too_long)", "too_long")
    plain = STATUSES.refuse(HttpResponse(status=422), "a letter")
    assert str(plain) == "Pigeon refused the request: a letter (HTTP 422)"


def test_what_the_plan_forbids_waits_for_the_owner() -> None:
    failure = STATUSES.refuse(HttpResponse(status=403), "a letter")
    assert isinstance(failure, AuthorizationNeeded)
    assert str(failure) == "Pigeon does not allow this (a letter): check the plan"
    assert isinstance(Statuses(title="Pigeon").refuse(HttpResponse(status=403), "a letter"), Rejected)


def test_settings_that_went_wrong_keep_messages_for_the_owner() -> None:
    with pytest.raises(AuthorizationNeeded, match=r"^base_url is missing$"), reading_settings():
        raise Misconfigured("base_url is missing")


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        (f"{BASE}/files/1", {"Authorization": "Bearer t"}),
        ("https://storage.example/files/1", {}),
        ("http://api.pigeon.example/v1/files/1", {}),
        ("", {}),
        (None, {}),
    ],
)
def test_credentials_are_sent_to_the_services_own_server_only(url: str | None, headers: dict[str, str]) -> None:
    connection = Connection(
        id="p", service="pigeon", side=Side.MESSENGER, endpoint_id="p", secrets=Secrets(values={"token": "t"})
    )
    request = request_file(
        Attachment(kind=AttachmentKind.FILE, url=url),
        connection,
        lambda _settings: BASE,
        lambda connection: {"Authorization": f"Bearer {connection.secrets.get('token')}"},
    )
    assert request == HttpRequest(method="GET", url=url or "", headers=headers)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b"\xff"])
def test_an_answer_that_cannot_be_read_is_asked_for_again_or_not_needed(body: bytes) -> None:
    response = HttpResponse(status=200, body=body)
    with pytest.raises(Transient):
        read_answer(Letter, response)
    assert read_or(Letter, response, Letter(id="unknown")).id == "unknown"
    assert read_answer(Letter, HttpResponse(status=200, body=b'{"id":"7"}')).id == "7"


@pytest.mark.parametrize("failure", [Uncertain("no answer"), Rejected("not found")])
def test_a_question_that_fails_is_no_answer(failure: Exception) -> None:
    with pytest.raises(Transient), looking_up():
        raise failure
