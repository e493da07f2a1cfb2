"""What reaches Freshchat's desk, and what each refusal means: the fixtures."""

from __future__ import annotations

from random import Random

import pytest

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import (
    Side,
)
from playground.services.freshchat import DEMO_CHANNEL, Freshchat
from tests.connectors.freshchat.outbound.scene import HOST, World, accept
from tests.harness.sample_rsa_key import make_sample_key
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp


@pytest.fixture
def world() -> World:
    time = VirtualTime()
    desk = Freshchat(time, accept, Random(1), make_sample_key())
    demo = desk.demo()
    connection = Connection(
        id="desk",
        service="freshchat",
        side=Side.PLATFORM,
        endpoint_id="desk",
        account=DEMO_CHANNEL,
        settings=demo.settings,
        secrets=Secrets(demo.secrets),
    )
    return World(time, desk, WsgiHttp({HOST: desk.app}), connection)
