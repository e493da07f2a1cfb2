"""How an account becomes usable, and how it joins an app by consent: the fixtures."""

from __future__ import annotations

import pytest

from tests.core.oauth.scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()
