"""What the functions log, as a fixture: `from tests.harness.logs import log` in a conftest."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from patchbay.aws.observability import logger


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the functions' logger writes while the test runs."""
    handler = logger().registered_handler
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    if before is not None:
        handler.setStream(before)
