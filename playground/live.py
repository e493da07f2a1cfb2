"""The simulated world on the real clock: one scheduler thread, a few workers, real HTTP on loopback."""

from __future__ import annotations

import heapq
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Self

import requests
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from playground.simulator import AnswerLost, WebhookAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

WORKERS = 8  # each may wake a function of the local AWS: more at once only wait for the same two cores
WEBHOOK_TIMEOUT = (3.05, 30)  #: seconds to connect, and to wait for our side's answer (a cold start takes a while)


class LiveTimeline:
    """The real clock. Due actions run on a few workers, so that a slow webhook holds up nothing else."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()  # actions that are due at the same moment start in the order they were given
        self._changed = threading.Condition()
        self._closed = False
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="world")
        self._scheduler = threading.Thread(target=self._run, name="timeline", daemon=True)
        self._scheduler.start()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Runs `action` after `seconds`; after `close` nothing is run any more."""
        with self._changed:
            heapq.heappush(self._due, (monotonic() + seconds, next(self._numbers), action))
            self._changed.notify()

    def close(self) -> None:
        """Forgets what is not yet due and waits for what has begun."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._scheduler.join()
        self._workers.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while (action := self._take()) is not None:
            self._workers.submit(action).add_done_callback(_report)

    def _take(self) -> Callable[[], None] | None:
        """Waits for the next due action; None when the world ends."""
        with self._changed:
            while not self._closed:
                wait = self._due[0][0] - monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None


def _report(done: Future[None]) -> None:
    """A simulator's mistake must be seen: nobody else looks at the result of a due action."""
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("a simulator failed", exc_info=error)


class HttpPost:
    """Sends webhooks over HTTP; no answer in time counts as status 0, as a service would see it."""

    def __init__(self) -> None:
        self._local = threading.local()

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        try:
            answer = self._session().request(
                method, url, headers=dict(headers), data=body, timeout=WEBHOOK_TIMEOUT, allow_redirects=False
            )
        except requests.RequestException:
            return WebhookAnswer(0)
        return WebhookAnswer(answer.status_code, answer.content, dict(answer.headers))

    def _session(self) -> requests.Session:
        """One per thread: sessions are not made to be shared."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False  # a proxy from the environment knows nothing of loopback
        session: requests.Session = self._local.session
        return session


class _QuietHandler(WSGIRequestHandler):
    """The trace shows every call: nothing is written to the terminal, where the progress lines are."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


class Server:
    """A WSGI application on a port of 127.0.0.1, in threads of its own."""

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        """`port` 0 takes a free one. Raises OSError when the port is taken."""
        self._server: BaseWSGIServer = _listen(_cut_when_lost(app), port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _listen(app: WSGIApplication, port: int) -> BaseWSGIServer:
    """werkzeug ends the process when a port is taken; the caller wants to try another one."""
    try:
        return make_server("127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler)
    except SystemExit as error:
        raise OSError(f"port {port} is taken") from error


def _cut_when_lost(app: WSGIApplication) -> WSGIApplication:
    """An answer that was lost on purpose is a dropped connection to werkzeug, not an error with a traceback."""

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except AnswerLost as error:
            raise ConnectionAbortedError from error

    return call
