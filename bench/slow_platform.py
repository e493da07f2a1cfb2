"""The simulated Freshchat behind a slow line, with connections that stay open as those of a real platform do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

from bench.canned.certificates import HOST
from playground.live import LiveTimeline
from playground.services.freshchat import SIMULATOR
from playground.simulator import WebhookAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Json = dict[str, Any]
FLOOR = "/floor"  #: below it, every request is answered with 200
LATENCY = 0.2  #: seconds


@contextmanager
def slow_platform(latency: float = LATENCY) -> Iterator[Json]:
    """Serves it; what an owner would type to connect it."""
    timeline = LiveTimeline()
    simulator = SIMULATOR(timeline, lambda *_: WebhookAnswer(200), Random(1))
    app = _delay(simulator.app, latency)
    server = make_server(HOST, 0, app, threaded=True, request_handler=_KeepAlive)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        simulator.base_url = f"http://{HOST}:{server.server_port}"
        demo = simulator.demo()
        yield {"settings": dict(demo.settings), "secrets": dict(demo.secrets)}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        timeline.close()


def _delay(app: WSGIApplication, latency: float) -> WSGIApplication:
    """Every answer leaves `latency` after its request came, however long the simulator worked on it."""

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        until = time.monotonic() + latency
        if environ["PATH_INFO"] == FLOOR:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
            body = b"{}"
        else:
            body = b"".join(app(environ, start_response))
        time.sleep(max(0.0, until - time.monotonic()))
        return [body]

    return call


class _KeepAlive(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size
