"""Updates to open pages, through the WebSocket API: it is asked to put something on a connection by its name."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from chat.ports import Channel, NotSent
from patchbay.aws.api.signing import Credentials, Request, Scope, sign
from patchbay.aws.api.transport import NoAnswer, Transport

_GONE = 410


class ApiGatewayChannel(Channel):
    """`address` is that of the API's stage, over https; `credentials` are asked for with each request.

    An update is sent once: the one who waits is the bridge, and pages ask for what did not arrive.
    """

    def __init__(self, address: str, region: str, transport: Transport, credentials: Callable[[], Credentials]) -> None:
        parts = urlsplit(address)
        self._host, self._path = parts.netloc, parts.path
        self._scope = Scope(service="execute-api", region=region)
        self._transport = transport
        self._credentials = credentials

    def send(self, connection: str, update: bytes) -> bool:
        path = f"{self._path}/{quote('@connections')}/{quote(connection, safe='')}"
        headers = {"content-type": "application/json", "host": self._host}
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        signed = sign(Request(path=path, headers=headers, body=update), self._credentials(), self._scope, at)
        try:
            answer = self._transport.send("POST", path, signed, update)
        except NoAnswer as error:
            raise NotSent(str(error)) from None
        if answer.status >= 300 and answer.status != _GONE:
            raise NotSent(f"HTTP {answer.status}")
        return answer.status != _GONE
