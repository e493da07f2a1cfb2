"""Calls of AWS's REST services that a connector asks for: addressed, and signed in the function's own name.

The connector names the service and the path, and never sees a key. The address is AWS's own, or the one that the
environment leads the service to, so no owner's setting and no stranger has a say in where a signature goes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from patchbay.aws.api.credentials import read_credentials
from patchbay.aws.api.endpoints import endpoint_of
from patchbay.aws.api.signing import Credentials, Request, Scope, sign, write_query
from patchbay.aws.api.transport import NoAnswer
from patchbay.aws.net.request_bodies import encode_body
from patchbay.domain.errors import Transient
from patchbay.kit.contract import HttpRequest

_CONTENT_TYPE = "application/json"


class RequestSigner:
    """`region` is that of the function, or of the owner's command; "" reads AWS_REGION."""

    def __init__(self, credentials: Callable[[], Credentials] = read_credentials, region: str = "") -> None:
        self._credentials = credentials
        self._region = region

    def sign(self, request: HttpRequest) -> HttpRequest:
        """The request as it is sent: signed for this moment, and good for five minutes.

        Raises Misconfigured where there are no credentials at all, and Transient where there are none just now.
        """
        region = self._region or os.environ.get("AWS_REGION", "")
        service = request.aws_service
        endpoint = endpoint_of(service, region)
        body, query = encode_body(request), write_query(request.query)
        headers = {
            **{name.lower(): value for name, value in request.headers.items()},
            "host": urlsplit(endpoint).netloc,
        }
        if body is not None:
            headers["content-type"] = _CONTENT_TYPE
        if not isinstance(body, bytes | None):
            raise TypeError("a call of AWS carries plain JSON or nothing: a signature covers the whole of it")
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        call = Request(method=request.method, path=request.url, query=query, headers=headers, body=body or b"")
        try:
            signed = sign(call, self._credentials(), Scope(service=service, region=region), at)
        except NoAnswer as failure:
            raise Transient(str(failure)) from None
        url = f"{endpoint}{request.url}?{query}" if query else f"{endpoint}{request.url}"
        kept = {name.title(): value for name, value in signed.items() if name != "host"}
        return replace(request, url=url, query={}, headers=kept)
