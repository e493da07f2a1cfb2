"""Serves the canned AWS over TLS, with connections that stay open: `python -m bench.canned.server FOLDER`.

FOLDER holds the certificate. Writes the port, and ends when its standard input does.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from bench.canned.certificates import CHAIN, HOST, KEY
from bench.canned.services import Answer, Services


def main(folder: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CHAIN, folder / KEY)
    listener = socket.create_server((HOST, 0), backlog=64)
    threading.Thread(target=_accept, args=(listener, context, Services()), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


def _accept(listener: socket.socket, context: ssl.SSLContext, services: Services) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection, context, services), daemon=True).start()


def _serve(connection: socket.socket, context: ssl.SSLContext, services: Services) -> None:
    """One connection, until the client closes it."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure, secure.makefile("rb") as lines:
        while lines.readline():
            headers: dict[bytes, bytes] = {}
            while (line := lines.readline()).strip():
                name, _, value = line.partition(b":")
                headers[name.lower()] = value.strip()
            body = lines.read(int(headers.get(b"content-length", b"0")))
            secure.sendall(_write(services.answer(headers.get(b"x-amz-target", b"").decode(), body)))


def _write(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body


if __name__ == "__main__":
    main(Path(sys.argv[1]))
