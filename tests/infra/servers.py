"""Small servers on this machine, each on a free port, that misbehave as told."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer, certificate: Path | None = None) -> Iterator[int]:
    """Answers every request with `answer`; the value is the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            answer(self)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reply(body: bytes = b"", status: int = 200, headers: dict[str, str] | None = None, length: bool = True) -> Answer:
    """An answer that is always the same; without `length` the end of the connection is the end of the body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if length:
            handler.send_header("Content-Length", str(len(body)))
        else:
            handler.close_connection = True
        handler.end_headers()
        handler.wfile.write(body)

    return answer


Speak = Callable[[socket.socket], None]


@contextmanager
def speaking(speak: Speak, certificate: Path | None = None) -> Iterator[int]:
    """Byte for byte what `speak` says to each caller, once the head of a request has come; the value is the port."""

    def serve(caller: socket.socket) -> None:
        with caller:
            try:
                secured = _secure(caller, certificate) if certificate else caller
                _read_head(secured)
                speak(secured)
                secured.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # the caller has had enough

    def accept() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(caller,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _secure(caller: socket.socket, certificate: Path) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context.wrap_socket(caller, server_side=True)


def _read_head(caller: socket.socket) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        more = caller.recv(65536)
        if not more:
            raise ConnectionError("the caller has gone")
        head += more


def drip(beginning: bytes, piece: bytes = b"x", *, seconds: float = 5.0, pause: float = 0.02) -> Speak:
    """Says `beginning` at once and then `piece` again and again, each long before a reader's patience for one ends."""

    def speak(caller: socket.socket) -> None:
        caller.sendall(beginning)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            caller.sendall(piece)
            time.sleep(pause)

    return speak
