"""The `Http` port over Flask apps in this process: hosts are looked up in a table, nothing touches the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from patchbay.aws.api.signing import Credentials
from patchbay.aws.net.request_bodies import JsonBody, MultipartBody, encode_body
from patchbay.aws.net.signed_requests import RequestSigner
from patchbay.domain.errors import Transient, Uncertain
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from playground.simulator import AnswerLost

#: As a function of the tests' AWS signs: simulators of AWS's services know this key.
_SIGNER = RequestSigner(lambda: Credentials(access_key="testing", secret_key="testing"), "eu-central-1")


class WsgiHttp(Http):
    """Sends each request to the app that serves its host, and remembers it.

    A connection that is cut becomes what the real client raises: Uncertain when the service may have done its work,
    Transient when it certainly has not (also for a host that nobody serves).
    """

    def __init__(self, apps: Mapping[str, Flask]) -> None:
        self.apps = dict(apps)
        self.sent: list[HttpRequest] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append(request)
        if request.aws_service:
            request = _SIGNER.sign(request)
        address = urlsplit(request.url)
        app = self.apps.get(address.netloc)
        if app is None:
            raise Transient(f"nobody answers at {address.netloc}")
        try:
            answer = app.test_client().open(
                address.path,
                base_url=f"{address.scheme}://{address.netloc}",
                method=request.method,
                headers=dict(request.headers),
                query_string=request.query or address.query,
                **_body(request),
            )
        except AnswerLost as cut:
            raise (Uncertain if cut.done else Transient)("the connection was cut") from None
        headers = {name.lower(): value for name, value in answer.headers}
        return HttpResponse(status=answer.status_code, headers=headers, body=answer.data)


def _body(request: HttpRequest) -> dict[str, Any]:
    if request.json is not None:
        body = encode_body(request)
        data = b"".join(body) if isinstance(body, JsonBody) else body
        return {"data": data, "content_type": request.headers.get("Content-Type", "application/json; charset=utf-8")}
    if request.files:
        form = MultipartBody(request.files, request.form or {})
        return {"data": b"".join(form), "content_type": form.content_type}
    if request.form is not None:
        return {"data": dict(request.form)}
    return {}
