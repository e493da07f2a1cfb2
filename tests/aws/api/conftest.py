"""Fixtures of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from patchbay.aws.api import credentials
from patchbay.aws.api.transport import KeptConnections
from patchbay.aws.api.trust import trust
from tests.aws.servers import make_certificate


class Connect(Protocol):
    def __call__(
        self, port: int, *, scheme: str = "http", host: str = "localhost", connect: float = 2.0, read: float = 2.0
    ) -> KeptConnections: ...


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of this machine, and nothing that an earlier test has read."""
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    trust.cache_clear()
    credentials._server.cache_clear()
    yield
    trust.cache_clear()
    credentials._server.cache_clear()


@pytest.fixture
def connect_to() -> Iterator[Connect]:
    """Makes transports, whose connections are closed in the end."""
    with ExitStack() as stack:

        def make(
            port: int, *, scheme: str = "http", host: str = "localhost", connect: float = 2.0, read: float = 2.0
        ) -> KeptConnections:
            return stack.enter_context(
                _closing(KeptConnections(f"{scheme}://{host}:{port}", connect=connect, read=read))
            )

        yield make


@contextmanager
def _closing(transport: KeptConnections) -> Iterator[KeptConnections]:
    try:
        yield transport
    finally:
        transport.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of localhost, signed by itself."""
    return make_certificate(tmp_path_factory.mktemp("certificate"), "localhost")
