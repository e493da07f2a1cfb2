"""The web chat itself, over stores in memory: it answers as the deployed function does.

Here the bridge is a server of its own, as it is for any messenger: webhooks go to it over the network.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import cast
from urllib.parse import quote

from flask import Response, has_request_context, request

from chat.app import ChatApp
from chat.assets import Assets
from chat.live import LiveUpdates
from chat.ports import NotNotified
from chat.webhooks import SIGNATURE
from patchbay.bridge.ports import Connections, Unit
from patchbay.bridge.response_headers import complete
from patchbay.domain.accounts import Endpoint
from patchbay.kit.contract import WebhookRequest
from playground.services.webchat.memory import MemoryFiles, MemoryStore, make_means
from playground.services.webchat.outside import MemoryChannel
from playground.services.webchat.records import SITE
from playground.services.webchat.state import State
from playground.simulator import Post, Timeline, Webhook

SERVED = Path(__file__).parents[3] / "functions/webchat/dist"

_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]


class Server(State):
    """`live` has no address, so pages poll. Who gives it one plays the connections too, in `channel`."""

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.store = MemoryStore(timeline)
        self.files = MemoryFiles("", timeline)
        self.files.on_published = lambda key, content: self.on_stored(f"{self.base_url}/{quote(key)}", content)
        self.channel = MemoryChannel()
        self.live = LiveUpdates("", self.store, self.channel, timeline, _TraceNotes(self))
        self.gate = self._make_gate()
        self._add_routes()

    def _make_gate(self) -> ChatApp:
        means = make_means(self.store, self.files, self, self.timeline, _TraceNotes(self), live=self.live)
        return ChatApp(means, cast("Connections", _Pages(self)), Assets(SERVED))

    # --- HTTP --------------------------------------------------------------------------------------------------------

    def _add_routes(self) -> None:
        rules = {"/webchat/<webhook_token>": "page", "/webchat/<webhook_token>/<path:tail>": "below"}
        for rule, name in rules.items():
            self.app.add_url_rule(rule, name, self._serve, methods=_METHODS, provide_automatic_options=False)
        self.app.add_url_rule("/bucket", "bucket", self._store_file, methods=["POST"])
        self.app.add_url_rule("/media/<token>/<name>", "media", self._serve_file)

    def _serve(self, webhook_token: str, tail: str = "") -> Response:
        self.files.address = f"{self.base_url}/bucket"
        call = WebhookRequest(
            method=request.method,
            tail=tuple(tail.split("/")) if tail else (),
            query=request.args.to_dict(),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=request.get_data(),
            received_at=self.timeline.now(),
        )
        answer = self.gate.answer(webhook_token, self.base_url, request.remote_addr or "", call)
        match call.tail:
            case ("bridge", "chats", chat, *_) if answer.status < 300:
                self.on_bridge_call(chat)
        return Response(answer.body, answer.status, complete(answer.headers))

    def on_bridge_call(self, chat: str) -> None:
        """Something has changed in a chat that browsers may be looking at."""

    def _store_file(self) -> Response:
        """The store's answer to the form that a browser posts. Anything else is refused."""
        file = request.files.get("file")
        content = file.read() if file else b""
        if file is None or not self.files.take(request.form.to_dict(), content):
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, content_type="application/xml")
        return Response(status=204, headers={"Access-Control-Allow-Origin": "*"})

    def _serve_file(self, token: str, name: str) -> Response:
        found = self.files.served(f"media/{token}/{name}")
        return Response(found.content, content_type=found.content_type) if found else Response("not found", 404)

    def is_exempt(self, call: str) -> bool:
        """Lasting misbehaviour meets only the bridge, not the visitors' own calls."""
        return "/bridge/" not in call

    # --- the bridge --------------------------------------------------------------------------------------------------

    def tell(self, webhook_token: str, body: bytes, signature: str) -> None:
        """At once, as the deployed function does in the same process; later or twice if the switches say so.

        Raises NotTold: then the visitor's browser keeps the message.
        """
        if not self.webhook.endswith(f"/{webhook_token}"):
            raise NotNotified("no bridge is registered here")
        note = json.loads(body)
        webhook = Webhook(
            url=self.webhook,
            headers={"Content-Type": "application/json", SIGNATURE: signature},
            body=body,
            note=note["kind"],
            group=note["chat"]["id"],
        )
        switches = self.switches
        if switches.webhook_duplicates or switches.webhook_delay or switches.webhook_reorder:
            self.send_webhook(webhook)
        elif not self.is_accepted(self.call_webhook(webhook)):
            raise NotNotified("the bridge did not accept it")


class _Pages:
    """The one page, whatever its webhook token: the token is known only after connecting."""

    def __init__(self, chat: State) -> None:
        self._chat = chat

    def endpoint(self, service: str, webhook_token: str) -> Endpoint | None:
        del webhook_token
        return Endpoint(id=SITE, service=service, settings=self._chat.settings, secrets=self._chat.keys)

    renew_endpoint = endpoint


class _TraceNotes:
    """What the web chat logs is shown beside the call in the trace."""

    def __init__(self, chat: State) -> None:
        self._chat = chat

    def detail(self, what: str, **fields: str | int | float | bool | None) -> None:
        """Not shown."""

    def info(self, what: str, **fields: str | int | float | bool | None) -> None:
        if has_request_context():
            self._chat.annotate(" ".join(filter(None, (what, str(fields.get("reason") or "")))))

    def warning(self, what: str, **fields: str | int | float | bool | None) -> None:
        self.info(what, **fields)

    def error(self, what: str, **fields: str | int | float | bool | None) -> None:
        self.info(what, **fields)

    def count(self, metric: str, service: str, amount: int = 1) -> None:
        """A simulator has no metrics."""

    def gauge(self, metric: str, service: str, value: float, unit: Unit = "Count") -> None:
        """Nor gauges."""
