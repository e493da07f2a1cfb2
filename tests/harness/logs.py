"""What the functions log, as a fixture: `from tests.harness.logs import log` in a conftest."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from patchbay.aws import observability
from patchbay.aws.powertools import logger


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the functions log while the test runs, by Powertools or without it. Metrics go to standard output."""
    handler = logger().registered_handler
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    monkeypatch.setattr(observability, "write_line", lambda line: written.write(f"{line}\n"))
    yield written
    if before is not None:
        handler.setStream(before)
